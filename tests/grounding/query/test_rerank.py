from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from numpy.typing import NDArray

from grounding.errors import RerankerUnusable
from grounding.query.rank import rank
from grounding.query.recency import RecencyPolicy
from grounding.query.records import Candidate, Evidence, EvidenceState, Scores
from grounding.query.rerank import reranked, said
from grounding.query.statement import with_value
from tests.fakes import FakeReranker
from tests.grounding.query.items import NOW, brent, brent_card, brent_evidence, candidate, evidence

QUESTION = "will it rain in the harbour"


class Given:
    """Gives each text the score that stands in it as a number."""

    identity = "given"

    def score(self, question: str, texts: Sequence[str]) -> NDArray[np.float32]:
        return np.array([float(text.split()[-1]) for text in texts], dtype=np.float32)


def scored(*pairs: tuple[float, float]) -> list[Candidate]:
    """Candidates by fused score and what the reranker will say, with ascending chunks."""
    return [
        Candidate(chunk, evidence(f"text {raw}"), Scores(fused=fused))
        for chunk, (fused, raw) in enumerate(pairs, start=1)
    ]


def named_series(chunk: int, *, fused: float, named: float = 2.0) -> Candidate:
    return Candidate(chunk, brent_evidence(), Scores(fused=fused, named=named))


def chunks(candidates: Sequence[Candidate]) -> list[int]:
    return [each.chunk for each in candidates]


class TestOrder:
    def test_the_reranker_orders_what_it_read(self) -> None:
        dull, apt = candidate("Gold.", score=2.0), candidate("Rain in the harbour.", score=1.0)

        found = reranked([dull, apt], QUESTION, FakeReranker(), top=30)

        assert chunks(found) == [apt.chunk, dull.chunk]
        assert found[0].scores.reranked == pytest.approx(4 / 6)

    def test_what_was_not_read_stays_below_and_unscored(self) -> None:
        given = scored((3, 0), (2, 1), (1, 9), (0, 8))

        found = reranked(given, QUESTION, Given(), top=2)

        assert chunks(found) == [2, 1, 3, 4]
        assert [each.scores.reranked for each in found] == [1, 0, None, None]
        assert found[2:] == given[2:]

    def test_the_best_by_fused_score_are_read_in_whatever_order_they_come(self) -> None:
        reranker = FakeReranker()

        reranked([*reversed(scored((3, 0), (2, 1), (1, 9)))], QUESTION, reranker, top=2)

        assert [text.splitlines()[-1] for text in reranker.read] == ["text 0", "text 1"]

    def test_who_shared_the_last_place_stays_below_it_too(self) -> None:
        found = reranked(scored((1, 5), (1, 0), (1, 9)), QUESTION, Given(), top=2)

        assert chunks(found) == [1, 2, 3]

    def test_scores_that_are_all_alike_change_nothing(self) -> None:
        given = scored((3, 0.5), (2, 0.500001), (1, 0.5))

        found = reranked(given, QUESTION, Given(), top=3)

        assert [each.scores.fused for each in found] == [3, 2, 1]

    def test_no_candidates_are_none(self) -> None:
        assert reranked([], QUESTION, FakeReranker(), top=30) == []

    def test_a_failure_is_no_order(self) -> None:
        class Broken(FakeReranker):
            def score(self, question: str, texts: Sequence[str]) -> NDArray[np.float32]:
                raise RerankerUnusable("reranker broken: out of memory")

        with pytest.raises(RerankerUnusable):
            reranked(scored((1, 0)), QUESTION, Broken(), top=30)


