"""One view: the dense leg, the lexical leg and the row table, all at the same `seq`."""

import logging
import shutil
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray

from indexer.embed import Embedder
from indexer.errors import EmbedderMismatch, IndexerError, SnapshotUnusable
from indexer.records import Change, ChangeKind, Hit, IndexedChunk, Legs, Scope
from indexer.views.changelog import ChangeLog
from indexer.views.dense import DenseIndex
from indexer.views.lexical import LexicalIndex, Words, copy_files
from indexer.views.names import NameTable
from indexer.views.rows import RowTable, as_block, observed_order
from indexer.views.snapshot import Contents, Stamp
from indexer.views.workspace import Workspace

logger = logging.getLogger(__name__)

_PAGE: Final = 1000


@dataclass(frozen=True, slots=True)
class Query:
    """A question and its vector, [d], by the embedder of that identity.

    literals: what is looked for in a row, with its weight; words: all that for the lexical leg.
    """

    text: str
    vector: NDArray[np.float32]
    embedder: str
    literals: Mapping[str, float]
    words: Words


class View:
    """Everything needed to answer a search, and the last change applied to it, `seq` of `at`.

    `embedder` made every vector in it, and is the one to embed questions with.

    `stage` does the slow part of a change beside running searches; `publish` makes it visible
    and needs the view to itself. Both may be repeated for a change that was applied before.
    """

    def __init__(self, workspace: Workspace, embedder: Embedder, dense: DenseIndex) -> None:
        self.embedder = embedder
        self.dense = dense
        self.seq = 0
        self.at: datetime | None = None
        self._workspace = workspace
        self._rows = RowTable()
        self._names = NameTable()
        self._lexical = LexicalIndex(workspace.lexical)
        self._is_half_written = False

    @classmethod
    def rebuilt(
        cls,
        log: ChangeLog,
        embedder: Embedder,
        *,
        head: int,
        workspace: Workspace,
        dense: DenseIndex,
    ) -> Self:
        """Return a view of everything the log holds, whose head was `head` a while ago.

        It is read from the chunks as they are, over many calls, so it stands at `head`: what was
        committed since may be in it already, and is made certain by applying the changes after
        that. Among them is a switch to another embedder, if `embedder` was asked for after `head`.

        Raises:
            EmbedderMismatch: a chunk has no vector by `embedder`; another is active by now.
        """
        started = time.monotonic()
        at = log.instant_of(head)
        view = cls(workspace, embedder, dense)
        blocks, vectors = [as_block(())], [_vectors((), dense.dimension)]
        after = -1
        begun: list[IndexedChunk] = []  # of a document whose other chunks are on the next page
        while chunks := log.all_chunks(embedder.identity, after, _PAGE):
            blocks.append(as_block(chunks))
            vectors.append(_vectors(chunks, dense.dimension))
            last = chunks[-1].document_row
            view._lexical.add(c for c in (*begun, *chunks) if c.document_row != last)
            begun = [c for c in (*begun, *chunks) if c.document_row == last]
            view._names.add(chunks)
            after = chunks[-1].chunk
        view._lexical.stage(begun)
        view._append(np.concatenate(blocks, axis=1), np.concatenate(vectors))
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
        *,
        workspace: Workspace,
        dense: DenseIndex,
    ) -> Self:
        """Return the view that a snapshot of vectors by `embedder` holds.

        Raises:
            SnapshotUnusable: its parts do not fit each other.
            IndexerError: the workspace cannot be written, which is no fault of the snapshot.
        """
        try:
            copy_files(contents.lexical, workspace.lexical)
            view = cls(workspace, embedder, dense)
        except (FileNotFoundError, ValueError, LookupError, IndexerError) as error:
            raise SnapshotUnusable(f"{contents.lexical.parent.name}: {error}") from error
        except OSError as error:
            raise IndexerError(f"index directory {workspace.path}: {error}") from error
        if len(view._lexical) != contents.rows.shape[1]:
            raise SnapshotUnusable(f"{contents.lexical.parent.name}: the legs differ in length")
        view._append(contents.rows, contents.vectors)
        view._names = NameTable(contents.names)
        view.seq, view.at = stamp.seq, stamp.at
        return view

    def __len__(self) -> int:
        return len(self._rows)

    @property
    def is_whole(self) -> bool:
        """Whether changes can be applied: false after a failed one, or when its files are gone."""
        return not self._is_half_written and self._lexical.is_on_disk

    def query(self, text: str, literals: Mapping[str, float]) -> Query:
        embedder = self.embedder
        words = self._lexical.query(text, literals)
        vector = embedder.embed_query(text)
        return Query(text, vector, embedder.identity, literals, words)

    def search(self, query: Query, scope: Scope, k: int) -> Legs:
        if query.vector.shape != (self.dense.dimension,):
            raise EmbedderMismatch(
                f"query vector has shape {query.vector.shape}, "
                f"the index holds {self.dense.dimension}"
            )
        mask = self._rows.keep(scope)
        scores, positions = self.dense.search(query.vector[np.newaxis], k, mask)
        found = positions[0][positions[0] >= 0]
        chunks = self._rows.column("chunk")[found].tolist()
        dense = tuple(map(Hit, chunks, scores[0][: len(found)].tolist()))
        kept = self._rows.kept(mask)
        lexical = self._lexical.search(query.words, k, scope, kept)
        named = self._names.search(query.text, k, kept)
        return self._completed(Legs(dense, lexical, self.seq, named), query)

    def _completed(self, legs: Legs, query: Query) -> Legs:
        """Add what each leg says of what only the others found, and the vectors of all."""
        dense = {hit.chunk for hit in legs.dense}
        lexical = {hit.chunk for hit in legs.lexical}
        found = sorted({hit.chunk for hit in (*legs.dense, *legs.lexical, *legs.named)})
        positions = np.array([self._rows.positions[chunk] for chunk in found], dtype=np.int64)
        vectors = self.dense.rows(positions).astype(np.float32)
        likeness = (vectors @ query.vector).tolist()
        scored = zip(found, likeness, strict=True)
        also_dense = tuple(Hit(chunk, score) for chunk, score in scored if chunk not in dense)
        others = [chunk for chunk in found if chunk not in lexical] if lexical else []
        return replace(
            legs,
            also_dense=also_dense,
            also_lexical=self._lexical.scores_of(query.words, others),
            vectors=dict(zip(found, vectors, strict=True)),
        )

    def stage(self, chunks: Iterable[IndexedChunk]) -> list[IndexedChunk]:
        """Write the chunks that are not here yet where searches do not look, and return them."""
        fresh = {c.chunk: c for c in chunks if c.chunk not in self._rows.positions}
        staged = sorted(fresh.values(), key=lambda c: (c.observed_at, c.chunk))
        _vectors(staged, self.dense.dimension)
        if staged:
            self._is_half_written = True
            self._lexical.stage(staged)
        return staged

    def publish(self, staged: Sequence[IndexedChunk], changes: Sequence[Change]) -> None:
        """Make what was staged visible and apply the retirements among `changes`."""
        self._append(as_block(staged), _vectors(staged, self.dense.dimension))
        self._names.add(staged)
        self._lexical.publish()
        for at, document_rows in _retired(changes).items():
            self._rows.retire(document_rows, at)
        self.seq, self.at = changes[-1].seq, changes[-1].at
        self._is_half_written = False

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
        return Contents(self.dense.vectors(), self._rows.block(), lexical, self._names.contents())

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
