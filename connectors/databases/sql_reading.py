"""One query, asked of a database that is only read and never kept waiting.

    query ─ read-only transaction ─▶ rows ─▶ a temporary file; connection closed ─▶ rows

What is done with the rows may take long. Nothing of the database is held meanwhile.
"""

import pickle
import re
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO, Any

from sqlalchemy import ColumnElement, bindparam, column, literal_column, select, text
from sqlalchemy.engine import URL, Connection, CursorResult
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.sql import Executable

from connectors.databases.sql_access import engine_for, forbid_writing, sorted_out
from connectors.databases.sql_values import digest_of_row, plain
from connectors.errors import RetryLater, SourceBroken

ROWS_AT_ONCE = 500
_COLON = re.compile(r"(?<!\\):")


@dataclass(frozen=True, slots=True)
class Question:
    """A query, and how far it may go.

    watermark: the column that rows are ordered by; since: where it begins, inclusive.
    """

    query: str
    max_rows: int
    max_bytes: int
    timeout_seconds: float
    connect_seconds: float
    watermark: str | None = None
    since: object = None


@dataclass(frozen=True, slots=True)
class Row:
    """digest: of everything in it. mark: its watermark, as the database gave it."""

    values: dict[str, object]
    digest: str
    mark: object


class Answer:
    """The rows in the order they came. is_whole: there were no more of them."""

    def __init__(self, columns: tuple[str, ...], file: IO[bytes]) -> None:
        self.columns = columns
        self.is_whole = True
        self.bytes_read = 0
        self.count = 0
        self._file = file

    def add(self, rows: list[Row]) -> None:
        pickle.dump(rows, self._file, pickle.HIGHEST_PROTOCOL)
        self.bytes_read = self._file.tell()
        self.count += len(rows)

    def rows(self) -> Iterator[Row]:
        self._file.seek(0)
        while self._file.tell() < self.bytes_read:
            yield from pickle.load(self._file)  # noqa: S301 - written above, by nobody else


@contextmanager
def answered(url: URL, question: Question) -> Iterator[Answer]:
    """Yield what the database answers, read to the end; the connection is closed by then.

    Raises:
        RetryLater: it cannot be reached, is locked, or took too long.
        SourceBroken: the query is wrong, or answers too much.
    """
    with tempfile.TemporaryFile(prefix="grounding-") as file:
        try:
            answer = _asked(url, question, file)
        except (SQLAlchemyError, OSError) as error:
            # Not `from error`: its text repeats the statement and what was bound to it.
            raise sorted_out(error, url) from None
        yield answer


def _asked(url: URL, question: Question, file: IO[bytes]) -> Answer:
    deadline = time.monotonic() + question.timeout_seconds
    engine = engine_for(url, connect_seconds=question.connect_seconds)
    try:
        with engine.connect() as connection:
            forbid_writing(connection, seconds=question.timeout_seconds)
            streaming = connection.execution_options(yield_per=ROWS_AT_ONCE, stream_results=True)
            with _executed(streaming, question) as result:
                answer = Answer(_columns(result, question), file)
                for rows in result.mappings().partitions():
                    answer.add([_row(each, question) for each in rows])
                    if _is_enough(answer, question, deadline):
                        break
            connection.rollback()
            return answer
    finally:
        engine.dispose()


def _executed(connection: Connection, question: Question) -> CursorResult[Any]:
    if question.watermark is None:
        return connection.execute(text(_literal(question.query)))
    return connection.execute(_ordered(question, question.watermark))


def _ordered(question: Question, watermark: str) -> Executable:
    """Put the query below one that begins at the watermark and is ordered by it."""
    mark: Any = column(watermark)
    rows = text(f"{_literal(question.query)}\n").columns(mark).subquery("asked")
    has_begun: ColumnElement[bool] = rows.c[watermark].is_not(None)
    if question.since is not None:
        has_begun = rows.c[watermark] >= bindparam("since", question.since)
    everything: ColumnElement[object] = literal_column("*")
    return select(everything).select_from(rows).where(has_begun).order_by(rows.c[watermark])


def _literal(query: str) -> str:
    """Return the query as text that binds nothing: a colon in it is a colon."""
    return _COLON.sub(r"\\:", query.strip().rstrip(";"))


def _columns(result: CursorResult[Any], question: Question) -> tuple[str, ...]:
    names = tuple(result.keys())
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise SourceBroken(f"query: column {twice!r} appears twice; name one differently")
    if question.watermark is not None and question.watermark not in names:
        known = ", ".join(names)
        raise SourceBroken(f"watermark: {question.watermark!r} is no column; there are: {known}")
    return names


def _row(values: Mapping[Any, object], question: Question) -> Row:
    mark = None if question.watermark is None else values[question.watermark]
    row = {name: plain(value) for name, value in values.items()}
    return Row(row, digest_of_row(row), mark)


def _is_enough(answer: Answer, question: Question, deadline: float) -> bool:
    """Say whether the rest is left for another time, which only an ordered reading may do."""
    is_late = time.monotonic() > deadline
    if answer.count <= question.max_rows and answer.bytes_read <= question.max_bytes:
        if not is_late:
            return False
        if question.watermark is None:
            raise RetryLater(f"took longer than timeout_seconds = {question.timeout_seconds:g}")
    elif question.watermark is None:
        raise SourceBroken(
            f"more than max_rows = {question.max_rows} or max_bytes = {question.max_bytes}; "
            "narrow the query, or give it a watermark"
        )
    answer.is_whole = False
    return True
