import numpy as np
import pytest

from indexer.tuning.judge import chance, compared, gains, ndcg, sit, verdict
from indexer.tuning.records import Exam, HeldOutQuestion, PoolText, Sitting, Verdict
from tests.fakes import HashEmbedder


def exam(*answers: tuple[int, ...], documents: str) -> Exam:
    pool = tuple(PoolText(f"text {n}", name) for n, name in enumerate(documents))
    questions = tuple(HeldOutQuestion(f"question {n}", a) for n, a in enumerate(answers))
    return Exam(questions, pool, 0)


def scores(*values: float) -> np.ndarray:
    """Return vectors whose product with [1] are these scores."""
    return np.array(values, dtype=np.float32).reshape(-1, 1)


ONE = np.ones((1, 1), dtype=np.float32)


@pytest.mark.parametrize(
    ("ranks", "expected"),
    [
        ([1], 1.0),
        ([2], 1 / np.log2(3)),
        ([10], 1 / np.log2(11)),
        ([11], 0.0),
        ([1, 2], 1.0),
        ([1, 3], (1 + 0.5) / (1 + 1 / np.log2(3))),
        ([], 0.0),
    ],
)
def test_ndcg_of_ranks(ranks: list[int], expected: float) -> None:
    assert ndcg(ranks) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("answers", "documents", "values", "expected"),
    [
        ((0,), "abc", (0.9, 0.5, 0.1), 1.0),
        ((1,), "abc", (0.9, 0.5, 0.1), 1 / np.log2(3)),
        # two passages of one document take one place
        ((2,), "aab", (0.9, 0.8, 0.5), 1 / np.log2(3)),
        # another passage of the document that answers neither helps nor hurts
        ((1,), "aab", (0.9, 0.5, 0.1), 1.0),
        ((1,), "aab", (0.9, 0.1, 0.5), 1 / np.log2(3)),
        # any of several passages that answer is enough
        ((0, 1), "aab", (0.1, 0.9, 0.5), 1.0),
        # of equals the wrong one comes first
        ((0,), "ab", (0.5, 0.5), 1 / np.log2(3)),
        # documents that both answer are both looked for
        ((0, 2), "abc", (0.9, 0.5, 0.1), (1 + 0.5) / (1 + 1 / np.log2(3))),
    ],
)
def test_documents_are_ranked_by_their_best_passage(
    answers: tuple[int, ...], documents: str, values: tuple[float, ...], expected: float
) -> None:
    found = gains(ONE, scores(*values), exam(answers, documents=documents))

    assert found == pytest.approx([expected])


def test_the_order_of_documents_in_the_pool_does_not_matter() -> None:
    found = gains(ONE, scores(0.1, 0.9, 0.5, 0.8), exam((2,), documents="zaza"))

    assert found == pytest.approx([1 / np.log2(3)])


@pytest.mark.parametrize(
    ("gain", "p_value", "expected"),
    [
        (0.05, 0.001, Verdict.BETTER),
        (0.05, 0.05, Verdict.NOT_BETTER),
        (0.004, 0.001, Verdict.NOT_BETTER),
        (0.0, 1.0, Verdict.NOT_BETTER),
        (-0.05, 0.001, Verdict.WORSE),
        (-0.05, 0.3, Verdict.NOT_BETTER),
    ],
)
def test_only_a_gain_that_matters_and_is_no_chance_is_better(
    gain: float, p_value: float, expected: Verdict
) -> None:
    assert verdict(gain=gain, p_value=p_value) is expected


def test_equal_scores_may_always_be_chance() -> None:
    base = np.random.default_rng(1).random(80)

    assert chance(base, base, seed=1) == 1.0


def test_a_gain_on_every_question_is_no_chance() -> None:
    base = np.full(60, 0.5)

    assert chance(base, base + 0.1, seed=1) < 0.001


def test_chance_agrees_with_counting_every_sign() -> None:
    difference = np.array([0.3, 0.1, -0.2, 0.4, 0.05, 0.2, -0.1, 0.15])
    signs = np.array(np.meshgrid(*[[-1, 1]] * 8)).reshape(8, -1)
    exact = float((np.abs(difference @ signs) >= abs(difference.sum()) - 1e-9).mean())

    assert chance(np.zeros(8), difference, seed=2) == pytest.approx(exact, abs=0.02)


def test_drift_is_seen_where_meanings_moved() -> None:
    draw = np.random.default_rng(5)
    vectors = draw.normal(size=(200, 16)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    asked = exam(*[(n,) for n in range(60)], documents="".join(map(chr, range(200, 400))))
    same = Sitting("a", np.full(60, 0.5), vectors, 1.0)
    moved = Sitting("b", np.full(60, 0.5), draw.permutation(vectors), 1.0)

    still = compared(asked, same, same, seed=1)
    drifted = compared(asked, same, moved, seed=1)

    assert (still.neighbours_kept, still.cosine) == (1.0, pytest.approx(1.0))
    assert drifted.neighbours_kept < 0.2
    assert drifted.cosine is not None
    assert drifted.cosine < 0.3


def test_cosine_is_unknown_between_vectors_of_different_length() -> None:
    asked = exam((0,), documents="ab")
    one = Sitting("a", np.ones(1), np.eye(2, dtype=np.float32), 1.0)
    other = Sitting("b", np.ones(1), np.eye(2, 3, dtype=np.float32), 1.0)

    assert compared(asked, one, other, seed=1).cosine is None


def test_a_sitting_asks_every_question_over_the_whole_pool() -> None:
    pool = tuple(PoolText(text, text) for text in ("oil price rises", "cats sleep", "rain falls"))
    asked = Exam(
        (HeldOutQuestion("price of oil", (0,)), HeldOutQuestion("the cats", (1,))), pool, 0
    )

    sitting = sit(asked, HashEmbedder())

    assert sitting.ndcg.tolist() == [1.0, 1.0]
    assert sitting.vectors.shape == (3, 64)
    assert sitting.passages_per_cpu_second > 0


def test_vectors_that_are_known_are_not_made_again() -> None:
    pool = tuple(PoolText(f"passage number {n}", str(n)) for n in range(100))
    embedder = HashEmbedder()
    known = embedder.embed_passages([each.text for each in pool])
    embedder.embedded.clear()

    sitting = sit(Exam((HeldOutQuestion("number 5", (5,)),), pool, 0), embedder, known=known)

    assert len(embedder.embedded) < 100
    assert sitting.vectors is known
