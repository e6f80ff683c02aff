from datetime import timedelta
from email.utils import format_datetime
from threading import Event
from time import monotonic

import pytest

from connectors.errors import Refused, RetryLater, SourceBroken, SourceGone
from connectors.http.fetch import Fetcher, Reply, Validators, default_user_agent
from tests.connectors.fetching import local_fetcher
from tests.fakes import FakeClock
from tests.web import Answer, Request, WebServer, html


def test_reply_tells_what_the_source_said(web: WebServer, fetcher: Fetcher) -> None:
    headers = {
        "Content-Type": "Text/HTML; charset=UTF-8",
        "ETag": '"v1"',
        "Last-Modified": "Sun, 01 Mar 2026 10:00:00 GMT",
    }
    url = web.route("/page", Answer(body=b"<p>hello", headers=headers))

    reply = fetcher.fetch(url)

    assert reply == Reply(
        url=url,
        status=200,
        body=b"<p>hello",
        media_type="text/html",
        charset="utf-8",
        validators=Validators('"v1"', "Sun, 01 Mar 2026 10:00:00 GMT"),
        bytes_received=8,
        is_unmodified=False,
    )


def test_missing_content_type_is_empty(web: WebServer, fetcher: Fetcher) -> None:
    reply = fetcher.fetch(web.route("/page", Answer(body=b"x")))

    assert (reply.media_type, reply.charset) == ("", None)


def test_known_content_is_not_sent_again(web: WebServer, fetcher: Fetcher) -> None:
    url = web.route("/page", html("hello", ETag='"v1"'))
    first = fetcher.fetch(url)

    second = fetcher.fetch(url, validators=first.validators)

    assert second.is_unmodified
    assert second.body == b""
    assert second.validators == first.validators


def test_last_modified_is_sent_back(web: WebServer, fetcher: Fetcher) -> None:
    url = web.route("/page", Answer(status=304))
    known = Validators(last_modified="Sun, 01 Mar 2026 10:00:00 GMT")

    reply = fetcher.fetch(url, validators=known)

    assert web.asked("/page")[0].headers["if-modified-since"] == known.last_modified
    assert reply.validators == known


def test_304_to_an_unconditional_request_is_not_taken_for_content(
    web: WebServer, fetcher: Fetcher
) -> None:
    with pytest.raises(SourceBroken, match="304 to an unconditional request"):
        fetcher.fetch(web.route("/page", Answer(status=304)))


def test_validators_survive_a_cursor() -> None:
    known = Validators('"v1"', None)

    assert Validators.from_cursor(known.as_cursor()) == known
    assert Validators.from_cursor({"etag": 7, "last_modified": None}) == Validators()


def test_an_etag_that_could_not_be_sent_back_is_forgotten(web: WebServer, fetcher: Fetcher) -> None:
    reply = fetcher.fetch(web.route("/page", Answer(headers={"ETag": '"caf\xe9"'})))

    assert reply.validators == Validators()


def test_user_agent_says_who_asks(web: WebServer, fetcher: Fetcher) -> None:
    fetcher.fetch(web.route("/page", html("x")))

    agent = web.asked("/page")[0].headers["user-agent"]
    assert agent == "grounding/test (+mailto:ops@example.org)"
    assert default_user_agent("mailto:me@example.org").endswith(" (+mailto:me@example.org)")
    assert default_user_agent().startswith("grounding/")


def test_configured_headers_and_password_are_sent(web: WebServer, fetcher: Fetcher) -> None:
    web.route("/page", html("x"))
    url = web.url("/page").replace("http://", "http://ann:s3cret@")

    reply = fetcher.fetch(url, headers={"X-Key": "k", "accept": "text/csv"})

    sent = web.asked("/page")[0].headers
    assert sent["x-key"] == "k"
    assert sent["accept"] == "text/csv"
    assert sent["authorization"] == "Basic YW5uOnMzY3JldA=="
    assert "s3cret" not in reply.url


def test_cookies_are_not_kept(web: WebServer, fetcher: Fetcher) -> None:
    url = web.route("/page", html("x", **{"Set-Cookie": "who=me"}))

    fetcher.fetch(url)
    fetcher.fetch(url)

    assert all("cookie" not in request.headers for request in web.requests)


def test_dropped_connection_is_tried_again_with_growing_pauses(
    web: WebServer, fetcher: Fetcher, pauses: list[float]
) -> None:
    drop = Answer(drop=True)

    reply = fetcher.fetch(web.route("/page", drop, drop, html("at last")))

    assert reply.body == b"at last"
    assert 0.5 <= pauses[0] <= 1.0 <= pauses[1] <= 1.5


