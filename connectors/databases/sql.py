"""Rows of a database that SQLAlchemy reaches, as documents or values.

Without `watermark` every read asks for all rows and compares them by digest. With it a read goes
on where the last one ended: at that value, since more rows may have been given it meanwhile.

    query ─ answered ─▶ rows ─ digests, compared with the cursor ─▶ changed rows ─ Rows ─▶ batches
"""

import re
from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar, Literal, Self

from pydantic import Field, field_validator, model_validator
from sqlalchemy.engine import URL

from connectors.clock import Clock
from connectors.databases.sql_access import has_secret, parsed_url
from connectors.databases.sql_reading import Answer, Question, Row, answered
from connectors.databases.sql_values import earlier, kept, restored
from connectors.endpoints.drift import drifted_columns
from connectors.endpoints.expressions import decoded
from connectors.endpoints.rows import RowMapping, Rows
from connectors.errors import ConnectorError, InvalidOptions, ItemFailed, SourceBroken
from connectors.http.fetch import Fetcher
from connectors.records import Batch, Cursor, JsonValue, Semantics
from connectors.secrets import reference_in, reveal
from connectors.text.fields import digest_of

ROWS_PER_BATCH = 500
_PARAMETER = re.compile(r"(?<![:\w]):watermark\b")


class SqlConnector:
    kind: ClassVar[str] = "sql"
    semantics: Semantics

    class Options(RowMapping):
        """url: of SQLAlchemy, or the name of a secret that holds one. password: likewise a secret.

        watermark: a column that grows with every change. lookback_seconds: how long before the
        last watermark to begin, for rows that are committed late. json_columns: those of text
        that holds JSON. semantics: of documents only.
        """

        url: str = Field(min_length=1)
        password: str | None = None
        query: str = Field(min_length=1)
        watermark: str | None = None
        lookback_seconds: float = Field(default=0, ge=0)
        semantics: Literal["keyed_latest", "snapshot", "append_only"] | None = None
        json_columns: tuple[str, ...] = ()
        max_rows: int = Field(default=100_000, gt=0)
        max_bytes: int = Field(default=200_000_000, gt=0)
        timeout_seconds: float = Field(default=60, gt=0)
        connect_seconds: float = Field(default=10, gt=0)

        @field_validator("url")
        @classmethod
        def _shows_no_secret(cls, url: str) -> str:
            if reference_in(url) is None and has_secret(parsed_url(url)):
                raise ValueError(
                    "a password in it would be stored: give password = env:NAME, or put the whole "
                    "URL into a variable and give url = env:NAME"
                )
            return url

        @field_validator("query")
        @classmethod
        def _binds_nothing(cls, query: str) -> str:
            if _PARAMETER.search(query):
                raise ValueError(
                    "leave :watermark out: the query is put below one that begins at the watermark"
                )
            return query

        @field_validator("password")
        @classmethod
        def _is_a_reference(cls, password: str | None) -> str | None:
            if password is not None and reference_in(password) is None:
                raise ValueError("expected env:NAME or file:PATH, which is not stored")
            return password

        @model_validator(mode="after")
        def _fits_together(self) -> Self:
            if self.observations and self.semantics:
                raise ValueError("semantics goes with documents; observations are a series")
            if self.watermark is not None and self.semantics == "snapshot":
                raise ValueError("a snapshot lists everything: leave watermark out")
            if self.lookback_seconds and self.watermark is None:
                raise ValueError("lookback_seconds goes with watermark")
            return self

    def __init__(self, options: Options, *, source: str, fetcher: Fetcher, clock: Clock) -> None:
        del fetcher, clock  # not the web, and every time comes from the rows
        self._options = options
        self._source = source
        self.semantics = (
            Semantics.SERIES
            if options.observations
            else Semantics(options.semantics or Semantics.KEYED_LATEST)
        )

    def read(self, cursor: Cursor) -> Iterator[Batch]:
        options = digest_of(self._options.model_dump_json())
        known = cursor if cursor.get("options") == options else {}
        try:
            for batch in self._batches(known):
                # A part without a cursor moves nothing: a read that was cut short is repeated.
                moved = {"options": options, **batch.cursor} if batch.cursor else known
                yield replace(batch, cursor=moved)
        except ConnectorError as error:
            raise type(error)(f"source {self._source}: {error}") from error

    def _batches(self, known: Cursor) -> Iterator[Batch]:
        past = _Past.of(known)
        with answered(self._url(), self._question(past)) as answer:
            remarks = (*drifted_columns(answer.columns, known), *self._required(answer))
            read = self._listed if self._options.watermark is None else self._continued
            for number, batch in enumerate(read(answer, past)):
                columns: dict[str, JsonValue] = {"columns": [*answer.columns]}
                yield replace(
                    batch,
                    cursor={**columns, **batch.cursor} if batch.cursor else {},
                    remarks=() if number else remarks,
                    bytes_read=0 if number else answer.bytes_read,
                )

    def _url(self) -> URL:
        try:
            url = parsed_url(reveal(self._options.url, option="url"))
        except ValueError as error:
            raise InvalidOptions(f"url: {error}") from None
        password = self._options.password
        return url if password is None else url.set(password=reveal(password, option="password"))

    def _question(self, past: "_Past") -> Question:
        options = self._options
        return Question(
            options.query,
            # Those seen before come again and must not stand in the way of new ones.
            max_rows=options.max_rows + len(past.seen),
            max_bytes=options.max_bytes,
            timeout_seconds=options.timeout_seconds,
            connect_seconds=options.connect_seconds,
            watermark=options.watermark,
            since=earlier(past.mark, options.lookback_seconds),
        )

    def _required(self, answer: Answer) -> list[str]:
        for name in self._options.json_columns:
            if name not in answer.columns:
                known = ", ".join(answer.columns)
                raise SourceBroken(f"json_columns: {name!r} is no column; there are: {known}")
        return self._options.require_names(answer.columns)

    def _listed(self, answer: Answer, past: "_Past") -> Iterator[Batch]:
        """Go through all rows there are; only the last part says so and moves the cursor."""
        rows = Rows(self._options)
        listing = _Listing()
        for number, row in enumerate(answer.rows(), 1):
            self._list(row, f"row {number}", past, rows, listing)
            if len(rows) + len(listing.unchanged) >= ROWS_PER_BATCH:
                yield replace(rows.batch({}), unchanged=listing.take_unchanged())
        is_snapshot = self.semantics is Semantics.SNAPSHOT
        yield replace(
            rows.batch({"rows": {**listing.digests}}),
            unchanged=listing.take_unchanged(),
            is_complete=is_snapshot and listing.is_whole and bool(listing.digests),
            is_unmodified=not listing.has_news and listing.digests == past.rows,
        )

    def _list(self, row: Row, place: str, past: "_Past", rows: Rows, listing: "_Listing") -> None:
        try:
            values = self._decoded(row)
            key = row.digest if self._options.observations else rows.key(values)
            is_deleted = rows.is_deleted(values)
        except ItemFailed as error:
            rows.fail(None, f"{place}: {error}")
            listing.is_whole = False
            return
        if key in listing.digests:
            if not self._options.observations:
                rows.fail(key, f"{place}: duplicate key, kept the first")
            return
        if past.rows.get(key) == row.digest:
            listing.digests[key] = row.digest
            if not self._options.observations and not is_deleted:
                listing.unchanged.append(key)
            return
        listing.has_news = True
        if rows.take(values, place=place):
            listing.digests[key] = row.digest

    def _continued(self, answer: Answer, past: "_Past") -> Iterator[Batch]:
        """Go on from the watermark; every part moves it, since the rows come in its order."""
        rows = Rows(self._options)
        tail = _Tail(past.mark, self._options.lookback_seconds)
        has_news = False
        for number, row in enumerate(answer.rows(), 1):
            tail.add(row)
            if row.digest in past.seen:
                continue
            has_news = True
            place = f"row {number}"
            try:
                rows.take(self._decoded(row), place=place)
            except ItemFailed as error:
                rows.fail(None, f"{place}: {error}")
            if len(rows) >= ROWS_PER_BATCH:
                yield rows.batch(tail.cursor())
        yield replace(rows.batch(tail.cursor()), is_unmodified=not has_news)

    def _decoded(self, row: Row) -> Mapping[str, object]:
        found = dict(row.values)
        for name in self._options.json_columns:
            value = found[name]
            if isinstance(value, str):
                try:
                    found[name] = decoded(value)
                except (ValueError, RecursionError) as error:
                    raise ItemFailed(f"column {name!r} holds no JSON") from error
        return found


