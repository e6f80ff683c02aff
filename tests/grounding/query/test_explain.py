"""Tests of `grounding/query/explain.py`."""

from grounding.query.explain import MOST_EXPLAINED, explained
from grounding.query.records import LeftOut
from tests.grounding.query.items import candidate


def test_all_are_ranked_together_by_their_scores() -> None:
    shown = [candidate("a", score=3.0), candidate("d", score=0.5)]
    others = [LeftOut(candidate("c", score=1.0), "why"), LeftOut(candidate("b", score=2.0), "so")]

    told = explained(shown, others)

    assert told.looked_at == 4
    assert [(each.rank, each.candidate.evidence.text, each.reason) for each in told.candidates] == [
        (1, "a", None),
        (2, "b", "so"),
        (3, "c", "why"),
        (4, "d", None),
    ]


def test_of_equals_what_is_shown_goes_first() -> None:
    told = explained([candidate("new")], [LeftOut(candidate("old"), "says the same")])

    assert [each.candidate.evidence.text for each in told.candidates] == ["new", "old"]


def test_of_very_many_the_best_are_told_and_all_that_is_shown() -> None:
    shown = [candidate("last", score=-1.0)]
    others = [LeftOut(candidate(score=float(n)), "why") for n in range(2 * MOST_EXPLAINED)]

    told = explained(shown, others)

    assert told.looked_at == 2 * MOST_EXPLAINED + 1
    assert len(told.candidates) == MOST_EXPLAINED
    assert [each.rank for each in told.candidates[:-1]] == list(range(1, MOST_EXPLAINED))
    assert (told.candidates[-1].rank, told.candidates[-1].reason) == (told.looked_at, None)


def test_nothing_looked_at_is_nothing_told() -> None:
    told = explained([], [])

    assert (told.looked_at, told.candidates) == (0, ())
