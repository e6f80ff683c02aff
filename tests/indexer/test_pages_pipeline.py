"""Pages through the real pipeline: what is read, removed, and not stored again for ever."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from connectors import registry
from connectors.http.fetch import Fetcher
from connectors.records import Semantics
from indexer.pipeline import sync
from indexer.reading import Outcome
from tests.connectors.fetching import local_fetcher
from tests.indexer.workshop import Workshop
from tests.web import Answer, Request, WebServer, html

WORDS = (
    "The harbour reopened on Sunday after a storm that lasted for three days and closed every "
    "pier in the city, said the officials who had counted the damage."
)


@pytest.fixture
def web() -> Iterator[WebServer]:
    with WebServer() as server:
        yield server


@pytest.fixture
def fetcher() -> Iterator[Fetcher]:
    with local_fetcher([]) as one:
        yield one


def page(words: str) -> Answer:
    return html(f"<html lang='en'><body><p>{words}</p></body></html>")


def listing(*urls: str) -> Answer:
    return Answer(
        body=f"<urlset>{''.join(f'<url><loc>{url}</loc></url>' for url in urls)}</urlset>".encode()
    )


def reading(workshop: Workshop, fetcher: Fetcher, kind: str, url: str) -> Outcome:
    """Read `url` an hour after the last time, from where that left off."""
    workshop.clock.advance(timedelta(hours=1))
    semantics = Semantics.SNAPSHOT if kind == "sitemap" else Semantics.KEYED_LATEST
    source = workshop.source(kind, semantics)
    connector = registry.build(
        kind, {"url": url}, source=kind, fetcher=fetcher, clock=workshop.clock
    )
    return sync(source, connector, workshop.tools, alive=lambda: None)


def test_page_that_two_listings_lack_is_removed_and_an_empty_one_removes_nothing(
    workshop: Workshop, web: WebServer, fetcher: Fetcher
) -> None:
    one, two = web.route("/1", page("Pier one is open.")), web.route("/2", page("Pier two."))
    url = web.route(
        "/sitemap.xml",
        listing(one, two),
        listing(),
        listing(one),
        listing(),
        listing(one, web.url("/gone")),
        listing(one),
    )
    standing = []

    for _ in range(6):
        reading(workshop, fetcher, "sitemap", url)
        standing.append(len(workshop.current()))

    assert standing == [2, 2, 2, 2, 1, 1]
    assert [*workshop.current()] == [one]


def test_page_that_changes_on_every_read_is_not_stored_for_ever(
    workshop: Workshop, web: WebServer, fetcher: Fetcher
) -> None:
    told = iter(range(1_000))

    def counting(_: Request) -> Answer:
        return page(f"{WORDS} Read {next(told)} times.")

    url = web.route("/a", counting)

    for _ in range(48):
        reading(workshop, fetcher, "web", url)

    assert len(workshop.versions(url)) <= 14


def test_page_that_is_gone_twice_is_removed(
    workshop: Workshop, web: WebServer, fetcher: Fetcher
) -> None:
    url = web.route("/a", page(WORDS), Answer(status=404))

    before = reading(workshop, fetcher, "web", url)
    once = reading(workshop, fetcher, "web", url)
    assert [*workshop.current()] == [url]
    twice = reading(workshop, fetcher, "web", url)

    assert (before.counts.new, once.counts.unchanged, twice.counts.removed) == (1, 1, 1)
    assert workshop.current() == {}
