"""Queue and workers over a workshop."""

from collections.abc import Callable, Iterator

from connectors.errors import InvalidOptions
from connectors.protocol import Connector
from connectors.records import Batch, Cursor
from indexer import sources as registry
from indexer.catalogue import runs
from indexer.queue import Queue
from indexer.records import RunRecord, SourceRecord
from indexer.worker import Worker
from tests.indexer.workshop import FakeConnector, Workshop

WAIT_SECONDS = 20


class Acting(FakeConnector):
    """Does something while it is read."""

    def __init__(self, act: Callable[[], object], *steps: Batch | Exception) -> None:
        super().__init__(*steps)
        self._act = act

    def read(self, cursor: Cursor) -> Iterator[Batch]:
        self._act()
        yield from super().read(cursor)


class Site:
    """A queue, and workers whose connectors are made up by source name."""

    def __init__(self, workshop: Workshop) -> None:
        self.workshop = workshop
        self.queue = Queue(workshop.database, workshop.clock)
        self.connectors: dict[str, Connector] = {}
        self.worker = self.another_worker()

    def another_worker(self, threads: int = 2) -> Worker:
        return Worker(self.queue, self._build, self.workshop.tools, threads=threads)

    def add(self, name: str, *steps: Batch | Exception) -> None:
        self.workshop.source(name)
        self.connectors[name] = FakeConnector(*steps)

    def runs(self, source: str | None = None) -> list[RunRecord]:
        """Return runs, the oldest first."""
        with self.workshop.database.reading() as session:
            return runs.recent(session, source=source, limit=1_000)[::-1]

    def source(self, name: str) -> SourceRecord:
        with self.workshop.database.reading() as session:
            return registry.require(session, name)

    def work_off(self) -> None:
        while self.worker.run_next() is not None:
            pass

    def _build(self, source: SourceRecord) -> Connector:
        if source.name not in self.connectors:
            raise InvalidOptions(f"source {source.name}: unknown kind")
        return self.connectors[source.name]
