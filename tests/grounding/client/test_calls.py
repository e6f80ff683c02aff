"""Every method: what is sent, and what is made of the answer."""

from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal

import pytest

from grounding import Client
from tests.grounding.client import replies
from tests.grounding.client.service import Answer, Service


def test_a_search_is_answered_with_typed_results(service: Service, client: Client) -> None:
    service.answers(replies.SEARCH)

    found = client.search("brent", max_results=3)

    (asked,) = service.asked
    assert (asked.method, asked.path) == ("POST", "/v1/search")
    assert asked.body == {"query": "brent", "max_results": 3}
    (item,) = found.results
    assert item.checked_at == datetime(2026, 11, 21, 5, tzinfo=UTC)
    assert item.published_at is None
    assert (item.scores.dense, item.scores.lexical, item.score) == (0.5, None, 1.0)
    assert item.observation is not None
    assert item.observation.value == Decimal("84.12")
    assert item.observation.previous is not None
    assert item.observation.previous.value == Decimal("83.90")
    assert item.metadata == {"nested": {"a": [1]}}
    assert item.cite is None
    assert (found.seq, found.warnings, found.sources[0].status) == (7, ("stale",), "pass")
    assert found.sources[0].warn_after_seconds == 3600.0


def test_filters_are_sent_as_the_service_reads_them(service: Service, client: Client) -> None:
    service.answers(replies.SEARCH)

    client.search(
        "x",
        as_of=datetime(2026, 11, 20, 1, tzinfo=timezone(timedelta(hours=1))),
        known_at="2026-11-20T00:00:00Z",
        max_age=timedelta(minutes=90),
        sources=("a", "b"),
        collections=iter(["c"]),
        include_domains=None,
        min_seq=0,
    )

    assert service.asked[0].body == {
        "query": "x",
        "as_of": "2026-11-20T01:00:00+01:00",
        "known_at": "2026-11-20T00:00:00Z",
        "max_age": "PT5400S",
        "sources": ["a", "b"],
        "collections": ["c"],
        "min_seq": 0,
    }


@pytest.mark.parametrize("name", ["as_of", "known_at", "published_after", "published_before"])
def test_a_naive_datetime_is_refused_before_anything_is_sent(
    service: Service, client: Client, name: str
) -> None:
    with pytest.raises(ValueError, match=f"{name}: 2026-11-20T00:00:00 has no time zone"):
        client.search("x", **{name: datetime(2026, 11, 20)})  # type: ignore[arg-type]

    assert service.asked == []


def test_a_naive_datetime_deep_in_a_document_is_found(service: Service, client: Client) -> None:
    document = {"key": "a", "text": "b", "published_at": datetime(2026, 11, 20)}

    with pytest.raises(ValueError, match=r"documents\[1\]\.published_at: "):
        client.push_documents([{"key": "0", "text": "x"}, document])

    assert service.asked == []


@pytest.mark.parametrize("age", [timedelta(0), timedelta(seconds=-1)])
def test_a_max_age_that_is_not_positive_is_refused(client: Client, age: timedelta) -> None:
    with pytest.raises(ValueError, match="max_age"):
        client.search("x", max_age=age)


def test_a_question_is_augmented(service: Service, client: Client) -> None:
    service.answers(replies.AUGMENT)

    made = client.augment(
        "What?",
        token_budget=500,
        timezone="Europe/Berlin",
        tokenizer="gpt-4o",
        dialect="anthropic",
    )

    assert service.asked[0].path == "/v1/augment"
    assert service.asked[0].body == {
        "query": "What?",
        "token_budget": 500,
        "timezone": "Europe/Berlin",
        "tokenizer": "gpt-4o",
        "dialect": "anthropic",
    }
    assert made.dialect == "anthropic"
    assert made.system == ({"type": "text", "text": "RULES"},)
    assert made.documents == ({"id": "1", "data": {"text": "> ..."}},)
    assert made.messages == tuple(replies.AUGMENT["messages"])
    assert (made.text, made.receipt_id) == ("RULES ...", "rcpt_00")
    assert (made.token_count, made.tokenizer) == (99, "o200k_base")
    assert made.evidence[0].cite == "1"
    assert made.sources[0].name == "eia"


def test_a_chat_is_augmented(service: Service, client: Client) -> None:
    service.answers(replies.AUGMENT)
    messages = [{"role": "user", "content": [{"type": "text", "text": "What?"}]}]

    client.augment(messages)

    assert service.asked[0].body == {"messages": messages}


def test_documents_are_pushed(service: Service, client: Client) -> None:
    service.answers(replies.PUSHED)
    documents = ({"key": f"{i}", "text": "x", "published_at": datetime.now(UTC)} for i in range(2))

    pushed = client.push_documents(documents, source="mine", collection="c", removed=["old"])

    body = service.asked[0].body
    assert service.asked[0].path == "/v1/documents"
    assert [document["key"] for document in body["documents"]] == ["0", "1"]
    assert datetime.fromisoformat(body["documents"][0]["published_at"]).tzinfo is not None
    assert (body["source"], body["collection"], body["removed"]) == ("mine", "c", ["old"])
    assert (pushed.seq, pushed.new, pushed.unchanged, pushed.removed) == (8, 1, 2, 1)
    assert (pushed.failures[0].key, pushed.failures[0].reason) == (None, "no key")


