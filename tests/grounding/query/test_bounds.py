from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grounding.query.bounds import Terms, bounds_of
from grounding.query.fused import Fused
from grounding.query.interpretation import Interpretation
from grounding.query.rank import rank
from grounding.query.recency import RecencyPolicy
from grounding.query.records import Candidate
from indexer.hits import Dates
from indexer.published import dated
from indexer.views.times import micros_or
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


def dates_of(given: list[Candidate]) -> Dates:
    cited = [each.evidence for each in given]
    at = [dated(each.published_at, each.updated_at, each.observed_at) for each in cited]
    return Dates(
        [each.chunk for each in given],
        [SOURCES[each.source] for each in cited],
        [micros_or(each, 0) for each in at],
        is_dated=[each is not None for each in at],
        is_told=[True] * len(given),
    )


def scores_of(given: list[Candidate]) -> Fused:
    return Fused.of({each.chunk: each.scores for each in given})


@given(found=st.lists(candidates(), min_size=1, max_size=8), read=st.sampled_from(READINGS))
def test_what_the_rows_tell_is_the_total_that_ranking_gives(
    found: list[Candidate], read: Interpretation
) -> None:
    bounds = bounds_of(scores_of(found), dates_of(found), Terms(NOW, POLICY, read, SOURCES))

    ranked = rank(found, as_of=NOW, policy=POLICY, read=read)
    totals = {each.chunk: each.scores.total for each in ranked}
    assert bounds.low == pytest.approx([totals[each.chunk] for each in found], abs=1e-12)
    assert (bounds.high == bounds.low).all()


@given(found=candidates(), read=st.sampled_from(READINGS))
def test_what_no_row_tells_lies_between_the_bounds(found: Candidate, read: Interpretation) -> None:
    scores = scores_of([found])

    bounds = bounds_of(scores, Dates().of(scores.chunks), Terms(NOW, POLICY, read, SOURCES))

    (ranked,) = rank([found], as_of=NOW, policy=POLICY, read=read)
    assert bounds.low[0] - 1e-12 <= ranked.scores.total <= bounds.high[0] + 1e-12
