"""Passes over all recordings in one process: what came of them, and what they cost."""

import gc
import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from time import perf_counter

import psutil

from benchmarks.corpus.compare import UNEXPLAINED, compared, explained
from benchmarks.corpus.reading import published, read_over_http
from benchmarks.corpus.records import Disagreement, Reading, Recording, Suite
from connectors.http.fetch import Fetcher
from grounding.demo.site import Site

MEBIBYTE = 2**20
PASSES = 3
"""The first loads what is needed, and after the second the memory it left in pieces is filled."""


@dataclass(slots=True)
class Tally:
    """What came of one suite.

    refused: how many files of each class were not read, each with a reason that is right.
    cpu, wall: the seconds of each file in the pass that took least.
    """

    suite: str
    files: int = 0
    parsed: int = 0
    documents: int = 0
    observations: int = 0
    failures: int = 0
    statements: int = 0
    unusable: int = 0
    fields: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    classes: Counter[str] = field(default_factory=Counter)
    unexplained: list[str] = field(default_factory=list)
    crashes: list[str] = field(default_factory=list)
    disagreements: list[Disagreement] = field(default_factory=list)
    cpu: dict[str, float] = field(default_factory=dict)
    wall: dict[str, float] = field(default_factory=dict)

    @property
    def entries(self) -> int:
        return self.documents + self.observations


@dataclass(frozen=True, slots=True)
class Measured:
    """All suites, and the memory of the process in MiB after each pass over all of them."""

    tallies: Sequence[Tally]
    memory: tuple[float, ...]


def measured(suites: Sequence[Suite], *, say: Callable[[str], None]) -> Measured:
    """Read everything several times; the first time what is read is compared."""
    tallies, memory = [], []
    with Site() as site, Fetcher(allow_private_addresses=True) as fetcher:
        for suite in suites:
            started = perf_counter()
            published(site, suite.recordings)
            tally = Tally(suite.name, files=len(suite.recordings))
            for recording in suite.recordings:
                add(tally, suite, recording, read_over_http(recording, site=site, fetcher=fetcher))
            tallies.append(tally)
            say(f"{suite.name}: {tally.parsed} of {tally.files}, {perf_counter() - started:.0f} s")
        memory.append(_resident())
        for _ in range(1, PASSES):
            for suite, tally in zip(suites, tallies, strict=True):
                for recording in suite.recordings:
                    reading = read_over_http(recording, site=site, fetcher=fetcher)
                    _add_times(tally, recording, reading)
            memory.append(_resident())
            say(f"read all again, {memory[-1]:.0f} MiB")
    return Measured(tallies, tuple(memory))


def add(tally: Tally, suite: Suite, recording: Recording, reading: Reading) -> None:
    """Count what came of one file, and judge it."""
    tally.parsed += reading.is_parsed
    tally.documents += len(reading.documents)
    tally.observations += len(reading.observations)
    tally.failures += len(reading.failures)
    _add_times(tally, recording, reading)
    if reading.crash is not None:
        tally.crashes.append(f"{recording.name}: {reading.crash.strip().splitlines()[-1]}")
    if reading.refusal is not None and not _is_rightly_refused(tally, suite, reading.refusal):
        tally.unexplained.append(f"{recording.name}: {reading.refusal}")
    expected = suite.expectations(recording) if reading.is_parsed else None
    if expected is None:
        return
    tally.unusable += expected.unusable
    found = compared(recording, reading, expected)
    tally.statements += found.count
    for entry in expected.entries:
        tally.fields.update(entry.claims.keys())
    for each in found.disagreements:
        _add_disagreement(tally, suite, each)


def _add_disagreement(tally: Tally, suite: Suite, it: Disagreement) -> None:
    name = explained(it, suite.rules)
    tally.classes[name] += 1
    tally.disagreements.append(it)
    if name == UNEXPLAINED:
        found, expected = (str(value)[:80] for value in (it.found, it.expected))
        tally.unexplained.append(f"{it.recording.name}: {it.name}: {found!r}, not {expected!r}")


def _is_rightly_refused(tally: Tally, suite: Suite, refusal: str) -> bool:
    for each in suite.refusals:
        if re.search(each.pattern, refusal):
            tally.refused[each.name] += 1
            return True
    return False


def _add_times(tally: Tally, recording: Recording, reading: Reading) -> None:
    for times, seconds in ((tally.cpu, reading.cpu_seconds), (tally.wall, reading.wall_seconds)):
        times[recording.name] = min(seconds, times.get(recording.name, seconds))


def _resident() -> float:
    gc.collect()
    return float(psutil.Process().memory_info().rss) / MEBIBYTE
