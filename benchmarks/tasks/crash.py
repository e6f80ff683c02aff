"""Is anything lost or doubled when the service is killed again and again while it reads?

One undisturbed run of an ingest of about a minute; then the same ingest with `kill -9` at random
moments (`--seed`) until the last, clean run. Both databases must hold the same rows, and both
services give the same answers.
"""

import random
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from benchmarks import cpu
from benchmarks.answers import answers, same
from benchmarks.records import Baseline, Context, Figure
from benchmarks.service import Service
from benchmarks.stored import Stored, count, differing, digest, stored
from benchmarks.workload import QUERIES, sample
from grounding.demo.site import Site

KILLS = 20
PEPS = 48
OF_KILLS = f"of {KILLS}"
START_KILLS = 0.2
"""Share of kills that are aimed at the start, before the service is ready."""
LONGEST_LIFE = 4 / KILLS
"""Of the other lives after they are ready, as a share of the undisturbed ingest; the mean is half.

What a life has not committed is read again by the next, so that twenty lives have to last longer
together than one run does.
"""
TIMEOUT_SECONDS = 900


@dataclass(frozen=True, slots=True)
class Run:
    """What one way through the ingest left behind."""

    contents: Stored
    start_seconds: float
    ingest_seconds: float
    cpu_seconds: float


@dataclass(frozen=True, slots=True)
class Kill:
    """Where one kill hit: in the start or later, and what was stored by then."""

    was_ready: bool
    was_reading: bool
    documents: int

    def __str__(self) -> str:
        doing = "reading" if self.was_reading else "idle"
        return f"{self.documents} {doing if self.was_ready else 'starting'}"


def run(context: Context) -> list[Figure]:
    with Site() as site:
        sources = sample(context, site, peps=PEPS, schedule="every 5s")
        calm = Service(context.workspace / "calm", sources, snapshot_every="2s")
        shaken = Service(context.workspace / "shaken", sources, snapshot_every="2s")
        with calm, shaken:
            expected = _undisturbed(calm, context)
            kills = _killed(shaken, expected, context)
            final = _finished(shaken, context)
            calm.start()
            at = datetime.now(UTC)
            equal = same(answers(calm, QUERIES, at=at), answers(shaken, QUERIES, at=at))
            lagging = _index_differs(calm) + _index_differs(shaken)
    return [
        *_contents_figures(expected.contents, final.contents),
        *_kill_figures(kills, expected, final),
        Figure("queries with equal answers", equal, f"of {len(QUERIES)}", _same_queries()),
        Figure("index rows and changes unlike the database", lagging, "rows"),
    ]


def _undisturbed(service: Service, context: Context) -> Run:
    context.say("undisturbed run")
    start = service.start()
    ingest = service.wait_until_read(timeout_seconds=TIMEOUT_SECONDS, say=context.say)
    used = cpu.process_seconds(service.process.pid)
    service.process.stop()
    return Run(stored(service.database), start, ingest, used)


def _killed(service: Service, expected: Run, context: Context) -> list[Kill]:
    draw = random.Random(context.seed)
    kills = []
    for number in range(1, KILLS + 1):
        is_early = draw.random() < START_KILLS
        if is_early:
            service.process.start()
            time.sleep(draw.uniform(0, expected.start_seconds))
        else:
            service.start()
            time.sleep(draw.uniform(0, LONGEST_LIFE * expected.ingest_seconds))
        kill = _kill_at(service.database, is_early=is_early)
        service.process.kill()
        context.say(f"kill {number}: {kill}")
        kills.append(kill)
    return kills


def _kill_at(database: Path, *, is_early: bool) -> Kill:
    running = count(database, "SELECT count(*) FROM run WHERE status = 'running'")
    documents = count(database, "SELECT count(*) FROM document")
    return Kill(not is_early, running > 0, documents)


def _finished(service: Service, context: Context) -> Run:
    context.say("last, clean run")
    start = service.start()
    ingest = service.wait_until_read(timeout_seconds=TIMEOUT_SECONDS, say=context.say)
    for name in service.source_names:
        service.post(f"/v1/sources/{name}/sync?wait_seconds=60", {})
    used = cpu.process_seconds(service.process.pid)
    return Run(stored(service.database), start, ingest, used)


def _contents_figures(expected: Stored, final: Stored) -> list[Figure]:
    pairs = {
        "documents": (expected.documents, final.documents),
        "chunks": (expected.chunks, final.chunks),
        "observations": (expected.observations, final.observations),
    }
    figures = []
    for name, (calm, shaken) in pairs.items():
        baseline = Baseline(f"undisturbed run, digest {digest(calm)}", calm.total())
        notes = f"digest {digest(shaken)}"
        figures.append(Figure(name, shaken.total(), "rows", baseline, notes=notes))
        figures.append(Figure(f"{name} that differ", differing(calm, shaken), "rows"))
    figures.append(Figure("rows there twice", final.twice + expected.twice, "rows"))
    cut_wrong = final.chunks_cut_wrong + expected.chunks_cut_wrong
    figures.append(Figure("chunks unlike their document", cut_wrong, "rows"))
    return figures


def _kill_figures(kills: list[Kill], expected: Run, final: Run) -> list[Figure]:
    complete = expected.contents.documents.total()
    during = sum(kill.documents < complete for kill in kills)
    reading = sum(kill.was_ready and kill.was_reading for kill in kills)
    early = sum(not kill.was_ready for kill in kills)
    progress = ", ".join(map(str, kills))
    clean = Baseline("undisturbed run", expected.ingest_seconds)
    return [
        Figure("kills before the ingest was complete", during, OF_KILLS),
        Figure(
            "kills while reading",
            reading,
            OF_KILLS,
            notes=f"{early} while starting; documents of {complete} at each: {progress}",
        ),
        Figure("undisturbed ingest", expected.ingest_seconds, "s", None, expected.cpu_seconds),
        Figure("last, clean run", final.ingest_seconds, "s", clean, final.cpu_seconds),
    ]


def _same_queries() -> Baseline:
    return Baseline("undisturbed service, same instants, scores within 1e-4", len(QUERIES))


def _index_differs(service: Service) -> int:
    """Rows and changes by which the index is not what the database says."""
    chunks = count(service.database, "SELECT count(*) FROM chunk")
    index = service.reply("/readyz")
    return abs(int(index["index_rows"]) - chunks) + int(index["seq"]) - int(index["applied_seq"])
