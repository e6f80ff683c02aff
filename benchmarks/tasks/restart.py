"""How soon does a service that was stopped, or killed, answer again, and rightly?

A service over 20,000 passages (`--full`: 1,000,000) is stopped and started; time runs from the
start of its process to its first answer over HTTP, which must be the one it gave before. Files are
in the page cache. Then a second process writes changes past the last snapshot, the service applies
them and is killed with `kill -9`, and started again. In the end this process opens the same files
with an embedder that counts what it is given: nothing may be embedded anew.
"""

import json
import statistics
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import httpx
import numpy as np
from numpy.typing import NDArray

from benchmarks import cpu
from benchmarks.answers import Answers, answers, same
from benchmarks.records import Context, Figure
from benchmarks.service import Service
from benchmarks.speed.built import built, copied, opened, write
from benchmarks.speed.corpus import PreparedEmbedder, Recipe, blocks
from benchmarks.speed.machine import Watch
from benchmarks.speed.prose import prose
from benchmarks.speed.questions import Questions
from benchmarks.speed.scopes import NOW
from grounding.demo.process import ServiceFailed
from indexer.embed import Embedder, load

ASKED = 20
_LONGEST_WAIT_SECONDS = 600
_PAUSE_SECONDS = 0.005


@dataclass(frozen=True, slots=True)
class Size:
    """How many chunks are indexed, how many documents are changed after, how often it starts."""

    chunks: int
    tokens: int
    changed: int
    starts: int


SAMPLE = Size(chunks=20_000, tokens=120, changed=500, starts=1)
FULL = Size(chunks=1_000_000, tokens=60, changed=25_000, starts=3)


@dataclass(frozen=True, slots=True)
class Started:
    """Seconds and processor seconds until the first answer, and how many answers were as before."""

    seconds: float
    cpu_seconds: float
    same: int


class CountingEmbedder:
    """A real embedder that counts the passages it is given."""

    def __init__(self, real: Embedder) -> None:
        self._real = real
        self.identity = real.identity
        self.dimension = real.dimension
        self.max_tokens = real.max_tokens
        self.passages = 0

    def embed_query(self, text: str) -> NDArray[np.float32]:
        return self._real.embed_query(text)

    def embed_queries(self, texts: Sequence[str]) -> NDArray[np.float32]:
        return self._real.embed_queries(texts)

    def embed_passages(self, texts: Sequence[str]) -> NDArray[np.float32]:
        self.passages += len(texts)
        return self._real.embed_passages(texts)

    def token_spans(self, text: str) -> list[tuple[int, int]]:
        return self._real.token_spans(text)


def run(context: Context) -> list[Figure]:
    size = FULL if context.is_full else SAMPLE
    embedder = load("minilm", device="cpu")
    recipe = Recipe(size.chunks, tokens=size.tokens)
    folder = copied(built(context, recipe, embedder), context.workspace / "service")
    questions = Questions.of(context).take(ASKED)
    watch = Watch()
    with Service(folder, [], snapshot_every="1d") as service:
        service.start()
        before = answers(service, questions, at=NOW)
        stopped = []
        for _ in range(size.starts):
            service.process.stop(timeout_seconds=120)
            stopped.append(_start(service, questions, before, at=NOW))
        context.say("restart: changing documents past the snapshot")
        changes = _change(service, folder, context, embedder, size)
        at = datetime.now(UTC)
        before = answers(service, questions, at=at)
        killed = []
        for _ in range(size.starts):
            service.process.kill()
            killed.append(_start(service, questions, before, at=at))
        service.process.kill()
        config = service.process.config
        stages = _stages(config, questions[0])
    counting = CountingEmbedder(embedder)
    opened_again = opened(folder, counting)
    opened_again.start(serves=True, reads=False)
    opened_again.stop()
    told = f"{size.chunks:,} chunks, {size.starts} starts; {watch.told()}"
    return [
        *_figures("after a stop", stopped, told),
        *_figures("killed past the snapshot", killed, f"{changes:,} changes past it"),
        Figure("passages embedded anew", counting.passages, "passages"),
        *(Figure(f"stage: {name}", seconds, "s") for name, seconds in stages.items()),
    ]


def _start(service: Service, questions: Sequence[str], before: Answers, *, at: datetime) -> Started:
    """Start, and return when the first question has its answer; then ask the others."""
    begun = time.perf_counter()
    service.process.start()
    while not _answers(service, questions[0], at=at):
        if time.perf_counter() - begun > _LONGEST_WAIT_SECONDS:
            raise ServiceFailed(f"no answer yet\n{service.process.log_tail()}")
        time.sleep(_PAUSE_SECONDS)
    seconds = time.perf_counter() - begun
    spent = cpu.process_seconds(service.process.pid)
    return Started(seconds, spent, same(before, answers(service, questions, at=at)))


def _answers(service: Service, question: str, *, at: datetime) -> bool:
    if not service.process.is_alive:
        raise ServiceFailed(f"the service ended while starting\n{service.process.log_tail()}")
    try:
        answers(service, [question], at=at)
    except (httpx.TransportError, ServiceFailed):
        return False
    return True


def _change(
    service: Service, folder: Path, context: Context, embedder: Embedder, size: Size
) -> int:
    """Replace documents by another process's hand, and return how many changes that made."""
    first = int(service.reply("/readyz")["seq"])
    other = Recipe(size.changed, tokens=size.tokens, seed=2)
    write(folder, blocks(other, prose(context, embedder)), PreparedEmbedder(embedder))
    deadline = time.monotonic() + _LONGEST_WAIT_SECONDS
    while (standing := _standing(service))["applied_seq"] < standing["seq"]:
        if time.monotonic() > deadline:
            raise ServiceFailed(f"changes are not applied: {standing}")
        time.sleep(0.2)
    return standing["seq"] - first


def _standing(service: Service) -> dict[str, int]:
    told = service.reply("/readyz")
    return {name: int(told[name]) for name in ("seq", "applied_seq")}


def _stages(config: Path, question: str) -> dict[str, float]:
    """Return what a start is made of, one step after the other, in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.speed.stages", str(config), question],
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    )
    told: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return told


def _figures(name: str, starts: Sequence[Started], told: str) -> list[Figure]:
    seconds = [each.seconds for each in starts]
    return [
        Figure(
            f"{name}: to the first answer",
            statistics.median(seconds),
            "s",
            None,
            statistics.mean(each.cpu_seconds for each in starts),
            f"longest {max(seconds):.2f} s; {told}",
        ),
        Figure(f"{name}: answers as before", min(each.same for each in starts), f"of {ASKED}"),
    ]
