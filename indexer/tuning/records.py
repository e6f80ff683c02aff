"""The nouns of tuning: pairs to learn from, what is asked of embedders, and what came of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray


class Origin(StrEnum):
    """Where the question of a pair comes from."""

    GIVEN = "given"
    TITLE = "title"
    HEADING = "heading"
    SERIES = "series"


@dataclass(frozen=True, slots=True)
class Pair:
    """A question and a passage that answers it.

    document: what the passage is a part of; pairs of one document are kept on one side.
    answers: the texts of a pool that count as found for this question, `passage` among them
        unless it was given with a document as a whole.
    negatives: passages that do not answer it.
    """

    question: str
    passage: str
    document: str
    answers: tuple[str, ...]
    origin: Origin
    negatives: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Split:
    """Pairs to learn from, and pairs of other documents to be asked of what was learnt."""

    train: tuple[Pair, ...]
    held_out: tuple[Pair, ...]


@dataclass(frozen=True, slots=True)
class PoolText:
    """A passage among which answers are looked for."""

    text: str
    document: str


@dataclass(frozen=True, slots=True)
class HeldOutQuestion:
    """A question with the places in the pool of the passages that answer it."""

    text: str
    answers: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Exam:
    """What embedders are asked: questions, over all of `pool`.

    left_out: stored passages that are not in the pool, so that the exam is over in time.
    """

    questions: tuple[HeldOutQuestion, ...]
    pool: tuple[PoolText, ...]
    left_out: int


@dataclass(frozen=True, slots=True)
class Sitting:
    """One embedder's exam.

    ndcg: [questions] nDCG@10 of each question.
    vectors: [pool, d] of the pool's passages.
    passages_per_cpu_second: how fast it embedded the pool.
    """

    identity: str
    ndcg: NDArray[np.float64]
    vectors: NDArray[np.float32]
    passages_per_cpu_second: float

    @property
    def mean(self) -> float:
        return float(self.ndcg.mean())


class Verdict(StrEnum):
    BETTER = "better"
    NOT_BETTER = "not better"
    """The difference is too small to matter, or might be chance."""
    WORSE = "worse"


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two embedders on one exam; nDCG@10 from 0 to 1.

    p_value: how often chance alone makes a difference this large, of a paired randomisation test.
    neighbours_kept: share of the ten nearest passages of a passage that stayed among them.
    cosine: mean cosine of a passage's two vectors; None where their dimensions differ.
    """

    questions: int
    pool: int
    left_out: int
    base: float
    new: float
    p_value: float
    verdict: Verdict
    neighbours_kept: float
    cosine: float | None


@dataclass(frozen=True, slots=True)
class Lesson:
    """How to train.

    learning_rate: the peak, reached after a tenth of the steps; it falls to 0 from there.
    max_tokens: longer passages are cut for training, which takes time and memory by their length
        (all-MiniLM was trained on 128, too); what the embedder reads later is unchanged.
    mined_negatives: passages that the base embedder takes for near, added to each pair.
    """

    epochs: int = 2
    batch: int = 32
    seed: int = 1
    learning_rate: float = 2e-5
    max_tokens: int = 128
    mined_negatives: int = 1


@dataclass(frozen=True, slots=True)
class Step:
    """How far training is; `loss` is the mean since the last report, None before the first."""

    done: int
    total: int
    loss: float | None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of an embedder that was made here.

    directory: where it lies: the folder asked for only if `is_installed`.
    comparison: with the base; None where too little is stored to make an exam of.
    active: the embedder that is active in the database.
    against_active: the comparison with that one; None where it is the base, or was not asked.
    speed: passages per CPU second by the embedder's identity.
    """

    base: str
    identity: str
    directory: str
    is_installed: bool
    pairs: Mapping[str, int]
    trained_on: int
    comparison: Comparison | None
    active: str | None = None
    against_active: Comparison | None = None
    speed: Mapping[str, float] = field(default_factory=dict)

    @property
    def is_better(self) -> bool:
        """Whether it is better than whatever it was compared with."""
        found = [each for each in (self.comparison, self.against_active) if each is not None]
        return bool(found) and all(each.verdict is Verdict.BETTER for each in found)
