import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from numpy.typing import NDArray

from indexer.embed import Embedder, load
from indexer.sharing import FEW_CHARACTERS, INGEST_SHARE, MOST_QUESTIONS, Precedence, Sharing
from tests.fakes import HashEmbedder
from tests.indexer import test_embed
from tests.waiting import until

WAIT = 30


class Watch:
    """Seconds that pass only when told."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


class SlowEmbedder(HashEmbedder):
    """Takes a second for so many characters, by the watch; remembers what came together."""

    def __init__(self, watch: Watch, *, characters_a_second: float) -> None:
        super().__init__()
        self.slices: list[list[str]] = []
        self._watch = watch
        self._pace = characters_a_second

    def embed_passages(self, texts: Sequence[str]) -> NDArray[np.float32]:
        self.slices.append(list(texts))
        self._watch.now += sum(map(len, texts)) / self._pace
        return super().embed_passages(texts)


class HeldEmbedder(HashEmbedder):
    """Embeds nothing before it is let go; says what has begun."""

    def __init__(self) -> None:
        super().__init__()
        self.begun: list[str] = []
        self.questions = threading.Event()
        self.passages = threading.Event()
        self.second_slice = threading.Event()

    def embed_queries(self, texts: Sequence[str]) -> NDArray[np.float32]:
        self.begun.append(f"{len(texts)} questions")
        assert self.questions.wait(WAIT)
        return super().embed_queries(texts)

    def embed_passages(self, texts: Sequence[str]) -> NDArray[np.float32]:
        if f"{len(texts)} passages" in self.begun:
            self.second_slice.set()
        self.begun.append(f"{len(texts)} passages")
        assert self.passages.wait(WAIT)
        return super().embed_passages(texts)


class TestContract(test_embed.TestContract):
    @pytest.fixture(params=["fake", "minilm"])
    def embedder(self, request: pytest.FixtureRequest) -> Embedder:
        inner = HashEmbedder() if request.param == "fake" else load("minilm", device="cpu")
        return Sharing().shared(inner)


def test_a_shared_embedder_is_the_same_embedder() -> None:
    inner = HashEmbedder()

    shared = Sharing().shared(inner)

    assert (shared.identity, shared.dimension, shared.max_tokens) == (
        inner.identity,
        inner.dimension,
        inner.max_tokens,
    )


def test_questions_asked_together_are_embedded_together_and_as_alone() -> None:
    held = HeldEmbedder()
    shared = Sharing().shared(held)
    texts = [f"question {n}" for n in range(MOST_QUESTIONS + 1)]

    with ThreadPoolExecutor(len(texts)) as pool:
        first = pool.submit(shared.embed_query, texts[0])
        until(lambda: bool(held.begun))
        others = [pool.submit(shared.embed_query, text) for text in texts[1:]]
        until(lambda: shared.waiting == len(others))
        held.questions.set()

    assert held.begun == ["1 questions", f"{MOST_QUESTIONS} questions"]
    alone = HashEmbedder()
    for text, found in zip(texts, [first, *others], strict=True):
        assert np.array_equal(found.result(), alone.embed_query(text))


def test_passages_come_back_in_their_order() -> None:
    watch = Watch()
    shared = Sharing(watch, watch).shared(SlowEmbedder(watch, characters_a_second=100))
    texts = [f"passage {n} " + "word " * (n * 7 % 900) for n in range(30)]

    found = shared.embed_passages(texts)

    assert np.array_equal(found, HashEmbedder().embed_passages(texts))


def test_slices_of_a_slow_embedder_shrink() -> None:
    watch = Watch()
    slow = SlowEmbedder(watch, characters_a_second=1_000)
    passages = [f"{n:05}" * 200 for n in range(41)]

    Sharing(watch, watch).shared(slow).embed_passages(passages)

    sizes = [len(each) for each in slow.slices]
    assert sizes[0] == 10
    assert sizes == sorted(sizes, reverse=True)
    assert sizes[-1] == 2


def test_slices_of_a_fast_embedder_grow() -> None:
    watch = Watch()
    fast = SlowEmbedder(watch, characters_a_second=1_000_000)
    passages = [f"{n:05}" * 200 for n in range(600)]

    Sharing(watch, watch).shared(fast).embed_passages(passages)

    sizes = [len(each) for each in fast.slices]
    assert sizes[:5] == [10, 20, 40, 80, 160]
    assert max(sizes) in (199, 200)


def test_a_passage_longer_than_a_slice_is_embedded_all_the_same() -> None:
    shared = Sharing().shared(HashEmbedder())

    assert shared.embed_passages(["word " * 20_000, "short"]).shape == (2, 64)


def test_ingest_begins_no_slice_while_questions_are_asked() -> None:
    watch = Watch()
    held = HeldEmbedder()
    shared = Sharing(watch, watch).shared(held)
    with ThreadPoolExecutor(2) as pool:
        ingest = pool.submit(shared.embed_passages, ["a" * 6_000, "b" * 6_000])
        until(lambda: held.begun == ["1 passages"])
        question = pool.submit(shared.embed_query, "question")
        until(lambda: len(held.begun) == 2)

        watch.now += WAIT  # the first slice took so long; the next waits three times as long
        held.passages.set()

        assert not held.second_slice.wait(0.2)
        held.questions.set()
        question.result(WAIT)
        ingest.result(WAIT)

    assert held.begun == ["1 passages", "1 questions", "1 passages"]


def test_ingest_goes_on_however_long_questions_are_asked() -> None:
    sharing = Sharing()
    shared = sharing.shared(HashEmbedder())

    with sharing.precedence.question():
        vectors = shared.embed_passages(["a" * 6_000, "b" * 6_000, "c" * 6_000])

    assert vectors.shape == (3, 64)


def test_ingest_waits_so_long_that_it_keeps_its_share() -> None:
    watch = Watch()
    precedence = Precedence(watch)

    with precedence.ingest():
        watch.now += 2.0

    slice_and_pause = 2.0 + precedence.patience_seconds
    assert 2.0 / slice_and_pause == INGEST_SHARE


def test_a_slice_that_others_slow_down_makes_the_next_one_wait_no_longer() -> None:
    wall, busy = Watch(), Watch()
    sharing = Sharing(wall, busy)

    class Crowded(HashEmbedder):
        def embed_passages(self, texts: Sequence[str]) -> NDArray[np.float32]:
            busy.now += 0.25
            wall.now += 5.0
            return super().embed_passages(texts)

    sharing.shared(Crowded()).embed_passages(["a" * 6_000])

    assert sharing.precedence.patience_seconds == 0.75


def test_a_push_of_an_item_waits_for_no_question() -> None:
    held = HeldEmbedder()
    sharing = Sharing()
    sharing.precedence.patience_seconds = 10 * WAIT
    shared = sharing.shared(held)
    held.passages.set()
    with ThreadPoolExecutor(2) as pool:
        question = pool.submit(shared.embed_query, "question")
        until(lambda: held.begun == ["1 questions"])

        pool.submit(shared.embed_passages, ["a" * (FEW_CHARACTERS - 1), "b"]).result(WAIT)

        assert not question.done()
        held.questions.set()
        question.result(WAIT)


def test_pushes_are_embedded_one_at_a_time_and_before_slices() -> None:
    held = HeldEmbedder()
    sharing = Sharing()
    sharing.precedence.patience_seconds = 10 * WAIT
    shared = sharing.shared(held)
    with ThreadPoolExecutor(3) as pool:
        pushes = [pool.submit(shared.embed_passages, ["a", "b"]) for _ in range(2)]
        until(lambda: bool(held.begun))
        slices = pool.submit(shared.embed_passages, ["c" * (FEW_CHARACTERS + 1)])

        assert not held.second_slice.wait(0.2)
        assert held.begun == ["2 passages"]
        held.passages.set()
        for each in (*pushes, slices):
            each.result(WAIT)


def test_a_small_ingest_goes_between_the_slices_of_a_large_one() -> None:
    small_is_done = threading.Event()

    class Lingering(HashEmbedder):
        def embed_passages(self, texts: Sequence[str]) -> NDArray[np.float32]:
            if texts[0].startswith("large"):
                small_is_done.wait(0.05)
            return super().embed_passages(texts)

    shared = Sharing().shared(Lingering())
    with ThreadPoolExecutor(1) as pool:
        large = pool.submit(shared.embed_passages, ["large" * 20_000] * 200)
        shared.embed_passages(["small"])

        assert not large.done()
        small_is_done.set()
        large.result(WAIT)


def test_a_failed_slice_lets_the_next_one_pass() -> None:
    class Failing(HashEmbedder):
        def embed_passages(self, texts: Sequence[str]) -> NDArray[np.float32]:
            if "bad" in texts:
                raise ValueError("bad")
            return super().embed_passages(texts)

    shared = Sharing().shared(Failing())
    with pytest.raises(ValueError, match="bad"):
        shared.embed_passages(["bad"])

    assert shared.embed_passages(["good"]).shape == (1, 64)


def test_ingest_and_questions_go_on_beside_each_other() -> None:
    """With a real embedder: neither a flood of questions nor a large ingest stops the other."""
    shared = Sharing().shared(load("minilm", device="cpu"))
    is_over = threading.Event()

    def flood() -> int:
        asked = 0
        while not is_over.is_set():
            shared.embed_query(f"question {asked}")
            asked += 1
        return asked

    with ThreadPoolExecutor(4) as pool:
        floods = [pool.submit(flood) for _ in range(4)]
        try:
            vectors = shared.embed_passages([f"{n} Brent crude oil rose. " * 40 for n in range(16)])
        finally:
            is_over.set()

    assert vectors.shape == (16, 384)
    assert all(each.result() > 0 for each in floods)


def test_a_question_that_was_embedded_ahead_is_not_embedded_again() -> None:
    embedder = HeldEmbedder()
    embedder.questions.set()
    shared = Sharing().shared(embedder)

    ahead = shared.embed_ahead("gold")
    found = [shared.embed_query("gold"), shared.embed_query("silver"), shared.embed_query("silver")]

    assert embedder.begun == ["1 questions"] * 3
    assert np.array_equal(found[0], ahead)
    assert np.array_equal(found[0], HashEmbedder().embed_query("gold"))
