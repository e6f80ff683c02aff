from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grounding.query.bounds import Terms, bounds_of
from grounding.query.interpretation import Interpretation
from grounding.query.rank import rank
from grounding.query.recency import RecencyPolicy
from grounding.query.records import Candidate
from indexer.published import dated
from indexer.records import Dated
from indexer.views.times import micros
from tests.grounding.query.items import NOW, candidate

SOURCES = {"weather": 3, "handbook": 4}
POLICY = RecencyPolicy({"weather": timedelta(days=2).total_seconds()}, bound=0.5)
READINGS = [
    Interpretation(),
    Interpretation(prefers_newest=True),
    Interpretation(preferred_from=NOW - timedelta(days=3)),
    Interpretation(prefers_newest=True, preferred_from=NOW - timedelta(days=3)),
]

instants = st.datetimes(
    NOW.replace(tzinfo=None) - timedelta(days=9), NOW.replace(tzinfo=None) + timedelta(days=9)
).map(lambda at: at.replace(tzinfo=NOW.tzinfo))


@st.composite
def candidates(draw: st.DrawFn) -> Candidate:
    return candidate(
        score=draw(st.floats(-3, 3)),
        source=draw(st.sampled_from(sorted(SOURCES))),
        title=draw(st.uuids()).hex,
        published_at=draw(st.none() | instants),
        updated_at=draw(st.none() | instants),
        observed_at=draw(instants),
    )


def row_of(given: Candidate) -> Dated:
    evidence = given.evidence
    at = dated(evidence.published_at, evidence.updated_at, evidence.observed_at)
    return Dated(SOURCES[evidence.source], None if at is None else micros(at))


@given(found=st.lists(candidates(), min_size=1, max_size=8), read=st.sampled_from(READINGS))
def test_what_the_rows_tell_is_the_total_that_ranking_gives(
    found: list[Candidate], read: Interpretation
) -> None:
    scores = {each.chunk: each.scores for each in found}
    rows = {each.chunk: row_of(each) for each in found}

    bounds = bounds_of(scores, rows, Terms(NOW, POLICY, read, SOURCES))

    ranked = rank(found, as_of=NOW, policy=POLICY, read=read)
    totals = {each.chunk: each.scores.total for each in ranked}
    assert bounds.low == pytest.approx(totals, abs=1e-12)
    assert bounds.high == bounds.low


@given(found=candidates(), read=st.sampled_from(READINGS))
def test_what_no_row_tells_lies_between_the_bounds(found: Candidate, read: Interpretation) -> None:
    bounds = bounds_of({found.chunk: found.scores}, {}, Terms(NOW, POLICY, read, SOURCES))

    (ranked,) = rank([found], as_of=NOW, policy=POLICY, read=read)
    low, high = bounds.low[found.chunk], bounds.high[found.chunk]
    assert low - 1e-12 <= ranked.scores.total <= high + 1e-12


def test_the_bounds_are_in_the_order_of_the_scores() -> None:
    first, second = candidate(score=2.0), candidate(score=1.0)
    scores = {second.chunk: second.scores, first.chunk: first.scores}

    bounds = bounds_of(scores, {}, Terms(NOW, POLICY, Interpretation(), SOURCES))

    assert list(bounds.low) == list(bounds.high) == list(scores)
