"""Where what was read differs from what a suite says of the same file."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

import httpx

from benchmarks.corpus.records import (
    Disagreement,
    Expectations,
    Expected,
    Reading,
    Recording,
    Rule,
    Value,
)
from connectors.feeds.entries import parse_feed
from connectors.records import Document

UNEXPLAINED = "unexplained"
ATTRIBUTES = {
    "author": "author",
    "id": "key",
    "language": "language",
    "link": "url",
    "published": "published_at",
    "text": "text",
    "title": "title",
    "updated": "updated_at",
    "valid_from": "valid_from",
    "valid_until": "valid_until",
}


@dataclass(frozen=True, slots=True)
class Compared:
    """How many statements were compared, and those that do not hold."""

    count: int = 0
    disagreements: tuple[Disagreement, ...] = field(default=())


def compared(recording: Recording, reading: Reading, expected: Expectations) -> Compared:
    """Compare every statement; one about an entry that was not read does not hold."""
    parts = [
        _compared_feed(recording, reading, expected),
        _compared_values(recording, reading, expected),
        _compared_entries(recording, reading, expected),
    ]
    return Compared(
        sum(part.count for part in parts),
        tuple(each for part in parts for each in part.disagreements),
    )


def _compared_feed(recording: Recording, reading: Reading, expected: Expectations) -> Compared:
    stated: list[tuple[str, str, str]] = []
    if expected.count is not None:
        stated.append(("entries", str(expected.count), str(len(reading.documents))))
    if expected.feed_title is not None:
        stated.append(("feed title", expected.feed_title, _feed_title(recording)))
    wrong = [
        Disagreement(recording, reading, name, claim, found)
        for name, claim, found in stated
        if claim != found
    ]
    return Compared(len(stated), tuple(wrong))


def _compared_values(recording: Recording, reading: Reading, expected: Expectations) -> Compared:
    if expected.values is None:
        return Compared()
    values = {(each.series, each.valid_from): each.value for each in reading.observations}
    wrong: list[Disagreement] = []
    for key, number in expected.values.items():
        wrong += _value_disagreement(recording, reading, key, number, values.pop(key, None))
    extra = values if expected.are_all_values else {}
    for key, number in extra.items():
        found = f"{_named(key)}: {number}"
        wrong.append(Disagreement(recording, reading, "value", None, found))
    return Compared(len(expected.values), tuple(wrong))


def _compared_entries(recording: Recording, reading: Reading, expected: Expectations) -> Compared:
    count, wrong = 0, list[Disagreement]()
    for entry, document in paired(expected.entries, reading.documents):
        for name, claim in entry.claims.items():
            count += 1
            value = None if document is None else value_of(document, name)
            if value != claim:
                wrong.append(
                    Disagreement(recording, reading, name, claim, value, document, entry.claims)
                )
    return Compared(count, tuple(wrong))


def paired(
    expected: Sequence[Expected], documents: Sequence[Document]
) -> list[tuple[Expected, Document | None]]:
    """Give each entry the document at its position, or else the one that it fits best.

    Those go first whose id a document bears: no other entry may take it. Where equally many are
    expected and read, and none fits, they go by their order.
    """
    unused = dict(enumerate(documents))
    places = _certain_places(expected, documents)
    for at in places.values():
        unused.pop(at)
    is_whole = len(expected) == len(documents)
    for order, entry in enumerate(expected):
        place = None if order in places else _place(entry, order, unused, is_whole=is_whole)
        if place is not None:
            places[order] = place
            unused.pop(place)
    return [
        (entry, documents[places[order]] if order in places else None)
        for order, entry in enumerate(expected)
    ]


def _certain_places(expected: Sequence[Expected], documents: Sequence[Document]) -> dict[int, int]:
    """Return the place of the document for each entry whose document is known by its id."""
    by_id: dict[str, list[int]] = defaultdict(list)
    for at, document in enumerate(documents):
        by_id[document.key].append(at)
    places = {}
    for order, entry in enumerate(expected):
        candidates = by_id.get(str(entry.claims.get("id")), [])
        if entry.position is None and candidates:
            fits = [(_fit(entry, documents[at]), -at) for at in candidates]
            places[order] = candidates.pop(fits.index(max(fits)))
    return places


def explained(disagreement: Disagreement, rules: Sequence[Rule]) -> str:
    """Name the first rule that explains it, `UNEXPLAINED` where none does."""
    return next((rule.name for rule in rules if rule.explains(disagreement)), UNEXPLAINED)


def _value_disagreement(
    recording: Recording,
    reading: Reading,
    key: tuple[str, datetime],
    expected: Decimal,
    found: Decimal | None,
) -> list[Disagreement]:
    if found == expected:
        return []
    name = _named(key)
    stated = None if found is None else f"{name}: {found}"
    return [Disagreement(recording, reading, "value", f"{name}: {expected}", stated)]


def _feed_title(recording: Recording) -> str:
    """Read it from the feed itself: a feed without entries makes no document that could say it."""
    charset = httpx.Response(200, headers={"Content-Type": recording.media_type}).charset_encoding
    return parse_feed(recording.served(), source=recording.name, charset=charset).title


def _named(key: tuple[str, datetime]) -> str:
    return f"{key[0]} at {key[1].isoformat()}"


def _place(
    entry: Expected, order: int, unused: dict[int, Document], *, is_whole: bool
) -> int | None:
    if entry.position is not None:
        return entry.position if entry.position in unused else None
    fits = {at: _fit(entry, document) for at, document in unused.items()}
    best = max(fits, key=lambda at: (fits[at], at == order, -at), default=None)
    if best is None or fits[best] > 0:
        return best
    return order if is_whole and order in unused else best


def _fit(entry: Expected, document: Document) -> int:
    return sum(
        claim is not None and value_of(document, name) == claim
        for name, claim in entry.claims.items()
    )


def value_of(document: Document, name: str) -> Value:
    """Return what was read for a field, by the name that suites state it under."""
    if name == "spans":
        return str(len(document.spans))
    if name in ATTRIBUTES:
        found: Value = getattr(document, ATTRIBUTES[name])
        return found
    extra = document.metadata.get(name)
    return None if extra is None else str(extra)
