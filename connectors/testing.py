"""What every connector must pass, as tests that anybody's connector can inherit.

    class TestStatus(ConnectorContract):
        kind = StatusConnector  # or "status", once it is registered

        def options(self, site: Site) -> dict[str, object]:
            return {"url": site.url}

        good = Answer(b"Everything works.")
        changed = Answer(b"The database is slow.")

Needs pytest. The connector reads a real HTTP server on this machine, through the real `Fetcher`.
"""

import json
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import ClassVar

from connectors import registry
from connectors.errors import InvalidOptions, RetryLater, SourceBroken
from connectors.http.fetch import Fetcher, FetchLimits
from connectors.protocol import Connector, ConnectorClass
from connectors.records import Batch, Cursor, Document, Observation, Semantics

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
GARBAGE = (
    b"",
    b"\0\xff\xfe\x00" * 50,
    b"<html><body>Sign in to this network</body></html>",
    b"{" * 5_000,
    b"<a>" * 5_000,
    b'{"error": "quota exceeded"}',
    b"null",
    "\u202e\u0000\ud7ff,\n".encode() * 20,
)


@dataclass(frozen=True, slots=True)
class Answer:
    """What the site answers to a request."""

    body: bytes = b""
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Asked:
    """A request that the site was sent; header names in lower case."""

    path: str
    headers: Mapping[str, str]