class TestScale:
    def test_fused_is_the_z_score_from_where_the_least_stood(self) -> None:
        found = reranked(scored((2.5, 10), (2, 30), (1.5, 20)), QUESTION, Given(), top=3)

        fused = [each.scores.fused for each in found]
        assert chunks(found) == [2, 3, 1]
        assert fused[-1] == pytest.approx(1.5)
        assert np.std(fused) == pytest.approx(1)
        assert fused[0] - fused[1] == pytest.approx(fused[1] - fused[2])

    def test_the_unit_of_the_reranker_does_not_matter(self) -> None:
        small = reranked(scored((2, 0.1), (1, 0.3), (0, 0.2)), QUESTION, Given(), top=3)
        large = reranked(scored((2, -900), (1, 1100), (0, 100)), QUESTION, Given(), top=3)

        assert [c.scores.fused for c in small] == pytest.approx([c.scores.fused for c in large])

    def test_news_overtakes_what_is_a_little_better_and_nothing_more(self) -> None:
        given = scored((0, 0), (0, 9), (0, 9.5), (0, 20))
        new, old = (
            {"published_at": NOW, "observed_at": NOW},
            {"published_at": NOW.replace(year=2020)},
        )
        aged = [
            replace(each, evidence=replace(each.evidence, **(new if each.chunk == 2 else old)))
            for each in given
        ]

        policy = RecencyPolicy({"weather": timedelta(days=2).total_seconds()}, bound=0.25)

        found = rank(reranked(aged, QUESTION, Given(), top=4), as_of=NOW, policy=policy)

        assert chunks(found) == [4, 2, 3, 1]


class TestSeries:
    def test_a_series_called_by_name_is_not_given_to_the_reranker(self) -> None:
        reranker = FakeReranker()
        series = named_series(9, fused=1.0)

        found = reranked([series, *scored((0, 0))], QUESTION, reranker, top=30)

        assert found[0] == series
        assert len(reranker.read) == 1

    def test_a_series_called_by_name_keeps_its_place_before_a_clear_winner(self) -> None:
        others = scored((0.5, 0), *[(0.1, 1.0)] * 8, (0, 50))

        found = reranked([named_series(99, fused=0.0), *others], QUESTION, Given(), top=30)

        assert chunks(found)[:2] == [99, 10]

    def test_a_series_that_only_resembles_the_question_is_reranked(self) -> None:
        series = named_series(9, fused=3.0, named=0.0)
        apt = candidate("Rain in the harbour.", score=0.0)

        found = reranked([series, apt], QUESTION, FakeReranker(), top=30)

        assert chunks(found) == [apt.chunk, 9]

    @example(pairs=[(2.0, 0.0)], fused=0.0, top=1)
    @example(pairs=[(2.0, 0.0), (3.0, 0.0)], fused=0.0, top=1)
    @given(
        st.lists(st.tuples(st.floats(-3, 3), st.floats(-20, 20)), max_size=12),
        st.floats(-3, 3),
        st.integers(1, 15),
    )
    def test_no_more_stand_above_it_than_before_and_below_the_top_nothing_moves(
        self, pairs: list[tuple[float, float]], fused: float, top: int
    ) -> None:
        others, series = scored(*pairs), named_series(99, fused=fused)
        above = sum(each.scores.total > series.scores.total for each in others)

        found = reranked([*others, series], QUESTION, Given(), top=top)

        assert chunks(found).index(99) <= above
        assert sorted(chunks(found)) == sorted([*chunks(others), 99])
        read = [each.scores.reranked is not None for each in found if each.chunk != 99]
        assert read == [True] * min(top, len(pairs)) + [False] * max(0, len(pairs) - top)


class TestWhatIsRead:
    def test_title_section_and_text_are_read(self) -> None:
        assert said(evidence("It pours.", title="Weather", section="Coast > Harbour")) == (
            "Weather\nCoast > Harbour\nIt pours."
        )

    def test_candidates_that_differ_only_in_times_are_read_as_the_same_text(self) -> None:
        now = candidate("It pours.")
        then = replace(now, chunk=now.chunk + 1, evidence=long_ago(now.evidence))
        reranker = FakeReranker()

        reranked([now, then], QUESTION, reranker, top=30)

        assert reranker.read[0] == reranker.read[1]

    def test_values_of_a_series_at_two_times_are_read_as_the_same_text(self) -> None:
        years = timedelta(days=900)
        new = with_value(brent_card(), brent())
        old = with_value(
            brent_card(),
            brent(
                value=Decimal(60), valid_from=NOW - years, observed_at=NOW - years, previous=None
            ),
        )

        assert said(new) == said(old) == "Brent crude oil spot price, barrel, USD"
        assert new.text != old.text


def long_ago(item: Evidence) -> Evidence:
    then = NOW - timedelta(days=4_000)
    return replace(
        item,
        valid_from=then,
        observed_at=then,
        checked_at=then,
        published_at=None,
        updated_at=then,
        valid_until=then + timedelta(days=1),
        superseded_at=then + timedelta(days=2),
        state=EvidenceState.EXPIRED,
        time_flags=("published in the future",),
        version=7,
    )
