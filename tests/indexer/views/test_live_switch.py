"""Views across a switch to another embedder: view and embedder change together, or not at all."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from threading import Thread

import pytest

from indexer.errors import EmbedderMismatch, EmbedderUnusable
from indexer.records import Legs
from indexer.views.live import LiveViews
from tests.indexer.views.asking import ask, found
from tests.indexer.views.fake_log import DIMENSION, NOW_SCOPE, FakeLog, LatticeEmbedder

SECONDS = 30.0
MakeViews = Callable[..., LiveViews]


def scores(legs: Legs) -> dict[int, float]:
    return {hit.chunk: hit.score for hit in legs.dense}


def own_score(log: FakeLog, text: str) -> float:
    """Return how near a text is to itself for the active embedder."""
    vector = log.embedder.embed_query(text)
    return float(vector @ vector)


@pytest.mark.parametrize("dimension", [DIMENSION, 2 * DIMENSION, DIMENSION // 2])
def test_view_and_embedder_change_together(log: FakeLog, views: LiveViews, dimension: int) -> None:
    log.add("wheat", "rye")
    views.catch_up()
    before = (views.embedder.identity, scores(ask(views))[1], own_score(log, "wheat"))

    log.switch("other", dimension)
    log.add("oats")
    views.catch_up()

    assert before == ("lattice/8", before[2], before[2])
    assert views.embedder.identity == views.status().embedder == "other"
    assert scores(ask(views))[1] == own_score(log, "wheat")
    assert found(views) == ({1, 2, 3}, {1, 2})
    assert views.applied_seq == log.head()


@pytest.mark.parametrize("dimension", [DIMENSION, 2 * DIMENSION])
def test_a_question_embedded_before_a_switch_is_embedded_again(
    log: FakeLog, views: LiveViews, dimension: int
) -> None:
    log.add("wheat", "rye")
    views.catch_up()
    query = views.query("wheat")

    log.switch("other", dimension)
    views.catch_up()

    assert views.search(query, NOW_SCOPE, 9) == ask(views, k=9)


def test_the_old_pair_answers_while_the_new_view_is_built(log: FakeLog, views: LiveViews) -> None:
    log.add("wheat", "rye")
    views.catch_up()
    before, during = ask(views), []
    log.switch("other", 2 * DIMENSION)
    log.while_paging = lambda: during.append(ask(views))

    views.catch_up()

    assert during == [before]


def test_a_view_half_built_when_a_switch_is_made_starts_again(
    log: FakeLog, views: LiveViews
) -> None:
    log.add("wheat", "rye")
    log.while_paging = lambda: log.switch("other", 2 * DIMENSION)

    views.rebuild()

    assert views.embedder.identity == "other"
    assert scores(ask(views))[1] == own_score(log, "wheat")


def test_a_start_that_a_switch_overtakes_ends_with_the_new_one(
    log: FakeLog, make_views: MakeViews
) -> None:
    log.add("wheat", "rye")
    log.while_paging = lambda: log.switch("other", 2 * DIMENSION)
    views = make_views()

    views.start()

    assert views.embedder.identity == "other"
    assert found(views) == ({1, 2}, {1, 2})


class Interrupting(FakeLog):
    """Makes a switch right after somebody asked for the head, or for the active embedder."""

    def __init__(self, after: str) -> None:
        super().__init__()
        self.after: str | None = after

    def head(self) -> int:
        head = super().head()
        self._interrupt("head")
        return head

    def active_embedder(self) -> LatticeEmbedder:
        embedder = super().active_embedder()
        self._interrupt("active_embedder")
        return embedder

    def _interrupt(self, place: str) -> None:
        if self.after == place and self.chunks:
            self.after = None
            self.switch("other", 2 * DIMENSION)


@pytest.mark.parametrize("after", ["head", "active_embedder"])
def test_whenever_a_switch_is_made_the_views_end_with_the_new_one(
    tmp_path: Path, after: str
) -> None:
    log = Interrupting(after)
    log.add("wheat", "rye")
    views = LiveViews(log, active_embedder=log.active_embedder, directory=tmp_path, device="cpu")

    views.start()
    views.wait_for(log.head(), SECONDS)
    ended = (views.embedder.identity, scores(ask(views))[1])
    views.stop()

    assert ended == ("other", own_score(log, "wheat"))


def test_an_embedder_that_cannot_be_loaded_leaves_the_old_pair_answering(
    log: FakeLog, views: LiveViews
) -> None:
    log.add("wheat", "rye")
    views.catch_up()
    before = ask(views)
    views._active_embedder = unloadable
    log.switch("other", 2 * DIMENSION)

    views.notify()
    while views.status().last_error is None:
        pass
    during, told = ask(views), views.status()
    views._active_embedder = log.active_embedder
    views.wait_for(log.head(), SECONDS)

    assert during == before
    assert (told.last_error, told.embedder) == ("embedder other: not here", "lattice/8")
    assert views.embedder.identity == "other"


def unloadable() -> LatticeEmbedder:
    raise EmbedderUnusable("embedder other: not here")


def test_a_switch_there_and_back_between_two_looks_is_followed(
    log: FakeLog, views: LiveViews
) -> None:
    log.add("wheat", "rye")
    views.catch_up()
    before = ask(views)

    log.switch("other", 2 * DIMENSION)
    first = LatticeEmbedder("lattice/8")
    log.switch("lattice/8")
    log.embedder = first
    for number, chunk in log.chunks.items():
        log.chunks[number] = replace(chunk, vector=first.lattice(chunk.text).tobytes())
    views.catch_up()

    assert scores(ask(views)) == scores(before)
    assert views.applied_seq == log.head()


def test_a_snapshot_of_the_old_embedder_is_not_loaded_after_a_switch(
    log: FakeLog, views: LiveViews, make_views: MakeViews, caplog: pytest.LogCaptureFixture
) -> None:
    log.add("wheat", "rye")
    views.catch_up()
    views.snapshot()
    views.stop()
    log.switch("other", 2 * DIMENSION)

    again = make_views()
    again.start()

    assert "snapshot-1 is ignored: its vectors are by lattice/8, 8-dimensional" in caplog.text
    assert scores(ask(again))[1] == own_score(log, "wheat")
    assert again.snapshot().name == "snapshot-2"


def test_a_switch_hides_no_erasure_from_the_snapshots_before_it(
    log: FakeLog, views: LiveViews, directory: Path
) -> None:
    erased = log.add("wheat secret")
    views.catch_up()
    views.snapshot()

    log.erase(erased)
    log.switch("other", 2 * DIMENSION)
    views.catch_up()

    assert list(directory.glob("snapshot-*")) == []


def test_a_start_after_a_switch_removes_snapshots_of_before_an_erasure(
    log: FakeLog, views: LiveViews, make_views: MakeViews, directory: Path
) -> None:
    erased = log.add("wheat secret")
    views.catch_up()
    views.snapshot()
    views.stop()
    log.erase(erased)
    log.switch("other", 2 * DIMENSION)

    make_views().start()

    assert list(directory.glob("snapshot-*")) == []


def test_chunks_without_vectors_stop_the_start_unless_a_switch_explains_them(
    log: FakeLog, make_views: MakeViews
) -> None:
    log.add("wheat")
    log.active_embedder = lambda: LatticeEmbedder("never heard of")  # type: ignore[method-assign]
    views = make_views()

    with pytest.raises(EmbedderMismatch, match="no vector by never heard of"):
        views.start()


def test_every_answer_during_switches_is_right_for_one_embedder(
    log: FakeLog, views: LiveViews
) -> None:
    log.add("wheat", "rye", "oats")
    views.catch_up()
    right = {own_score(log, "wheat")}
    answers: list[Legs] = []
    searchers = [
        Thread(target=lambda: answers.extend(ask(views) for _ in range(60))) for _ in range(3)
    ]

    for searcher in searchers:
        searcher.start()
    turn = 0
    while any(searcher.is_alive() for searcher in searchers):
        turn += 1
        log.switch(f"embedder {turn}", DIMENSION * (1 + turn % 2))
        right.add(own_score(log, "wheat"))
        views.catch_up()

    assert len(answers) == 180
    assert {scores(legs)[1] for legs in answers} <= right
