"""Adding, switching and looking at vectors, in few words: an old embedder and a new one."""

from sqlalchemy import func, select

from indexer import switch
from indexer.catalogue import embeddings
from indexer.database import Database
from indexer.embed import Embedder
from indexer.log import DatabaseLog
from indexer.records import ChangeKind, IndexedChunk, KnownEmbedder
from indexer.switch import Switched
from indexer.tables import EmbeddingRow
from tests.fakes import HashEmbedder
from tests.indexer.workshop import Workshop, document, documents

FEW = 3
OLD = KnownEmbedder("old", "hash-words/64")
NEW = KnownEmbedder("new", "new/32")


def new() -> HashEmbedder:
    return HashEmbedder(dimension=32, identity=NEW.identity)


def quiet(done: int) -> None:
    del done


def fill(workshop: Workshop, count: int) -> Workshop:
    workshop.read(documents(*(document(str(nth), title=f"Title {nth}") for nth in range(count))))
    return workshop


def add(workshop: Workshop, embedder: Embedder | None = None) -> int:
    return switch.add(workshop.database, NEW.name, embedder or new(), progress=quiet)


def switched(
    workshop: Workshop,
    known: KnownEmbedder = NEW,
    embedder: Embedder | None = None,
    *,
    database: Database | None = None,
    most: int | None = switch.FEW,
) -> Switched:
    return switch.switch(
        database or workshop.database,
        known,
        embedder or new(),
        first=[OLD],
        clock=workshop.clock,
        progress=quiet,
        most=most,
    )


def rolled_back(workshop: Workshop) -> Switched:
    return switched(workshop, switch.previous(workshop.database), HashEmbedder(), most=None)


def vectors(workshop: Workshop, embedder: str) -> list[IndexedChunk]:
    return DatabaseLog(workshop.database).all_chunks(embedder, -1, 10_000)


def beside(workshop: Workshop) -> int:
    with workshop.database.reading() as session:
        return session.scalar(select(func.count()).select_from(EmbeddingRow)) or 0


def kinds(workshop: Workshop) -> list[ChangeKind]:
    return [change.kind for change in workshop.log() if change.kind is not ChangeKind.ADDED]


def active(workshop: Workshop) -> KnownEmbedder | None:
    with workshop.database.reading() as session:
        return embeddings.active(session)
