"""The demonstration from beginning to end.

build the world ─▶ start the service ─▶ ask ─▶ change the world, measure ─▶ report
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
from grounding.client.records import Augmented, Source
from grounding.demo.config import demo_toml
from grounding.demo.machine import JsonReport
from grounding.demo.measure import NotReflected, reflected
from grounding.demo.process import ServiceFailed, ServiceProcess, free_port
from grounding.demo.report import Report
from grounding.demo.screen import ScreenReport
from grounding.demo.site import Site
from grounding.demo.story import CHANGES, QUESTIONS
from grounding.demo.world import World

READ_TIMEOUT_SECONDS = 30
MAX_ITEMS = 3
TOKEN_BUDGET = 600
EXIT_OK, EXIT_FAILED, EXIT_INTERRUPTED = 0, 1, 130


class NotRead(Exception):
    """The service did not read all of the world's sources in time."""


@dataclass(frozen=True, slots=True)
class Stage:
    """What runs while the demonstration does."""

    world: World
    service: ServiceProcess
    client: Client


def demonstrate(*, keep: bool, as_json: bool) -> int:
    report: Report = JsonReport() if as_json else ScreenReport()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(EXIT_INTERRUPTED))
    try:
        with _staged() as stage:
            _play(stage, report)
            report.end(kept=stage.service if keep else None)
            if keep:
                _wait_for_interrupt(stage.service)
    except (ServiceFailed, NotRead, NotReflected, GroundingError) as error:
        report.fail(str(error))
        return EXIT_FAILED
    except KeyboardInterrupt:
        return EXIT_OK if report.has_ended else EXIT_INTERRUPTED
    return EXIT_OK


def _play(stage: Stage, report: Report) -> None:
    report.begin()
    started = time.monotonic()
    stage.service.start()
    stage.service.wait_until_ready()
    report.started(stage.service, seconds=time.monotonic() - started)
    report.read(_once_read(stage.client))
    for question in QUESTIONS:
        report.asked(question, _grounded(stage.client, question))
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


def _wait_for_interrupt(service: ServiceProcess) -> None:
    while service.is_alive:
        time.sleep(0.5)
    raise ServiceFailed(f"the service ended\n{service.log_tail()}")


@contextmanager
def _staged() -> Iterator[Stage]:
    folder = Path(tempfile.mkdtemp(prefix="grounding-demo-"))
    try:
        with Site() as site:
            world = World(site, folder / "pages")
            port = free_port()
            config = folder / "grounding.toml"
            config.write_text(demo_toml(folder, port=port, site=site), encoding="utf-8")
            service = ServiceProcess(config, port=port, log=folder / "service.log")
            try:
                with Client(service.url) as client:
                    yield Stage(world, service, client)
            finally:
                service.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)
