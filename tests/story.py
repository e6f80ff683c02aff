"""A page that tells a story in blocks of code, each with the output it shows, and how to run it.

    ```python story +2d     the clock goes on by two days, then this runs
    ```http story           a request: method and path, and below them a body
    ```toml story           settings that the service has from the beginning
    ```text, ```json        what the block directly above prints or answers; none shown, none made

A page with any other block is no story, so no block of one can be left out by mistake.
"""

import io
import json
import re
import tomllib
from collections.abc import Iterator, Sequence
from contextlib import redirect_stdout
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from indexer.catalogue import sources
from indexer.durations import parse_duration
from indexer.schedule import cron_trigger, parse_schedule
from tests.fakes import FakeClock
from tests.grounding.serving import Running

ADDRESS = "http://127.0.0.1:8080"
OUTPUTS = {"python": "text", "http": "json"}

_FENCED = re.compile(r"^```(\w*) ?([^\n]*)\n(.*?)^```\n", re.MULTILINE | re.DOTALL)
_STORY = re.compile(r"story(?: \+(\w+))?")


@dataclass(frozen=True)
class Step:
    """One block: what it is, how much time passes before it, and the output the page shows."""

    line: int
    language: str
    wait: timedelta
    code: str
    shown: str = ""


def steps(page: str) -> list[Step]:
    """Return the blocks of a page in order.

    Raises:
        ValueError: a block is not marked, or an output stands below nothing that has one.
    """
    found: list[Step] = []
    end = -1
    for fenced in _FENCED.finditer(page):
        language, mark, text = fenced.groups()
        line = page.count("\n", 0, fenced.start()) + 1
        story = _STORY.fullmatch(mark)
        if story and language in {*OUTPUTS, "toml"}:
            wait = parse_duration(story[1]) if story[1] else timedelta()
            found.append(Step(line, language, wait, text))
        elif mark or not found or OUTPUTS.get(found[-1].language) != language:
            raise ValueError(f"line {line}: no block of a story, and no output of one")
        elif found[-1].shown or page[end : fenced.start()].strip():
            raise ValueError(f"line {line}: an output stands directly below its block")
        else:
            above = found.pop()
            found.append(Step(above.line, above.language, above.wait, above.code, text))
        end = fenced.end()
    if len(re.findall(r"^ *```", page, re.MULTILINE)) != 2 * len(_FENCED.findall(page)):
        raise ValueError("a block is indented or does not end")
    return found


def configured(story: Sequence[Step]) -> list[dict[str, Any]]:  # Any: TOML
    """Return the sources that the blocks of settings name."""
    blocks = [tomllib.loads(step.code) for step in story if step.language == "toml"]
    return [source for block in blocks for source in block.pop("sources")]


def told(story: Sequence[Step], running: Running, clock: FakeClock) -> Iterator[str]:
    """Run the blocks and return what each of them prints or answers."""
    names: dict[str, Any] = {"__name__": "story"}
    for step in story:
        clock.advance(step.wait)
        _plan(running, clock)
        if step.language == "python":
            yield _printed(step, running, names)
        elif step.language == "http":
            yield _answered(step, running)
        else:
            yield ""


def _printed(step: Step, running: Running, names: dict[str, Any]) -> str:
    code = "\n" * step.line + step.code.replace(ADDRESS, running.url)
    with redirect_stdout(io.StringIO()) as printed:
        exec(compile(code, "story", "exec"), names)
    return printed.getvalue()


def _answered(step: Step, running: Running) -> str:
    """Return the reply as the page shows it, if it says the same; else as it is."""
    first, _, body = step.code.partition("\n")
    method, path = first.split(" ", 1)
    headers = {"Content-Type": "application/json"} if body.strip() else {}
    reply = running.http.request(method, path, content=body, headers=headers)
    if not reply.content:
        return ""
    said = reply.json()
    assert reply.status_code == said.get("status", 200)
    is_same = step.shown and json.loads(step.shown) == said
    return step.shown if is_same else json.dumps(said, indent=1, ensure_ascii=False)


def _plan(running: Running, clock: FakeClock) -> None:
    """Write down when sources are read next, as the schedule does where time is not simulated."""
    with running.service.parts.database.reading() as session:
        known = [source for source in sources.all_sources(session) if source.schedule]
    for source in known:
        cron = parse_schedule(source.schedule or "").cron or ""
        due = cron_trigger(cron).get_next_fire_time(None, clock() + timedelta(microseconds=1))
        running.service.parts.queue.plan(source.name, due)
