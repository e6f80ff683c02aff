"""Which of the candidates are worth loading: those that can be shown, and those like them.

What is behind with all that times add to it cannot be among the best. But what says the same as one
of the best may stand for it, or succeed it, from however far behind; it is near to it in meaning.
"""

from collections.abc import Sequence, Set
from heapq import nlargest
from typing import Final

from grounding.query.bounds import Bounds
from indexer.hits import Vectors

NEAR: Final = 0.8
"""The cosine from which two passages may say the same; near-duplicates are above 0.9."""
_ROUNDING: Final = 1e-9
"""Terms are added up in another order once a candidate is loaded."""


def shortlist(bounds: Bounds, vectors: Vectors, *, shown: int) -> list[int]:
    """Return the chunks that may be among the best `shown`, in the order of `bounds`.

    vectors: L2-normalised.
    """
    chunks = list(bounds.low)
    if len(chunks) <= shown:
        return chunks
    least = nlargest(shown, bounds.low.values())[-1] - _ROUNDING
    best = {chunk for chunk, highest in bounds.high.items() if highest >= least}
    near = _near(best, chunks, vectors)
    return [chunk for chunk in chunks if chunk in best or chunk in near]


def _near(some: Set[int], chunks: Sequence[int], vectors: Vectors) -> set[int]:
    """Return which chunks are near in meaning to one of some."""
    rows = vectors.of(chunks)
    of_some = rows[[chunk in some for chunk in chunks]]
    if not len(of_some):
        return set()
    nearest = (rows @ of_some.T).max(axis=1)
    return {chunk for chunk, cosine in zip(chunks, nearest.tolist(), strict=True) if cosine >= NEAR}
