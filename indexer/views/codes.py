"""Codes of a bit a dimension, by which a search finds what is worth scoring exactly.

RaBitQ (Gao and Long, SIGMOD 2024) as FAISS has it: a vector, rotated at random, becomes the
signs of its difference from a centre and two factors, from which inner products are estimated
with an error that falls with the square root of the dimension. Codes are read 32 at a time by
"fast scan" (Andre et al., VLDB 2015), a tenth of the time of reading fp16 rows.

Each list of an inverted file holds the codes of one list of a tile. So FAISS reads the lists
that a scope leaves, and no others, in one call and for one top list; all share one centre.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from math import pi, sqrt
from typing import Any, Final, Self

import faiss
import numpy as np
from numpy.typing import NDArray

from indexer.views.dense import Found

_FAISS: Final[Any] = faiss  # its stubs know the C++ constructors, not the Python ones
_SEED: Final = 20_260_101
_FIRST_LISTS: Final = 64
_TANGENT: Final = sqrt(pi / 2 - 1)
_ROUNDING: Final = 0.01
_MOST_TABLES: Final = 8192
"""Tables of queries and lists that are made at once, of 8 kB each with 384 dimensions."""


@dataclass(frozen=True, slots=True)
class Encoded:
    """Packed codes of some rows, and the positions of these rows.

    spread: the mean square of the rows' distances from the centre.
    """

    codes: NDArray[np.uint8]
    positions: NDArray[np.int64]
    spread: float


class Codes:
    """Lists of codes, found by estimated inner product.

    `encode` and `search` may run in several threads at once, `put` while neither does.
    """

    def __init__(self, rotation: NDArray[np.float32], centre: NDArray[np.float32]) -> None:
        """rotation: [d, d], orthogonal; centre: [d], as it is after the rotation."""
        self._rotation = rotation
        self._centre = centre
        self._unrotated = rotation.T @ centre
        self._lists, self._quantizer = _empty(centre, _FIRST_LISTS)
        self._sizes = np.zeros(_FIRST_LISTS, dtype=np.int64)
        self._spreads = np.zeros(_FIRST_LISTS, dtype=np.float64)

    @classmethod
    def around(cls, vectors: NDArray[np.float16]) -> Self:
        """Return codes that will be around half the mean of these vectors, [n, d].

        Around the mean itself estimates err a little less, but without bound for a row that is
        the mean, as where one text is repeated over and over.
        """
        dimension = vectors.shape[1]
        transform = faiss.RandomRotationMatrix(dimension, dimension)
        transform.init(_SEED)
        rotation = faiss.vector_to_array(transform.A).reshape(dimension, dimension)
        mean = vectors.astype(np.float32).mean(axis=0, dtype=np.float64).astype(np.float32)
        return cls(rotation, rotation @ (mean / 2))

    def encode(self, vectors: NDArray[np.float16], positions: NDArray[np.int64]) -> Encoded:
        """Return codes of vectors [n, d] that stand at these positions [n]."""
        lists, _quantizer = _empty(self._centre, 1)
        if not len(vectors):
            return Encoded(_codes_of(lists, 0, 0), positions, 0.0)
        rotated = vectors.astype(np.float32) @ self._rotation.T
        lists.add_with_ids(rotated, np.ascontiguousarray(positions, dtype=np.int64))
        spread = float(np.square(rotated - self._centre).sum(axis=1).mean())
        return Encoded(_codes_of(lists, 0, len(vectors)).copy(), positions, spread)

    def put(self, number: int, encoded: Encoded) -> None:
        """Make these the codes of list `number`, instead of any that it had."""
        if number >= len(self._sizes):
            self._grow(number + 1)
        size = len(encoded.positions)
        _inverted(self._lists).resize(number, size)
        if size:
            _codes_of(self._lists, number, size)[:] = encoded.codes
            _positions_of(self._lists, number, size)[:] = encoded.positions
        self._sizes[number], self._spreads[number] = size, encoded.spread
        self._lists.ntotal = int(self._sizes.sum())

    def search(
        self,
        queries: NDArray[np.float32],
        k: int,
        lists: NDArray[np.int64],
        bits: NDArray[np.uint8] | None,
    ) -> Found:
        """Return (estimates, positions), each [q, k], of the best rows in these lists.

        bits: which positions may be returned, the lowest bit first; None for all of them.
        Missing results have position -1.
        """
        rotated = np.ascontiguousarray(queries @ self._rotation.T, dtype=np.float32)
        estimates = np.empty((len(queries), k), dtype=np.float32)
        positions = np.empty((len(queries), k), dtype=np.int64)
        step = max(1, _MOST_TABLES // max(1, len(lists)))
        for first in range(0, len(queries), step):
            part = slice(first, first + step)
            self._search(rotated[part], lists, bits, (estimates[part], positions[part]))
        return estimates, positions

    def deviations(self, queries: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return the standard deviation of the estimates for each query, [q]; they have no bias.

        It is the error of a code times the distances of query and rows from the centre. After a
        random rotation the cosine of a vector and its signs is the square root of 2 / pi. Fast
        scan rounds as well, which counts where rows and centre hardly differ.
        """
        rows = np.sqrt(np.average(self._spreads, weights=np.maximum(self._sizes, 1e-9)))
        away = np.linalg.norm(queries - self._unrotated, axis=1)
        error = _TANGENT / np.sqrt(max(1, len(self._centre) - 1)) * rows * away
        length = np.linalg.norm(self._centre) + rows
        rounding = _ROUNDING * np.linalg.norm(queries, axis=1) * length
        found: NDArray[np.float32] = np.maximum(error, rounding).astype(np.float32)
        return found

    def arrays(self) -> dict[str, NDArray[Any]]:  # Any: of several types
        """Return copies of everything, from which `restored` makes the same."""
        sizes = self._sizes.tolist()
        codes = [_codes_of(self._lists, number, size) for number, size in enumerate(sizes)]
        rows = [_positions_of(self._lists, number, size) for number, size in enumerate(sizes)]
        return {
            "rotation": self._rotation,
            "centre": self._centre,
            "sizes": self._sizes.copy(),
            "spreads": self._spreads.copy(),
            "codes": np.concatenate(codes),
            "positions": np.concatenate(rows),
            "packed_by": np.array(faiss.__version__),
        }

    @classmethod
    def restored(cls, arrays: Mapping[str, NDArray[Any]]) -> Self | None:
        """Return what `arrays` holds; None if another version of FAISS packed the codes."""
        if str(arrays["packed_by"]) != faiss.__version__:
            return None
        found = cls(arrays["rotation"], arrays["centre"])
        at_code, at_row = 0, 0
        spreads = arrays["spreads"].tolist()
        for number, size in enumerate(arrays["sizes"].tolist()):
            length = _packed_length(found._lists, size)
            found.put(
                number,
                Encoded(
                    arrays["codes"][at_code : at_code + length],
                    arrays["positions"][at_row : at_row + size],
                    spreads[number],
                ),
            )
            at_code, at_row = at_code + length, at_row + size
        return found

    def _search(
        self,
        rotated: NDArray[np.float32],
        lists: NDArray[np.int64],
        bits: NDArray[np.uint8] | None,
        found: Found,
    ) -> None:
        lines, k = found[0].shape
        assigned = np.ascontiguousarray(np.broadcast_to(lists, (lines, len(lists))))
        nearness = np.repeat((rotated @ self._centre)[:, np.newaxis], len(lists), axis=1)
        selector = None if bits is None else _FAISS.IDSelectorBitmap(bits)
        parameters = _FAISS.IVFSearchParameters(nprobe=len(lists), sel=selector)
        # The Python method takes no parameters. The arrays must outlive the call.
        arrays = (assigned, nearness, *found)
        self._lists.search_preassigned_c(
            lines, faiss.swig_ptr(rotated), k, *map(faiss.swig_ptr, arrays), False, parameters
        )

    def _grow(self, least: int) -> None:
        room = max(least, 2 * len(self._sizes))
        lists, quantizer = _empty(self._centre, room)
        for number, size in enumerate(self._sizes.tolist()):
            if size:
                _inverted(lists).resize(number, size)
                _codes_of(lists, number, size)[:] = _codes_of(self._lists, number, size)
                _positions_of(lists, number, size)[:] = _positions_of(self._lists, number, size)
        lists.ntotal = self._lists.ntotal
        self._lists, self._quantizer = lists, quantizer
        more = room - len(self._sizes)
        self._sizes = np.concatenate([self._sizes, np.zeros(more, dtype=np.int64)])
        self._spreads = np.concatenate([self._spreads, np.zeros(more)])


