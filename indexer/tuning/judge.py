"""Is one embedder better than another? Both are asked the same, and chance is ruled out.

    exam ──▶ sitting (base) ─┐
         ──▶ sitting (new)  ─┴─▶ comparison ──▶ verdict

A ranking is of documents: a document is where its best passage is. For a question, only the
passages that answer it stand for the documents they are in, so that another passage of the same
document neither helps nor hurts.
"""

import time
from collections.abc import Sequence
from itertools import groupby

import numpy as np
from numpy.typing import NDArray

from indexer.embed import Embedder
from indexer.tuning.records import Comparison, Exam, PoolText, Sitting, Verdict

DEPTH = 10
LEAST_GAIN = 0.005
"""Less than this in nDCG@10 is not worth embedding everything again."""
MOST_CHANCE = 0.05
_ROUNDS = 10_000
_ROUNDS_AT_ONCE = 1_000
_PROBES = 500
_SLICE = 64


def sit(exam: Exam, embedder: Embedder, *, known: NDArray[np.float32] | None = None) -> Sitting:
    """Ask one embedder; `known` are vectors [pool, d] that it made earlier.

    With `known` a part of the pool is embedded all the same, to see how fast that is.
    """
    texts = [each.text for each in exam.pool]
    timed = texts if known is None else texts[:_SLICE]
    begun = time.process_time()
    vectors = embedder.embed_passages(timed)
    seconds = time.process_time() - begun
    vectors = vectors if known is None else known
    questions = [embedder.embed_query(each.text) for each in exam.questions]
    asked = np.stack(questions) if questions else np.empty((0, embedder.dimension), np.float32)
    return Sitting(
        identity=embedder.identity,
        ndcg=gains(asked, vectors, exam),
        vectors=vectors,
        passages_per_cpu_second=len(timed) / max(seconds, 1e-9),
    )


def gains(
    asked: NDArray[np.float32], vectors: NDArray[np.float32], exam: Exam
) -> NDArray[np.float64]:
    """Return nDCG@10 [questions] of vectors [questions, d] over the pool's [pool, d]."""
    order, starts, document_of = _grouped(exam.pool)
    found = np.zeros(len(exam.questions))
    for i, question in enumerate(exam.questions):
        scores = vectors @ asked[i]
        by_document = np.maximum.reduceat(scores[order], starts)
        best: dict[int, float] = {}
        for place in question.answers:
            document = document_of[place]
            best[document] = max(best.get(document, -np.inf), float(scores[place]))
        others = np.delete(by_document, list(best))
        found[i] = ndcg(_ranks(sorted(best.values(), reverse=True), others))
    return found


def ndcg(ranks: Sequence[int], *, depth: int = DEPTH) -> float:
    """Return nDCG of relevant items found at these ranks, from 1; all of them are given."""
    gained = sum(1 / np.log2(1 + rank) for rank in ranks if rank <= depth)
    most = sum(1 / np.log2(1 + rank) for rank in range(1, min(len(ranks), depth) + 1))
    return float(gained / most) if most else 0.0


def chance(base: NDArray[np.float64], new: NDArray[np.float64], *, seed: int) -> float:
    """Return the two-sided p-value of a paired randomisation test on the mean difference.

    Under the hypothesis that the two are alike, which of them got which score of a question is
    a coin toss (Smucker, Allan, Carterette: A comparison of statistical significance tests for
    information retrieval evaluation, CIKM 2007).
    """
    difference = new - base
    seen = abs(difference.mean()) - 1e-12
    draw = np.random.default_rng(seed)
    as_large = 0
    for _ in range(_ROUNDS // _ROUNDS_AT_ONCE):
        signs = draw.integers(0, 2, (_ROUNDS_AT_ONCE, len(difference))) * 2 - 1
        as_large += int((np.abs(signs @ difference) / len(difference) >= seen).sum())
    return (as_large + 1) / (_ROUNDS + 1)


def verdict(*, gain: float, p_value: float) -> Verdict:
    """Decide by the gain in nDCG@10 and by how likely chance alone makes one as large."""
    if p_value >= MOST_CHANCE:
        return Verdict.NOT_BETTER
    if gain < 0:
        return Verdict.WORSE
    return Verdict.BETTER if gain >= LEAST_GAIN else Verdict.NOT_BETTER


def compared(exam: Exam, base: Sitting, new: Sitting, *, seed: int) -> Comparison:
    p_value = chance(base.ndcg, new.ndcg, seed=seed)
    probes = np.random.default_rng(seed).permutation(len(exam.pool))[:_PROBES]
    here, there = base.vectors[probes], new.vectors[probes]
    return Comparison(
        questions=len(exam.questions),
        pool=len(exam.pool),
        left_out=exam.left_out,
        base=base.mean,
        new=new.mean,
        p_value=p_value,
        verdict=verdict(gain=new.mean - base.mean, p_value=p_value),
        neighbours_kept=_neighbours_kept(here, there),
        cosine=float((here * there).sum(axis=1).mean()) if here.shape == there.shape else None,
    )


def _grouped(
    pool: Sequence[PoolText],
) -> tuple[NDArray[np.intp], list[int], list[int]]:
    """Return places sorted by document, where each document starts there, and whose each is."""
    order = sorted(range(len(pool)), key=lambda place: pool[place].document)
    starts: list[int] = []
    document_of = [0] * len(pool)
    done = 0
    for number, (_, places) in enumerate(groupby(order, key=lambda place: pool[place].document)):
        starts.append(done)
        for place in places:
            document_of[place] = number
            done += 1
    return np.array(order, dtype=np.intp), starts, document_of


def _ranks(relevant: Sequence[float], others: NDArray[np.float32]) -> list[int]:
    """Return the ranks of relevant documents, best first; of equals the others come first."""
    return [1 + i + int((others >= score).sum()) for i, score in enumerate(relevant)]


def _neighbours_kept(one: NDArray[np.float32], other: NDArray[np.float32]) -> float:
    """Return which share of each passage's ten nearest are the same by both embedders."""
    if len(one) < 2:
        return 1.0
    near = [_nearest(each) for each in (one, other)]
    shares = [len(set(a) & set(b)) / len(a) for a, b in zip(*near, strict=True)]
    return float(np.mean(shares))


def _nearest(vectors: NDArray[np.float32]) -> list[list[int]]:
    scores = vectors @ vectors.T
    np.fill_diagonal(scores, -np.inf)
    nearest: list[list[int]] = np.argsort(-scores, axis=1)[
        :, : min(DEPTH, len(vectors) - 1)
    ].tolist()
    return nearest
