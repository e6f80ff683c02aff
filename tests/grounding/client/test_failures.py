"""What goes wrong, what it is called, and what is tried again."""

import socket

import pytest

from grounding import (
    Busy,
    Client,
    Conflict,
    GroundingError,
    InvalidRequest,
    NotFound,
    Refused,
    ServerFailed,
    TimedOut,
    TooLarge,
    Unauthorized,
    Unreachable,
)
from tests.grounding.client import replies
from tests.grounding.client.service import Answer, Service

PROBLEM = {
    "type": "about:blank",
    "title": "Invalid request",
    "status": 422,
    "detail": "1 field is wrong",
    "errors": [{"field": "as_of", "message": "has no offset"}],
}
BUSY = Answer(503, {"title": "Busy", "detail": "starting"})
DROPPED = Answer(is_dropped=True)


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, InvalidRequest),
        (401, Unauthorized),
        (403, Refused),
        (404, NotFound),
        (409, Conflict),
        (413, TooLarge),
        (422, InvalidRequest),
        (418, Refused),
        (302, Refused),
        (500, ServerFailed),
        (502, ServerFailed),
        (429, Busy),
        (503, Busy),
    ],
)
def test_every_status_has_its_error(service: Service, status: int, kind: type[Exception]) -> None:
    service.answers(Answer(status, PROBLEM))

    with Client(service.base_url, attempts=1) as client, pytest.raises(GroundingError) as raised:
        client.search("x")

    assert type(raised.value) is kind
    assert raised.value.status == status  # type: ignore[attr-defined]
    assert "1 field is wrong" in str(raised.value)
    assert len(service.asked) == 1


def test_an_invalid_request_says_which_fields(service: Service, client: Client) -> None:
    service.answers(Answer(422, PROBLEM))

    with pytest.raises(InvalidRequest, match="as_of: has no offset") as raised:
        client.search("x")

    assert raised.value.fields == {"as_of": "has no offset"}


@pytest.mark.parametrize("raw", [b"<html>Bad gateway</html>", b"", b"[1]", b"\xff\xfe"])
def test_an_error_page_of_a_proxy_is_still_an_error(
    service: Service, client: Client, raw: bytes
) -> None:
    service.answers(Answer(502, raw=raw))

    with pytest.raises(ServerFailed, match="502: "):
        client.search("x")


@pytest.mark.parametrize(
    "reply",
    [
        [],
        {},
        None,
        {**replies.SEARCH, "results": {}},
        {**replies.SEARCH, "results": [{}]},
        {**replies.SEARCH, "seq": "7"},
        {**replies.SEARCH, "seq": True},
        {**replies.SEARCH, "as_of": "yesterday"},
        {**replies.SEARCH, "as_of": "2026-11-21T06:30:00"},
        {**replies.SEARCH, "results": [{**replies.EVIDENCE, "observation": 3}]},
    ],
)
def test_an_answer_that_is_not_understood_is_a_failure_of_the_server(
    service: Service, client: Client, reply: object
) -> None:
    service.answers(Answer(200, reply))

    with pytest.raises(ServerFailed, match="the reply cannot be read"):
        client.search("x")


def test_an_answer_that_is_not_json_is_a_failure_of_the_server(
    service: Service, client: Client
) -> None:
    service.answers(Answer(200, raw=b"<html>"))

    with pytest.raises(ServerFailed):
        client.sources()


def test_being_busy_is_waited_out(service: Service, client: Client, pauses: list[float]) -> None:
    service.answers(BUSY, Answer(429), replies.SEARCH)

    assert client.search("x").seq == 7

    assert len(service.asked) == 3
    assert 0.05 <= pauses[0] <= 0.1 <= pauses[1] <= 0.2


def test_the_service_says_how_long_to_wait(
    service: Service, client: Client, pauses: list[float]
) -> None:
    service.answers(Answer(503, headers={"Retry-After": "2"}), replies.SEARCH)

    client.search("x")

    assert pauses == [2.0]


def test_a_wait_beyond_the_timeout_is_not_begun(
    service: Service, client: Client, pauses: list[float]
) -> None:
    service.answers(Answer(503, headers={"Retry-After": "60"}))

    with pytest.raises(Busy) as raised:
        client.search("x")

    assert raised.value.retry_after_seconds == 60.0
    assert (len(service.asked), pauses) == (1, [])


def test_a_date_to_retry_after_is_left_to_our_own_backoff(service: Service, client: Client) -> None:
    date = {"Retry-After": "Fri, 31 Dec 2027 23:59:59 GMT"}
    service.answers(Answer(503, headers=date), replies.SEARCH)

    assert client.search("x").seq == 7


def test_after_the_last_attempt_the_failure_is_told(
    service: Service, client: Client, pauses: list[float]
) -> None:
    service.answers(BUSY)

    with pytest.raises(Busy, match="503: starting"):
        client.search("x")

    assert (len(service.asked), len(pauses)) == (3, 2)


def test_a_broken_connection_is_tried_again(service: Service, client: Client) -> None:
    service.answers(DROPPED, replies.PUSHED)

    assert client.push_documents([{"key": "a", "text": "b"}]).seq == 8

    assert service.asked[0].body == service.asked[1].body


@pytest.mark.parametrize("answer", [BUSY, DROPPED])
def test_what_cannot_be_repeated_without_harm_is_not(
    service: Service, client: Client, answer: Answer
) -> None:
    service.answers(answer)

    for call in (
        lambda: client.sync("eia"),
        lambda: client.add_source("eia", "json"),
        lambda: client.remove_source("eia"),
    ):
        with pytest.raises((Busy, Unreachable)):
            call()

    assert len(service.asked) == 3


def test_refusals_are_not_repeated(service: Service, client: Client) -> None:
    service.answers(Answer(404, {"detail": "no such source"}))

    with pytest.raises(NotFound, match="404: no such source"):
        client.source("x")

    assert len(service.asked) == 1


def test_a_service_that_does_not_run_is_unreachable_by_name(pauses: list[float]) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        base_url = f"http://127.0.0.1:{unused.getsockname()[1]}"

    with Client(base_url, sleep=pauses.append) as client, pytest.raises(Unreachable) as raised:
        client.sync("eia")

    assert str(raised.value).startswith(f"{base_url}: cannot connect")
    assert not raised.value.was_sent
    assert len(pauses) == 2


def test_a_silent_service_times_out_without_another_attempt(service: Service) -> None:
    service.answers(Answer(is_silent=True))

    with Client(service.base_url, timeout_seconds=1.0) as client, pytest.raises(TimedOut):
        client.search("x")

    assert len(service.asked) == 1


@pytest.mark.parametrize(
    "arguments",
    [
        {"base_url": "127.0.0.1:8080"},
        {"base_url": "ftp://127.0.0.1"},
        {"timeout_seconds": 0},
        {"attempts": 0},
    ],
)
def test_nonsense_is_refused_when_the_client_is_made(arguments: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=next(iter(arguments))):
        Client(**arguments)  # type: ignore[arg-type]
