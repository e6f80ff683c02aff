"""Which cells of a table are values of which series.

values   named columns, each a series of its own
wide     every other column, described by one template in which {column} is its name
long     one value column; {series} is what the series column says in that row
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Self

from pydantic import model_validator

from connectors.endpoints.expressions import PLACEHOLDER, fill
from connectors.endpoints.quantity import SeriesTexts
from connectors.endpoints.table import Table
from connectors.errors import ItemFailed
from connectors.records import Series


class _ColumnTexts(SeriesTexts):
    @model_validator(mode="after")
    def _names_columns_only(self) -> Self:
        for name in _placeholders(self):
            if name != "column":
                raise ValueError(f"unknown placeholder {{{name}}}; only {{column}} is filled here")
        return self


class ColumnSeries(_ColumnTexts):
    column: str


class WideSeries(_ColumnTexts):
    """columns: which to take, all if none are named. skip: which to leave out."""

    key: str = "{column}"
    columns: tuple[str, ...] = ()
    skip: tuple[str, ...] = ()


class LongSeries(SeriesTexts):
    """The texts may also name any other column of the row, as `{its name}`."""

    key: str = "{series}"
    series_column: str
    value_column: str


@dataclass(frozen=True, slots=True)
class ColumnsLayout:
    series: tuple[tuple[int, Series], ...]

    def cells(self, row: Sequence[str]) -> Iterator[tuple[Series, str]]:
        for position, series in self.series:
            yield series, row[position]


@dataclass(frozen=True, slots=True)
class RowsLayout:
    texts: LongSeries
    names: tuple[str, ...]
    series_at: int
    value_at: int
    known: dict[str, Series] = field(default_factory=dict)

    def cells(self, row: Sequence[str]) -> Iterator[tuple[Series, str]]:
        """Yield the row's one series and value, nothing where the row names no series."""
        name = row[self.series_at]
        if not name:
            return
        if name not in self.known:
            lookup = {**dict(zip(self.names, row, strict=False)), "series": name}
            self.known[name] = self.texts.filled(lambda text: fill(text, lookup.__getitem__))
        yield self.known[name], row[self.value_at]


Layout = ColumnsLayout | RowsLayout


def layout_of(
    table: Table, texts: Sequence[ColumnSeries] | WideSeries | LongSeries, *, time_column: str
) -> Layout:
    """Find the columns that the options name.

    Raises:
        ItemFailed: one of them is not in the table, or none is left to be a series.
    """
    if isinstance(texts, LongSeries):
        _check_placeholders(texts, table)
        series_at, value_at = (
            table.position(column) for column in (texts.series_column, texts.value_column)
        )
        return RowsLayout(texts, table.names, series_at, value_at)
    if isinstance(texts, WideSeries):
        columns = texts.columns or [
            name for name in table.names if name and name not in (time_column, *texts.skip)
        ]
        found = [(table.position(column), _column_series(texts, column)) for column in columns]
    else:
        found = [(table.position(each.column), _column_series(each, each.column)) for each in texts]
    if not found:
        raise ItemFailed(f"no column but {time_column!r} is in the table")
    return ColumnsLayout(tuple(found))


def _column_series(texts: SeriesTexts, column: str) -> Series:
    return texts.filled(lambda text: fill(text, lambda _: column))


def _check_placeholders(texts: LongSeries, table: Table) -> None:
    for name in _placeholders(texts):
        if name != "series":
            table.position(name)


def _placeholders(texts: SeriesTexts) -> list[str]:
    templates = texts.model_dump(include=set(SeriesTexts.model_fields), exclude={"aliases"})
    return PLACEHOLDER.findall(" ".join([*templates.values(), *texts.aliases]))
