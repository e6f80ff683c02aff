"""Put results into docs/performance.md: `python -m benchmarks.speed.table RESULT.json …`.

A result is what `python -m benchmarks TASK --full --json` prints. Figures with a target go into
the first table, what they were compared with into the second; of a task in several results the
last counts. Below them stand the pictures that tasks have drawn.
"""

import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeAlias

from benchmarks.data import CHECKOUT
from benchmarks.records import Direction
from benchmarks.report import number

Json: TypeAlias = Mapping[str, Any]  # Any: parsed JSON

PAGE = CHECKOUT / "docs" / "performance.md"
BEGIN, END = "<!-- results -->\n", "<!-- /results -->\n"
_SIGNS = {Direction.HIGHER: "≥", Direction.LOWER: "≤", Direction.EQUAL: "="}


PICTURES = {
    "latency.svg": "How long a search takes, beside embedding and FAISS alone",
    "scale.svg": "What a search costs as the rows grow",
    "timefilter.svg": "What a search within a window of time costs",
}


def table(results: Sequence[Json]) -> str:
    """Return both tables in Markdown."""
    tasks = {task["task"]: (task, result) for result in results for task in result["tasks"]}
    lines = ["| task | figure | measured | target | |", "|---|---|---:|---:|---|"]
    for task, _ in tasks.values():
        lines += _targets(task)
    lines += ["", "| task | figure | service | baseline | ratio | CPU s |"]
    lines += ["|---|---|---:|---:|---:|---:|"]
    for task, _ in tasks.values():
        lines += _compared(task)
    lines.append("")
    for task, result in tasks.values():
        lines += _told(task, result)
    drawn = [name for name in PICTURES if (PAGE.parent / "images" / name).exists()]
    lines += [f"\n![{PICTURES[name]}](images/{name})" for name in drawn]
    return "\n".join(lines) + "\n"


def written(page: str, results: Sequence[Json]) -> str:
    """Return the page with the tables between its marks, in place of what was there."""
    before, _, rest = page.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n{table(results)}\n{END}{after}"


def _targets(task: Json) -> Iterator[str]:
    for figure in task["figures"]:
        target = figure["expected"]
        if target is None:
            continue
        sign = _SIGNS[Direction(target["direction"])]
        reached = "reached" if figure["verdict"] == "OK" else "**missed**"
        yield (
            f"| `{task['task']}` | {figure['name']} | {_with_unit(figure)} |"
            f" {sign} {number(target['value'])} | {reached} |"
        )


def _compared(task: Json) -> Iterator[str]:
    for figure in task["figures"]:
        baseline = figure["baseline"]
        if baseline is not None:
            spent = figure["cpu_seconds"]
            yield (
                f"| `{task['task']}` | {figure['name']} | {_with_unit(figure)} |"
                f" {number(baseline['value'])} | {figure['ratio']:.3g} |"
                f" {'' if spent is None else number(round(spent, 1))} |"
            )


def _told(task: Json, result: Json) -> Iterator[str]:
    """Say what a task was compared with, and what the machine was doing."""
    if task["skipped"]:
        yield f"- `{task['task']}` did not run: {task['skipped']}."
        return
    settings = dict.fromkeys(f["baseline"]["settings"] for f in task["figures"] if f["baseline"])
    notes = [f["notes"] for f in task["figures"] if " cores, load " in f["notes"]]
    told = "; ".join([*notes[:1], *(f"baseline: {each}" for each in settings)])
    yield f"- `{task['task']}`, {result['date'][:10]}: {told}."


def _with_unit(figure: Json) -> str:
    unit = "" if figure["unit"].startswith("(") else f" {figure['unit']}"
    return f"{number(figure['value'])}{unit}"


if __name__ == "__main__":
    read = [json.loads(Path(name).read_text(encoding="utf-8")) for name in sys.argv[1:]]
    PAGE.write_text(written(PAGE.read_text(encoding="utf-8"), read), encoding="utf-8")
