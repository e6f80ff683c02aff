"""Items that could not be read, over HTTP."""

from typing import Any

import pytest

from grounding import NotFound
from tests.fakes import FakeClock
from tests.grounding.api.problem import problem_of
from tests.grounding.serving import HOUR, Running, document
from tests.web import Answer, WebServer, json_of

MAPPING: dict[str, Any] = {"documents": {"key": "id", "text": "text"}}
GOOD, BAD = {"id": "a", "text": "Gold rose"}, {"id": "b"}


def added(running: Running, web: WebServer, *items: dict[str, str]) -> str:
    """Add a source "items" that lists these, read it, and return its path on the site."""
    url = web.route("/items", json_of([*items]))
    running.client.add_source("items", "json", options={"url": url, **MAPPING})
    running.client.sync("items")
    return url


def test_an_item_that_fails_is_listed_with_its_reason(running: Running) -> None:
    with WebServer() as web:
        added(running, web, GOOD, BAD)

    (letter,) = running.client.dead_letters(source="items")

    assert (letter.source, letter.key, letter.times) == ("items", "b", 1)
    assert "no text" in letter.reason
    assert running.client.source("items").dead_letters == 1


def test_a_retry_reads_the_item_although_the_source_says_unmodified(running: Running) -> None:
    with WebServer() as web:
        tagged = {"ETag": '"v1"'}
        body = json_of([GOOD, BAD]).body
        url = web.route("/items", Answer(body=body, headers=tagged))
        running.client.add_source("items", "json", options={"url": url, **MAPPING})
        running.client.sync("items")
        web.route("/items", Answer(body=json_of([GOOD, BAD | {"text": "B"}]).body, headers=tagged))
        unmodified = running.client.sync("items")

        retried = running.client.retry_dead_letters("items")

    assert (unmodified.new, retried.new, retried.unchanged) == (0, 1, 1)
    assert running.client.dead_letters() == ()


def test_letters_are_dismissed_one_or_all(running: Running) -> None:
    with WebServer() as web:
        added(running, web, GOOD, BAD, {"id": "c"}, {"id": "d"})

    one = running.client.dismiss_dead_letters("items", key="b")
    rest = running.client.dismiss_dead_letters("items")

    assert (one.dismissed, rest.dismissed) == (1, 2)
    assert running.client.dead_letters() == ()


def test_unknown_sources_are_refused(running: Running) -> None:
    with pytest.raises(NotFound, match="nobody"):
        running.client.retry_dead_letters("nobody")
    with pytest.raises(NotFound, match="nobody"):
        running.client.dismiss_dead_letters("nobody")

    problem_of(running.http.get("/v1/dead-letters?source=nobody"), 422)


def test_a_source_that_is_pushed_to_has_nothing_to_retry(running: Running) -> None:
    running.push(document("a", "Gold"), source="desk")

    problem = problem_of(running.http.post("/v1/sources/desk/dead-letters/retry"), 403)

    assert "pushed to" in problem["detail"]


def test_a_source_that_fails_says_since_when_and_what_to_do(
    running: Running, clock: FakeClock
) -> None:
    with WebServer() as web:
        running.client.add_source("gone", "feed", options={"url": web.url("/nowhere")})
        running.client.sync("gone")
        began = clock()
        clock.advance(50 * HOUR)
        running.client.sync("gone")

    source = running.client.source("gone")
    metrics = running.http.get("/metrics").text
    (warning,) = running.client.search("anything").warnings

    assert (source.remedy, source.failing_since, source.failures_in_row) == ("fix", began, 2)
    assert 'grounding_source_failing_seconds{remedy="fix",source="gone"} 180000.0' in metrics
    assert 'grounding_source_dead_letters{source="gone"} 0.0' in metrics
    assert warning.startswith("source gone: the last 2 reads failed, for 2 days (to be fixed")
