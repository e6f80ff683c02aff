"""Replace every stored vector that another embedder made; safe to interrupt and to repeat.

Chunks keep their bounds, so whatever cites one goes on citing the same words.
"""

from collections.abc import Callable

from connectors.clock import Clock
from indexer.catalogue import changes
from indexer.database import Database
from indexer.embed import Embedder
from indexer.records import ChangeKind
from indexer.vectors import Vectors, digest

_AT_ONCE = 256


def reembed(
    database: Database, embedder: Embedder, *, clock: Clock, progress: Callable[[int], None]
) -> int:
    """Embed again what `embedder` did not embed; call `progress` with the chunks done so far."""
    done = 0
    while chunks := _next_chunks(database, embedder):
        vectors = Vectors(embedder)
        vectors.embed(list(chunks.values()))
        with database.writing() as session:
            changes.replace_vectors(
                session,
                [
                    {
                        "id": row,
                        "embedder": embedder.identity,
                        "embedded_hash": digest(text),
                        "vector": vectors.of(text),
                    }
                    for row, text in chunks.items()
                ],
            )
            # With the last of them, not after it: a crash in between would leave index views
            # with the old vectors and nothing to repeat.
            if not changes.chunks_by_other_embedders(session, embedder.identity, 1):
                at = changes.next_instant(session, clock())
                changes.append(session, ChangeKind.REEMBEDDED, at=at, source_id=None)
        done += len(chunks)
        progress(done)
    return done


def _next_chunks(database: Database, embedder: Embedder) -> dict[int, str]:
    """Return what to embed for the next chunks of another embedder, by chunk."""
    with database.reading() as session:
        chunks = changes.chunks_by_other_embedders(session, embedder.identity, _AT_ONCE)
    return {
        row: "\n".join(part for part in (title, section, text) if part)
        for row, title, section, text in chunks
    }
