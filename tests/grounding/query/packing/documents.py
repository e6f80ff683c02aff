"""Documents cut into passages of sentences, and candidates for some of these passages."""

from collections.abc import Sequence
from typing import Any

from grounding.query.records import Candidate
from indexer.catalogue.evidence import NearbyPassage
from tests.grounding.query.items import candidate


def passages(
    parts: Sequence[str], *, gap: str = "\n\n", timed: Sequence[int] = ()
) -> tuple[str, list[NearbyPassage]]:
    """Return a text made of parts, and the passages that they are."""
    found, start = [], 0
    for ordinal, part in enumerate(parts):
        is_last = ordinal == len(parts) - 1
        text = part if is_last else part + gap
        found.append(
            NearbyPassage(
                1, ordinal, start, start + len(part), text, has_own_times=ordinal in timed
            )
        )
        start += len(text)
    return gap.join(parts), found


def found(passage: NearbyPassage, **changes: Any) -> Candidate:
    length = passage.end - passage.start
    usual = {"document_id": "d" * 24, "ordinal": passage.ordinal, "start": passage.start}
    return candidate(passage.text[:length], **usual | {"end": passage.end} | changes)


def nearby_of(
    candidates: Sequence[Candidate], passages: Sequence[NearbyPassage], *, reach: int = 1
) -> dict[int, list[NearbyPassage]]:
    return {
        each.chunk: [
            passage for passage in passages if abs(passage.ordinal - each.evidence.ordinal) <= reach
        ]
        for each in candidates
    }
