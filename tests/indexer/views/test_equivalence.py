"""However a view came to be, it answers as the log itself would."""

import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from indexer.records import Legs, Scope
from indexer.views.live import LiveViews, Tuning
from tests.fakes import FakeClock
from tests.indexer.views.fake_log import (
    FakeLog,
    admitted,
    dense_scores,
    lattice,
    lexical_scores,
    minutes,
    top,
)

WORDS = ["oil", "gas", "rain", "storm", "wheat"]
QUIET = Tuning(poll_seconds=3600, tile=32)

times = st.integers(-3, 25).map(minutes)
maybe = st.none() | times
texts = st.lists(st.sampled_from(WORDS), min_size=1, max_size=6).map(" ".join)


@dataclass(frozen=True)
class Step:
    """One write: `replaces` and `retires` count from the versions there are, if any."""

    texts: Sequence[str]
    title: str
    source: int
    valid_from: datetime | None
    valid_until: datetime | None
    published_at: datetime | None
    replaces: int | None
    kind: str

    def apply(self, log: FakeLog, rows: list[int]) -> None:
        if self.kind == "retire" and rows:
            log.retire(rows.pop((self.replaces or 0) % len(rows)))
        elif self.kind == "observe":
            log.observe()
        else:
            rows.append(self._add(log, rows))

    def _add(self, log: FakeLog, rows: list[int]) -> int:
        old = None
        if self.replaces is not None and rows:
            old = rows.pop(self.replaces % len(rows))
        return log.add(
            *self.texts,
            title=self.title,
            source=self.source,
            valid_from=self.valid_from,
            valid_until=self.valid_until,
            published_at=self.published_at,
            replaces=old,
        )


steps = st.builds(
    Step,
    texts=st.lists(texts, max_size=9),
    title=st.sampled_from(["", *WORDS]),
    source=st.integers(1, 3),
    valid_from=maybe,
    valid_until=maybe,
    published_at=maybe,
    replaces=st.none() | st.integers(0, 9),
    kind=st.sampled_from(["add", "add", "add", "retire", "observe"]),
)
scopes = st.builds(
    Scope,
    as_of=times,
    known_at=times,
    published_after=maybe,
    published_before=maybe,
    sources=st.none() | st.frozensets(st.integers(1, 3)),
)


@contextmanager
def started(log: FakeLog, directory: Path) -> Iterator[LiveViews]:
    views = LiveViews(
        log,
        active_embedder=log.active_embedder,
        directory=directory,
        device="cpu",
        clock=FakeClock(),
        tuning=QUIET,
    )
    views.start()
    try:
        yield views
    finally:
        views.stop()


@settings(max_examples=40, deadline=None)
@given(
    history=st.lists(steps, min_size=1, max_size=20),
    saved_after=st.integers(0, 19),
    scope_list=st.lists(scopes, min_size=1, max_size=8),
    query=st.lists(st.sampled_from(WORDS), min_size=1, max_size=3).map(" ".join),
    k=st.integers(1, 12),
)
def test_live_saved_and_rebuilt_views_answer_as_the_log_would(
    history: list[Step],
    saved_after: int,
    scope_list: list[Scope],
    query: str,
    k: int,
) -> None:
    log, rows = FakeLog(), list[int]()
    with tempfile.TemporaryDirectory() as root, started(log, Path(root) / "a") as live:
        for place, step in enumerate(history):
            step.apply(log, rows)
            if place % 3 == 0:
                live.catch_up()
            if place % 4 == 1:
                live.tidy()
            if place == saved_after:
                live.snapshot()
        live.catch_up()

        with (
            started(log, Path(root) / "a") as loaded,
            started(log, Path(root) / "b") as rebuilt,
        ):
            rebuilt.tidy()
            for scope in scope_list:
                answers = [
                    view.search(view.query(query), scope, k) for view in (live, loaded, rebuilt)
                ]
                assert answers[0] == answers[1] == answers[2]
                assert_is_right(log, scope, query, k, answers[0])


def assert_is_right(log: FakeLog, scope: Scope, query: str, k: int, legs: Legs) -> None:
    kept = admitted(list(log.chunks.values()), scope)
    by_vector = dense_scores(kept, lattice(query).astype(np.float32))
    every = lexical_scores(list(log.chunks.values()), query)
    by_words = {chunk.chunk: every[chunk.chunk] for chunk in kept if chunk.chunk in every}

    assert [hit.chunk for hit in legs.dense] == top(by_vector, k)
    assert [hit.score for hit in legs.dense] == [by_vector[hit.chunk] for hit in legs.dense]
    # Words may tie to within rounding, so which of the tied is found is not asked here.
    assert [by_words[hit.chunk] for hit in legs.lexical] == pytest.approx(
        sorted(by_words.values(), reverse=True)[:k], rel=1e-4
    )
    assert [hit.score for hit in legs.lexical] == pytest.approx(
        [by_words[hit.chunk] for hit in legs.lexical], rel=1e-4
    )


def test_the_whole_answer_is_returned_when_fewer_are_admitted_than_asked(
    log: FakeLog, views: LiveViews, make_views: Callable[..., LiveViews]
) -> None:
    for number in range(30):
        log.add(f"wheat {number}", source=number % 2)
    views.catch_up()
    scope = Scope(as_of=minutes(99), known_at=minutes(99), sources=frozenset({1}))

    legs = views.search(views.query("wheat"), scope, 100)

    assert len(legs.dense) == len(legs.lexical) == 15
