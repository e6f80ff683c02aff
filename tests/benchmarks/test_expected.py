from pathlib import Path

import pytest

from benchmarks.expected import expectations, judged, verdict
from benchmarks.records import Direction, Expectation, Figure, Verdict

COMMAND = "python -m benchmarks sums"


def expectation(direction: Direction, tolerance: float = 0.1, value: float = 100) -> Expectation:
    return Expectation(COMMAND, "sums", "total", value, tolerance, direction, "2026-11-23")


@pytest.mark.parametrize(
    ("direction", "value", "expected"),
    [
        (Direction.HIGHER, 500, Verdict.OK),
        (Direction.HIGHER, 90, Verdict.OK),
        (Direction.HIGHER, 80, Verdict.NEAR),
        (Direction.HIGHER, 79, Verdict.FAIL),
        (Direction.LOWER, 1, Verdict.OK),
        (Direction.LOWER, 110, Verdict.OK),
        (Direction.LOWER, 120, Verdict.NEAR),
        (Direction.LOWER, 121, Verdict.FAIL),
        (Direction.EQUAL, 100, Verdict.OK),
        (Direction.EQUAL, 85, Verdict.NEAR),
        (Direction.EQUAL, 125, Verdict.FAIL),
    ],
)
def test_only_the_losing_side_counts(direction: Direction, value: float, expected: Verdict) -> None:
    assert verdict(value, expectation(direction)) is expected


@pytest.mark.parametrize("direction", [Direction.LOWER, Direction.EQUAL])
def test_zero_expected_and_no_tolerance_allow_nothing_else(direction: Direction) -> None:
    none_lost = expectation(direction, tolerance=0, value=0)

    assert verdict(0, none_lost) is Verdict.OK
    assert verdict(1, none_lost) is Verdict.FAIL


def test_a_figure_nobody_expected_is_said_to_have_no_expectation() -> None:
    [result] = judged([Figure("other", 1, "s")], command=COMMAND, expected=[])

    assert result.verdict is Verdict.NONE


def test_an_expectation_for_another_command_does_not_apply() -> None:
    known = [expectation(Direction.EQUAL)]

    [sample] = judged([Figure("total", 5, "s")], command=COMMAND, expected=known)
    [full] = judged([Figure("total", 5, "s")], command=f"{COMMAND} --full", expected=known)

    assert sample.verdict is Verdict.FAIL
    assert full.verdict is Verdict.NONE


def test_committed_expectations_are_readable_and_name_existing_tasks() -> None:
    from benchmarks.__main__ import EXPECTED
    from benchmarks.runner import task_names

    entries = expectations(EXPECTED)

    assert {entry.task for entry in entries} <= set(task_names())
    assert len({(entry.command, entry.figure) for entry in entries}) == len(entries)


def test_an_unknown_direction_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "expected.toml"
    path.write_text(
        '["python -m benchmarks t"]\n'
        'f = { value = 1, tolerance = 0, direction = "up", date = 2026-11-23 }\n'
    )

    with pytest.raises(ValueError, match="up"):
        expectations(path)
