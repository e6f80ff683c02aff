"""A day in the life of the service: every minute, what is due is queued and read."""

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.config import Source
from benchmarks.histories.fakes import WordEmbedder
from benchmarks.polite.clock import SkippingClock
from benchmarks.polite.hosts import DAY_SECONDS, PAGES, Host, Shape
from grounding.service import Service
from grounding.settings import Settings
from grounding.wiring import build, build_fetcher
from indexer.catalogue import sources
from indexer.records import SourceRecord
from indexer.schedule import parse_schedule, slot

TICK_SECONDS = 60.0
THREADS = 8
SCHEDULES = {
    Shape.FEED: "every 5m to 6h",
    Shape.LIST: "every 5m to 6h",
    Shape.PAGE: "every 15m to 6h",
    Shape.SITE: "every 30m to 6h",
}


class CountingEmbedder(WordEmbedder):
    """Counts the passages that it is given."""

    def __init__(self) -> None:
        self.count = 0
        self._lock = threading.Lock()

    def embed_passages(self, texts: Sequence[str]) -> NDArray[np.float32]:
        with self._lock:
            self.count += len(texts)
        return super().embed_passages(texts)


@dataclass(frozen=True, slots=True)
class Day:
    """What the service did. embeddings: passages embedded. reads: runs by how they ended."""

    embeddings: int
    reads: Mapping[str, int]
    first_seen: Mapping[tuple[str, str], float]
    """When each item was stored, in seconds since the start, by host and key."""


def source_of(host: Host, address: str, *, twin: bool = False) -> Source:
    """Return the source that reads a host; a twin is a second one of the same host."""
    common: Source = {
        "name": f"{host.name}-twin" if twin else host.name,
        "schedule": SCHEDULES[host.shape],
    }
    if host.shape is Shape.FEED:
        return {**common, "kind": "feed", "url": f"{address}/feed.xml"}
    if host.shape is Shape.LIST:
        mapping = {"key": "id", "text": "text"}
        url = f"{address}/list.json"
        return {**common, "kind": "json", "url": url, "documents": mapping}
    if host.shape is Shape.PAGE:
        return {**common, "kind": "web", "url": f"{address}/page0.html"}
    return {**common, "kind": "sitemap", "url": f"{address}/sitemap.xml"}


def live_through(
    folder: Path,
    configured: Sequence[Source],
    clock: SkippingClock,
    *,
    say: Callable[[str], None],
) -> Day:
    """Read these sources for a day, as their schedules and what they answer have it."""
    embedder = CountingEmbedder()
    settings = Settings.model_validate(
        {
            "database": {"url": f"sqlite:///{folder / 'grounding.db'}"},
            "index": {"directory": folder / "index", "device": "cpu"},
            "fetch": {"allow_private_addresses": True},
            "sources": [dict(source) for source in configured],
        }
    )
    fetcher = build_fetcher(settings.fetch, clock, monotonic=clock.monotonic)
    service = build(settings, clock=clock, embedder=embedder, fetcher=fetcher)
    service.start(serves=False, reads=False)
    try:
        planner = _Planner(service)
        for tick in range(int(DAY_SECONDS / TICK_SECONDS)):
            clock.skip_to(tick * TICK_SECONDS)
            planner.queue_what_is_due()
            _work_off(service)
            if tick % 60 == 59:
                say(f"hour {(tick + 1) // 60}: {embedder.count} passages embedded")
        return Day(embedder.count, _reads(service), _first_seen(service, clock))
    finally:
        service.stop()


class _Planner:
    """Queues each source once for each of its slots, as the scheduler does."""

    def __init__(self, service: Service) -> None:
        self._service = service
        with service.parts.database.reading() as session:
            self._sources: list[SourceRecord] = sources.all_sources(session)
        self._last: dict[str, str] = {}

    def queue_what_is_due(self) -> None:
        queue, now = self._service.parts.queue, self._service.parts.tools.clock()
        for source in self._sources:
            due = slot(parse_schedule(source.schedule or ""), source.name, now)
            if self._last.get(source.name) != due:
                self._last[source.name] = due
                queue.add_slot(source.name, due)
        queue.add_retries()


def _work_off(service: Service) -> None:
    def work() -> None:
        while service.parts.worker.run_next() is not None:
            pass

    threads = [threading.Thread(target=work) for _ in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def _reads(service: Service) -> dict[str, int]:
    from sqlalchemy import text

    with service.parts.database.reading() as session:
        rows = session.execute(text("SELECT status, count(*) FROM run GROUP BY status"))
        return {str(status): int(count) for status, count in rows}


def _first_seen(service: Service, clock: SkippingClock) -> dict[tuple[str, str], float]:
    from sqlalchemy import select

    from indexer.tables import DocumentRow, SourceRow

    start = clock.start
    with service.parts.database.reading() as session:
        rows = session.execute(
            select(SourceRow.name, DocumentRow.key, DocumentRow.observed_at)
            .join(SourceRow, SourceRow.id == DocumentRow.source_id)
            .where(DocumentRow.version == 1)
        )
        return {(name, key): (at - start).total_seconds() for name, key, at in rows}


def pages_of(host: Host) -> int:
    """Return how many requests one read of everything takes."""
    return {Shape.SITE: PAGES + 1}.get(host.shape, 1)
