"""Read a source once without storing anything: does it work, and what does it say?"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

from connectors.clock import utc_now
from connectors.errors import ConnectorError
from connectors.records import Batch, Document, JsonValue, Observation
from grounding.settings import FetchSettings, SourceSettings
from grounding.wiring import build_connector, build_fetcher

MOST_BATCHES = 3
_EXAMPLES = 3
_FIRST_CHARACTERS = 300


@dataclass(frozen=True, slots=True)
class Example:
    """A document as it would be stored, with the beginning of its text."""

    key: str
    title: str
    text: str
    url: str | None
    author: str | None
    language: str | None
    published_at: datetime | None
    updated_at: datetime | None
    valid_from: datetime | None
    valid_until: datetime | None
    time_flags: tuple[str, ...]
    metadata: dict[str, JsonValue]


@dataclass(frozen=True, slots=True)
class Value:
    """A value as it would be stored."""

    series: str
    title: str
    value: str
    unit: str | None
    valid_from: datetime
    valid_until: datetime | None


@dataclass(frozen=True, slots=True)
class Trial:
    """What the first batches of a source held, or why it could not be read.

    rest_seconds: how long it asks not to be read again. is_whole: there was nothing after these
    batches.
    """

    source: str
    semantics: str = ""
    documents: int = 0
    observations: int = 0
    removed: int = 0
    failures: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()
    examples: tuple[Example, ...] = ()
    values: tuple[Value, ...] = ()
    bytes_read: int = 0
    rest_seconds: float | None = None
    hub: str | None = None
    is_whole: bool = True
    error: str | None = None
    remedy: str | None = None


def trial(source: SourceSettings, fetch: FetchSettings) -> Trial:
    """Read at most the first few batches, from the beginning."""
    fetcher = build_fetcher(fetch, utc_now)
    try:
        connector = build_connector(source, fetcher, utc_now)
        reading = connector.read({})
        batches = list(islice(reading, MOST_BATCHES))
        is_whole = next(reading, None) is None if len(batches) == MOST_BATCHES else True
    except ConnectorError as error:
        return Trial(source.name, error=str(error), remedy=error.remedy.value)
    finally:
        fetcher.close()
    return _summary(source.name, connector.semantics.value, batches, is_whole=is_whole)


def _summary(name: str, semantics: str, batches: list[Batch], *, is_whole: bool) -> Trial:
    documents = [document for batch in batches for document in batch.documents]
    observations = [one for batch in batches for one in batch.observations]
    rests = [batch.rest_seconds for batch in batches if batch.rest_seconds is not None]
    return Trial(
        source=name,
        semantics=semantics,
        documents=len(documents),
        observations=len(observations),
        removed=sum(len(batch.removed) for batch in batches),
        failures=tuple(f"{f.key}: {f.reason}" for batch in batches for f in batch.failures),
        remarks=tuple(remark for batch in batches for remark in batch.remarks),
        examples=tuple(map(_example, documents[:_EXAMPLES])),
        values=tuple(_values(observations, batches)),
        bytes_read=sum(batch.bytes_read for batch in batches),
        rest_seconds=max(rests, default=None),
        hub=next((batch.hub.url for batch in batches if batch.hub), None),
        is_whole=is_whole,
    )


def _example(document: Document) -> Example:
    return Example(
        key=document.key,
        title=document.title,
        text=document.text[:_FIRST_CHARACTERS],
        url=document.url,
        author=document.author,
        language=document.language,
        published_at=document.published_at,
        updated_at=document.updated_at,
        valid_from=document.valid_from,
        valid_until=document.valid_until,
        time_flags=document.time_flags,
        metadata=dict(document.metadata),
    )


def _values(observations: list[Observation], batches: list[Batch]) -> Iterable[Value]:
    """Show the newest value of the first few series."""
    described = {one.key: one for batch in batches for one in batch.series}
    newest = {one.series: one for one in sorted(observations, key=lambda each: each.valid_from)}
    for one in islice(newest.values(), _EXAMPLES):
        series = described.get(one.series)
        yield Value(
            series=one.series,
            title=series.title if series else "",
            value=f"{one.value:f}",
            unit=(series.unit or series.currency) if series else None,
            valid_from=one.valid_from,
            valid_until=one.valid_until,
        )
