"""Change the embedder while the service runs: embed beside, switch in one step, go back, tidy up.

    add ─▶ vectors by another embedder, beside the active ones; answers stay as they are
    switch ─▶ embed the last few ─▶ one transaction: it is active, REEMBEDDED ─▶ views follow
    rollback ─▶ the same, back to the one before
    remove ─▶ vectors that are not the active ones are deleted

Everything may be interrupted and repeated. Nothing is embedded inside a transaction. Chunks keep
their bounds, so whatever cites one goes on citing the same words.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from connectors.clock import Clock
from indexer.catalogue import changes, embeddings, slices
from indexer.catalogue.embeddings import Lacking
from indexer.chunk import ChunkLimits, text_to_embed
from indexer.database import Database
from indexer.embed import Embedder
from indexer.errors import EmbedderInUse, EmbeddingsMissing, UnknownEmbedder
from indexer.records import ChangeKind, KnownEmbedder
from indexer.vectors import Vectors, digest

FEW = 2_000
"""Chunks that a switch embeds by itself before it is made; more are for `add`."""
_AT_ONCE = 256
_LISTED_AT_ONCE = 20_000
_REMOVED_AT_ONCE = 2_000

Progress = Callable[[int], None]


@dataclass(frozen=True, slots=True)
class Standing:
    """How an embedder stands in a database; name: "" where nobody wrote it down.

    chunks: how many have a vector by it. is_before: it is what a rollback goes back to.
    """

    name: str
    identity: str
    chunks: int
    is_active: bool
    is_before: bool


@dataclass(frozen=True, slots=True)
class Switched:
    """What a switch did: the log's head afterwards, and how many chunks it still had to embed."""

    seq: int
    embedded: int


def standings(database: Database, *, first: Sequence[KnownEmbedder]) -> list[Standing]:
    """Return every embedder with vectors in the database, the active one first.

    first: names for the active one, where no switch was ever made.
    """
    with database.reading() as session:
        active, before = _active_identity(session), embeddings.before(session)
        known = [*_known(session), *(each for each in first if each.identity == active)]
        counts = embeddings.counts(session)
    names = {each.identity: each.name for each in reversed(known)}
    found = [
        Standing(
            name=names.get(identity, ""),
            identity=identity,
            chunks=counts.get(identity, 0),
            is_active=identity == active,
            is_before=identity == before,
        )
        for identity in {*names, *counts}
    ]
    return sorted(found, key=lambda each: (not each.is_active, each.name, each.identity))


def add(database: Database, name: str, embedder: Embedder, *, progress: Progress) -> int:
    """Embed beside the active vectors every chunk that `embedder` did not embed yet.

    `progress` is called with the chunks done so far, which are returned in the end.

    Raises:
        EmbedderInUse: it is the active one already.
    """
    known = KnownEmbedder(name, embedder.identity)
    with database.writing() as session:
        if _active_identity(session) == known.identity:
            raise EmbedderInUse(f"embedder {name} is the active one already")
        others = [each for each in embeddings.beside(session) if each.identity != known.identity]
        embeddings.keep_beside(session, [*others, known])
    return _embed_lacking(database, embedder, progress)


def switch(
    database: Database,
    known: KnownEmbedder,
    embedder: Embedder,
    *,
    first: Sequence[KnownEmbedder],
    clock: Clock,
    progress: Progress,
    most: int | None = FEW,
) -> Switched:
    """Make an embedder the active one, in one transaction, once every chunk has a vector by it.

    Args:
        first: names for the one that is replaced, where no switch was made before.
        most: so many chunks may still have to be embedded; None for any number.

    Raises:
        EmbeddingsMissing: more of them lack a vector.
    """
    with database.reading() as session:
        count = embeddings.lacking_count(session, known.identity)
    if most is not None and count > most:
        raise EmbeddingsMissing(
            f"embedder {known.name}: {count} chunks are not embedded with it; "
            f"run `grounding embedder add {known.name}` first"
        )
    embedded = 0
    while True:
        with database.writing() as session:
            if _active_identity(session) == known.identity:
                return Switched(changes.head(session)[0], embedded)
            if not embeddings.lacking_ids(session, known.identity, limit=1):
                return Switched(_activate(session, known, first, clock), embedded)
        embedded += _embed_lacking(database, embedder, progress)


def previous(database: Database) -> KnownEmbedder:
    """Return the embedder that a rollback goes back to.

    Raises:
        UnknownEmbedder: there is none.
    """
    with database.reading() as session:
        before = embeddings.before(session)
        found = [each for each in embeddings.beside(session) if each.identity == before]
    if not found:
        raise UnknownEmbedder("there is no embedder to go back to")
    return found[0]


