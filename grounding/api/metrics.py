"""Metrics for Prometheus: requests, the index, and every source's age.

Where several processes serve on one address, any of them may be asked. So each tells the others
once a second what it counts, and each tells of all, by the label `process`.
"""

import logging
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from threading import Event, Thread

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    Metric,
)
from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.registry import Collector
from sqlalchemy.exc import SQLAlchemyError
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from grounding.api.gateway_metrics import GatewayMetrics
from grounding.api.screening_metrics import ScreeningMetrics
from grounding.line import Line
from grounding.processes.board import Seat
from grounding.query.freshness import freshness
from grounding.query.records import FreshnessStatus
from grounding.service import Service
from indexer.batching import BatchStatistics
from indexer.catalogue import dead_letters, sources
from indexer.tally import Tally

logger = logging.getLogger(__name__)

_TELL_SECONDS = 1.0


class Metrics:
    """The metrics of one process in a registry of their own, and those of all sources."""

    def __init__(self, service: Service, line: Line, seat: Seat | None = None) -> None:
        self._seat = seat
        self.registry = CollectorRegistry()
        self._sources = CollectorRegistry()
        self._seconds = Histogram(
            "grounding_request_seconds",
            "Time to answer a request",
            ["route"],
            registry=self.registry,
            buckets=(0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30),
        )
        self._requests = Counter(
            "grounding_requests", "Requests answered", ["route", "status"], registry=self.registry
        )
        self._pushes = Counter(
            "grounding_hub_pushes",
            "Pushes of hubs, by what became of them",
            ["outcome"],
            registry=self.registry,
        )
        self.registry.register(_Index(service))
        self.registry.register(_Load(line, service.parts.sharing.statistics))
        self.registry.register(GatewayMetrics(service.parts.answers, service.parts.spending))
        self.registry.register(ScreeningMetrics(service.parts.retrieval.screen))
        self._sources.register(_Sources(service))

    def observe(self, route: str, status: int, seconds: float) -> None:
        self._requests.labels(route, str(status)).inc()
        self._seconds.labels(route).observe(seconds)

    def count_push(self, outcome: str) -> None:
        self._pushes.labels(outcome).inc()

    def text(self) -> bytes:
        own = generate_latest(self.registry)
        if self._seat is not None:
            own = _by_process({self._seat.number: own} | self._seat.said_beside())
        return own + generate_latest(self._sources)

    @contextmanager
    def told(self) -> Iterator[None]:
        """Tell the other processes what this one counts while the block runs."""
        if self._seat is None:
            yield
            return
        over = Event()
        teller = Thread(target=self._tell, args=(self._seat, over), name="metrics", daemon=True)
        teller.start()
        try:
            yield
        finally:
            over.set()
            teller.join()

    def _tell(self, seat: Seat, over: Event) -> None:
        while not over.wait(_TELL_SECONDS):
            seat.say(generate_latest(self.registry))


def _by_process(texts: Mapping[int, bytes]) -> bytes:
    """Put what several processes count into one text, each told by its label."""
    families: dict[str, Metric] = {}
    for number, text in sorted(texts.items()):
        for family in text_string_to_metric_families(text.decode()):
            merged = families.setdefault(
                family.name, Metric(family.name, family.documentation, family.type)
            )
            merged.samples += [
                sample._replace(labels={**sample.labels, "process": str(number)})
                for sample in family.samples
            ]
    registry = CollectorRegistry()
    registry.register(_Merged(families.values()))
    return generate_latest(registry)


class _Merged(Collector):
    """Families that are there already."""

    def __init__(self, families: Iterable[Metric]) -> None:
        self._families = families

    def collect(self) -> Iterable[Metric]:
        return self._families


class Measured:
    """ASGI middleware that counts and times every request, by route and status."""

    def __init__(self, app: ASGIApp, *, metrics: Metrics) -> None:
        self._app = app
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        begun, status = time.perf_counter(), 500

        async def noted(message: Message) -> None:
            nonlocal status
            status = message.get("status", status)
            await send(message)

        try:
            await self._app(scope, receive, noted)
        finally:
            route = getattr(scope.get("route"), "path", "unknown")
            self._metrics.observe(route, status, time.perf_counter() - begun)


