"""Does the service give the same answers after a restart, with and without its index files?

Ingest, ask, stop, start, ask; delete the index folder, start, ask: on SQLite and on PostgreSQL.
"""

import shutil
from dataclasses import dataclass
from datetime import UTC, datetime

from benchmarks import cpu
from benchmarks.answers import Answers, answers, found_nothing, same
from benchmarks.postgres import cluster
from benchmarks.records import Baseline, Context, Figure, Skipped
from benchmarks.service import Service
from benchmarks.workload import QUERIES, sample
from grounding.demo.site import Site

PEPS = 20
TIMEOUT_SECONDS = 600
OF_ALL = f"of {len(QUERIES)}"


@dataclass(frozen=True, slots=True)
class Lives:
    """What one database's service answered before and after each restart."""

    first: Answers
    index_kept: Answers
    index_deleted: Answers
    kept_seconds: float
    deleted_seconds: float
    first_rows: int
    rebuilt_rows: int
    cpu_seconds: float


def run(context: Context) -> list[Figure]:
    with Site() as site:
        sources = sample(context, site, peps=PEPS)
        with Service(context.workspace / "sqlite", sources) as service:
            sqlite = _lives(service, context)
        figures = _figures("SQLite", sqlite)
        try:
            with (
                cluster(context.workspace / "cluster") as url,
                Service(context.workspace / "postgres", sources, database=url) as service,
            ):
                postgres = _lives(service, context)
        except Skipped as reason:
            context.say(f"PostgreSQL skipped: {reason}")
            return [*figures, Figure("databases shown", 1, "of 2", notes=str(reason))]
    figures += [*_figures("PostgreSQL", postgres), _across(sqlite, postgres)]
    return [*figures, Figure("databases shown", 2, "of 2")]


def _lives(service: Service, context: Context) -> Lives:
    context.say(f"first life in {service.index.parent.name}")
    service.start()
    service.wait_until_read(timeout_seconds=TIMEOUT_SECONDS, say=context.say)
    at = datetime.now(UTC)
    first, first_rows = answers(service, QUERIES, at=at), _index_rows(service)
    used = _stop(service)
    context.say("second life: index kept")
    kept_seconds = service.start()
    kept = answers(service, QUERIES, at=at)
    used += _stop(service)
    context.say("third life: index deleted")
    shutil.rmtree(service.index)
    deleted_seconds = service.start()
    deleted, rebuilt_rows = answers(service, QUERIES, at=at), _index_rows(service)
    used += _stop(service)
    return Lives(
        first=first,
        index_kept=kept,
        index_deleted=deleted,
        kept_seconds=kept_seconds,
        deleted_seconds=deleted_seconds,
        first_rows=first_rows,
        rebuilt_rows=rebuilt_rows,
        cpu_seconds=used,
    )


def _index_rows(service: Service) -> int:
    return int(service.reply("/readyz")["index_rows"])


def _stop(service: Service) -> float:
    used = cpu.process_seconds(service.process.pid)
    service.process.stop()
    return used


def _figures(database: str, lives: Lives) -> list[Figure]:
    before = Baseline("the same service before its restart, scores within 1e-4", len(QUERIES))
    kept = Baseline("index folder kept", lives.kept_seconds)
    rows = Baseline("before the restart", lives.first_rows)
    first, deleted = lives.first, lives.index_deleted
    return [
        Figure(f"{database}: queries unanswered", found_nothing(first), OF_ALL),
        Figure(f"{database}: same, index kept", same(first, lives.index_kept), OF_ALL, before),
        Figure(
            f"{database}: same, index deleted",
            same(first, deleted),
            OF_ALL,
            before,
            lives.cpu_seconds,
        ),
        Figure(f"{database}: index rows, index deleted", lives.rebuilt_rows, "rows", rows),
        Figure(f"{database}: start, index deleted", lives.deleted_seconds, "s", kept),
    ]


def _across(one: Lives, other: Lives) -> Figure:
    pairs = zip(one.first, other.first, strict=True)
    alike = sum([a.digest for a in left] == [b.digest for b in right] for left, right in pairs)
    same_texts = Baseline("SQLite; same texts in the same order", len(QUERIES))
    return Figure("PostgreSQL: answered as on SQLite", alike, OF_ALL, same_texts)