class Site:
    """A web site on this machine. Every path answers the same, unless it was given its own."""

    def __init__(self) -> None:
        self.answer = Answer()
        self.answers: dict[str, Answer] = {}
        self.asked: list[Asked] = []
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self._thread = threading.Thread(
            target=lambda: self._server.serve_forever(0.01), daemon=True
        )

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}/"

    def __enter__(self) -> "Site":
        self._thread.start()
        return self

    def __exit__(self, *ended: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def answer_to(self, path: str) -> Answer:
        return self.answers.get(path.partition("?")[0], self.answer)

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        site = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                headers = {name.lower(): value for name, value in self.headers.items()}
                site.asked.append(Asked(self.path, headers))
                answer = site.answer_to(self.path)
                tag = answer.headers.get("ETag")
                if tag is not None and headers.get("if-none-match") == tag:
                    answer = Answer(status=304, headers={"ETag": tag})
                self.send_response(answer.status)
                for name, value in answer.headers.items():
                    self.send_header(name, value)
                if answer.status != 304:
                    self.send_header("Content-Length", str(len(answer.body)))
                self.end_headers()
                self.wfile.write(answer.body)

            def log_message(self, *_: object) -> None:
                """Tests are quiet."""

        return Handler


@contextmanager
def local_fetcher(*, now: datetime = NOW) -> Iterator[Fetcher]:
    """Yield a fetcher that may read this machine and asks a failing site once, without waiting."""
    fetcher = Fetcher(
        FetchLimits(attempts=1, timeout_seconds=10),
        allow_private_addresses=True,
        sleep=lambda _: None,
        clock=lambda: now,
    )
    with fetcher:
        yield fetcher


def read_all(connector: Connector, cursor: Cursor | None = None) -> Batch:
    """Read to the end and return everything as one batch with the last cursor."""
    return joined(list(connector.read(cursor or {})))


def joined(batches: Iterable[Batch]) -> Batch:
    """Return batches of one read as one; there must be at least one."""
    given = list(batches)
    last = given[-1]
    return replace(
        last,
        documents=tuple(one for batch in given for one in batch.documents),
        series=tuple(one for batch in given for one in batch.series),
        observations=tuple(one for batch in given for one in batch.observations),
        removed=tuple(one for batch in given for one in batch.removed),
        unchanged=tuple(one for batch in given for one in batch.unchanged),
        failures=tuple(one for batch in given for one in batch.failures),
        remarks=tuple(one for batch in given for one in batch.remarks),
        bytes_read=sum(batch.bytes_read for batch in given),
    )


class ConnectorContract:
    """Inherit, set `kind`, `good` and `changed`, and say in `options` how the site is read.

    good: an answer with at least one readable item. changed: the same with one item changed.
    empty: an answer that lists nothing, where the source can have nothing to say.
    media_type: sent with every answer.
    now: what the injected clock says.
    """

    kind: ClassVar[str | ConnectorClass]
    good: ClassVar[Answer]
    changed: ClassVar[Answer]
    empty: ClassVar[Answer | None] = None
    media_type: ClassVar[str] = "application/octet-stream"
    now: ClassVar[datetime] = NOW

    def options(self, site: Site) -> dict[str, object]:
        raise NotImplementedError

    def prepare(self, site: Site, answer: Answer) -> None:
        """Make the site answer so; override where an answer is more than one file."""
        site.answer = self._typed(answer)

    @contextmanager
    def reading(self, answer: Answer, **options: object) -> Iterator[tuple[Site, Connector]]:
        """Give tests of one's own a site that answers so, and a connector with these options."""
        with Site() as site, local_fetcher(now=self.now) as fetcher:
            self.prepare(site, answer)
            yield site, self._connector({**self.options(site), **options}, fetcher)

    # Options

    def test_an_option_that_does_not_exist_is_refused(self) -> None:
        with Site() as site, local_fetcher(now=self.now) as fetcher:
            options = {**self.options(site), "no_such_option": 1}
            error = _error(lambda: self._connector(options, fetcher))

        assert isinstance(error, InvalidOptions)
        assert "no_such_option" in str(error)

    def test_it_says_its_kind_and_what_absence_means(self) -> None:
        with self.reading(self.good) as (_, connector):
            assert connector.kind == (self.kind if isinstance(self.kind, str) else self.kind.kind)
            assert isinstance(connector.semantics, Semantics)

    # Reading

    def test_it_reads_items_with_distinct_keys_and_utc_times(self) -> None:
        with self.reading(self.good) as (_, connector):
            found = read_all(connector)

        keys = [document.key for document in found.documents]
        pairs = [(one.series, one.valid_from) for one in found.observations]
        assert keys or pairs
        assert len(set(keys)) == len(keys)
        assert len(set(pairs)) == len(pairs)
        assert {series for series, _ in pairs} <= {one.key for one in found.series}
        assert all(at.utcoffset() == timedelta(0) for at in _times(found))

    def test_reading_twice_from_one_cursor_gives_the_same(self) -> None:
        with self.reading(self.good) as (_, connector):
            assert _items(read_all(connector)) == _items(read_all(connector))

    def test_every_cursor_survives_json(self) -> None:
        with self.reading(self.good) as (_, connector):
            for batch in connector.read({}):
                assert json.loads(json.dumps(batch.cursor)) == batch.cursor

    def test_a_restart_after_any_batch_loses_nothing(self) -> None:
        with self.reading(self.good) as (_, connector):
            whole = read_all(connector)
            batches = list(connector.read({}))
            for stop in range(len(batches)):
                before = batches[: stop + 1]
                after = read_all(connector, json.loads(json.dumps(batches[stop].cursor)))
                given = joined([*before, after])
                assert set(_keys(given)) >= set(_keys(whole))

    def test_an_unchanged_source_gives_nothing_again(self) -> None:
        with self.reading(self.good) as (_, connector):
            cursor = json.loads(json.dumps(read_all(connector).cursor))
            again = read_all(connector, cursor)

            assert not again.documents
            assert not again.observations
            assert not again.removed
            assert read_all(connector, again.cursor).documents == ()

    def test_the_site_is_told_what_is_known_and_believed_when_it_says_304(self) -> None:
        tagged = replace(self.good, headers={**self.good.headers, "ETag": '"v1"'})
        with self.reading(tagged) as (site, connector):
            first = read_all(connector)
            site.asked.clear()
            again = read_all(connector, json.loads(json.dumps(first.cursor)))

        assert not again.documents
        assert not again.observations
        assert again.failures == ()
        assert any(one.headers.get("if-none-match") == '"v1"' for one in site.asked)

    def test_a_change_is_read(self) -> None:
        with self.reading(self.good) as (site, connector):
            first = read_all(connector)
            self.prepare(site, self.changed)
            second = read_all(connector, first.cursor)

        assert set(_items(second)) - set(_items(first))

    def test_only_a_snapshot_may_be_complete(self) -> None:
        with self.reading(self.good) as (_, connector):
            found = read_all(connector)
            assert not found.is_complete or connector.semantics is Semantics.SNAPSHOT

    # What goes wrong

    def test_a_busy_site_is_to_be_asked_later(self) -> None:
        busy = Answer(status=503, headers={"Retry-After": "120"})
        with self.reading(busy) as (_, connector):
            error = _error(lambda: read_all(connector))

        assert isinstance(error, RetryLater)
        assert error.retry_after_seconds == 120

    def test_a_site_without_it_is_a_failure_and_not_an_empty_answer(self) -> None:
        with self.reading(Answer(status=404)) as (_, connector):
            assert isinstance(_error(lambda: read_all(connector)), SourceBroken | RetryLater)

    def test_garbage_is_refused_or_reported_and_nothing_else(self) -> None:
        for body in GARBAGE:
            with self.reading(Answer(body)) as (_, connector):
                try:
                    found = read_all(connector)
                except (SourceBroken, RetryLater) as error:
                    assert str(error)
                else:
                    assert all(failure.reason for failure in found.failures)

    def test_garbage_after_a_good_read_removes_nothing(self) -> None:
        with self.reading(self.good) as (site, connector):
            cursor = read_all(connector).cursor
            for body in GARBAGE:
                self.prepare(site, Answer(body))
                try:
                    found = read_all(connector, cursor)
                except (SourceBroken, RetryLater):
                    continue
                assert not found.removed
                assert not (found.is_complete and not _keys(found) and not found.unchanged)

    def test_an_empty_listing_removes_nothing(self) -> None:
        if self.empty is None:
            return
        with self.reading(self.good) as (site, connector):
            cursor = read_all(connector).cursor
            self.prepare(site, self.empty)
            found = read_all(connector, cursor)

        assert _keys(found) == []
        assert not found.removed

    def _connector(self, options: Mapping[str, object], fetcher: Fetcher) -> Connector:
        def clock() -> datetime:
            return self.now

        if isinstance(self.kind, str):
            return registry.build(self.kind, options, source="here", fetcher=fetcher, clock=clock)
        return registry.make(self.kind, options, source="here", fetcher=fetcher, clock=clock)

    def _typed(self, answer: Answer) -> Answer:
        return replace(answer, headers={"Content-Type": self.media_type, **answer.headers})


def _error(act: Callable[[], object]) -> Exception | None:
    """Return the error a connector may raise, or None; any other is a bug and rises."""
    try:
        act()
    except (SourceBroken, RetryLater) as error:
        return error
    return None


def _items(found: Batch) -> list[Document | Observation | str]:
    """Return items in a form that can be compared and put into a set."""
    documents = [repr(one) for one in found.documents]
    return [*documents, *found.observations]


def _keys(found: Batch) -> list[object]:
    documents = [one.key for one in found.documents]
    return [*documents, *((one.series, one.valid_from) for one in found.observations)]


def _times(found: Batch) -> list[datetime]:
    given = [
        at
        for one in found.documents
        for at in (one.published_at, one.updated_at, one.valid_from, one.valid_until)
    ]
    given += [at for one in found.observations for at in (one.valid_from, one.valid_until)]
    return [at for at in given if at is not None]
