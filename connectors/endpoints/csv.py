"""CSV files, plain, gzipped or zipped, whose rows hold the values of series over time.

    body ─ read_table ─▶ rows ─ layout ─▶ (series, cell) ─▶ observations of changed months

Histories are long and mostly stand still: the cursor keeps a digest of every month's rows, so
that a file to which one row was added gives the values of one month and not of thirty years.
"""

import codecs
import hashlib
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from datetime import time as clock_time
from functools import lru_cache, partial
from typing import ClassVar, Literal, Self
from zoneinfo import ZoneInfo

from pydantic import Field, field_validator, model_validator

from connectors.clock import Clock
from connectors.endpoints.drift import drifted_columns
from connectors.endpoints.layout import ColumnSeries, Layout, LongSeries, WideSeries, layout_of
from connectors.endpoints.quantity import distinct, parse_start, parse_value
from connectors.endpoints.table import Table, TableFormat, read_table
from connectors.errors import ItemFailed, SourceBroken
from connectors.http.fetch import Fetcher
from connectors.location import Content, Location, Zone, read_content
from connectors.records import Batch, Cursor, Failure, JsonValue, Observation, Semantics, Series
from connectors.text.fields import digest_of

TIMES_KEPT = 50_000


class CsvConnector:
    kind: ClassVar[str] = "csv"
    semantics = Semantics.SERIES

    class Options(Location):
        """Exactly one of `values`, `wide` and `long` says which cells belong to which series.

        member: of a zip archive with several tables. skip_lines: above the header. skip_footer:
        rows of notes at the end.
        encoding: where it can be told neither from the bytes nor from what the server says.
        zone: of times that name none. time_of_day: from when a value holds where only a date
        is given. time_format: as `strptime` reads it.
        """

        time: str
        values: tuple[ColumnSeries, ...] = ()
        wide: WideSeries | None = None
        long: LongSeries | None = None
        member: str | None = None
        encoding: str | None = None
        delimiter: str = Field(default="", max_length=1)
        skip_lines: int = Field(default=0, ge=0)
        skip_footer: int = Field(default=0, ge=0, le=1_000)
        decimal_mark: Literal[".", ","] = "."
        zone: Zone | None = None
        time_of_day: clock_time | None = None
        time_format: str | None = None

        @field_validator("encoding")
        @classmethod
        def _is_known(cls, encoding: str | None) -> str | None:
            try:
                codecs.lookup(encoding or "utf-8")
            except LookupError as error:
                raise ValueError(f"{encoding!r} is no encoding that is known here") from error
            return encoding

        @model_validator(mode="after")
        def _has_one_layout(self) -> Self:
            if [bool(self.values), bool(self.wide), bool(self.long)].count(True) != 1:
                raise ValueError("give exactly one of values, wide and long")
            if self.time_of_day is not None and self.time_of_day.tzinfo is not None:
                raise ValueError("time_of_day takes no offset: put an IANA name into zone")
            return self

    def __init__(self, options: Options, *, source: str, fetcher: Fetcher, clock: Clock) -> None:
        del clock  # every time comes from the rows
        self._options = options
        self._source = source
        self._fetcher = fetcher

    def read(self, cursor: Cursor) -> Iterator[Batch]:
        content = read_content(self._options, cursor, source=self._source, fetcher=self._fetcher)
        if content.is_unmodified:
            yield content.unmodified()
            return
        try:
            yield from _batches(content, self._options)
        except ItemFailed as error:
            raise SourceBroken(f"source {self._source}: {error}") from error


@dataclass(frozen=True, slots=True)
class _Row:
    """A row and the instant it is about; or why there is none."""

    line: int
    cells: list[str]
    start: datetime | None
    fault: str = ""

    @property
    def month(self) -> str:
        return "" if self.start is None else f"{self.start.year:04}-{self.start.month:02}"