def test_half_a_body_is_never_taken_for_a_whole(web: WebServer, fetcher: Fetcher) -> None:
    url = web.route("/page", Answer(body=b"x" * 1000, cut_after=400))

    with pytest.raises(RetryLater, match="without sending complete message body"):
        fetcher.fetch(url)

    assert web.count("/page") == 3


def test_nobody_listening_is_retry_later(fetcher: Fetcher) -> None:
    with WebServer() as gone:
        url = gone.url("/page")

    with pytest.raises(RetryLater, match=r"refused|reset"):
        fetcher.fetch(url)


@pytest.mark.parametrize("status", [408, 425, 429, 500, 502, 503, 504])
def test_busy_source_is_asked_again(web: WebServer, fetcher: Fetcher, status: int) -> None:
    url = web.route("/page", Answer(status=status), html("fine"))

    assert fetcher.fetch(url).body == b"fine"


def test_source_that_stays_busy_is_retry_later(
    web: WebServer, fetcher: Fetcher, pauses: list[float]
) -> None:
    with pytest.raises(RetryLater, match="answered 503 Service Unavailable"):
        fetcher.fetch(web.route("/page", Answer(status=503)))

    assert web.count("/page") == 3
    assert len(pauses) == 2


def test_short_retry_after_is_waited_for(
    web: WebServer, fetcher: Fetcher, pauses: list[float]
) -> None:
    busy = Answer(status=429, headers={"Retry-After": "7"})

    fetcher.fetch(web.route("/page", busy, html("fine")))

    assert pauses == [7]


def test_long_retry_after_is_left_to_the_next_read(
    web: WebServer, fetcher: Fetcher, pauses: list[float]
) -> None:
    url = web.route("/page", Answer(status=503, headers={"Retry-After": "3600"}))

    with pytest.raises(RetryLater) as caught:
        fetcher.fetch(url)

    assert caught.value.retry_after_seconds == 3600
    assert (web.count("/page"), pauses) == (1, [])


def test_retry_after_may_be_a_date(web: WebServer, fetcher: Fetcher) -> None:
    then = format_datetime(FakeClock().now + timedelta(minutes=5), usegmt=True)
    url = web.route("/page", Answer(status=503, headers={"Retry-After": then}))

    with pytest.raises(RetryLater) as caught:
        fetcher.fetch(url)

    assert caught.value.retry_after_seconds == 300


@pytest.mark.parametrize("wish", ["soon", "-5", "1e9", "²", ""])
def test_unreadable_retry_after_counts_as_none(web: WebServer, fetcher: Fetcher, wish: str) -> None:
    headers = {"Retry-After": wish}

    reply = fetcher.fetch(web.route("/page", Answer(status=503, headers=headers), html("fine")))

    assert reply.status == 200


@pytest.mark.parametrize(
    ("status", "message"),
    [
        (400, "answered 400 Bad Request"),
        (401, "answered 401 Unauthorized; check the credentials"),
        (403, "answered 403 Forbidden; check the credentials"),
        (404, "answered 404 Not Found; check its url"),
        (410, "answered 410 Gone; it will not come back"),
        (451, "answered 451"),
        (300, "answered 300 Multiple Choices"),
        (499, "answered 499"),
    ],
)
def test_refusal_is_not_asked_again(
    web: WebServer, fetcher: Fetcher, status: int, message: str
) -> None:
    url = web.route("/page", Answer(status=status))

    with pytest.raises(SourceBroken, match=message) as caught:
        fetcher.fetch(url)

    assert url in str(caught.value)
    assert web.count("/page") == 1


def test_a_source_that_is_gone_is_told_from_one_that_refuses(
    web: WebServer, fetcher: Fetcher
) -> None:
    with pytest.raises(SourceGone):
        fetcher.fetch(web.route("/page", Answer(status=410)))
    with pytest.raises(Refused) as caught:
        fetcher.fetch(web.url("/nowhere"))

    assert caught.value.status == 404


def test_secrets_in_urls_are_not_shown(web: WebServer, fetcher: Fetcher) -> None:
    url = web.url("/gone?appid=s3cret&page=2").replace("http://", "http://ann:passw0rd@")

    with pytest.raises(SourceBroken) as caught:
        fetcher.fetch(url)

    message = str(caught.value)
    assert "s3cret" not in message
    assert "passw0rd" not in message
    assert "/gone?appid=***&page=***" in message


def test_silence_ends_before_the_whole_time_is_over(web: WebServer, pauses: list[float]) -> None:
    is_over = Event()

    def silent(request: Request) -> Answer:
        is_over.wait(10)
        return Answer()

    begin = monotonic()
    with (
        local_fetcher(pauses, attempts=1, first_byte_timeout_seconds=0.2) as fetcher,
        pytest.raises(RetryLater, match="took too long"),
    ):
        fetcher.fetch(web.route("/page", silent))
    is_over.set()

    assert monotonic() - begin < 5