class _Load(Collector):
    """Who waits for what, read when Prometheus asks."""

    def __init__(self, line: Line, batches: BatchStatistics) -> None:
        self._line = line
        self._batches = batches

    def collect(self) -> Iterable[Metric]:
        line, batches = self._line, self._batches
        yield GaugeMetricFamily(
            "grounding_questions_waiting", "Questions that wait for their turn", value=line.waiting
        )
        yield GaugeMetricFamily(
            "grounding_questions_running", "Questions being answered", value=line.running
        )
        yield CounterMetricFamily(
            "grounding_questions_refused", "Questions refused: too many wait", value=line.refused
        )
        yield _histogram("grounding_question_wait_seconds", "Wait for the turn", line.wait_seconds)
        yield _histogram(
            "grounding_embedding_batch_questions", "Questions embedded at once", batches.sizes
        )
        yield _histogram(
            "grounding_embedding_wait_seconds",
            "Wait of a question until its batch begins",
            batches.wait_seconds,
        )
        yield CounterMetricFamily(
            "grounding_embedding_dropped",
            "Questions not embedded because their caller had left",
            value=batches.dropped,
        )

    def describe(self) -> Iterable[Metric]:
        return ()


def _histogram(name: str, documentation: str, tally: Tally) -> Metric:
    return HistogramMetricFamily(name, documentation, tally.buckets(), sum_value=tally.sum)


class _Index(Collector):
    """How the index stands, read when Prometheus asks."""

    def __init__(self, service: Service) -> None:
        self._service = service

    def collect(self) -> Iterable[Metric]:
        status = self._service.parts.views.status()
        yield GaugeMetricFamily("grounding_index_rows", "Chunks in the index", value=status.rows)
        yield GaugeMetricFamily("grounding_index_seq", "Last change applied", value=status.seq)
        yield GaugeMetricFamily("grounding_index_lag", "Changes not yet applied", value=status.lag)

    def describe(self) -> Iterable[Metric]:
        return ()


class _Sources(Collector):
    """How every source stands, read from the database when Prometheus asks."""

    def __init__(self, service: Service) -> None:
        self._service = service

    def collect(self) -> Iterable[Metric]:
        try:
            yield from self._standing()
        except SQLAlchemyError as error:  # what the index says is wanted all the more
            logger.error("metrics of sources left out, the database cannot be read: %s", error)

    def _standing(self) -> Iterable[Metric]:
        now = self._service.parts.tools.clock()
        with self._service.parts.database.reading() as session:
            known = sources.all_sources(session)
            unread = dead_letters.counts(session)
        promise = GaugeMetricFamily(
            "grounding_source_freshness",
            "How a source stands against its promise: 1 for the status that holds",
            labels=["source", "status"],
        )
        age = GaugeMetricFamily(
            "grounding_source_age_seconds", "Since the last successful read", labels=["source"]
        )
        failures = GaugeMetricFamily(
            "grounding_source_failures_in_row",
            "Failed reads since the last good one",
            labels=["source"],
        )
        failing = GaugeMetricFamily(
            "grounding_source_failing_seconds",
            "Since the first of the failed reads in a row; 0 for a source that is well",
            labels=["source", "remedy"],
        )
        letters = GaugeMetricFamily(
            "grounding_source_dead_letters", "Items that could not be read", labels=["source"]
        )
        for source in known:
            lasts = (
                0.0
                if source.failing_since is None
                else (now - source.failing_since).total_seconds()
            )
            failing.add_metric([source.name, source.remedy.value if source.remedy else ""], lasts)
            letters.add_metric([source.name], unread.get(source.id, 0))
            standing = freshness(source, now=now).status
            for status in FreshnessStatus:
                promise.add_metric([source.name, status.value], float(status is standing))
            failures.add_metric([source.name], source.failures_in_row)
            if source.last_success_at is not None:
                age.add_metric([source.name], (now - source.last_success_at).total_seconds())
        yield promise
        yield age
        yield failures
        yield failing
        yield letters

    def describe(self) -> Iterable[Metric]:
        return ()
