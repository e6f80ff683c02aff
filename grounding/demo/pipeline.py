"""The demonstration from beginning to end.

build the world ─▶ start the service ─▶ ask ─▶ [have an llm answer] ─▶ change the world ─▶ report
"""

import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from grounding.client import Client, GroundingError
from grounding.client.chats import ChatAnswer
from grounding.client.records import Augmented, Source
from grounding.demo.config import demo_toml
from grounding.demo.llm import STOP, LlmMissing, small_llm
from grounding.demo.machine import JsonReport
from grounding.demo.measure import NotReflected, reflected
from grounding.demo.process import ServiceFailed, ServiceProcess, free_port
from grounding.demo.report import Report
from grounding.demo.screen import ScreenReport
from grounding.demo.site import Site
from grounding.demo.story import ANSWERED, CHANGES, QUESTIONS
from grounding.demo.world import World

READ_TIMEOUT_SECONDS = 30
MAX_ITEMS = 3
TOKEN_BUDGET = 600
ANSWER_TOKENS = 40
EXIT_OK, EXIT_FAILED, EXIT_INTERRUPTED = 0, 1, 130


class NotRead(Exception):
    """The service did not read all of the world's sources in time."""


@dataclass(frozen=True, slots=True)
class Stage:
    """What runs while the demonstration does."""

    world: World
    service: ServiceProcess
    client: Client


def demonstrate(*, keep: bool, llm: bool, as_json: bool) -> int:
    report: Report = JsonReport() if as_json else ScreenReport()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(EXIT_INTERRUPTED))
    try:
        with _llm_url(is_wanted=llm) as llm_url, _staged(llm_url) as stage:
            _play(stage, report, answers=llm)
            report.end(kept=stage.service if keep else None)
            if keep:
                _wait_for_interrupt(stage.service)
    except (ServiceFailed, LlmMissing, NotRead, NotReflected, GroundingError) as error:
        report.fail(str(error))
        return EXIT_FAILED
    except KeyboardInterrupt:
        return EXIT_OK if report.has_ended else EXIT_INTERRUPTED
    return EXIT_OK


def _play(stage: Stage, report: Report, *, answers: bool) -> None:
    report.begin()
    started = time.monotonic()
    stage.service.start()
    stage.service.wait_until_ready()
    report.started(stage.service, seconds=time.monotonic() - started)
    report.read(_once_read(stage.client))
    for question in QUESTIONS:
        report.asked(question, _grounded(stage.client, question))
    if answers:
        without, grounded = (_answer(stage.client, mode) for mode in ("never", "always"))
        report.answered(ANSWERED, without, grounded)
    for change in CHANGES:
        report.changed(reflected(change, world=stage.world, client=stage.client))


def _once_read(client: Client) -> tuple[Source, ...]:
    """Wait until every source was read once, and return how they stand."""
    deadline = time.monotonic() + READ_TIMEOUT_SECONDS
    while True:
        sources = client.sources()
        unread = [s for s in sources if s.freshness is None or s.freshness.last_success_at is None]
        if not unread:
            return sources
        if time.monotonic() > deadline:
            reasons = "; ".join(f"{s.name}: {s.last_error or 'not read yet'}" for s in unread)
            raise NotRead(f"not read within {READ_TIMEOUT_SECONDS} s: {reasons}")
        time.sleep(0.1)


def _grounded(client: Client, question: str) -> Augmented:
    return client.augment(question, max_items=MAX_ITEMS, token_budget=TOKEN_BUDGET)


def _answer(client: Client, mode: str) -> ChatAnswer:
    """Have the small llm answer the question, with evidence or without."""
    return client.chat(
        ANSWERED,
        params={"max_tokens": ANSWER_TOKENS, "temperature": 0, "stop": STOP},
        mode=mode,
        max_items=1,
        token_budget=TOKEN_BUDGET,
    )


@contextmanager
def _llm_url(*, is_wanted: bool) -> Iterator[str | None]:
    if not is_wanted:
        yield None
        return
    with small_llm() as url:
        yield url


def _wait_for_interrupt(service: ServiceProcess) -> None:
    while service.is_alive:
        time.sleep(0.5)
    raise ServiceFailed(f"the service ended\n{service.log_tail()}")


@contextmanager
def _staged(llm_url: str | None) -> Iterator[Stage]:
    folder = Path(tempfile.mkdtemp(prefix="grounding-demo-"))
    try:
        with Site() as site:
            world = World(site, folder / "pages")
            port = free_port()
            config = folder / "grounding.toml"
            settings = demo_toml(folder, port=port, site=site, llm_url=llm_url)
            config.write_text(settings, encoding="utf-8")
            service = ServiceProcess(config, port=port, log=folder / "service.log")
            try:
                with Client(service.url) as client:
                    yield Stage(world, service, client)
            finally:
                service.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)
