"""Wildfires of 2022 as Cal Fire listed them, 813 times: the source, the truth, the questions."""

import json
import random
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.config import Source
from benchmarks.questions import Question
from benchmarks.replay import Read
from benchmarks.service import Json
from indexer.decide import document_uid

ARCHIVE = "series_calfire_2022"
SOURCE = "fires"
KNOWN = "with both numbers known"
UNKNOWN = "with a number unknown"
BURNED = "Acres burned: "
CONTAINED = "Percent contained: "
TEMPLATE = f"""{{Name}} at {{Location}}
{BURNED}{{AcresBurned}}
{CONTAINED}{{PercentContained}}"""


@dataclass(frozen=True, slots=True)
class Fire:
    """What one poll said of one incident; None where the poll did not know."""

    key: str
    name: str
    place: str
    url: str
    acres: str | None
    contained: str | None

    @property
    def kind(self) -> str:
        return UNKNOWN if None in (self.acres, self.contained) else KNOWN

    def is_about_same(self, result: Json) -> bool:
        """By identity: two incidents may be called alike."""
        return bool(result["document_id"] == document_uid(SOURCE, self.key))

    def is_told_by(self, result: Json) -> bool:
        """Whether both numbers, or that they are unknown, stand in metadata and in text."""
        text, metadata = result["text"], result["metadata"]
        told = (_digits(metadata.get("acres")), _digits(metadata.get("contained")))
        written = (_after(BURNED, text), _after(CONTAINED, text))
        return told == written == (self.acres, self.contained)


def fires_source(url: str) -> Source:
    documents: Source = {
        "key": "UniqueId",
        "title": "Name",
        "template": TEMPLATE,
        "url": "CanonicalUrl",
        "updated_at": "Updated",
        "metadata": {"acres": "AcresBurned", "contained": "PercentContained"},
    }
    return {
        "name": SOURCE,
        "kind": "json",
        "url": url,
        "items": "Incidents",
        "semantics": "snapshot",
        "documents": documents,
    }


def listed_fires(file: Path) -> dict[str, Fire]:
    """Read a poll, its numbers as they are written."""
    polled = json.loads(file.read_bytes(), parse_int=str, parse_float=str)
    fires = map(_fire, polled["Incidents"])
    return {fire.key: fire for fire in fires}


def fire_questions(
    reads: Sequence[Read],
    polled: Sequence[dict[str, Fire]],
    *,
    count: int,
    draw: random.Random,
) -> list[Question]:
    """Draw a poll that lists something, one incident of it, and a moment of its life."""
    usable = [index for index, listed in enumerate(polled) if listed]
    questions = []
    for _ in range(count):
        index = draw.choice(usable)
        fire = draw.choice(list(polled[index].values()))
        at = reads[index].instant(draw)
        questions.append(Question(question(fire), at, at, fire, fire.kind))
    return questions


def question(fire: Fire) -> str:
    return (
        f"How many acres has the {fire.name} at {fire.place} burned, "
        "and how much of it is contained?"
    )


def _fire(incident: dict[str, Any]) -> Fire:  # Any: a member of somebody else's JSON
    return Fire(
        key=incident["UniqueId"],
        name=" ".join(incident["Name"].split()),
        place=incident["Location"].strip(),
        url=incident["CanonicalUrl"],
        acres=incident["AcresBurned"],
        contained=incident["PercentContained"],
    )


def _digits(number: float | None) -> str | None:
    return None if number is None else str(number)


def _after(label: str, text: str) -> str | None:
    """Return what follows the label on its line; None if there is no such line."""
    lines = (line for line in text.splitlines() if line.startswith(label))
    return next((line.removeprefix(label) for line in lines), None)
