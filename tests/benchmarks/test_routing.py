"""Tests of `benchmarks/routing/`."""

import re

from benchmarks.routing.mixture import sums
from benchmarks.routing.train import FOLDS, labelled


def test_no_question_is_of_both_kinds_and_none_has_a_brace_left() -> None:
    some = labelled()
    needed = {each.text for each in some if each.is_needed}
    timeless = {each.text for each in some if not each.is_needed}

    assert min(len(needed), len(timeless)) > 300
    assert not needed & timeless
    assert not any(set("{}_") & set(text) for text in needed)


def test_variants_of_a_line_are_left_out_together() -> None:
    lines: dict[int, set[bool]] = {}
    for each in labelled():
        lines.setdefault(each.line, set()).add(each.is_needed)

    assert len(lines) > 10 * FOLDS
    assert all(len(kinds) == 1 for kinds in lines.values())


def test_sums_that_are_measured_have_no_form_that_is_learnt() -> None:
    learnt = {_form(each.text) for each in labelled() if each.family == "arithmetic"}

    asked = sums(1, 100)

    assert asked == sums(1, 100)
    assert not {_form(each) for each in asked} & learnt


def _form(text: str) -> str:
    return re.sub(r"\d+", "0", text.lower())
