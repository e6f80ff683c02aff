"""The embedder that a process uses, and how it follows a switch that was made in the database.

    ingest:  embed with current() ─▶ write: require_active ─▶ stored
                  ▲                       │ replaced meanwhile
                  └────── follow() ◀──────┘
    views:   change log says REEMBEDDED ─▶ follow() ─▶ a new view and its embedder, together

The database says which embedder is active. The setting `[embedder] name` says with which one a
database begins.
"""

import logging
from collections.abc import Callable
from threading import Lock

from sqlalchemy.orm import Session

from indexer.catalogue import embeddings
from indexer.database import Database
from indexer.embed import Embedder, identity_of, lasting_name
from indexer.errors import EmbedderMismatch, EmbedderReplaced, EmbedderUnusable
from indexer.records import KnownEmbedder

logger = logging.getLogger(__name__)

Load = Callable[[str], Embedder]
"""Returns the embedder of that name, or raises `EmbedderUnusable`."""


class ActiveEmbedder:
    """The active embedder of a database, as far as this process has followed it.

    Every method may be called from any thread.
    """

    def __init__(self, database: Database, first: Embedder, load: Load) -> None:
        self._database = database
        self._current = first
        self._load = load
        self._loading = Lock()

    def current(self) -> Embedder:
        """Return the one that was active when this process last looked."""
        return self._current

    def follow(self) -> Embedder:
        """Return the one that is active now, loaded if it is another than before.

        Raises:
            EmbedderUnusable: it cannot be loaded here; `current` stays what it was.
        """
        with self._loading:
            with self._database.reading() as session:
                active = embeddings.active(session)
            if active is not None and active.identity != self._current.identity:
                self._current = load_known(active, self._load)
                logger.info("embedder loaded: %s", active.identity)
            return self._current


def open_active(database: Database, configured: str, load: Load) -> ActiveEmbedder:
    """Load the embedder that is active, or the configured one where no switch was ever made.

    Raises:
        EmbedderUnusable: it cannot be loaded here.
        EmbedderMismatch: the stored vectors are not by the configured one.
    """
    with database.reading() as session:
        active = embeddings.active(session)
    if active is None:
        first = load(configured)
        require_one_embedder(database, first.identity)
        return ActiveEmbedder(database, first, load)
    return ActiveEmbedder(database, load_known(active, load), load)


def active_name(database: Database, configured: str) -> str:
    """Return the name of the embedder that is active, or the configured one without a switch.

    Raises:
        EmbedderUnusable: on this machine there is none of that name, or it is another one.
    """
    with database.reading() as session:
        active = embeddings.active(session)
    if active is None:
        return configured
    _require_same(active, identity_of(active.name))
    return active.name


def overruled(configured: str, active: KnownEmbedder | None) -> str | None:
    """Return what to say of a setting that names another embedder than the active one."""
    if active is None or lasting_name(configured) == active.name:
        return None
    return (
        f"[embedder] name is {configured} and has no effect: the database was switched to "
        f'{active.name}; set name = "{active.name}", or run `grounding embedder add {configured}` '
        f"and `grounding embedder switch {configured}`"
    )


def load_known(known: KnownEmbedder, load: Load) -> Embedder:
    """Load an embedder that the database knows.

    Raises:
        EmbedderUnusable: it is not on this machine, or is not the same there.
    """
    found = load(known.name)
    _require_same(known, found.identity)
    return found


def require_active(session: Session, identity: str) -> None:
    """Check, inside a writing session, that vectors by this embedder may be stored.

    Raises:
        EmbedderReplaced: another one is active by now.
        EmbedderMismatch: no switch was made, and the stored vectors are by another one.
    """
    active = embeddings.active(session)
    if active is None and not embeddings.ends_in_chunks(session) <= {identity}:
        raise EmbedderMismatch(_mismatch(embeddings.in_chunks(session), identity))
    if active is not None and active.identity != identity:
        raise EmbedderReplaced(f"embedder {identity} was replaced by {active.identity}")


def require_one_embedder(database: Database, embedder: str) -> None:
    """Check, where no switch was made, that every stored vector was made by this embedder.

    Raises:
        EmbedderMismatch: some were not.
    """
    with database.reading() as session:
        stored = embeddings.in_chunks(session)
    if not set(stored) <= {embedder}:
        raise EmbedderMismatch(_mismatch(stored, embedder))


def _require_same(known: KnownEmbedder, identity: str) -> None:
    if identity != known.identity:
        raise EmbedderUnusable(
            f"embedder {known.name}: it is {identity} on this machine, the database holds "
            f"vectors of {known.identity}; install those weights here"
        )


def _mismatch(stored: list[str], embedder: str) -> str:
    others = ", ".join(name for name in stored if name != embedder)
    return (
        f"the database holds vectors of {others}, the configured embedder is "
        f"{embedder}: set [embedder] name back, or make it the active one with "
        "`grounding embedder add NAME` and `grounding embedder switch NAME`"
    )
