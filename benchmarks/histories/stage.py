"""A real service on which histories are played and questions asked, in this process."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Row, Select, or_, select

from benchmarks.histories import translate
from benchmarks.histories.account import Change
from benchmarks.histories.fakes import START, WordEmbedder
from benchmarks.histories.happenings import (
    Added,
    Happening,
    Passed,
    Push,
    Question,
    Read,
    Removed,
    Restarted,
    SeenItem,
)
from benchmarks.simulated import SimulatedClock
from grounding.query.pipeline import search
from grounding.query.records import Evidence
from grounding.service import Service
from grounding.settings import Settings
from grounding.wiring import build
from indexer import sources
from indexer.hits import Hits
from indexer.pipeline import sync
from indexer.records import Scope, SourceRecord
from indexer.tables import ChangeRow, ChunkRow, DocumentRow, SeriesRow, SourceRow

WAIT_SECONDS = 60.0
_CARD_KINDS: Mapping[str, str] = {"added": "card", "retired": "card gone"}


@dataclass(frozen=True, slots=True)
class Vectors:
    """The chunks of stored versions, cards left out: what they are of, and their vectors."""

    owners: dict[int, SeenItem] = field(default_factory=dict)
    vectors: dict[int, NDArray[np.float32]] = field(default_factory=dict)


class Stage:
    """One service, empty at first, with a clock that is told the time."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._clock = SimulatedClock(START)
        self._embedder = WordEmbedder()
        self._service = self._started()
        self._seq = 0
        self._newest: datetime | None = None

    @property
    def now(self) -> datetime:
        """The present: what the clock says, but never before what is stored already."""
        return self._clock.now if self._newest is None else max(self._clock.now, self._newest)

    def close(self) -> None:
        self._service.stop()

    def play(self, happening: Happening) -> list[tuple[Change, datetime]]:
        """Let it happen; return what that changed, and when, in the order of the change log."""
        match happening:
            case Read():
                self._read(happening)
            case Push(source, batch):
                given = translate.batch(batch, {})
                self._service.push(source, self._record(source).collection, given)
            case Added(source):
                self._service.add_source(translate.spec(source))
            case Removed(source):
                self._service.remove_source(source)
            case Passed(step):
                self._clock.now += step
            case Restarted():
                self._service.stop()
                self._service = self._started()
        return self._changes()

    def settle(self) -> None:
        """Wait until searches see everything that is stored."""
        self._service.parts.views.wait_for(self._seq, WAIT_SECONDS)

    def ask(self, question: Question, *, at_most: int) -> tuple[Evidence, ...]:
        found = search(
            question.text,
            translate.filters(question),
            max_results=at_most,
            retrieval=self._service.parts.retrieval,
        )
        return tuple(candidate.evidence for candidate in found.candidates)

    def query_vector(self, text: str) -> NDArray[np.float32]:
        return self._embedder.embed_query(text)

    def dense(self, text: str, scope: Scope, k: int) -> Hits:
        """Return what the dense leg finds, best first."""
        views = self._service.parts.views
        return views.search(views.query(text), scope, k).dense

    def source_rows(self) -> dict[str, int]:
        query = select(SourceRow.name, SourceRow.id)
        with self._service.parts.database.reading() as session:
            return {row.name: row.id for row in session.execute(query)}

    def vectors(self) -> Vectors:
        found = Vectors()
        with self._service.parts.database.reading() as session:
            for chunk, vector, *owner in session.execute(_chunks()):
                found.owners[chunk] = SeenItem(*owner)
                found.vectors[chunk] = np.frombuffer(vector, dtype="<f2").astype(np.float32)
        return found

    def _started(self) -> Service:
        settings = Settings.model_validate(
            {
                "database": {"url": f"sqlite:///{self._folder / 'grounding.db'}"},
                "index": {"directory": self._folder / "index", "device": "cpu"},
            }
        )
        service = build(settings, clock=self._clock, embedder=self._embedder)
        service.start(serves=True, reads=False)
        return service

    def _record(self, source: str) -> SourceRecord:
        with self._service.parts.database.reading() as session:
            return sources.require(session, source)

    def _read(self, read: Read) -> None:
        record = self._record(read.source)
        script = translate.Script(record.semantics, read)
        sync(record, script, self._service.parts.tools, alive=lambda: None)

    def _changes(self) -> list[tuple[Change, datetime]]:
        query = _logged().where(ChangeRow.seq > self._seq).order_by(ChangeRow.seq)
        with self._service.parts.database.reading() as session:
            rows = session.execute(query).all()
        if rows:
            self._seq, self._newest = rows[-1].seq, rows[-1].at
        return [(_change(row), row.at) for row in rows]


def _change(row: Row[*tuple[Any, ...]]) -> Change:  # Any: the columns of `_logged`
    if row.series is None:
        return Change(row.kind, row.name, row.key)
    return Change(_CARD_KINDS.get(row.kind, row.kind), row.name, row.series)


def _logged() -> Select[*tuple[Any, ...]]:  # Any: columns of three tables
    is_of_series = or_(SeriesRow.id == ChangeRow.series_id, SeriesRow.id == DocumentRow.series_id)
    return (
        select(
            ChangeRow.seq,
            ChangeRow.kind,
            ChangeRow.at,
            SourceRow.name,
            DocumentRow.key,
            SeriesRow.key.label("series"),
        )
        .join(SourceRow, SourceRow.id == ChangeRow.source_id)
        .outerjoin(DocumentRow, DocumentRow.id == ChangeRow.document_id)
        .outerjoin(SeriesRow, is_of_series)
    )


def _chunks() -> Select[*tuple[Any, ...]]:  # Any: columns of three tables
    return (
        select(
            ChunkRow.id,
            ChunkRow.vector,
            SourceRow.name,
            DocumentRow.key,
            DocumentRow.version,
            ChunkRow.text,
        )
        .join(DocumentRow, DocumentRow.id == ChunkRow.document_id)
        .join(SourceRow, SourceRow.id == DocumentRow.source_id)
        .where(DocumentRow.series_id.is_(None))
    )
