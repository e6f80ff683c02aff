from benchmarks.records import (
    Baseline,
    Context,
    Direction,
    Expectation,
    Figure,
    Outcome,
    Skipped,
    Verdict,
)
from benchmarks.report import ExitCode, as_json, exit_code
from benchmarks.runner import Options, outcome, task_names, task_summary

OPTIONS = Options(is_full=False, seed=1, say=lambda _: None)
EXPECTED = [
    Expectation(
        "python -m benchmarks sums", "sums", "total", 10, 0.1, Direction.EQUAL, "2026-11-23"
    )
]


def ran(value: float) -> Outcome:
    figure = Figure("total", value, "s", Baseline("by hand", 5))
    return outcome("sums", lambda _: [figure], OPTIONS, expected=EXPECTED)


def skipped() -> Outcome:
    def run(_: Context) -> list[Figure]:
        raise Skipped("no data here")

    return outcome("sums", run, OPTIONS, expected=EXPECTED)


def crashed() -> Outcome:
    def run(_: Context) -> list[Figure]:
        raise ZeroDivisionError("oh")

    return outcome("sums", run, OPTIONS, expected=EXPECTED)


def test_a_figure_is_judged_against_its_expectation() -> None:
    [judged] = ran(10.5).figures

    assert judged.verdict is Verdict.OK
    assert judged.figure.ratio == 2.1


def test_exit_is_clean_unless_a_figure_fails() -> None:
    assert exit_code([ran(10), ran(11.5)]) == ExitCode.OK
    assert exit_code([ran(10), ran(50)]) == ExitCode.FAILED


def test_a_crashing_task_fails_but_raises_nothing() -> None:
    result = crashed()

    assert result.error is not None
    assert "ZeroDivisionError" in result.error
    assert exit_code([result]) == ExitCode.FAILED


def test_skipped_is_not_failed_but_skipping_everything_is_told_apart() -> None:
    assert skipped().skipped == "no data here"
    assert exit_code([skipped(), ran(10)]) == ExitCode.OK
    assert exit_code([skipped()]) == ExitCode.NOTHING_RAN


def test_a_tasks_workspace_is_gone_afterwards() -> None:
    seen = []

    def run(context: Context) -> list[Figure]:
        seen.append(context.workspace)
        assert context.workspace.is_dir()
        return []

    result = outcome("sums", run, OPTIONS, expected=[])

    assert result.error is None
    assert not seen[0].exists()


def test_json_holds_figures_verdicts_and_the_exit_code() -> None:
    told = as_json([ran(10)])

    assert told["exit_code"] == 0
    [task] = told["tasks"]  # type: ignore[misc]
    assert task["figures"][0]["verdict"] == "OK"  # type: ignore[index]


def test_every_task_says_in_one_line_what_it_shows() -> None:
    for name in task_names():
        assert task_summary(name).endswith("?")
