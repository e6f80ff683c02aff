"""Which of the candidates are worth loading: those that can be shown, and those like them.

What is behind with all that times add to it cannot be among the best. But what says the same as one
of the best may stand for it, or succeed it, from however far behind; it is near to it in meaning.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from grounding.query.bounds import Bounds
from indexer.hits import Vectors

NEAR: Final = 0.8
"""The cosine from which two passages may say the same; near-duplicates are above 0.9."""
_ROUNDING: Final = 1e-9
"""Terms are added up in another order once a candidate is loaded."""


def shortlist(
    chunks: NDArray[np.int64], bounds: Bounds, vectors: Vectors, *, shown: int
) -> NDArray[np.bool_]:
    """Return which of the chunks may be among the best `shown`, [n].

    vectors: L2-normalised.
    """
    if len(chunks) <= shown:
        return np.ones(len(chunks), dtype=np.bool_)
    least = np.partition(bounds.low, -shown)[-shown] - _ROUNDING
    is_best = bounds.high >= least
    rows = vectors.of(chunks)
    likeness = (rows @ rows[is_best].T).max(axis=1)
    is_worth_it: NDArray[np.bool_] = is_best | (likeness >= NEAR)
    return is_worth_it
