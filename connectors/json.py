"""JSON endpoints and files: JMESPath expressions say where items are and what they mean.

body ─ items ─▶ item, item, … ─ documents ────▶ one document each
                              └ observations ─▶ values of one or more series
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import ClassVar, Literal, Self

from pydantic import model_validator

from connectors.clock import Clock
from connectors.errors import ItemFailed, SourceBroken
from connectors.expressions import Expression, decoded, evaluate, is_absent
from connectors.fetch import Fetcher
from connectors.items import DocumentMapping, ObservationMapping, document_of, key_of, values_of
from connectors.location import Content, Location, Zone, read_content
from connectors.markup import decode
from connectors.periods import PeriodMapping, found_periods
from connectors.quantity import distinct
from connectors.records import (
    Batch,
    Cursor,
    Document,
    Failure,
    Observation,
    Semantics,
    Series,
)

NAMES_SHOWN = 20


@dataclass(frozen=True, slots=True)
class Findings:
    """What the items came to. is_whole: every item is known by its key, read or not."""

    documents: Sequence[Document] = ()
    series: Sequence[Series] = ()
    observations: Sequence[Observation] = ()
    failures: Sequence[Failure] = ()
    is_whole: bool = False


class JsonConnector:
    kind: ClassVar[str] = "json"
    semantics: Semantics

    class Options(Location):
        """`items` finds a list, or one object that is the only item; then exactly one mapping.

        semantics: of documents only. zone: of times that name none.
        """

        items: Expression = "@"
        documents: DocumentMapping | None = None
        observations: tuple[ObservationMapping, ...] = ()
        semantics: Literal["keyed_latest", "snapshot", "append_only"] | None = None
        zone: Zone | None = None

        @model_validator(mode="before")
        @classmethod
        def _one_mapping_is_a_list(cls, given: object) -> object:
            if isinstance(given, dict) and isinstance(given.get("observations"), dict):
                return {**given, "observations": (given["observations"],)}
            return given

        @model_validator(mode="after")
        def _has_one_kind_of_mapping(self) -> Self:
            if bool(self.documents) == bool(self.observations):
                raise ValueError("give exactly one of documents and observations")
            if self.observations and self.semantics:
                raise ValueError("semantics goes with documents; observations are a series")
            return self

    def __init__(self, options: Options, *, source: str, fetcher: Fetcher, clock: Clock) -> None:
        del clock  # every time comes from the items
        self._options = options
        self._source = source
        self._fetcher = fetcher
        self.semantics = (
            Semantics.SERIES
            if options.observations
            else Semantics(options.semantics or Semantics.KEYED_LATEST)
        )

    def read(self, cursor: Cursor) -> Iterator[Batch]:
        content = read_content(self._options, cursor, source=self._source, fetcher=self._fetcher)
        if content.is_unmodified:
            yield content.unmodified()
            return
        try:
            items = _items(content, self._options.items)
            found = self._findings(items, content.address)
        except ItemFailed as error:
            raise SourceBroken(f"source {self._source}: {error}") from error
        except RecursionError as error:
            raise SourceBroken(f"source {self._source}: nested too deeply") from error
        yield from content.in_batches(
            documents=found.documents,
            series=found.series,
            observations=found.observations,
            failures=found.failures,
            is_complete=found.is_whole and self.semantics is Semantics.SNAPSHOT,
        )

    def _findings(self, items: Sequence[object], address: str) -> Findings:
        zone = self._options.zone
        if self._options.documents is not None:
            return _documents(items, self._options.documents, address=address, zone=zone)
        return _observations(items, self._options.observations, zone=zone)


def _items(content: Content, expression: str) -> list[object]:
    try:
        value = decoded(decode(content.body, content.charset))
    except ValueError as error:
        raise ItemFailed(f"not JSON: {error}") from error
    found = evaluate(expression, value)
    if isinstance(found, dict):
        return [found]
    if not isinstance(found, list):
        raise ItemFailed(f"items: {expression!r} finds no list; the reply {_members(value)}")
    return found


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
    failures += _drifted(items, mapping.optional_lookups())
    if mapping.periods is not None:
        periods = _all_periods(items, mapping.periods)
        failures += _drifted(periods, mapping.periods.optional_lookups())
    return Findings(tuple(kept.values()), failures=failures, is_whole=is_whole)


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
    failures = []
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
        failures += _drifted(items, mapping.optional_lookups())
    observations, contradicted = distinct(placed)
    _require_one(items, failures, has_worked=bool(observations))
    return Findings((), tuple(series.values()), observations, [*failures, *contradicted])


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


def _drifted(items: Sequence[object], lookups: Mapping[str, str]) -> list[Failure]:
    return [
        Failure(None, f"{field}: {expression!r} is in none of {len(items)} items")
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
