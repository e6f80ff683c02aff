"""From the words of a history to those of the service, and from its answers back."""

import re
from collections.abc import Iterable, Iterator
from typing import ClassVar

from benchmarks.histories.generate import COMMON_WORD
from benchmarks.histories.happenings import (
    Answer,
    Batch,
    Item,
    Question,
    Read,
    SeenItem,
    SeenValue,
    Source,
    Value,
)
from connectors import records
from connectors.errors import RetryLater
from connectors.records import Cursor, Semantics
from grounding.query.question import Filters
from grounding.query.records import Evidence, ValueAt
from indexer.sources import SourceSpec

PARAGRAPH = "\n\n"
_KEY = re.compile(rf"{COMMON_WORD} (k\d+) ")


class Script:
    """A connector that says what it is told to say."""

    kind: ClassVar[str] = "script"

    def __init__(self, semantics: Semantics, read: Read) -> None:
        self.semantics = semantics
        self._read = read

    def read(self, cursor: Cursor) -> Iterator[records.Batch]:
        del cursor
        for number, one in enumerate(self._read.batches):
            yield batch(one, {"batch": number})
        if self._read.fails:
            raise RetryLater("the source went away")


def spec(source: Source) -> SourceSpec:
    return SourceSpec(
        name=source.name,
        kind="push" if source.is_pushed else Script.kind,
        semantics=Semantics(source.habit.value),
        origin="api",
        collection=source.collection,
        ttl_seconds=None if source.ttl is None else source.ttl.total_seconds(),
    )


def batch(given: Batch, cursor: Cursor) -> records.Batch:
    return records.Batch(
        cursor=cursor,
        documents=tuple(map(_document, given.items)),
        series=tuple(
            _series(name, given.edition) for name in sorted({one.series for one in given.values})
        ),
        observations=tuple(map(_observation, given.values)),
        removed=given.removed,
        unchanged=given.unchanged,
        is_complete=given.is_complete,
    )


def filters(question: Question) -> Filters:
    return Filters(
        as_of=question.as_of,
        known_at=question.known_at,
        published_after=question.published_after,
        published_before=question.published_before,
        max_age=question.max_age,
        sources=question.sources,
        collections=question.collections,
        include_history=question.include_history,
    )


def answer(found: Iterable[Evidence]) -> Answer:
    items, values = set(), set()
    for evidence in found:
        if evidence.observation is not None:
            values.add(_seen_value(evidence, evidence.observation))
        else:
            items.add(_seen_item(evidence))
    return Answer(frozenset(items), frozenset(values))


def _document(item: Item) -> records.Document:
    text, spans = item.text, []
    for stretch in item.stretches:
        start = len(text) + len(PARAGRAPH)
        text = f"{text}{PARAGRAPH}{stretch.text}"
        spans.append(records.Span(start, len(text), stretch.valid_from, stretch.valid_until))
    return records.Document(
        key=item.key,
        text=text,
        title=item.title,
        url=item.url,
        author=item.author,
        published_at=item.published_at,
        valid_from=item.valid_from,
        valid_until=item.valid_until,
        metadata={} if item.note is None else {"note": item.note},
        spans=tuple(spans),
    )


def _series(name: str, edition: int) -> records.Series:
    """Return a series whose card has words of its own beside the one that is asked for."""
    words = " ".join(f"{name}{letter}{edition}" for letter in "stuvwx")
    title = f"{COMMON_WORD} {name} edition {edition}"
    return records.Series(key=name, title=title, description=words)


def _observation(value: Value) -> records.Observation:
    return records.Observation(
        series=value.series,
        valid_from=value.valid_from,
        value=value.number,
        valid_until=value.valid_until,
        published_at=value.published_at,
    )


def _seen_item(evidence: Evidence) -> SeenItem:
    found = _KEY.match(evidence.text)
    key = found[1] if found else f"?{evidence.document_id}"
    return SeenItem(evidence.source, key, evidence.version, evidence.text)


def _seen_value(evidence: Evidence, at: ValueAt) -> SeenValue:
    before = at.previous
    previous = None if before is None else (before.value, before.valid_from)
    edition = int(at.title.rpartition(" ")[2])
    return SeenValue(evidence.source, at.series, edition, at.value, at.valid_from, previous)
