"""Check everything a service stands on, each part on its own, and say what to do."""

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from functools import partial
from pathlib import Path
from time import monotonic

from connectors.clock import utc_now
from connectors.errors import ConnectorError, Remedy
from grounding.errors import InvalidSettings, ServiceError
from grounding.gateway.examining import require_well
from grounding.gateway_wiring import upstream_of
from grounding.loading import embedder_loader
from grounding.query.freshness import failed_reads
from grounding.settings import Settings
from grounding.trial import trial
from grounding.wiring import api_key, build_reranker, token_counters
from indexer.catalogue import changes, dead_letters, embeddings, sources
from indexer.database import open_database
from indexer.durations import age_in_words
from indexer.embedders import open_active, overruled
from indexer.errors import IndexerError
from indexer.published import TOLERATED
from indexer.records import SourceRecord
from indexer.views.dense import open_dense
from indexer.views.snapshot import newest_first
from indexer.views.workspace import Workspace

LEAST_FREE_BYTES = 1_000_000_000
FAILING_LONG = timedelta(days=1)


class Verdict(StrEnum):
    OK = "ok"
    WARNING = "warning"
    BROKEN = "broken"


@dataclass(frozen=True, slots=True)
class Check:
    """One part of the service and how it is."""

    name: str
    verdict: Verdict
    detail: str


def examine(settings: Settings, *, with_sources: bool) -> Iterator[Check]:
    """Yield one check after the other; a broken part does not hide the next."""
    yield _checked("settings", lambda: _settings(settings))
    yield _checked("database", lambda: _database(settings))
    yield _embedder(settings)
    if settings.reranker.name is not None:
        yield _checked("reranker", lambda: _reranker(settings))
    yield _checked("index", lambda: _index(settings))
    yield _checked("gpu", _gpu)
    yield _disk(settings)
    yield _clock(settings)
    yield from _standing(settings)
    for upstream in settings.upstreams:
        name = f"upstream {upstream.name}"
        yield _checked(name, partial(lambda each: require_well(upstream_of(each)), upstream))
    if with_sources:
        for source in settings.sources:
            found = trial(source, settings.fetch)
            verdict = Verdict.OK if found.error is None else Verdict.BROKEN
            read = f"{found.documents} documents, {found.observations} values readable"
            yield Check(f"source {source.name}", verdict, found.error or read)


def _checked(name: str, check: Callable[[], str]) -> Check:
    try:
        return Check(name, Verdict.OK, check())
    except (ConnectorError, IndexerError, ServiceError, OSError) as error:
        return Check(name, Verdict.BROKEN, str(error))


def _settings(settings: Settings) -> str:
    api_key(settings)
    token_counters(settings.prompt, len)
    return f"{len(settings.sources)} sources configured"


def _database(settings: Settings) -> str:
    database = open_database(settings.database.url)
    try:
        with database.reading() as session:
            seq, at = changes.head(session)
            chunks = changes.chunk_count(session)
        name = "SQLite" if database.is_sqlite else "PostgreSQL"
        return f"{name}, {chunks} chunks, change {seq}" + (f" at {at:%Y-%m-%d %H:%M}" if at else "")
    finally:
        database.close()


def _clock(settings: Settings) -> Check:
    """Compare the clock with the newest change: what is stored in its future ages wrongly."""
    try:
        database = open_database(settings.database.url)
    except (IndexerError, OSError):
        return Check("clock", Verdict.WARNING, "cannot be compared: the database cannot be opened")
    try:
        with database.reading() as session:
            _, newest = changes.head(session)
    finally:
        database.close()
    now = utc_now()
    if newest is None or newest - now <= TOLERATED:
        return Check("clock", Verdict.OK, f"{now:%Y-%m-%d %H:%M:%S} UTC")
    ahead = age_in_words(newest - now)
    detail = (
        f"{ahead} behind the newest stored change: set it, or it was wrong when that was stored"
    )
    return Check("clock", Verdict.WARNING, detail)


