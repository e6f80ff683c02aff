"""One view: the dense leg, the lexical leg and the row table, all at the same `seq`."""

import logging
import shutil
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray

from indexer.embed import Embedder
from indexer.errors import EmbedderMismatch, IndexerError, SnapshotUnusable
from indexer.hits import Hits, Vectors, are_among
from indexer.records import Change, ChangeKind, IndexedChunk, Legs, Scope
from indexer.views import adoption
from indexer.views.changelog import ChangeLog
from indexer.views.dense import DenseIndex, Stored
from indexer.views.kept import kept_in
from indexer.views.lexical import LexicalIndex, Words, copy_files
from indexer.views.names import NameTable
from indexer.views.rows import RowTable, as_block, observed_order
from indexer.views.second_names import SecondNames
from indexer.views.snapshot import Contents, Stamp
from indexer.views.workspace import Workspace, link

logger = logging.getLogger(__name__)

_PAGE: Final = 1000
_CODES: Final = "code_"
_WEAR: Final = timedelta(minutes=1)
"""How long tiles are left alone in which nothing changes but that things expire."""

Alone = Callable[[], AbstractContextManager[None]]
"""Within it no search runs; it is entered for moments only."""


@dataclass(frozen=True, slots=True)
class LexicalLeg:
    """The best `k` hits of the lexical leg, as `view` had them at `seq`."""

    view: "View"
    seq: int
    scope: Scope
    k: int
    hits: Hits

    def is_of(self, view: "View", scope: Scope, k: int) -> bool:
        """Whether a search of `view` as it is now would find just this."""
        return (self.view, self.seq, self.scope, self.k) == (view, view.seq, scope, k)


@dataclass(frozen=True, slots=True)
class Query:
    """A question and its vector, [d], by the embedder of that identity.

    literals: what is looked for in a row, with its weight; words: all that for the lexical leg.
    lexical: what that leg found while the question was embedded, None where it did not look.
    """

    text: str
    vector: NDArray[np.float32]
    embedder: str
    literals: Mapping[str, float]
    words: Words
    lexical: LexicalLeg | None = None


@dataclass(frozen=True, slots=True)
class Parts:
    """What a view is made of, empty before it is filled."""

    workspace: Workspace
    dense: DenseIndex
    rows: RowTable


@dataclass(frozen=True, slots=True)
class Adopted:
    """Words of a later change than a snapshot's, and what else happened since.

    lexical: the committed files; since: the changes after the snapshot's up to theirs, in order,
    each group with the chunks that were added by it.
    """

    lexical: Path
    since: Iterable[tuple[Sequence[Change], Sequence[IndexedChunk]]]


