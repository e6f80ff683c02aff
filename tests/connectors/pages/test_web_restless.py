"""Pages that change on every read, as the kind `web` treats them."""

from connectors.http.fetch import Fetcher
from tests.connectors.harbour import WORDS, page, reads
from tests.connectors.reading import connector, read
from tests.web import Answer, Request, WebServer, html


def counting(web: WebServer, path: str) -> str:
    """Route a page that says another number on every read."""
    told = iter(range(1_000))

    def answer(_: Request) -> Answer:
        return html(page(f"<p>{WORDS}</p><p>Read {next(told)} times.</p>"))

    return web.route(path, answer)


def test_page_that_changes_on_every_read_is_not_handed_over_for_ever(
    web: WebServer, fetcher: Fetcher
) -> None:
    url = counting(web, "/a")

    found = reads(connector("web", fetcher, url=url), 10)

    assert [len(each.documents) for each in found] == [1] * 5 + [0] * 5
    assert found[-1].unchanged == [url]
    assert found[-1].batches[0].remarks == (
        f"{url} changes on every read; small changes are taken over every 15 min; "
        "name what varies in `ignore`",
    )


def test_restless_page_is_handed_over_at_once_when_its_words_change(
    web: WebServer, fetcher: Fetcher
) -> None:
    url = counting(web, "/a")
    source = connector("web", fetcher, url=url)
    cursor = reads(source, 8)[-1].cursor
    web.route("/a", html(page("<p>The harbour closed again as another storm came in.</p>")))

    assert read(source, cursor).keys == [url]


def test_restless_pages_can_be_kept(web: WebServer, fetcher: Fetcher) -> None:
    url = counting(web, "/a")

    found = reads(connector("web", fetcher, url=url, restless="keep"), 10)

    assert [len(each.documents) for each in found] == [1] * 10
    assert found[-1].batches[0].remarks == ()
