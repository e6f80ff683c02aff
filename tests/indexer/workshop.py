"""The way in with real database and pipeline, and fakes at its three seams."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import select
from sqlalchemy.orm import Session

from connectors.records import Batch, Cursor, Document, JsonValue, Observation, Semantics, Series
from indexer import sources as registry
from indexer.catalogue import changes, sources
from indexer.database import Database
from indexer.embed import Embedder
from indexer.embedders import ActiveEmbedder
from indexer.errors import EmbedderUnusable
from indexer.pipeline import push, sync
from indexer.reading import Outcome, Tools
from indexer.records import Change, SourceRecord
from indexer.sources import SourceSpec
from indexer.tables import ChunkRow, DocumentRow, ObservationRow, SeriesRow
from tests.fakes import FakeClock, HashEmbedder


class FakeConnector:
    """Yields the batches it was given; an exception among them is raised in its place."""

    kind: ClassVar[str] = "fake"

    def __init__(self, *steps: Batch | Exception) -> None:
        self.semantics = Semantics.KEYED_LATEST
        self.steps = steps
        self.cursors: list[Cursor] = []

    def read(self, cursor: Cursor) -> Iterator[Batch]:
        self.cursors.append(cursor)
        for step in self.steps:
            if isinstance(step, Exception):
                raise step
            yield step


class Crash(BaseException):
    """The end of the process, as far as the code under test can tell."""


class CrashingDatabase(Database):
    """Crashes, or fails, just before the commit with this number, counted from 1."""

    def __init__(
        self, database: Database, *, crash_at: int, error: type[BaseException] = Crash
    ) -> None:
        super().__init__(database.engine)
        self.commits = 0
        self.crash_at = crash_at
        self._error = error

    @contextmanager
    def writing(self) -> Iterator[Session]:
        with super().writing() as session:
            yield session
            self.commits += 1
            if self.commits == self.crash_at:
                raise self._error


class InterruptedEmbedder(HashEmbedder):
    """Lets others act while it embeds: each call takes the next of `meanwhile`."""

    def __init__(self, *meanwhile: Callable[[], object]) -> None:
        super().__init__()
        self.meanwhile = list(meanwhile)

    def embed_passages(self, texts: Sequence[str]) -> NDArray[np.float32]:
        if self.meanwhile:
            self.meanwhile.pop(0)()
        return super().embed_passages(texts)


@dataclass
class Workshop:
    """Reads and pushes through the real pipeline, and looks at what was stored."""

    database: Database
    clock: FakeClock
    embedder: HashEmbedder
    notified: int = 0
    others: dict[str, Embedder] = field(default_factory=dict)

    @property
    def tools(self) -> Tools:
        return Tools(self.database, self.active, self.clock, self._notify)

    @property
    def active(self) -> ActiveEmbedder:
        """The embedder as a process has it that loads others from `others`."""
        return ActiveEmbedder(self.database, self.embedder, self._load)

    def source(
        self,
        name: str = "news",
        semantics: Semantics = Semantics.KEYED_LATEST,
        **settings: JsonValue,
    ) -> SourceRecord:
        """Return the source of that name as it stands, added if it is not there."""
        spec = SourceSpec(name, "fake", semantics, "api", **settings)  # type: ignore[arg-type]
        with self.database.writing() as session:
            found = sources.named(session, name)
            return found or registry.add(session, spec, now=self.clock())

    def read(self, *steps: Batch | Exception, source: str = "news") -> Outcome:
        """Read a source that answers with these steps, an hour after the last time."""
        self.clock.advance(timedelta(hours=1))
        record = self.source(source)
        return sync(record, FakeConnector(*steps), self.tools, alive=lambda: None)

    def push(self, *given: Document, removed: tuple[str, ...] = ()) -> Outcome:
        self.clock.advance(timedelta(hours=1))
        batch = Batch(cursor={}, documents=given, removed=removed)
        return push(self.source(), batch, self.tools)

    def log(self) -> list[Change]:
        with self.database.reading() as session:
            return changes.after(session, 0, 10_000)

    def versions(self, key: str | None = None) -> list[DocumentRow]:
        query = select(DocumentRow).order_by(DocumentRow.key, DocumentRow.version)
        if key is not None:
            query = query.where(DocumentRow.key == key)
        with self.database.reading() as session:
            return list(session.scalars(query))

    def current(self) -> dict[str, str]:
        """Return the texts of the current versions by key."""
        return {row.key: row.text for row in self.versions() if row.superseded_at is None}

    def chunks(self, document_row: int) -> list[ChunkRow]:
        query = select(ChunkRow).where(ChunkRow.document_id == document_row)
        with self.database.reading() as session:
            return list(session.scalars(query.order_by(ChunkRow.ordinal)))

    def values(self) -> list[ObservationRow]:
        query = select(ObservationRow).order_by(
            ObservationRow.series_id, ObservationRow.valid_from, ObservationRow.observed_at
        )
        with self.database.reading() as session:
            return list(session.scalars(query))

    def series_row(self, key: str) -> int:
        with self.database.reading() as session:
            return session.scalars(select(SeriesRow.id).where(SeriesRow.key == key)).one()

    def _load(self, name: str) -> Embedder:
        if name not in self.others:
            raise EmbedderUnusable(f"embedder {name}: not on this machine")
        return self.others[name]

    def _notify(self) -> None:
        self.notified += 1


def document(key: str, text: str = "", **fields: object) -> Document:
    return Document(key=key, text=text or f"words about {key}", **fields)  # type: ignore[arg-type]


def documents(*given: Document, **flags: object) -> Batch:
    """Return one batch of documents; its cursor counts them unless one is given."""
    cursor = flags.pop("cursor", {"count": len(given)})
    return Batch(cursor=cursor, documents=given, **flags)  # type: ignore[arg-type]


def observations(*given: Observation, series: tuple[Series, ...] = ()) -> Batch:
    return Batch(cursor={}, observations=given, series=series)


def day(number: int, hour: int = 0) -> datetime:
    """Return an instant in March 2026."""
    return datetime(2026, 3, number, hour, tzinfo=UTC)


def value(series: str, at: datetime, number: str, *, until: datetime | None = None) -> Observation:
    return Observation(series, at, Decimal(number), valid_until=until)
