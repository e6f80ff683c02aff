"""Codes of four bits for three dimensions, by which a search finds what is worth scoring exactly.

A vector is rotated at random, which makes its components behave as if drawn from one normal
distribution, whatever the vectors are about. So three of them together are told by the nearest of
16 points of space, the same everywhere: a code of 4 bits. The inner product with the points,
scaled so that it has no bias, estimates the one with the vector. Codes are read 32 rows at a time
by FAISS's "fast scan" (Andre et al., VLDB 2015), a tenth of the time of reading fp16 rows.

Each list of an inverted file holds the codes of one list of a tile. So FAISS reads the lists
that a scope leaves, and no others, in one call and for one top list.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from math import sqrt
from typing import Any, Final, Self

import faiss
import numpy as np
from numpy.typing import NDArray

from indexer.views.dense import Found

_FAISS: Final[Any] = faiss  # its stubs know the C++ constructors, not the Python ones
_SEED: Final = 20_260_101
_FIRST_LISTS: Final = 64
_BITS: Final = 4
_TOGETHER: Final = 3
# fmt: off
_POINTS: Final = np.array([
    (0.36, 0.20, -0.24), (-0.37, -0.22, 0.25), (-0.92, 0.90, -0.92), (1.05, -0.21, 1.18),
    (0.37, -1.21, -0.97), (0.32, 1.01, 1.20), (-0.83, -0.48, -1.29), (0.49, -1.43, 0.64),
    (-1.04, 1.08, 0.69), (0.17, 1.68, -0.30), (1.59, -0.61, -0.35), (0.65, 0.43, -1.58),
    (-0.64, -0.43, 1.59), (-0.93, -1.52, 0.05), (-1.78, -0.14, 0.09), (1.52, 0.94, 0.00),
])
# fmt: on
"""The points that tell three normal components of deviation 1 best, in the least squares."""
_LOST: Final = 0.2346
"""The share of the square of such components that their nearest points do not tell."""


@dataclass(frozen=True, slots=True)
class Encoded:
    """Packed codes of some rows, and the positions of these rows."""

    codes: NDArray[np.uint8]
    positions: NDArray[np.int64]


class Codes:
    """Lists of codes, found by estimated inner product.

    `encode` and `search` may run in several threads at once, `put` while neither does.
    """

    def __init__(self, rotation: NDArray[np.float32], scale: float) -> None:
        """Begin without codes.

        rotation: [e, d], its columns orthonormal, e a multiple of 3; scale: what a component
        deviates.
        """
        self._rotation = rotation
        self._scale = scale
        self._lists, self._quantizer = self._emptied(_FIRST_LISTS)
        self._sizes = np.zeros(_FIRST_LISTS, dtype=np.int64)

    @classmethod
    def fitting(cls, vectors: NDArray[np.float16]) -> Self:
        """Return codes for vectors as long as the longest of these, [n, d]."""
        dimension = vectors.shape[1]
        whole = dimension + -dimension % _TOGETHER
        transform = faiss.RandomRotationMatrix(dimension, whole)
        transform.init(_SEED)
        rotation = faiss.vector_to_array(transform.A).reshape(whole, dimension)
        squares = np.square(vectors, dtype=np.float32).sum(axis=1)
        return cls(rotation, sqrt(float(squares.max(initial=0.0)) / whole) or 1.0)

    def encode(self, vectors: NDArray[np.float16], positions: NDArray[np.int64]) -> Encoded:
        """Return codes of vectors [n, d] that stand at these positions [n]."""
        lists, _quantizer = _empty(len(self._rotation), self._scale, 1)
        if not len(vectors):
            return Encoded(_codes_of(lists, 0, 0), positions)
        rotated = vectors.astype(np.float32) @ self._rotation.T
        lists.add_with_ids(rotated, np.ascontiguousarray(positions, dtype=np.int64))
        return Encoded(_codes_of(lists, 0, len(vectors)).copy(), positions)

    def put(self, number: int, encoded: Encoded) -> None:
        """Make these the codes of list `number`, instead of any that it had."""
        if number >= len(self._sizes):
            self._grow(number + 1)
        size = len(encoded.positions)
        _inverted(self._lists).resize(number, size)
        if size:
            _codes_of(self._lists, number, size)[:] = encoded.codes
            _positions_of(self._lists, number, size)[:] = encoded.positions
        self._sizes[number] = size
        self._lists.ntotal = int(self._sizes.sum())

    def search(
        self,
        queries: NDArray[np.float32],
        k: int,
        lists: NDArray[np.int64],
        bits: NDArray[np.uint8] | None,
    ) -> Found:
        """Return (estimates, positions), each [q, k], of the best rows in these lists, best first.

        bits: which positions may be returned, the lowest bit first; None for all of them.
        Missing results have position -1.
        """
        lines = len(queries)
        rotated = np.ascontiguousarray(queries @ self._rotation.T, dtype=np.float32)
        found = np.empty((lines, k), dtype=np.float32), np.empty((lines, k), dtype=np.int64)
        assigned = np.ascontiguousarray(np.broadcast_to(lists, (lines, len(lists))))
        nearness = np.zeros(assigned.shape, dtype=np.float32)
        selector = None if bits is None else _FAISS.IDSelectorBitmap(bits)
        parameters = _FAISS.IVFSearchParameters(nprobe=len(lists), sel=selector)
        # The Python method takes no parameters. The arrays must outlive the call.
        arrays = (assigned, nearness, *found)
        self._lists.search_preassigned_c(
            lines, faiss.swig_ptr(rotated), k, *map(_FAISS.swig_ptr, arrays), False, parameters
        )
        return found

    def above(self, query: NDArray[np.float32], least: float) -> NDArray[np.int64]:
        """Return the positions of all rows, of whatever list, with estimates above `least`.

        query: [1, d]
        """
        rotated = np.ascontiguousarray(query @ self._rotation.T, dtype=np.float32)
        found = faiss.RangeSearchResult(1)
        parameters = _FAISS.IVFSearchParameters(nprobe=len(self._sizes))
        self._lists.range_search_c(1, faiss.swig_ptr(rotated), least, found, parameters)
        count = int(faiss.rev_swig_ptr(found.lims, 2)[1])
        return _window(found.labels, count, np.int64).copy()

    def deviations(self, queries: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return the standard deviation of the estimates for each query, [q]; they have no bias."""
        error = sqrt(_LOST / (1 - _LOST)) * self._scale
        found: NDArray[np.float32] = np.linalg.norm(queries, axis=1).astype(np.float32) * error
        return found

    def arrays(self) -> dict[str, NDArray[Any]]:  # Any: of several types
        """Return copies of everything, from which `restored` makes the same."""
        sizes = self._sizes.tolist()
        codes = [_codes_of(self._lists, number, size) for number, size in enumerate(sizes)]
        rows = [_positions_of(self._lists, number, size) for number, size in enumerate(sizes)]
        return {
            "rotation": self._rotation,
            "scale": np.array(self._scale),
            "sizes": self._sizes.copy(),
            "codes": np.concatenate(codes),
            "positions": np.concatenate(rows),
            "packed_by": np.array(_packer()),
        }

    @classmethod
    def restored(cls, arrays: Mapping[str, NDArray[Any]]) -> Self | None:
        """Return what `arrays` holds; None if the codes were packed otherwise than here."""
        if str(arrays["packed_by"]) != _packer():
            return None
        found = cls(arrays["rotation"], float(arrays["scale"]))
        at_code, at_row = 0, 0
        for number, size in enumerate(arrays["sizes"].tolist()):
            length = _packed_length(found._lists, size)
            codes = arrays["codes"][at_code : at_code + length]
            found.put(number, Encoded(codes, arrays["positions"][at_row : at_row + size]))
            at_code, at_row = at_code + length, at_row + size
        return found

    def _emptied(self, lists: int) -> tuple[Any, Any]:
        """Return empty lists to search; points that are further out make estimates unbiased."""
        return _empty(len(self._rotation), self._scale / (1 - _LOST), lists)

    def _grow(self, least: int) -> None:
        room = max(least, 2 * len(self._sizes))
        lists, quantizer = self._emptied(room)
        for number, size in enumerate(self._sizes.tolist()):
            if size:
                _inverted(lists).resize(number, size)
                _codes_of(lists, number, size)[:] = _codes_of(self._lists, number, size)
                _positions_of(lists, number, size)[:] = _positions_of(self._lists, number, size)
        lists.ntotal = self._lists.ntotal
        self._lists, self._quantizer = lists, quantizer
        more = room - len(self._sizes)
        self._sizes = np.concatenate([self._sizes, np.zeros(more, dtype=np.int64)])


def _empty(dimension: int, scale: float, lists: int) -> tuple[Any, Any]:
    """Return an index of empty lists, whose points lie in that scale, and what it refers to."""
    quantizer = _FAISS.IndexFlatIP(dimension)
    quantizer.add(np.zeros((lists, dimension), dtype=np.float32))
    parts = dimension // _TOGETHER
    index = _FAISS.IndexIVFPQFastScan(
        quantizer, dimension, lists, parts, _BITS, faiss.METRIC_INNER_PRODUCT
    )
    index.by_residual = False
    points = np.tile(scale * _POINTS, (parts, 1)).astype(np.float32)
    faiss.copy_array_to_vector(points.ravel(), index.pq.centroids)
    index.is_trained = True
    return index, quantizer


def _packer() -> str:
    """Return what decides how codes lie in memory and what they stand for."""
    return f"FAISS {faiss.__version__}, {_BITS} bits for {_TOGETHER} dimensions"


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