class View:
    """Everything needed to answer a search, and the last change applied to it, `seq` of `at`.

    `embedder` made every vector in it, and is the one to embed questions with.

    `stage` does the slow part of a change beside running searches; `publish` makes it visible
    and needs the view to itself. Both may be repeated for a change that was applied before.
    """

    def __init__(self, parts: Parts, embedder: Embedder) -> None:
        self.embedder = embedder
        self.dense = parts.dense
        self.seq = 0
        self.at: datetime | None = None
        self._workspace = parts.workspace
        self._rows = parts.rows
        self._names = NameTable()
        self._lexical = LexicalIndex(parts.workspace.lexical)
        self._second_names = SecondNames(parts.workspace.lexical, parts.workspace.second)
        self._is_half_written = False
        self._looked_at: datetime | None = None

    @classmethod
    def rebuilt(cls, log: ChangeLog, embedder: Embedder, parts: Parts, *, head: int) -> Self:
        """Return a view of everything the log holds, whose head was `head` a while ago.

        It is read from the chunks as they are, over many calls, so it stands at `head`: what was
        committed since may be in it already, and is made certain by applying the changes after
        that. Among them is a switch to another embedder, if `embedder` was asked for after `head`.

        Raises:
            EmbedderMismatch: a chunk has no vector by `embedder`; another is active by now.
        """
        started = time.monotonic()
        at = log.instant_of(head)
        view = cls(parts, embedder)
        after = -1
        begun: list[IndexedChunk] = []  # of a document whose other chunks are on the next page
        while chunks := log.all_chunks(embedder.identity, after, _PAGE):
            view._append(as_block(chunks), _vectors(chunks, embedder.dimension))
            last = chunks[-1].document_row
            view._lexical.add(c for c in (*begun, *chunks) if c.document_row != last)
            begun = [c for c in (*begun, *chunks) if c.document_row == last]
            view._names.add(chunks)
            after = chunks[-1].chunk
        view._lexical.add(begun)
        view._lexical.settle()
        view._lexical.publish()
        view.seq, view.at = head, at
        seconds = time.monotonic() - started
        logger.info(
            "index view built from %d chunks at change %d in %.1f s", len(view), head, seconds
        )
        return view

    @classmethod
    def restored(
        cls,
        stamp: Stamp,
        contents: Contents,
        embedder: Embedder,
        parts: Parts,
        *,
        adopted: Adopted | None = None,
    ) -> Self:
        """Return the view that a snapshot of vectors by `embedder` holds.

        adopted: go on to where these words are; those of the snapshot are not needed then.

        Raises:
            SnapshotUnusable: its parts do not fit each other, or not what is adopted.
            IndexerError: the workspace cannot be written, which is no fault of the snapshot.
        """
        name = contents.lexical.parent.name
        try:
            lexical = contents.lexical if adopted is None else adopted.lexical
            copy_files(lexical, parts.workspace.lexical)
            view = cls(parts, embedder)
        except (FileNotFoundError, ValueError, LookupError, IndexerError) as error:
            raise SnapshotUnusable(f"{name}: {error}") from error
        except OSError as error:
            raise IndexerError(f"index directory {parts.workspace.path}: {error}") from error
        try:
            view._fill(contents)
            view.seq, view.at = stamp.seq, stamp.at
            for changes, chunks in () if adopted is None else adopted.since:
                view._take(view._fresh(chunks), changes)
        except (ValueError, LookupError, EmbedderMismatch) as error:
            raise SnapshotUnusable(f"{name}: {error}") from error
        if not len(view._lexical) == len(view._rows) == len(view.dense):
            raise SnapshotUnusable(f"{name}: the legs differ in length")
        return view

    def _fill(self, contents: Contents) -> None:
        """Take the rows of a snapshot over.

        Raises:
            ValueError, LookupError: its parts do not fit each other.
        """
        segments = []
        for segment in contents.segments:
            if segment.path is not None:  # keep the file, whatever becomes of the snapshot
                kept = self._workspace.dense / segment.path.name
                kept.parent.mkdir(exist_ok=True)
                link(segment.path, kept)
                segments.append(replace(segment, path=kept))
        codes = {
            name.removeprefix(_CODES): array
            for name, array in contents.arrays.items()
            if name.startswith(_CODES)
        }
        is_arranged = self.dense.restore(Stored(segments, contents.newest, codes))
        self._rows.restore(contents.arrays, is_arranged=is_arranged)
        self._names = NameTable(contents.names)

    def __len__(self) -> int:
        return len(self._rows)

    @property
    def is_whole(self) -> bool:
        """Whether changes can be applied: false after a failed one, or when its files are gone."""
        return not self._is_half_written and self._lexical.is_on_disk

    def words(self, text: str, literals: Mapping[str, float]) -> Words:
        """Analyse a question for the lexical leg."""
        return self._lexical.query(text, literals)

    def lexical_leg(self, words: Words, scope: Scope, k: int) -> LexicalLeg:
        """Search the lexical leg alone."""
        hits = self._lexical.search(words, k, scope, kept_in(self._rows, scope))
        return LexicalLeg(self, self.seq, scope, k, hits)

    def search(self, query: Query, scope: Scope, k: int, *, exact: bool = False) -> Legs:
        if query.vector.shape != (self.dense.dimension,):
            raise EmbedderMismatch(
                f"query vector has shape {query.vector.shape}, "
                f"the index holds {self.dense.dimension}"
            )
        kept = kept_in(self._rows, scope)
        scores, positions = self.dense.search(query.vector[np.newaxis], k, kept, exact=exact)
        found = positions[0][positions[0] >= 0]
        dense = Hits(self._rows.column("chunk")[found], scores[0][: len(found)])
        ahead = query.lexical
        if ahead is not None and ahead.is_of(self, scope, k):
            lexical = ahead.hits
        else:
            lexical = self._lexical.search(query.words, k, scope, kept)
        named = Hits.of(self._names.search(query.text, k, kept))
        return self._completed(Legs(dense, lexical, self.seq, named), query)

    def _completed(self, legs: Legs, query: Query) -> Legs:
        """Add what each leg says of what only the others found, and the vectors of all."""
        dense, lexical = legs.dense.chunks, legs.lexical.chunks
        found = np.unique(np.concatenate((dense, lexical, legs.named.chunks)))
        places = self._rows.positions_of(found)
        vectors = self.dense.rows(places).astype(np.float32)
        is_new = ~are_among(found, dense)
        others = found[~are_among(found, lexical)] if len(lexical) else lexical
        return replace(
            legs,
            also_dense=Hits(found[is_new], (vectors @ query.vector)[is_new]),
            also_lexical=self._lexical.scores_of(query.words, others.tolist()),
            vectors=Vectors(found, vectors),
            dates=self._rows.dates(places),
        )

    def stage(self, chunks: Iterable[IndexedChunk]) -> list[IndexedChunk]:
        """Write the chunks that are not here yet where searches do not look, and return them."""
        staged = self._fresh(chunks)
        _vectors(staged, self.dense.dimension)
        if staged:
            self._is_half_written = True
            self._lexical.stage(staged)
            self._second_names.give()
        return staged

    def publish(self, staged: Sequence[IndexedChunk], changes: Sequence[Change]) -> None:
        """Make what was staged visible and apply the retirements among `changes`."""
        self._lexical.publish()
        self._take(staged, changes)
        self._is_half_written = False

    def _fresh(self, chunks: Iterable[IndexedChunk]) -> list[IndexedChunk]:
        given = list(chunks)
        places = self._rows.positions_of([chunk.chunk for chunk in given])
        fresh = {c.chunk: c for c, place in zip(given, places, strict=True) if place < 0}
        return sorted(fresh.values(), key=lambda c: (c.observed_at, c.chunk))

    def _take(self, fresh: Sequence[IndexedChunk], changes: Sequence[Change]) -> None:
        self._append(as_block(fresh), _vectors(fresh, self.dense.dimension))
        self._names.add(fresh)
        for at, document_rows in _retired(changes).items():
            self._rows.retire(document_rows, at)
            self._looked_at = None
        self.seq, self.at = changes[-1].seq, changes[-1].at

    def say(self, database_id: str) -> None:
        """Say on disk of which change the committed words are.

        Raises:
            OSError: it cannot be written.
        """
        at = None if self.at is None else self.at.isoformat()
        commit = adoption.commit_of(self._workspace.lexical)
        identity = self.embedder.identity
        published = adoption.Published(database_id, identity, self.seq, at, commit, adoption.boot())
        adoption.say(self._workspace.path, published)

    def tidy(self, at: datetime, alone: Alone) -> bool:
        """Arrange one tile that is whole or worn, as things stand at `at`, or seal what is full.

        Then let searches see what was merged of the words. Return whether there may be more to do.
        """
        tile = self._rows.next_tile()
        if tile is None and self._may_be_worn(at):
            tile = next(iter(self._rows.worn_tiles(at)), None)
            self._looked_at = at if tile is None else None
        if tile is None:
            self.dense.seal()
            if self._lexical.stage_merged():
                with alone():
                    self._lexical.publish()
            return False
        past = self._rows.over(tile, at)
        put = self.dense.arrange(tile, past)
        with alone():
            put()
            self._rows.arrange(tile, past)
        return True

    def let_go(self) -> None:
        """Remove files of words that were merged, once no search reads them."""
        self._second_names.take_away()

    def _may_be_worn(self, at: datetime) -> bool:
        return self._looked_at is None or at - self._looked_at >= _WEAR

    @property
    def staging(self) -> Path:
        return self._workspace.staging

    def capture(self) -> Contents:
        """Return this moment's data, its lexical files linked into the workspace's staging place.

        Raises:
            OSError: the files are gone or cannot be written.
        """
        shutil.rmtree(self.staging, ignore_errors=True)
        lexical = self.staging / "lexical"
        self._lexical.link_to(lexical)
        stored = self.dense.contents()
        codes = {f"{_CODES}{name}": array for name, array in stored.codes.items()}
        return Contents(
            stored.segments,
            stored.newest,
            {**self._rows.arrays(), **codes},
            lexical,
            self._names.contents(),
        )

    def close(self) -> None:
        """End background work and remove the files. Searches go on."""
        self._lexical.close()
        self._workspace.close()

    def _append(self, block: NDArray[np.int64], vectors: NDArray[np.float16]) -> None:
        order = observed_order(block)
        self.dense.add(vectors if order is None else vectors[order])
        self._rows.append(block if order is None else block[:, order])


def _retired(changes: Iterable[Change]) -> dict[datetime, list[int]]:
    retired: dict[datetime, list[int]] = {}
    for change in changes:
        if change.kind is ChangeKind.RETIRED and change.document_row is not None:
            retired.setdefault(change.at, []).append(change.document_row)
    return retired


def _vectors(chunks: Sequence[IndexedChunk], dimension: int) -> NDArray[np.float16]:
    """Return the vectors [n, d] of these chunks.

    Raises:
        EmbedderMismatch: a vector has another size than the index.
    """
    for chunk in chunks:
        if len(chunk.vector) != 2 * dimension:
            raise EmbedderMismatch(
                f"chunk {chunk.chunk}: vector has {len(chunk.vector)} bytes, "
                f"the index expects {2 * dimension}"
            )
    vectors = np.empty((len(chunks), dimension), dtype=np.float16)
    for row, chunk in zip(vectors, chunks, strict=True):
        row[:] = np.frombuffer(chunk.vector, dtype=np.float16)
    return vectors
