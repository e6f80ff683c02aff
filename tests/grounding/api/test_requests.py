"""What callers may send wrongly, and that they are told which field it was."""

import json
from typing import Any

import pytest

from tests.fakes import START
from tests.grounding.api.problem import fields_of, problem_of
from tests.grounding.serving import Running

JSON = {"Content-Type": "application/json"}
FUTURE = "2026-03-01T12:00:01Z"
USER = {"role": "user", "content": "oil price"}


def nested(depth: int) -> list[Any]:
    value: list[Any] = []
    for _ in range(depth):
        value = [value]
    return value


@pytest.mark.parametrize("path", ["/v1/search", "/v1/augment"])
@pytest.mark.parametrize("field", ["as_of", "known_at", "published_after", "published_before"])
@pytest.mark.parametrize(
    "time",
    [
        "2026-02-30T00:00:00Z",
        "2026-02-01T25:00:00Z",
        "2026-02-01T10:00:00",
        "2026-02-01",
        "1700000000",
        1700000000,
        1700000000.5,
        True,
        "yesterday",
        "",
        "0001-01-01T00:00:00+14:00",
        "9999-12-31T23:59:59-14:00",
        {"at": "2026-02-01T00:00:00Z"},
    ],
)
def test_time_that_is_naive_impossible_or_no_text_is_refused(
    shared: Running, path: str, field: str, time: object
) -> None:
    reply = shared.post(path, {"query": "oil", field: time})

    assert fields_of(reply) == [field]


@pytest.mark.parametrize(
    ("field", "body"),
    [
        ("as_of", {"as_of": FUTURE}),
        ("known_at", {"known_at": FUTURE}),
        ("as_of", {"as_of": "9999-12-31T23:59:59Z"}),
        (
            "published_before",
            {"published_after": "2026-02-02T00:00:00Z", "published_before": "2026-02-01T00:00:00Z"},
        ),
        (
            "published_before",
            {"published_after": "2026-02-01T00:00:00Z", "published_before": "2026-02-01T00:00:00Z"},
        ),
        ("published_before", {"start_date": "2026-02-02", "end_date": "2026-02-01"}),
        ("published_before", {"max_age": "1h", "published_before": "2026-02-01T00:00:00Z"}),
        ("start_date", {"start_date": "2026-02-30"}),
        ("end_date", {"end_date": "26-02-01"}),
        ("end_date", {"end_date": 20260201}),
        ("max_age", {"max_age": "-5m"}),
        ("max_age", {"max_age": "0s"}),
        ("max_age", {"max_age": 60}),
        ("max_age", {"max_age": "P1Y"}),
        ("max_age", {"max_age": "9999999w"}),
        ("max_age", {"max_age": "999999999999999w"}),
        ("sources", {"sources": ["nobody"]}),
        ("sources", {"sources": "push"}),
        ("sources", {"sources": [1]}),
        ("collections", {"collections": ["nothing"]}),
        ("include_domains", {"include_domains": [""]}),
        ("min_seq", {"min_seq": 10_000_000}),
        ("min_seq", {"min_seq": -1}),
        ("min_seq", {"min_seq": 2**80}),
        ("min_seq", {"min_seq": 1.5}),
        ("query", {"query": ""}),
        ("query", {"query": " \n\t\u2003"}),
        ("query", {"query": "\x00"}),
        ("query", {"query": "x" * 5_000}),
        ("query", {"query": 7}),
        ("query", {"query": ["oil"]}),
        ("qeury", {"qeury": "oil"}),
    ],
)
@pytest.mark.parametrize("path", ["/v1/search", "/v1/augment"])
def test_wrong_field_is_named(
    shared: Running, path: str, field: str, body: dict[str, object]
) -> None:
    reply = shared.post(path, {"query": "oil"} | body)

    named = fields_of(reply)
    assert [name.split(".")[0] for name in named] == [field]


@pytest.mark.parametrize(
    ("field", "body"),
    [
        ("max_results", {"max_results": 0}),
        ("max_results", {"max_results": 101}),
        ("max_results", {"max_results": "many"}),
        ("query", {"query": None}),
    ],
)
def test_wrong_field_of_a_search_is_named(
    shared: Running, field: str, body: dict[str, object]
) -> None:
    assert fields_of(shared.post("/v1/search", {"query": "oil"} | body)) == [field]


