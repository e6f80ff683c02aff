"""Which of the candidates are worth loading: those that can be shown, and those like them.

Times add little to a score, so what is too far behind cannot be among the best. But what says the
same as one of the best may stand for it, or succeed it, from however far behind; it is near to it
in meaning.
"""

from collections.abc import Mapping, Sequence, Set
from typing import Final

from grounding.query.records import Scores
from indexer.hits import Vectors

NEAR: Final = 0.8
"""The cosine from which two passages may say the same; near-duplicates are above 0.9."""


def shortlist(
    scores: Mapping[int, Scores],
    vectors: Vectors,
    *,
    shown: int,
    reach: float,
) -> list[int]:
    """Return the chunks that may be among the best `shown`, best first as `scores` are.

    vectors: L2-normalised. reach: what times may add to a score at most.
    """
    chunks = list(scores)
    if len(chunks) <= shown:
        return chunks
    least = scores[chunks[shown - 1]].total - reach
    best = {chunk for chunk in chunks if scores[chunk].total >= least}
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