@dataclass(frozen=True, slots=True)
class _Past:
    """What a cursor tells of earlier reads."""

    rows: Mapping[str, JsonValue]
    mark: object
    seen: frozenset[str]

    @classmethod
    def of(cls, cursor: Cursor) -> "_Past":
        rows, seen = cursor.get("rows"), cursor.get("seen")
        return cls(
            rows if isinstance(rows, dict) else {},
            restored(cursor.get("watermark")),
            frozenset(map(str, seen)) if isinstance(seen, list) else frozenset(),
        )


@dataclass(slots=True)
class _Listing:
    """What a read of all rows has seen so far. is_whole: every row had a key."""

    digests: dict[str, JsonValue] = field(default_factory=dict)
    unchanged: list[str] = field(default_factory=list)
    is_whole: bool = True
    has_news: bool = False

    def take_unchanged(self) -> tuple[str, ...]:
        taken, self.unchanged = tuple(self.unchanged), []
        return taken


class _Tail:
    """The rows that the next read will be given again: those at the last watermark, or near it."""

    def __init__(self, mark: object, lookback_seconds: float) -> None:
        self._mark = mark
        self._lookback_seconds = lookback_seconds
        self._rows: deque[tuple[object, str]] = deque()

    def add(self, row: Row) -> None:
        self._mark = row.mark
        self._rows.append((row.mark, row.digest))
        while not self._comes_again(self._rows[0][0]):
            self._rows.popleft()

    def cursor(self) -> dict[str, JsonValue]:
        seen: list[JsonValue] = [digest for _, digest in self._rows]
        return {"watermark": None if self._mark is None else kept(self._mark), "seen": seen}

    def _comes_again(self, mark: object) -> bool:
        # Equality alone: a database may order texts otherwise than Python.
        if mark == self._mark or not self._lookback_seconds:
            return mark == self._mark
        first: Any = earlier(self._mark, self._lookback_seconds)
        return bool(mark >= first)