@pytest.mark.parametrize(
    ("field", "body"),
    [
        ("timezone", {"query": "oil", "timezone": "Mars/Olympus"}),
        ("timezone", {"query": "oil", "timezone": "../../etc/passwd"}),
        ("timezone", {"query": "oil", "timezone": ""}),
        ("timezone", {"query": "oil", "timezone": "x" * 5_000}),
        ("timezone", {"query": "oil", "timezone": "UTC\x00"}),
        ("timezone", {"query": "oil", "timezone": "America"}),
        ("token_budget", {"query": "oil", "token_budget": 63}),
        ("token_budget", {"query": "oil", "token_budget": 100_001}),
        ("max_items", {"query": "oil", "max_items": 51}),
        (
            "as_of",
            {"query": "oil", "as_of": "0001-01-01T00:00:00Z", "timezone": "America/New_York"},
        ),
        ("messages", {"messages": []}),
        ("messages", {"messages": "oil"}),
        ("messages.0", {"messages": ["oil"]}),
        ("messages", {"messages": [{"role": "assistant", "content": "hello"}]}),
        ("messages", {"messages": [{"role": "user", "content": None}]}),
        ("messages", {"messages": [{"role": "user", "content": "  "}]}),
        ("messages", {"messages": [{"role": "user", "content": 42}]}),
        ("messages", {"messages": [{"role": "user"}]}),
        ("messages", {"messages": [{"role": ["user"], "content": "oil"}]}),
        ("messages", {"messages": [{"content": "oil"}]}),
        (
            "messages",
            {"messages": [{"role": "user", "content": [{"type": "image_url", "image_url": "x"}]}]},
        ),
        ("messages", {"messages": [USER, {"role": "tool", "n": 2**70}]}),
        ("messages.1", {"messages": [USER, {"role": "tool", "deep": nested(300)}]}),
        ("body", {"query": "oil", "messages": [USER]}),
        ("body", {}),
        (
            "body",
            {"query": "oil", "published_after": "2026-01-01T00:00:00Z", "start_date": "2026-01-01"},
        ),
    ],
)
def test_wrong_field_of_an_augment_is_named(
    shared: Running, field: str, body: dict[str, object]
) -> None:
    assert fields_of(shared.post("/v1/augment", body)) == [field]


@pytest.mark.parametrize(
    ("field", "body"),
    [
        ("documents.0.key", {"documents": [{"key": "", "text": "x"}]}),
        ("documents.0.key", {"documents": [{"key": "\x00", "text": "x"}]}),
        ("documents.0.text", {"documents": [{"key": "a"}]}),
        (
            "documents.0.published_at",
            {"documents": [{"key": "a", "text": "x", "published_at": "2026-01-01T00:00:00"}]},
        ),
        ("documents.0.valid_from", {"documents": [{"key": "a", "text": "x", "valid_from": 0}]}),
        ("documents.0.metadata", {"documents": [{"key": "a", "text": "x", "metadata": []}]}),
        (
            "documents.0.metadata",
            {"documents": [{"key": "a", "text": "x", "metadata": {"a": nested(300)}}]},
        ),
        (
            "documents.1.title",
            {"documents": [{"key": "a", "text": "x"}, {"key": "b", "text": "x", "title": 3}]},
        ),
        ("documents.0.vector", {"documents": [{"key": "a", "text": "x", "vector": []}]}),
        ("source", {"source": "Not A Name", "documents": [{"key": "a", "text": "x"}]}),
        ("collection", {"collection": "", "documents": [{"key": "a", "text": "x"}]}),
        ("body", {}),
        ("body", {"documents": []}),
    ],
)
def test_wrong_field_of_pushed_documents_is_named(
    shared: Running, field: str, body: dict[str, object]
) -> None:
    assert fields_of(shared.post("/v1/documents", body)) == [field]


@pytest.mark.parametrize(
    ("field", "more"),
    [
        ("value", {"value": "NaN"}),
        ("value", {"value": "Infinity"}),
        ("value", {"value": "1e400"}),
        ("value", {"value": "1e999999999"}),
        ("value", {"value": "1e-999999999"}),
        ("value", {"value": True}),
        ("value", {"value": "eighty-four"}),
        ("value", {"value": None}),
        ("valid_from", {"valid_from": "2026-01-01"}),
        ("valid_from", {"valid_from": 5}),
        ("series", {"series": ""}),
    ],
)
def test_wrong_field_of_pushed_observations_is_named(
    shared: Running, field: str, more: dict[str, object]
) -> None:
    one = {"series": "oil", "valid_from": "2026-01-01T00:00:00Z", "value": "84.12"} | more

    reply = shared.post("/v1/observations", {"observations": [one]})

    assert fields_of(reply) == [f"observations.0.{field}"]


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e400"])
def test_number_that_json_does_not_know_is_refused_wherever_it_stands(
    shared: Running, number: str
) -> None:
    metadata = f'{{"documents": [{{"key": "a", "text": "x", "metadata": {{"n": [{number}]}}}}]}}'
    message = f'{{"messages": [{{"role": "user", "content": "oil", "n": {number}}}]}}'

    refused = [
        shared.http.post("/v1/documents", content=metadata, headers=JSON),
        shared.http.post("/v1/augment", content=message, headers=JSON),
    ]

    assert [fields_of(reply) for reply in refused] == [["documents.0.metadata"], ["messages.0"]]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"null",
        b"[]",
        b'"oil"',
        b"7",
        b'{"query": "oil"',
        b"{'query': 'oil'}",
        b"\x00",
        b"{}{}",
    ],
)
def test_body_that_is_no_json_object_is_refused(shared: Running, body: bytes) -> None:
    assert fields_of(shared.http.post("/v1/search", content=body, headers=JSON))[0] in {
        "body",
        "query",
    }


