from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from grounding.query.asked_time import BOUND, asked_time
from grounding.query.interpretation import Interpretation
from grounding.query.rank import rank
from grounding.query.recency import RecencyPolicy
from tests.grounding.query.items import NOW, candidate

SINCE = Interpretation(preferred_from=NOW - timedelta(days=2))
BEGINNING = NOW - timedelta(days=2)
OLDER = BEGINNING - timedelta(microseconds=1)


def term(published_at: datetime | None, read: Interpretation, recency: float = 0.0) -> float:
    evidence = candidate(published_at=published_at, observed_at=NOW).evidence
    return asked_time(evidence, recency, read=read)


def test_what_was_published_since_then_is_preferred_and_nothing_else_touched() -> None:
    assert term(BEGINNING, SINCE) == term(NOW, SINCE) == BOUND
    assert term(OLDER, SINCE) == term(datetime(1990, 1, 1, tzinfo=UTC), SINCE) == 0.0


def test_an_undated_item_is_neither_of_that_time_nor_not() -> None:
    assert term(OLDER, SINCE) < term(None, SINCE) < term(BEGINNING, SINCE)


def test_without_a_time_in_the_question_nothing_is_added() -> None:
    assert term(NOW, Interpretation(), recency=0.2) == 0.0


def test_asking_for_the_newest_lets_recency_count_twice() -> None:
    newest = Interpretation(prefers_newest=True)

    assert term(NOW, newest, recency=0.2) == 0.2
    assert term(NOW, replace(newest, preferred_from=BEGINNING), recency=0.2) == BOUND + 0.2


@pytest.mark.parametrize("ahead", [BOUND * 1.01, -BOUND * 1.01, BOUND * 0.99])
def test_the_preference_overtakes_no_more_than_its_bound(ahead: float) -> None:
    policy = RecencyPolicy(half_lives={})
    old = replace(candidate(score=1.0, published_at=OLDER, observed_at=NOW), chunk=1)
    new = replace(candidate(score=1.0 - ahead, published_at=NOW, observed_at=NOW), chunk=2)

    ranked = rank([old, new], as_of=NOW, policy=policy, read=SINCE)

    assert [each.chunk for each in ranked] == ([1, 2] if ahead > BOUND else [2, 1])


def test_the_term_is_a_part_of_the_score_of_its_own() -> None:
    policy = RecencyPolicy(half_lives={"weather": 86_400.0})
    new = candidate(score=1.0, published_at=NOW, observed_at=NOW)

    (ranked,) = rank([new], as_of=NOW, policy=policy, read=SINCE)

    scores = ranked.scores
    assert scores.recency == policy.bound
    assert scores.asked_time == BOUND
    assert scores.total == pytest.approx(scores.fused + scores.recency + BOUND)
