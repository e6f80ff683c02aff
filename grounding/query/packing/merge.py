"""Make one item of passages that touch: one header in the prompt instead of several."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

from grounding.query.packing.items import Item, Nearby, Run, Sentence, item_of
from grounding.query.records import Candidate, Evidence

MOST_CHARACTERS = 12_000
"""How long what passages are merged into may become with all that stands around it."""


def merged(ranked: Sequence[Candidate], nearby: Nearby) -> list[Item]:
    """Return items best first, each of one passage or of several of a version that touch.

    Those follow each other and hold for the same times. An item stands in the place of the best
    of them, and has its id and its scores.
    """
    of_version: dict[tuple[str, int], list[Item]] = {}
    for place, candidate in enumerate(ranked):
        item = item_of(place, candidate, nearby.get(candidate.chunk, ()))
        of_version.setdefault(item.version, []).append(item)
    items = [_joined(run) for group in of_version.values() for run in _runs(group)]
    return sorted(items, key=lambda item: item.parts[0].place)


def _runs(group: Sequence[Item]) -> list[list[Item]]:
    in_text_order = sorted(group, key=lambda item: item.candidate.evidence.ordinal)
    runs = [in_text_order[:1]]
    for one, other in pairwise(in_text_order):
        length = other.offset + len(other.text) - runs[-1][0].offset
        if length <= MOST_CHARACTERS and _touch(one, other):
            runs[-1].append(other)
        else:
            runs.append([other])
    return runs


def _touch(one: Item, other: Item) -> bool:
    before, after = one.candidate.evidence, other.candidate.evidence
    is_next = after.ordinal == before.ordinal + 1
    knows_next = any(each.passage == after.ordinal for each in one.sentences)
    return is_next and knows_next and _times(before) == _times(after)


def _times(evidence: Evidence) -> tuple[object, ...]:
    return evidence.valid_from, evidence.valid_until, evidence.state, evidence.superseded_at


def _joined(run: Sequence[Item]) -> Item:
    """Lay the stretches of items that touch over each other."""
    if len(run) == 1:
        return run[0]
    offset, text = run[0].offset, ""
    found: dict[int, Sentence] = {}
    for item in run:
        text = text[: item.offset - offset] + item.text
        found |= {each.start: each for each in item.sentences}
    sentences = tuple(found[start] for start in sorted(found))
    own = {item.parts[0].candidate.evidence.ordinal: item.parts[0] for item in run}
    places: dict[int, list[int]] = {}
    for place, sentence in enumerate(sentences):
        places.setdefault(sentence.passage, []).append(place)
    parts = [
        replace(part, run=Run(places[ordinal][0], places[ordinal][-1]))
        for ordinal, part in own.items()
    ]
    parts.sort(key=lambda part: part.place)
    return Item(text, offset, sentences, tuple(parts))
