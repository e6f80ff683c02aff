"""Near passages that do not answer: what there is to learn lies between them and the answer."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from indexer.embed import Embedder
from indexer.tuning.records import Pair, PoolText

_NEAREST = 30
_SURELY_WRONG = 0.95
"""Nearer to the question than this share of the answer's score may well be an answer, too."""


def mined(
    pairs: Sequence[Pair],
    pool: Sequence[PoolText],
    vectors: NDArray[np.float32],
    embedder: Embedder,
    *,
    each: int,
    seed: int,
) -> list[Pair]:
    """Give every pair `each` more negatives from `pool`, embedded as `vectors` [pool, d].

    They are drawn from the thirty nearest that belong to another document and are less near than
    95 % of the answer's score, as NV-Retriever (Moreira et al., 2024) keeps false ones out.
    """
    if not each or not pool:
        return list(pairs)
    draw = np.random.default_rng(seed)
    documents = np.array([text.document for text in pool])
    answered: dict[str, set[str]] = defaultdict(set)
    for pair in pairs:
        answered[pair.question].add(pair.document)
    answers = embedder.embed_passages([pair.passage for pair in pairs])
    found = []
    for pair, answer in zip(pairs, answers, strict=True):
        asked = embedder.embed_query(pair.question)
        scores = vectors @ asked
        scores[np.isin(documents, list(answered[pair.question]))] = -np.inf
        scores[scores >= _SURELY_WRONG * float(answer @ asked)] = -np.inf
        nearest = np.argsort(-scores)[:_NEAREST]
        usable = nearest[np.isfinite(scores[nearest])]
        chosen = draw.permutation(usable)[:each]
        more = tuple(pool[place].text for place in chosen)
        found.append(replace(pair, negatives=(*pair.negatives, *more)))
    return found