def named(database: Database, name: str) -> KnownEmbedder:
    """Return the embedder of that name, or identity, that is not the active one if it can be.

    Raises:
        UnknownEmbedder: the database has no vectors of such a one.
    """
    with database.reading() as session:
        known, stored = _known(session), embeddings.counts(session)
    known += [KnownEmbedder(each, each) for each in stored]
    for each in known:
        if name in (each.name, each.identity):
            return each
    names = ", ".join(dict.fromkeys(each.name for each in known)) or "none"
    raise UnknownEmbedder(
        f"embedder {name}: the database has no vectors by it (known: {names}); "
        f"run `grounding embedder add {name}` first"
    )


def remove(database: Database, known: KnownEmbedder, *, progress: Progress) -> int:
    """Delete every vector by an embedder; return of how many chunks.

    Where chunks' own rows hold them, the active ones are put in their place.

    Raises:
        EmbedderInUse: it is the active one.
    """
    done = _take_out_of_chunks(database, known, progress)
    last = -1
    while True:
        with database.writing() as session:
            _require_other(session, known)
            chunks = embeddings.chunks_beside(
                session, known.identity, after_chunk=last, limit=_REMOVED_AT_ONCE
            )
            embeddings.delete_of(session, known.identity, chunks)
        if not chunks:
            break
        done, last = done + len(chunks), chunks[-1]
        progress(done)
    with database.writing() as session:
        _require_other(session, known)
        kept = [each for each in embeddings.beside(session) if each.identity != known.identity]
        embeddings.keep_beside(session, kept)
    return done


def _take_out_of_chunks(database: Database, known: KnownEmbedder, progress: Progress) -> int:
    done = 0
    while True:
        with database.writing() as session:
            active = _require_other(session, known)
            count = embeddings.take_out(
                session, known.identity, instead=active, limit=_REMOVED_AT_ONCE
            )
        if not count:
            return done
        done += count
        progress(done)


def _embed_lacking(database: Database, embedder: Embedder, progress: Progress) -> int:
    done = 0
    while True:
        with database.reading() as session:
            found = embeddings.lacking_ids(session, embedder.identity, limit=_LISTED_AT_ONCE)
        if not found:
            return done
        for ids in slices(sorted(found), _AT_ONCE):
            with database.reading() as session:
                some = embeddings.lacking(session, embedder.identity, ids)
            done += _embed(database, embedder, some)
            progress(done)


def _embed(database: Database, embedder: Embedder, some: Sequence[Lacking]) -> int:
    """Embed these and keep what is still wanted by then; return of how many chunks."""
    limits = ChunkLimits.within(embedder.max_tokens)
    texts = {
        each.chunk: text_to_embed(
            each.text,
            title=each.title,
            section=each.section,
            token_spans=embedder.token_spans,
            limits=limits,
        )
        for each in some
    }
    vectors = Vectors(embedder)
    vectors.embed(list(texts.values()))
    with database.writing() as session:
        hashes = {each.chunk: each.stored_hash for each in some}
        kept = embeddings.still_lacking(session, embedder.identity, hashes)
        embeddings.add(
            session,
            [
                {
                    "chunk_id": chunk,
                    "embedder": embedder.identity,
                    "embedded_hash": digest(texts[chunk]),
                    "vector": vectors.of(texts[chunk]),
                }
                for chunk in sorted(kept)
            ],
        )
    return len(kept)


def _activate(
    session: Session, known: KnownEmbedder, first: Sequence[KnownEmbedder], clock: Clock
) -> int:
    embeddings.activate(session, known, instead_of=_replaced(session, first))
    at = changes.next_instant(session, clock())
    return changes.append(session, ChangeKind.REEMBEDDED, at=at, source_id=None)


def _replaced(session: Session, first: Sequence[KnownEmbedder]) -> KnownEmbedder | None:
    """Return the embedder that is active until now, under a name if it has one."""
    active, identity = embeddings.active(session), _active_identity(session)
    if active is not None:
        return active
    if identity is None:
        return None if embeddings.ends_in_chunks(session) else next(iter(first), None)
    named = [each for each in first if each.identity == identity]
    return named[0] if named else KnownEmbedder(identity, identity)


def _active_identity(session: Session) -> str | None:
    """Return whose vectors are active; None where there are none yet, or by several."""
    active = embeddings.active(session)
    if active is not None:
        return active.identity
    stored = embeddings.ends_in_chunks(session)
    return stored.pop() if len(stored) == 1 else None


def _known(session: Session) -> list[KnownEmbedder]:
    """Return the embedders that have a name: the newest beside first, the active one last."""
    active = embeddings.active(session)
    return [*reversed(embeddings.beside(session)), *([active] if active else [])]


def _require_other(session: Session, known: KnownEmbedder) -> str:
    """Return whose vectors are active, which are not these."""
    active = _active_identity(session)
    if active is None or active == known.identity:
        raise EmbedderInUse(f"embedder {known.name} is the active one and cannot be removed")
    return active