def _batches(content: Content, options: CsvConnector.Options) -> Iterator[Batch]:
    form = TableFormat(
        options.member,
        options.delimiter,
        options.skip_lines,
        options.skip_footer,
        options.max_bytes,
    )
    table = read_table(content.body, form, charset=options.encoding or content.charset)
    texts = options.values or options.wide or options.long or ()
    layout = layout_of(table, texts, time_column=options.time)
    rows = _Rows(table, options)
    months, faults = _surveyed(rows)
    known = _known_months(content.previous, table)
    changed = {month for month, digest in months.items() if known.get(month) != digest}
    series, observations, failures = _values(rows, layout, changed)
    failures = [*faults, *failures]
    if failures and not observations and not known:
        raise ItemFailed(f"no row can be read: {failures[0].reason}")
    cursor: dict[str, JsonValue] = {**content.cursor, "columns": [*table.names], "months": months}
    yield from replace(content, cursor=cursor).in_batches(
        series=series,
        observations=observations,
        failures=failures,
        remarks=drifted_columns(table.names, content.previous),
    )


def _known_months(cursor: Cursor, table: Table) -> dict[str, JsonValue]:
    months = cursor.get("months")
    is_same_table = cursor.get("columns") == [*table.names]
    return months if is_same_table and isinstance(months, dict) else {}


def _surveyed(rows: "_Rows") -> tuple[dict[str, JsonValue], list[Failure]]:
    """Digest the rows of every month, and name those that belong to none."""
    digests: dict[str, list[bytes]] = defaultdict(list)
    failures = []
    for row in rows:
        if row.start is None:
            failures.append(Failure(None, f"line {row.line}: {row.fault}"))
        else:
            digests[row.month].append(digest_of(*row.cells).encode())
    months = {
        month: hashlib.sha256(b"".join(sorted(found))).hexdigest()[:16]
        for month, found in digests.items()
    }
    return {**months}, failures


def _values(
    rows: "_Rows", layout: Layout, months: set[str]
) -> tuple[list[Series], list[Observation], list[Failure]]:
    series: dict[str, Series] = {}
    placed: list[tuple[str, Observation]] = []
    failures = []
    for row in rows:
        if row.start is None or row.month not in months:
            continue
        for each, cell in layout.cells(row.cells):
            series[each.key] = each
            try:
                value = parse_value(cell, decimal_mark=rows.options.decimal_mark)
            except ItemFailed as error:
                failures.append(Failure(each.key, f"line {row.line}: {error}"))
                continue
            if value is not None:
                placed.append((f"line {row.line}", Observation(each.key, row.start, value)))
    observations, contradicted = distinct(placed)
    return list(series.values()), observations, [*failures, *contradicted]


class _Rows:
    """The rows of a table, read again each time: held, they would take ten times its bytes."""

    def __init__(self, table: Table, options: CsvConnector.Options) -> None:
        self.options = options
        self._table = table
        self._time_at = table.position(options.time)
        self._width = max(index for index, name in enumerate(table.names, 1) if name)
        self._start = lru_cache(TIMES_KEPT)(partial(_start, options=options))

    def __iter__(self) -> Iterator[_Row]:
        width = self._width
        for line, cells in self._table.rows():
            if len(cells) < width:
                yield _Row(line, cells, None, f"{len(cells)} cells where {width} were expected")
                continue
            try:
                yield _Row(line, cells, self._start(cells[self._time_at]))
            except ItemFailed as error:
                yield _Row(line, cells, None, str(error))


def _start(cell: str, options: CsvConnector.Options) -> datetime:
    zone = ZoneInfo(options.zone or "UTC")
    start = (
        _formatted(cell, options.time_format, zone)
        if options.time_format
        else (parse_start(cell, zone=options.zone))
    )
    if options.time_of_day is None or ":" in cell:
        return start
    local_date = start.astimezone(zone).date()
    return datetime.combine(local_date, options.time_of_day, tzinfo=zone).astimezone(UTC)


def _formatted(cell: str, form: str, zone: ZoneInfo) -> datetime:
    try:
        found = datetime.strptime(cell, form)  # noqa: DTZ007 - the zone follows
        return (found if found.tzinfo else found.replace(tzinfo=zone)).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise ItemFailed(f"expected a time like {form}, not {cell[:40]!r}") from error
