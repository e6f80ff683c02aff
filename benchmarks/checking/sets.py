"""Three sets of claims with evidence and human labels, read into one shape.

WiCE (dev): sentences of Wikipedia and the web page that each cites, cut into sentences.
ClimateFEVER: claims about the climate, each with five sentences of Wikipedia.
RefChecker: triplets taken from answers of seven llms, labelled against a reference text. The
references are not in the repository. In their place stands what the other llms said to the same
question: their whole answers where every claim in them was found entailed, and the entailed claims
of the rest. An entailed triplet need not follow from that, so its label is true of the world rather
than of the evidence given here. `Case.said_in` is the answer that it was taken from.
"""

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any, Final

from grounding.query.packing.sentences import spans

WICE: Final = "ground_wice_dev"
CLIMATE: Final = "ground_climatefever"
REFCHECKER: Final = "ground_refchecker_dev"


class Label(StrEnum):
    """What people said of a claim and its evidence, in the words of no set."""

    SUPPORTED = "supported"
    PARTLY = "partly"
    UNSUPPORTED = "unsupported"
    CONTRADICTED = "contradicted"
    DISPUTED = "disputed"


@dataclass(frozen=True, slots=True)
class Case:
    """A claim, its evidence and its label.

    group: what must not be split between fitting and reporting.
    evidence: sentences, in order. named: those of them that people named as bearing on the claim.
    titles: of what each sentence is from, where that is known.
    said_in: the answer that it was taken from; "" where there is none.
    """

    set: str
    group: str
    claim: str
    evidence: tuple[str, ...]
    label: Label
    named: tuple[int, ...] = ()
    said_in: str = ""
    titles: tuple[str, ...] = ()


def is_reported(group: str, seed: int = 1) -> bool:
    """Whether a group is of the half that figures are reported on; the other is for fitting."""
    return hashlib.sha256(f"{seed}/{group}".encode()).digest()[0] % 2 == 1


def wice(folder: Path) -> list[Case]:
    """Read claims with the sentences of the page they cite; grouped by Wikipedia's article."""
    labels = {
        "supported": Label.SUPPORTED,
        "partially_supported": Label.PARTLY,
        "not_supported": Label.UNSUPPORTED,
    }
    path = _one(folder, "**/entailment_retrieval/claim/dev.jsonl")
    return [
        Case(
            set="WiCE",
            group=f"wice/{row['meta']['claim_title']}",
            claim=row["claim"],
            evidence=tuple(row["evidence"]),
            label=labels[row["label"]],
            named=tuple(sorted({i for some in row["supporting_sentences"] for i in some})),
            titles=(_title(row["evidence"][0]),) * len(row["evidence"]),
        )
        for row in _lines(path)
    ]


_CLIMATE = {
    "SUPPORTS": Label.SUPPORTED,
    "REFUTES": Label.CONTRADICTED,
    "NOT_ENOUGH_INFO": Label.UNSUPPORTED,
    "DISPUTED": Label.DISPUTED,
}


def climate_claims(folder: Path) -> list[Case]:
    """Read claims with their five sentences; named are those labelled as the claim is."""
    return [
        Case(
            set="ClimateFEVER",
            group=f"climate/{row['claim_id']}",
            claim=row["claim"],
            evidence=tuple(each["evidence"] for each in row["evidences"]),
            label=_CLIMATE[row["claim_label"]],
            titles=tuple(each["article"] for each in row["evidences"]),
            named=tuple(
                i
                for i, each in enumerate(row["evidences"])
                if each["evidence_label"] == row["claim_label"]
            ),
        )
        for row in _climate(folder)
    ]


def climate_pairs(folder: Path) -> list[Case]:
    """Read each claim with one sentence at a time, and the label of that pair."""
    return [
        Case(
            set="ClimateFEVER",
            group=f"climate/{row['claim_id']}",
            claim=row["claim"],
            evidence=(each["evidence"],),
            label=_CLIMATE[each["evidence_label"]],
            named=(0,),
            titles=(each["article"],),
        )
        for row in _climate(folder)
        for each in row["evidences"]
    ]


def refchecker(folder: Path) -> list[Case]:
    """Read triplets as sentences, with what other llms rightly said to the same question."""
    labels = {
        "Entailment": Label.SUPPORTED,
        "Neutral": Label.UNSUPPORTED,
        "Contradiction": Label.CONTRADICTED,
    }
    answers: dict[str, list[dict[str, Any]]] = defaultdict(list)  # Any: JSON as it is given
    for path in sorted(folder.glob("**/human_annotations_v1/*/*_answers.json")):
        for row in json.loads(path.read_text(encoding="utf-8")):
            answers[row["id"]].append(row)
    cases = []
    for question, given in sorted(answers.items()):
        right = [_rightly_said(row) for row in given]
        for i, row in enumerate(given):
            others = [text for j, texts in enumerate(right) if j != i for text in texts]
            evidence = tuple(dict.fromkeys(others))
            cases += [
                Case(
                    set="RefChecker",
                    group=f"refchecker/{question}",
                    claim=_sentence(each["triplet"]),
                    evidence=evidence,
                    label=labels[each["human_label"]],
                    said_in=row["response"],
                )
                for each in row["claude2_response_kg"]
                if each["human_label"] in labels
            ]
    return [case for case in cases if case.evidence]


def _rightly_said(row: dict[str, Any]) -> list[str]:  # Any: JSON as it is given
    claims = row["claude2_response_kg"]
    if claims and all(each["human_label"] == "Entailment" for each in claims):
        text = row["response"]
        return [text[start:end] for start, end in spans(text)]
    return [_sentence(each["triplet"]) for each in claims if each["human_label"] == "Entailment"]


def _sentence(triplet: list[str]) -> str:
    """Join the parts of a triplet, without marks that are wrapped around whole parts."""
    return " ".join(" ".join(map(_bare, triplet)).split()).rstrip(".") + "."


def _bare(part: str) -> str:
    part = part.strip()
    while len(part) > 1 and part[0] == part[-1] and part[0] in "\"'":
        part = part[1:-1].strip()
    return part


def _title(first: str) -> str:
    _, mark, title = first.partition("(meta data) TITLE: ")
    return title if mark else ""


def _climate(folder: Path) -> Iterator[dict[str, Any]]:  # Any: JSON as it is given
    return _lines(_one(folder, "**/climate-fever.jsonl"))


def _one(folder: Path, pattern: str) -> Path:
    return next(folder.glob(pattern))


def _lines(path: Path) -> Iterator[dict[str, Any]]:  # Any: JSON as it is given
    with path.open(encoding="utf-8") as file:
        yield from (json.loads(line) for line in file if line.strip())
