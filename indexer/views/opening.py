"""How views come to be: from a snapshot and what came after, or from all chunks."""

import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from threading import Event

from indexer.embed import Embedder
from indexer.errors import EmbedderMismatch, IndexerError, SnapshotUnusable
from indexer.records import Change, ChangeKind, IndexedChunk
from indexer.views import adoption, snapshot
from indexer.views.changelog import ChangeLog
from indexer.views.dense import DenseIndex
from indexer.views.rows import RowTable
from indexer.views.snapshot import Stamp
from indexer.views.view import Adopted, Parts, View
from indexer.views.workspace import Workspace

logger = logging.getLogger(__name__)

LARGE_GROUP = 4096
"""How many changes are read at once where there are many."""


@dataclass(frozen=True, slots=True)
class Maker:
    """Makes views of a log, whose files lie in `directory`.

    open_index: makes an empty one for a dimension, which keeps files in a folder. tile: see
    `RowTable`. stopping: once it is set, nothing is made any more.
    """

    log: ChangeLog
    active_embedder: Callable[[], Embedder]
    directory: Path
    open_index: Callable[[int, Path], DenseIndex]
    tile: int
    stopping: Event

    def loaded(self) -> tuple[View, Path] | None:
        """Return what the newest usable snapshot holds, and that snapshot; None without one."""
        embedder = self.active_embedder()
        for path in snapshot.newest_first(self.directory):
            try:
                if reason := self._foreign_because(snapshot.read_stamp(path), embedder):
                    logger.warning("%s is ignored: %s", path.name, reason)
                    continue
                view = self._restored(path, embedder)
            except SnapshotUnusable as error:
                logger.warning("%s is removed: %s", path.name, error)
                snapshot.discard(path)
                continue
            logger.info("%s loaded: %d chunks", path.name, len(view))
            return view, path
        return None

    def _restored(self, path: Path, embedder: Embedder) -> View:
        stamp, contents = snapshot.read(path)

        restored = partial(View.restored, stamp, contents, embedder)

        def resumed(parts: Parts) -> View:
            return restored(parts, adopted=self._adoptable(parts.workspace, stamp))

        try:
            return self._made(embedder.dimension, resumed)
        except SnapshotUnusable as error:
            logger.warning("tried without what a process left that died: %s", error)
            return self._made(embedder.dimension, restored)

    def _adoptable(self, workspace: Workspace, stamp: Stamp) -> Adopted | None:
        """Return the newest words after a snapshot's that a process left here as it died."""
        newest, head = None, self.log.head()
        for place in workspace.left:
            published = adoption.said(place)
            if (
                published is not None
                and published.database_id == stamp.database_id
                and published.embedder == stamp.embedder
                and max(stamp.seq, newest[0] if newest else 0) < published.seq <= head
                and self.log.instant_of(published.seq) == published.instant
            ):
                newest = (published.seq, adoption.lexical_in(place))
        if newest is None:
            return None
        logger.info("words up to change %d are taken over from a process that died", newest[0])
        return Adopted(newest[1], self._since(stamp, newest[0]))

    def _since(
        self, stamp: Stamp, upto: int
    ) -> Iterator[tuple[Sequence[Change], Sequence[IndexedChunk]]]:
        after = stamp.seq
        while after < upto:
            read = self.log.changes(after, LARGE_GROUP)
            changes = [change for change in read if change.seq <= upto]
            if reason := makes_new_because(changes):
                raise SnapshotUnusable(f"change {changes[-1].seq} or before: {reason}")
            yield changes, self.log.chunks_of(stamp.embedder, added_by(changes))
            after = changes[-1].seq

    def _foreign_because(self, stamp: Stamp, embedder: Embedder) -> str | None:
        """Return why a sound snapshot is not one of this log, None if it is."""
        if stamp.database_id != self.log.database_id:
            return "it is of another database"
        if (stamp.embedder, stamp.dimension) != (embedder.identity, embedder.dimension):
            return f"its vectors are by {stamp.embedder}, {stamp.dimension}-dimensional"
        if stamp.seq > self.log.head() or self.log.instant_of(stamp.seq) != stamp.at:
            return f"the log has no such change {stamp.seq}"
        return None

    def _made(self, dimension: int, make: Callable[[Parts], View]) -> View:
        if self.stopping.is_set():
            raise IndexerError("index views are stopped")
        workspace = Workspace(self.directory, kept=adoption.KEPT)
        try:
            dense = self.open_index(dimension, workspace.dense)
            made = make(Parts(workspace, dense, RowTable(self.tile)))
        except BaseException:
            workspace.close()
            raise
        workspace.drop_left()  # what was of use in it is linked by now
        return made

    def rebuilt(self) -> View:
        """Return a view of all chunks by the active embedder, whichever that is in the end."""
        while True:
            head = self.log.head()  # first: a switch after it is found among the changes
            embedder = self.active_embedder()
            try:
                make = partial(View.rebuilt, self.log, embedder, head=head)
                return self._made(embedder.dimension, make)
            except EmbedderMismatch:
                if self.active_embedder().identity == embedder.identity:
                    raise


def added_by(changes: Sequence[Change]) -> list[int]:
    return [
        change.document_row
        for change in changes
        if change.kind is ChangeKind.ADDED and change.document_row is not None
    ]


def makes_new_because(changes: Sequence[Change]) -> str | None:
    """Return why these changes cannot be applied to a view that is there, None if they can."""
    kinds = {change.kind for change in changes}
    if ChangeKind.REEMBEDDED in kinds:
        return "another embedder became the active one"
    return "a document was erased" if ChangeKind.ERASED in kinds else None