def test_observations_are_pushed_with_every_digit(service: Service, client: Client) -> None:
    service.answers(replies.PUSHED)

    client.push_observations(
        [{"series": "s", "valid_from": datetime.now(UTC), "value": Decimal("1.10E+2")}],
        series=[{"key": "s", "title": "S", "aliases": {"alias"}}],
    )

    body = service.asked[0].body
    assert service.asked[0].path == "/v1/observations"
    assert body["observations"][0]["value"] == "110"
    assert body["series"] == [{"key": "s", "title": "S", "aliases": ["alias"]}]
    assert body.keys() == {"observations", "series"}


@pytest.mark.parametrize("value", [float("nan"), Decimal("Infinity")])
def test_a_value_that_is_not_finite_is_refused(client: Client, value: object) -> None:
    with pytest.raises(ValueError, match=r"not finite|not JSON compliant"):
        client.push_observations([{"series": "s", "value": value}])


def test_what_has_no_form_in_json_is_refused_by_name(client: Client) -> None:
    with pytest.raises(TypeError, match=r"documents\[0\]\.text: bytes"):
        client.push_documents([{"key": "a", "text": b"x"}])


def test_a_document_and_its_versions_are_read(service: Service, client: Client) -> None:
    service.answers(replies.VERSION, {"versions": [replies.VERSION]})

    document = client.document("a/b c", version=2)
    (version,) = client.versions("abc")

    assert service.asked[0].params == {"version": "2"}
    assert service.asked[0].path == "/v1/documents/a%2Fb%20c"
    assert service.asked[1].path == "/v1/documents/abc/versions"
    assert document == version
    assert (document.text, document.superseded_at) == ("Brent crude", None)


def test_sources_are_managed(service: Service, client: Client) -> None:
    service.answers(
        {"sources": [replies.SOURCE]},
        replies.SOURCE,
        replies.FRESHNESS,
        Answer(201, replies.SOURCE),
        replies.SOURCE,
        {"name": "eia", "seq": 9},
    )

    (listed,) = client.sources()
    client.source("eia")
    freshness = client.freshness("eia")
    client.add_source("eia", "json", options={"url": "u"}, warn_after=timedelta(hours=1))
    client.update_source("eia", schedule=None, enabled=False)
    removed = client.remove_source("eia")

    assert removed.seq == 9
    assert listed.freshness == freshness
    assert [(asked.method, asked.path) for asked in service.asked] == [
        ("GET", "/v1/sources"),
        ("GET", "/v1/sources/eia"),
        ("GET", "/v1/sources/eia/freshness"),
        ("POST", "/v1/sources"),
        ("PATCH", "/v1/sources/eia"),
        ("DELETE", "/v1/sources/eia"),
    ]
    assert service.asked[3].body == {
        "name": "eia",
        "kind": "json",
        "options": {"url": "u"},
        "warn_after": "PT3600S",
    }
    assert service.asked[4].body == {"schedule": None, "enabled": False}


def test_a_source_is_read_on_demand(service: Service, client: Client) -> None:
    service.answers(
        Answer(202, {**replies.RUN, "status": "running"}), {"runs": [replies.RUN]}, replies.RUN
    )

    started = client.sync("eia", wait_seconds=0.5)
    (listed,) = client.runs(source="eia", limit=1)
    finished = client.run(started.id)

    assert (service.asked[0].path, service.asked[0].params) == (
        "/v1/sources/eia/sync",
        {"wait_seconds": "0.5"},
    )
    assert service.asked[1].params == {"source": "eia", "limit": "1"}
    assert service.asked[2].path == "/v1/runs/5"
    assert (started.status, listed, finished.new) == ("running", finished, 3)


def test_a_receipt_is_passed_on_as_it_is(service: Service, client: Client) -> None:
    service.answers({"policy_version": "1", "evidence": []})

    assert client.receipt("rcpt_00") == {"policy_version": "1", "evidence": []}
    assert service.asked[0].path == "/v1/receipts/rcpt_00"


def test_not_being_ready_is_an_answer(service: Service, client: Client) -> None:
    service.answers(
        {"status": "ok"},
        {"status": "ready", "checks": {}},
        Answer(503, {"status": "starting", "checks": {"index": "loading"}}),
    )

    assert client.health().status == "ok"
    assert client.ready().is_ready
    unready = client.ready()
    assert (unready.is_ready, unready.checks) == (False, {"index": "loading"})
    assert len(service.asked) == 3


def test_a_newer_service_may_say_more(service: Service, client: Client) -> None:
    item = {**replies.EVIDENCE, "mood": "sunny", "observation": {**replies.VALUE, "x": 1}}
    service.answers({**replies.SEARCH, "results": [item], "extra": {"deep": True}})

    assert client.search("x").results[0].title == "Brent crude oil spot price"


def test_an_empty_name_is_not_taken_for_the_whole_list(client: Client) -> None:
    with pytest.raises(ValueError, match="sources"):
        client.remove_source("")


def test_the_api_key_is_sent_and_only_if_there_is_one(service: Service) -> None:
    service.answers({"status": "ok"})

    with (
        Client(service.base_url + "/", api_key="secret") as with_key,
        Client(service.base_url) as without,
    ):
        with_key.health()
        without.health()

    assert service.asked[0].headers["authorization"] == "Bearer secret"
    assert "authorization" not in service.asked[1].headers
    assert [asked.path for asked in service.asked] == ["/healthz"] * 2
