"""docs/time.md and docs/freshness.md tell stories; they are told here as they are shown there."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.fakes import FakeClock
from tests.grounding.serving import Plan, serving
from tests.story import configured, steps, told

DOCS = Path(__file__).resolve().parent.parent / "docs"
PAGES = {"time.md": 15, "freshness.md": 12}
"""How many outputs a page shows at least."""

Telling = Callable[[str], tuple[list[str], list[str]]]


@pytest.fixture
def tell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Telling:
    """Run a page in an empty folder; what each block shows, and what it makes, by its line."""
    monkeypatch.chdir(tmp_path)

    def run(page: str) -> tuple[list[str], list[str]]:
        story, clock = steps(page), FakeClock()
        plan = Plan(tmp_path, clock=clock, sources=configured(story))
        with serving(plan) as running:
            made = list(told(story, running, clock))
        pairs = list(zip(story, made, strict=True))
        shown = [f"line {step.line}\n{step.shown}" for step, _ in pairs]
        return shown, [f"line {step.line}\n{output}" for step, output in pairs]

    return run


@pytest.mark.parametrize("page", PAGES)
def test_every_block_makes_what_the_page_shows(page: str, tell: Telling) -> None:
    shown, made = tell((DOCS / page).read_text(encoding="utf-8"))

    assert made == shown


@pytest.mark.parametrize(("page", "least"), PAGES.items())
def test_the_page_shows_enough_to_be_worth_running(page: str, least: int) -> None:
    shown = [step for step in steps((DOCS / page).read_text(encoding="utf-8")) if step.shown]

    assert len(shown) >= least


@pytest.mark.parametrize(
    "block",
    [
        "```python story\nprint(1)\n```\n\n```text\n2\n```\n",
        "```python story\nprint(1)\n```\n",
        "```python story\n```\n\n```text\n2\n```\n",
        '```http story\nGET /v1/series\n```\n\n```json\n{"series": [1]}\n```\n',
    ],
    ids=["another output", "an output not shown", "an output not made", "another answer"],
)
def test_a_page_that_is_wrong_is_noticed(block: str, tell: Telling) -> None:
    shown, made = tell(block)

    assert made != shown


def test_time_goes_on_only_where_a_block_says_so(tell: Telling) -> None:
    now = "print(client.search('x').server_time)\n"
    first = "from grounding import Client\nclient = Client('http://127.0.0.1:8080')\n"

    shown, made = tell(
        f"```python story\n{first}{now}```\n\n"
        "```text\n2026-03-01 12:00:00+00:00\n```\n\n"
        f"```python story +1h30m\n{now}```\n\n"
        "```text\n2026-03-01 13:30:00+00:00\n```\n"
    )

    assert made == shown


@pytest.mark.parametrize(
    "block",
    [
        "```python\nprint(1)\n```\n",
        "```sh story\nls\n```\n",
        "```text\nalone\n```\n",
        "```python story\nprint(1)\n```\n\n```json\n1\n```\n",
        "```python story\nprint(1)\n```\nprose\n\n```text\n1\n```\n",
        "```python story\nprint(1)\n```\n\n```text\n1\n```\n\n```text\n1\n```\n",
        "- a list\n  ```python story\n  print(1)\n  ```\n",
        "```python story\nprint(1)\n",
    ],
    ids=[
        "not marked",
        "no language of a story",
        "an output alone",
        "an output of another kind",
        "an output apart",
        "two outputs",
        "indented",
        "without an end",
    ],
)
def test_a_block_that_would_not_be_run_is_an_error(block: str) -> None:
    with pytest.raises(ValueError, match=r"line \d|a block"):
        steps(block)
