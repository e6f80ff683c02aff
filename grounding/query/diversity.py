"""Choose candidates that are relevant and do not repeat each other.

Maximal marginal relevance (Carbonell and Goldstein, SIGIR 1998, "The use of MMR, diversity-based
reranking for reordering documents and producing summaries"): one candidate after the other, each
the best by its relevance less its likeness to the nearest of those that are chosen already.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from grounding.query.records import Candidate
from indexer.hits import Vectors


def diversified(
    candidates: Sequence[Candidate],
    vectors: Vectors,
    *,
    diversity: float,
    k: int,
) -> list[Candidate]:
    """Return the `k` candidates to show, in the order they were chosen; all if there are fewer.

    Each maximises `(1 - diversity) * relevance - diversity * likeness`, of equals the first.
    Relevance is `scores.total`, brought to 0..1 over the candidates. Likeness is the inner
    product with the likest that is chosen, and 0 where that is negative.

    Args:
        vectors: L2-normalised. A candidate without one is like no other.
        diversity: 0 keeps the order of the input; at 1 relevance chooses the first only.
    """
    if not diversity or k <= 0 or not candidates:
        return list(candidates[: max(k, 0)])
    relevance = _relevance(candidates)
    rows = vectors.of([candidate.chunk for candidate in candidates])
    likeness = np.zeros(len(candidates), dtype=np.float32)
    chosen = [int(relevance.argmax())]
    gain = (1 - diversity) * relevance
    while len(chosen) < min(k, len(candidates)):
        gain[chosen[-1]] = -np.inf
        np.maximum(likeness, rows @ rows[chosen[-1]], out=likeness)
        chosen.append(int((gain - diversity * likeness).argmax()))
    return [candidates[place] for place in chosen]


def _relevance(candidates: Sequence[Candidate]) -> NDArray[np.float64]:
    totals = np.array([candidate.scores.total for candidate in candidates])
    spread = np.ptp(totals)
    return (totals - totals.min()) / spread if spread > 0 else np.zeros_like(totals)