def _empty(centre: NDArray[np.float32], lists: int) -> tuple[Any, Any]:
    """Return an index of empty lists that all lie around `centre`, and what it refers to."""
    dimension = len(centre)
    quantizer = _FAISS.IndexFlatIP(dimension)
    quantizer.add(np.tile(centre, (lists, 1)))
    index = _FAISS.IndexIVFRaBitQFastScan(quantizer, dimension, lists, faiss.METRIC_INNER_PRODUCT)
    index.rabitq.train(centre[np.newaxis])
    index.is_trained = True
    index.init_code_packer()
    return index, quantizer


def _inverted(index: Any) -> Any:
    return faiss.downcast_InvertedLists(index.invlists)


def _packed_length(index: Any, size: int) -> int:
    inverted = _inverted(index)
    return int(-(-size // inverted.n_per_block) * inverted.block_size)


def _codes_of(index: Any, number: int, size: int) -> NDArray[np.uint8]:
    """Return a window on the packed codes of a list, valid until it changes."""
    length = _packed_length(index, size)
    return _window(_inverted(index).get_codes(number), length, np.uint8)


def _positions_of(index: Any, number: int, size: int) -> NDArray[np.int64]:
    return _window(_inverted(index).get_ids(number), size, np.int64)


def _window(pointer: Any, length: int, kind: Any) -> NDArray[Any]:
    return faiss.rev_swig_ptr(pointer, length) if length else np.empty(0, dtype=kind)
