from datetime import date
from typing import Any

from benchmarks.expected import judged
from benchmarks.records import Baseline, Direction, Expectation, Figure, Outcome
from benchmarks.report import as_json
from benchmarks.speed.table import BEGIN, END, written

COMMAND = "python -m benchmarks sums --full"
PAGE = f"# Performance\n\n{BEGIN}\nold\n\n{END}\nafter\n"


def result(value: float) -> dict[str, Any]:
    figures = [
        Figure("sum", value * 10, "ms", Baseline("by hand", 10), 1.25, "2 cores, load 1.0"),
        Figure("beside by hand", value, "x"),
    ]
    target = Expectation(
        COMMAND, "sums", "beside by hand", 1.1, 0, Direction.LOWER, str(date(2026, 11, 28))
    )
    judged_figures = judged(figures, command=COMMAND, expected=[target])
    return as_json([Outcome("sums", judged_figures)])


def test_results_take_the_place_of_older_ones() -> None:
    page = written(PAGE, [result(2.0), result(1.0)])

    assert "old" not in page
    assert page.endswith(f"{END}\nafter\n")
    assert written(page, [result(1.0)]) == page


def test_a_target_is_told_with_what_was_measured_and_whether_it_was_reached() -> None:
    assert "| `sums` | beside by hand | 1 x | ≤ 1.1 | reached |" in written(PAGE, [result(1.0)])
    assert "| `sums` | beside by hand | 2 x | ≤ 1.1 | **missed** |" in written(PAGE, [result(2.0)])


def test_baselines_and_the_machine_are_told() -> None:
    page = written(PAGE, [result(1.0)])

    assert "| `sums` | sum | 10 ms | 10 | 1 | 1.2 |" in page
    assert "2 cores, load 1.0; baseline: by hand." in page
