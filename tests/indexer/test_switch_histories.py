"""Whatever is done to embedders and documents in whatever order, active vectors are whole."""

import shutil
import tempfile
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from indexer import switch
from indexer.catalogue import embeddings, erasures
from indexer.database import Database, open_database
from indexer.embedders import ActiveEmbedder
from indexer.errors import IndexerError
from indexer.log import DatabaseLog
from indexer.pipeline import push
from indexer.reading import Tools
from indexer.records import KnownEmbedder
from indexer.tables import ChunkRow, EmbeddingRow
from tests.fakes import FakeClock, HashEmbedder
from tests.indexer.workshop import Crash, CrashingDatabase, Workshop, document, documents

EMBEDDERS = {
    "old": HashEmbedder(64, "hash-words/64"),
    "new": HashEmbedder(32, "new/32"),
    "other": HashEmbedder(64, "other/64"),
}
KNOWN = {name: KnownEmbedder(name, one.identity) for name, one in EMBEDDERS.items()}

names = st.sampled_from(list(EMBEDDERS))
steps = st.one_of(
    st.tuples(st.just("push"), st.sampled_from("abcd"), st.integers(0, 3)),
    st.tuples(st.just("erase"), st.sampled_from("abcd"), st.just(0)),
    st.tuples(st.sampled_from(["add", "switch", "remove"]), names, st.integers(0, 3)),
    st.tuples(st.just("rollback"), st.just(""), st.integers(0, 3)),
)


class World:
    """A database, and two processes that take documents in, each as it last followed."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.clock = FakeClock()
        self.workshop = Workshop(database, self.clock, EMBEDDERS["old"])
        self.processes = [
            Tools(
                database,
                ActiveEmbedder(database, EMBEDDERS["old"], EMBEDDERS.__getitem__),
                self.clock,
                lambda: None,
            )
            for _ in range(2)
        ]

    def push(self, key: str, number: int) -> None:
        text = f"{key} {number}\n\n# Part\n\n" + f"word{number} " * 100 * number
        given = documents(document(key, text, title=f"Title {key}"))
        push(self.workshop.source(), given, self.processes[number % 2])

    def erase(self, key: str, number: int) -> None:
        del number
        for row in self.workshop.versions(key)[:1]:
            with self.database.writing() as session:
                erasures.delete_document(session, row.uid)

    def add(self, name: str, crash_at: int) -> None:
        self._crashing(
            crash_at, lambda database: switch.add(database, name, EMBEDDERS[name], progress=quiet)
        )

    def switch(self, name: str, crash_at: int) -> None:
        self._crashing(crash_at, lambda database: self._switch(database, KNOWN[name], most=3))

    def rollback(self, name: str, crash_at: int) -> None:
        del name
        self._crashing(
            crash_at, lambda base: self._switch(base, switch.previous(self.database), most=None)
        )

    def remove(self, name: str, crash_at: int) -> None:
        self._crashing(
            crash_at, lambda database: switch.remove(database, KNOWN[name], progress=quiet)
        )

    def _switch(self, database: Database, known: KnownEmbedder, *, most: int | None) -> None:
        switch.switch(
            database,
            known,
            EMBEDDERS[known.name],
            first=[KNOWN["old"]],
            clock=self.clock,
            progress=quiet,
            most=most,
        )

    def _crashing(self, crash_at: int, act: Callable[[Database], object]) -> None:
        """Do it, and crash before a commit unless `crash_at` is 0; a refusal is an answer too."""
        try:
            act(CrashingDatabase(self.database, crash_at=crash_at))
        except (Crash, IndexerError):
            return


def quiet(done: int) -> None:
    del done


@settings(max_examples=60)
@given(st.lists(steps, max_size=25))
def test_every_chunk_always_has_the_vector_that_its_text_has(
    migrated_file: Path, history: list[tuple[str, str, int]]
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        file = shutil.copy(migrated_file, Path(folder) / "grounding.db")
        with closing(open_database(f"sqlite:///{file}", migrate=False)) as database:
            world = World(database)
            for kind, name, number in history:
                getattr(world, kind)(name, number)
                assert_whole(database)


def assert_whole(database: Database) -> None:
    """Check the active vectors, and every other one, against the text they are of."""
    with database.reading() as session:
        active = embeddings.active(session)
        own = session.execute(select(ChunkRow.id, ChunkRow.embedder, ChunkRow.vector))
        beside = session.execute(
            select(EmbeddingRow.chunk_id, EmbeddingRow.embedder, EmbeddingRow.vector)
        )
        stored = [tuple(row) for row in (*own, *beside)]
    identity = EMBEDDERS["old"].identity if active is None else active.identity
    texts = {
        chunk.chunk: "\n".join(filter(None, (chunk.title, chunk.text)))
        for chunk in DatabaseLog(database).all_chunks(identity, -1, 1_000)
    }

    by_identity = {one.identity: one for one in EMBEDDERS.values()}
    assert len({(chunk, name) for chunk, name, _ in stored}) == len(stored)
    for chunk, name, vector in stored:
        expected = by_identity[name].embed_query(texts[chunk])
        found = np.frombuffer(vector, "<f2").astype(np.float32)
        assert float(found @ expected) > 0.98
