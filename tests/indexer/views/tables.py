"""Row tables of which a test says row by row whether a search may return it."""

import numpy as np
from numpy.typing import NDArray

from indexer.views.conditions import OfSources
from indexer.views.kept import Kept
from indexer.views.rows import COLUMNS, RowTable

_KEPT, _OTHER = 1, 2


def table_of(keep: NDArray[np.bool_], tile: int = 32) -> RowTable:
    """Return a table of these rows, chunk n at position n; none is arranged in tiles yet."""
    block = np.zeros((len(COLUMNS), len(keep)), dtype=np.int64)
    block[COLUMNS.index("chunk")] = np.arange(len(keep))
    block[COLUMNS.index("source")] = np.where(keep, _KEPT, _OTHER)
    rows = RowTable(tile)
    rows.append(block)
    return rows


def kept_of(rows: RowTable) -> Kept:
    return Kept(rows, [OfSources(np.array([_KEPT], dtype=np.int64))])


def only(*chunks: int) -> Kept:
    """Return that of a few rows just these chunks are kept."""
    keep = np.zeros(max(chunks, default=0) + 1, dtype=np.bool_)
    keep[list(chunks)] = True
    return kept_of(table_of(keep))
