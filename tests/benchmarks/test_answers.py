from dataclasses import replace

from benchmarks.answers import Found, same

FOUND = Found("a@1#0", "news", "sha256:aa", 0.5, 2.0, 0.7, None)


def test_same_results_in_another_order_are_not_the_same() -> None:
    other = replace(FOUND, id="b@1#0")

    assert same([(FOUND, other)], [(FOUND, other)]) == 1
    assert same([(FOUND, other)], [(other, FOUND)]) == 0


def test_scores_may_differ_by_rounding_only() -> None:
    assert same([(FOUND,)], [(replace(FOUND, score=0.70001),)]) == 1
    assert same([(FOUND,)], [(replace(FOUND, score=0.71),)]) == 0
    assert same([(FOUND,)], [(replace(FOUND, lexical=None),)]) == 0


def test_a_missing_result_is_a_difference() -> None:
    assert same([(FOUND,)], [()]) == 0


def test_another_value_of_the_same_series_is_a_difference() -> None:
    assert same([(replace(FOUND, value="1"),)], [(replace(FOUND, value="2"),)]) == 0