def _standing(settings: Settings) -> Iterator[Check]:
    """Tell of every source that fails, the longest first, and of items that cannot be read."""
    try:
        database = open_database(settings.database.url)
    except (IndexerError, OSError):
        return  # told by the check of the database
    try:
        with database.reading() as session:
            known = sources.all_sources(session)
            unread = dead_letters.counts(session)
    finally:
        database.close()
    now = utc_now()
    failing = [source for source in known if source.failures_in_row]
    for source in sorted(failing, key=lambda each: each.failing_since or now):
        yield Check("reading", _badness(source, now), failed_reads(source, now=now))
    for source in known:
        if unread.get(source.id):
            detail = (
                f"source {source.name}: {unread[source.id]} items cannot be read; see "
                f"`grounding dead-letters list --source {source.name}`"
            )
            yield Check("items", Verdict.WARNING, detail)


def _badness(source: SourceRecord, now: datetime) -> Verdict:
    """Whether somebody has to act, or a source that was well yesterday may be well tomorrow."""
    is_new = source.failing_since is not None and now - source.failing_since < FAILING_LONG
    return Verdict.WARNING if is_new and source.remedy is Remedy.WAIT else Verdict.BROKEN


def _embedder(settings: Settings) -> Check:
    """Embed a word, and compare with what made the stored vectors and with the setting."""
    try:
        database = open_database(settings.database.url)
        try:
            name = settings.embedder.name
            with database.reading() as session:
                difference = overruled(name, embeddings.active(session))
            active = open_active(database, name, embedder_loader(settings.embedder))
        finally:
            database.close()
    except (IndexerError, OSError) as error:
        return Check("embedder", Verdict.BROKEN, str(error))
    embedder = active.current()
    embedder.embed_query("ready")
    detail = f"{embedder.identity}, {embedder.dimension} dimensions"
    if difference is None:
        return Check("embedder", Verdict.OK, detail)
    return Check("embedder", Verdict.WARNING, f"{detail}; {difference}")


def _reranker(settings: Settings) -> str:
    """Score as many texts as a question has, each as long as a reranker reads, and say how long."""
    reranker = build_reranker(settings.reranker)
    if reranker is None:
        return "none configured"
    began = monotonic()
    reranker.score("ready", ["ready " * 200] * settings.reranker.top)
    seconds = monotonic() - began
    return f"{reranker.identity}, {settings.reranker.top} long texts in {seconds:.1f} s"


def _index(settings: Settings) -> str:
    device = open_dense(8, settings.index.device)
    Workspace(settings.index.directory).close()  # raises where nothing can be written
    snapshots = newest_first(settings.index.directory)
    kept = snapshots[0].name if snapshots else "no snapshot: built from the database at start"
    return f"{type(device).__name__}, {kept}"


def _gpu() -> str:
    try:
        import faiss
    except ImportError as error:
        raise InvalidSettings("FAISS is missing: install `grounding[cpu]` or `[gpu]`") from error
    if not hasattr(faiss, "StandardGpuResources"):
        return "none used: this FAISS is the CPU build (extra `cpu`)"
    count = faiss.get_num_gpus()
    return f"{count} found" if count else "none found: FAISS runs on the CPU"


def _disk(settings: Settings) -> Check:
    """Look where files are written, and tell of the place with the least room."""
    places = [settings.index.directory]
    if settings.database.url.startswith("sqlite") and ":///" in settings.database.url:
        places.append(Path(settings.database.url.partition(":///")[2]))
    free, place = min((shutil.disk_usage(found).free, found) for found in map(_existing, places))
    verdict = Verdict.OK if free >= LEAST_FREE_BYTES else Verdict.WARNING
    return Check("disk", verdict, f"{free / 1e9:.1f} GB free at {place}")


def _existing(path: Path) -> Path:
    return path if path.exists() else _existing(path.parent)
