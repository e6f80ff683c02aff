"""Items of decoded data read by a mapping, whatever they were written in.

data ─ items ─▶ item, item, … ─ documents ────▶ one document each
                              └ observations ─▶ values of one or more series
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Literal, Self

from pydantic import model_validator

from connectors.endpoints.drift import drifted
from connectors.endpoints.expressions import Expression, as_text, evaluate, is_absent
from connectors.endpoints.items import (
    DocumentMapping,
    ObservationMapping,
    ObservationMappings,
    document_of,
    key_of,
    values_of,
)
from connectors.endpoints.periods import PeriodMapping, found_periods
from connectors.endpoints.quantity import distinct
from connectors.errors import ItemFailed, RetryLater, SourceBroken
from connectors.location import Content, Location, Zone
from connectors.records import Batch, Document, Failure, Observation, Semantics, Series
from connectors.text.fields import one_line

NAMES_SHOWN = 20
LONGEST_REASON = 200


class MappedOptions(Location):
    """`items` finds a list, or one object that is the only item; then exactly one mapping.

    semantics: of documents only. zone: of times that name none. busy: what a reply has that only
    asks to come back later; where it finds something, that is the reason.
    """

    items: Expression = "@"
    busy: Expression | None = None
    documents: DocumentMapping | None = None
    observations: ObservationMappings = ()
    semantics: Literal["keyed_latest", "snapshot", "append_only"] | None = None
    zone: Zone | None = None

    @model_validator(mode="after")
    def _has_one_kind_of_mapping(self) -> Self:
        if bool(self.documents) == bool(self.observations):
            raise ValueError("give exactly one of documents and observations")
        if self.observations and self.semantics:
            raise ValueError("semantics goes with documents; observations are a series")
        return self


@dataclass(frozen=True, slots=True)
class Decoded:
    """The values of a reply, one for each page. is_whole: no page is left.

    bytes_read: of all pages but the first.
    """

    pages: Sequence[object]
    is_whole: bool = True
    bytes_read: int = 0


@dataclass(frozen=True, slots=True)
class Findings:
    """What the items came to. is_whole: every item is known by its key, read or not."""

    documents: Sequence[Document] = ()
    series: Sequence[Series] = ()
    observations: Sequence[Observation] = ()
    failures: Sequence[Failure] = ()
    remarks: Sequence[str] = ()
    is_whole: bool = False


def semantics_of(options: MappedOptions) -> Semantics:
    if options.observations:
        return Semantics.SERIES
    return Semantics(options.semantics or Semantics.KEYED_LATEST)


def mapped_batches(
    content: Content,
    options: MappedOptions,
    *,
    source: str,
    decoded: Callable[[Content], Decoded],
) -> Iterator[Batch]:
    """Read `content` as `options` say.

    Raises:
        RetryLater, SourceBroken: as decoding it does.
        RetryLater: a page says that the source is busy.
        SourceBroken: it holds no items, or none of them can be read.
    """
    try:
        reply = decoded(content)
        if reason := _busy(reply.pages, options.busy):
            raise RetryLater(f"source {source}: answered: {reason}")
        items = [item for page in reply.pages for item in _items(page, options.items)]
        found = _findings(items, options, content.address)
        lookups = _lookups(options)
        remarks, shape = drifted(items, content.previous, mapped=lookups)
    except ItemFailed as error:
        raise SourceBroken(f"source {source}: {error}") from error
    except RecursionError as error:
        raise SourceBroken(f"source {source}: nested too deeply") from error
    whole = replace(
        content,
        cursor={**content.cursor, **shape},
        bytes_read=content.bytes_read + reply.bytes_read,
    )
    if not reply.is_whole:
        remarks = [f"only the first {len(reply.pages)} pages were read", *remarks]
    is_complete = reply.is_whole and found.is_whole
    yield from whole.in_batches(
        documents=found.documents,
        series=found.series,
        observations=found.observations,
        failures=found.failures,
        remarks=[*found.remarks, *remarks],
        is_complete=is_complete and semantics_of(options) is Semantics.SNAPSHOT,
    )


def _busy(pages: Sequence[object], expression: str | None) -> str:
    """Return why to come back later, "" for no reason."""
    found = (as_text(evaluate(expression, page)) for page in pages) if expression else ()
    return next((one_line(reason)[:LONGEST_REASON] for reason in found if reason), "")


def _items(value: object, expression: str) -> list[object]:
    found = evaluate(expression, value)
    if isinstance(found, dict):
        return [found]
    if not isinstance(found, list):
        raise ItemFailed(f"items: {expression!r} finds no list; the reply {_members(value)}")
    return found


def _findings(items: Sequence[object], options: MappedOptions, address: str) -> Findings:
    if options.documents is not None:
        return _documents(items, options.documents, address=address, zone=options.zone)
    return _observations(items, options.observations, zone=options.zone)


def _lookups(options: MappedOptions) -> set[str]:
    if options.documents is not None:
        mapping = options.documents
        optional = mapping.optional_lookups().values()
        return {mapping.key, *mapping.text_lookups(), *optional}
    return {
        each
        for mapping in options.observations
        for each in (mapping.valid_from, mapping.value, *mapping.optional_lookups().values())
    }


def _documents(
    items: Sequence[object], mapping: DocumentMapping, *, address: str, zone: str | None
) -> Findings:
    _require(items, {"key": [mapping.key], "text": mapping.text_lookups()})
    kept: dict[str, Document] = {}
    failures = []
    for place, item in enumerate(items, 1):
        key = None
        try:
            key = key_of(item, mapping)
            document = document_of(item, mapping, key=key, address=address, zone=zone)
        except ItemFailed as error:
            failures.append(Failure(key, f"item {place}: {error}"))
            continue
        if key in kept:
            failures.append(Failure(key, f"item {place}: duplicate key, kept this one"))
        kept[key] = document
    is_whole = bool(kept) and all(failure.key for failure in failures)
    _require_one(items, failures, has_worked=bool(kept))
    remarks = _nowhere(items, mapping.optional_lookups())
    if mapping.periods is not None:
        periods = _all_periods(items, mapping.periods)
        remarks += _nowhere(periods, mapping.periods.optional_lookups())
    return Findings(tuple(kept.values()), failures=failures, remarks=remarks, is_whole=is_whole)


def _all_periods(items: Iterable[object], mapping: PeriodMapping) -> list[object]:
    periods: list[object] = []
    for item in items:
        with suppress(ItemFailed):  # the item was reported when it was read
            periods += found_periods(item, mapping)
    return periods


def _observations(
    items: Sequence[object], mappings: Iterable[ObservationMapping], *, zone: str | None
) -> Findings:
    series: dict[str, Series] = {}
    placed: list[tuple[str, Observation]] = []
    failures: list[Failure] = []
    remarks: list[str] = []
    for mapping in mappings:
        _require(items, {"valid_from": [mapping.valid_from], "value": [mapping.value]})
        for place, item in enumerate(items, 1):
            try:
                values = list(values_of(item, mapping, zone=zone))
            except ItemFailed as error:
                failures.append(Failure(None, f"item {place}: {error}"))
                continue
            series.update((each.key, each) for each, _ in values)
            placed.extend((f"item {place}", observation) for _, observation in values)
        remarks += _nowhere(items, mapping.optional_lookups())
    observations, contradicted = distinct(placed)
    _require_one(items, failures, has_worked=bool(observations))
    failures += contradicted
    return Findings((), tuple(series.values()), observations, failures, remarks)


def _require(items: Sequence[object], lookups: Mapping[str, Sequence[str]]) -> None:
    """Refuse a reply in which no item has what a field needs: its shape has changed."""
    for field, expressions in lookups.items():
        if expressions and items and all(_is_nowhere(each, items) for each in expressions):
            looked_for = " and ".join(repr(each) for each in expressions)
            place = f"none of {len(items)} items; the first {_members(items[0])}"
            raise ItemFailed(f"{field}: {looked_for} is in {place}")


def _require_one(items: Sequence[object], failures: list[Failure], *, has_worked: bool) -> None:
    if failures and not has_worked:
        first = f"{failures[0].reason}; the first {_members(items[0])}"
        raise ItemFailed(f"none of {len(items)} items can be read: {first}")


def _nowhere(items: Sequence[object], lookups: Mapping[str, str]) -> list[str]:
    return [
        f"{field}: {expression!r} is in none of {len(items)} items"
        for field, expression in lookups.items()
        if items and _is_nowhere(expression, items)
    ]


def _is_nowhere(expression: str, items: Sequence[object]) -> bool:
    return all(is_absent(expression, item) for item in items)


def _members(value: object) -> str:
    """Describe what a reader of an error needs to correct an expression."""
    if isinstance(value, dict):
        names = [str(name)[:40] for name in value][:NAMES_SHOWN]
        return f"has: {', '.join(names) or 'no members'}"
    if isinstance(value, list):
        return f"is a list of {len(value)}"
    return f"is {type(value).__name__}"