@pytest.mark.parametrize("body", [b'{"query": "\xff"}', b'{"query":' + b"[" * 100_000])
def test_body_that_cannot_be_parsed_is_a_bad_request(shared: Running, body: bytes) -> None:
    problem_of(shared.http.post("/v1/search", content=body, headers=JSON), 400)


@pytest.mark.parametrize(
    "content_type", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data"]
)
def test_other_content_types_are_refused(shared: Running, content_type: str) -> None:
    reply = shared.http.post(
        "/v1/search", content=b'{"query": "oil"}', headers={"Content-Type": content_type}
    )

    assert fields_of(reply) == ["body"]


@pytest.mark.parametrize(
    "body",
    [
        rb'{"query": "oil \ud800"}',
        rb'{"query": "oil\u0000 price"}',
        rb'{"query": "\"AND\" (oil OR -gold) [price TO *] ~2 title:x ^3 \\"}',
        rb'{"query": "\u202e\u200b\ufeff"}',
        rb'{"query": "!!! ???"}',
        rb'{"query": "oil", "include_domains": ["\u0000", "EXAMPLE.org", "[", "xn--"]}',
        rb'{"query": "oil", "max_age": "700000d"}',
        rb'{"query": "oil", "published_after": "0001-01-01T00:00:00Z"}',
        rb'{"query": "oil", "published_before": "9999-12-31T23:59:59.999999Z"}',
        rb'{"query": "oil", "as_of": "0001-01-01T00:00:00Z", "known_at": "0001-01-01T00:00:00Z"}',
        rb'{"query": "oil", "as_of": "2026-03-01T13:00:00+01:00"}',
        rb'{"query": "oil", "sources": [], "collections": []}',
    ],
)
def test_odd_but_meaningful_search_is_answered(shared: Running, body: bytes) -> None:
    reply = shared.http.post("/v1/search", content=body, headers=JSON)

    assert reply.status_code == 200, reply.text


@pytest.mark.parametrize(
    "messages",
    [
        [USER],
        [{"role": "system", "content": "Be kind."}, USER],
        [{"role": "system", "content": [{"type": "text", "text": "Be kind."}]}, USER],
        [
            USER,
            {"role": "assistant", "content": None, "tool_calls": [{"id": "1"}]},
            {"role": "tool", "content": "42"},
        ],
        [
            {
                "role": "user",
                "content": [
                    {"type": "text", "text": "oil"},
                    {"type": "image_url", "image_url": {"url": "data:,"}},
                ],
            }
        ],
        [
            {
                "role": "user",
                "content": ["oil", 3, None, {"type": "text"}, {"type": "text", "text": "gas"}],
            }
        ],
        [{"role": "user", "content": "oil", "name": "Ann"}],
        [{"role": "user", "content": "oil\x00 price"}],
        [{"role": "user", "content": "x " * 50_000}],
    ],
)
def test_odd_but_meaningful_messages_are_augmented(
    shared: Running, messages: list[dict[str, Any]]
) -> None:
    reply = shared.post("/v1/augment", {"messages": messages})

    assert reply.status_code == 200, reply.text
    assert reply.json()["messages"][0]["role"] == "system"


def test_lone_surrogate_in_a_message_is_refused(shared: Running) -> None:
    body = rb'{"messages": [{"role": "user", "content": "oil \ud800"}]}'

    assert fields_of(shared.http.post("/v1/augment", content=body, headers=JSON)) == ["messages"]


def test_lone_surrogate_in_a_field_name_is_refused(shared: Running) -> None:
    reply = shared.http.post("/v1/search", content=rb'{"query": "oil", "\ud800": 1}', headers=JSON)

    problem_of(reply, 422)


def test_start_and_end_date_are_midnights_in_utc_of_published(running: Running) -> None:
    days = {day: f"2026-02-0{day}T00:00:00Z" for day in (1, 2, 3)}
    seq = running.push(
        *({"key": f"day-{d}", "text": f"oil {d}", "published_at": at} for d, at in days.items())
    )

    found = running.post(
        "/v1/search",
        {"query": "oil", "start_date": "2026-02-02", "end_date": "2026-02-03", "min_seq": seq},
    )

    assert [each["text"] for each in found.json()["results"]] == ["oil 2"]


def test_secrets_of_the_request_are_not_echoed(shared: Running) -> None:
    body = json.dumps({"query": "oil", "as_of": "hunter2"})

    assert "hunter2" not in shared.http.post("/v1/search", content=body, headers=JSON).text


def test_now_is_not_the_future(shared: Running) -> None:
    reply = shared.post("/v1/search", {"query": "oil", "as_of": START.isoformat()})

    assert reply.status_code == 200
