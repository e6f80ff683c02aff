"""What of a request is passed on, what is taken out of it, and what is refused."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import openai
import pytest

from tests.grounding.gateway.conftest import Gate, client_of
from tests.grounding.serving import Plan, serving
from tests.upstream.scripted import Scripted, says

QUESTION = "What is the Brent crude oil spot price?"
PICTURE = {"type": "image_url", "image_url": {"url": "data:image/png;base64," + "QUJD" * 2_000}}


def chat(gate: Gate, **body: Any) -> Any:
    return gate.running.post("/v1/chat/completions", body)


def user(content: Any = QUESTION) -> dict[str, Any]:
    return {"role": "user", "content": content}


def test_without_evidence_the_very_bytes_are_passed_on(gate: Gate) -> None:
    body = b'{ "model":"gpt-4o",  "messages": [{"role":"user","content":[]}], "x": 1.50, "x": 2 }'

    answer = gate.running.http.post("/v1/chat/completions", content=body)

    assert answer.status_code == 200
    assert gate.upstream.asked[-1].raw == body
    assert answer.json()["grounding"]["reason"] == "the last user turn has no words to search for"


def test_everything_that_is_not_ours_is_passed_on(gate: Gate) -> None:
    gate.price("84.12")
    tool = {"type": "function", "function": {"name": "f", "parameters": {"type": "object"}}}
    call = {"id": "c1", "type": "function", "function": {"name": "f", "arguments": "{}"}}
    messages = [
        {"role": "system", "content": "Be brief.", "name": "s"},
        user([{"type": "text", "text": QUESTION}, PICTURE]),
        {"role": "assistant", "content": None, "tool_calls": [call]},
        {"role": "tool", "tool_call_id": "c1", "content": "42"},
    ]
    more = {"tools": [tool], "logit_bias": {"50256": -100}, "a field nobody knows": {"deep": [1]}}

    answer = chat(gate, model="gpt-4o", messages=messages, grounding={"mode": "always"}, **more)

    assert answer.status_code == 200, answer.text
    sent = gate.upstream.asked[-1].body
    assert {name: sent[name] for name in more} == more
    assert sent["messages"][2:] == messages[2:]
    assert sent["messages"][1]["content"][1:] == messages[1]["content"]
    assert sent["messages"][0]["content"].endswith("Be brief.")
    assert sent["messages"][0]["name"] == "s"
    assert {"grounding", "data_sources"}.isdisjoint(sent)


def test_a_picture_is_in_the_receipt_by_its_digest_only(gate: Gate) -> None:
    content = [{"type": "text", "text": QUESTION}, PICTURE]

    answer = chat(gate, messages=[user(content)], grounding={"mode": "always"})

    receipt = gate.running.http.get(f"/v1/receipts/{answer.headers['x-grounding-receipt']}").text
    assert PICTURE["image_url"]["url"] not in receipt
    assert "left_out_sha256" in receipt


def test_unknown_members_of_an_answer_are_given_back(gate: Gate) -> None:
    gate.upstream.then(says("ok", prompt_filter_results=[{"a": 1}], service_tier="flex"))

    answer = chat(gate, messages=[user()]).json()

    assert answer["prompt_filter_results"] == [{"a": 1}]
    assert answer["service_tier"] == "flex"
    assert answer["usage"]["total_tokens"] == 120


def test_azures_form_says_the_same(gate: Gate) -> None:
    source = {"type": "grounding", "parameters": {"mode": "never"}}

    answer = chat(gate, messages=[user()], data_sources=[source])

    assert answer.json()["grounding"]["reason"] == "the request wants none"
    assert "data_sources" not in gate.upstream.asked[-1].body


@pytest.mark.parametrize(
    ("body", "param"),
    [
        ({"data_sources": [{"type": "azure_search", "parameters": {}}]}, "data_sources.0.type"),
        ({"data_sources": []}, "data_sources"),
        ({"data_sources": [{"type": "grounding"}], "grounding": {}}, "data_sources"),
        ({"grounding": {"as_of": "2026-01-01T00:00:00"}}, "grounding.as_of"),
        ({"grounding": {"mode": "maybe"}}, "grounding.mode"),
        ({"grounding": {"asof": "2026-01-01T00:00:00Z"}}, "grounding.asof"),
        ({"grounding": [1]}, "grounding"),
        ({"messages": []}, "messages"),
        ({"messages": "hello"}, "messages"),
        ({"messages": ["hello"]}, "messages.0"),
        ({"model": 7}, "model"),
        ({"model": ""}, "model"),
    ],
)
def test_what_makes_no_sense_is_refused_and_not_sent(
    gate: Gate, body: dict[str, Any], param: str
) -> None:
    answer = chat(gate, **{"messages": [user()], **body})

    assert answer.status_code == 400
    assert answer.json()["error"]["param"] == param
    assert answer.json()["errors"][0]["field"] == param
    assert gate.upstream.asked == []


@pytest.mark.parametrize("raw", [b"", b"{", b"[1]", b"\xff\xfe", b"[" * 100_000])
def test_a_body_that_is_no_object_is_refused(gate: Gate, raw: bytes) -> None:
    answer = gate.running.http.post("/v1/chat/completions", content=raw)

    assert answer.status_code == 400
    assert answer.json()["error"]["type"] == "invalid_request_error"


@pytest.mark.parametrize("header", ["{", "[1]", '{"mode": "maybe"}'])
def test_a_header_that_makes_no_sense_is_refused(gate: Gate, header: str) -> None:
    answer = gate.running.http.post(
        "/v1/chat/completions", json={"messages": [user()]}, headers={"X-Grounding": header}
    )

    assert answer.status_code == 400


def test_always_means_that_a_chat_that_asks_nothing_is_refused(gate: Gate) -> None:
    answer = chat(gate, messages=[user([PICTURE])], grounding={"mode": "always"})

    assert answer.status_code == 400
    assert answer.json()["error"]["param"] == "messages"


@pytest.fixture(scope="module")
def narrow(tmp_path_factory: pytest.TempPathFactory, upstream_server: Scripted) -> Iterator[Gate]:
    """An llm with little room, and one that nobody but its name leads to."""
    upstreams = [
        {"name": "tiny", "base_url": upstream_server.url, "context_tokens": 2_000},
        {"name": "large", "base_url": upstream_server.url, "llm": "big-1", "serves": ["gpt-x"]},
    ]
    plan = Plan(tmp_path_factory.mktemp("narrow"), upstreams=upstreams)
    with serving(plan) as running, client_of(running) as client:
        yield Gate(running, upstream_server, client)


def test_a_prompt_that_leaves_no_room_goes_without_evidence(
    narrow: Gate, upstream: Scripted
) -> None:
    long = user(f"{QUESTION} {'word ' * 1_700}")

    without = chat(narrow, model="tiny", messages=[long], max_tokens=100)
    refused = chat(
        narrow, model="tiny", messages=[long], max_tokens=100, grounding={"mode": "always"}
    )

    assert without.status_code == 200
    assert "no room" in without.json()["grounding"]["reason"]
    assert refused.status_code == 400
    assert refused.json()["error"]["code"] == "context_length_exceeded"
    assert len(upstream.asked) == 1


def test_evidence_is_cut_to_the_room_there_is(narrow: Gate, upstream: Scripted) -> None:
    del upstream
    text = " ".join(f"Brent crude oil spot price notice {number}." for number in range(400))
    seq = narrow.running.push({"key": "long", "title": "Brent", "text": text})
    narrow.running.service.parts.views.wait_for(seq, 30)
    asked = {"messages": [user()], "max_tokens": 100}

    tiny = chat(narrow, model="tiny", **asked)
    filled = chat(narrow, model="tiny", messages=[user(f"{'word ' * 900} {QUESTION}")])

    assert tiny.json()["grounding"]["is_grounded"]
    shown = [
        sum(
            len(each["content"])
            for each in one.json()["choices"][0]["message"]["context"]["citations"]
        )
        for one in (tiny, filled)
        if one.json()["grounding"]["is_grounded"]
    ]
    assert shown == sorted(shown, reverse=True)


def test_names_lead_to_upstreams(narrow: Gate, upstream: Scripted) -> None:
    assert chat(narrow, model="gpt-x", messages=[user()]).status_code == 200
    assert upstream.asked[-1].body["model"] == "big-1"
    unknown = chat(narrow, model="nobody", messages=[user()])
    listed = narrow.openai.models.list()

    assert unknown.status_code == 404
    assert unknown.json()["error"]["code"] == "model_not_found"
    assert [each.id for each in listed] == ["auto", "gpt-x", "large", "tiny"]


def test_a_conversation_is_searched_for_as_a_whole(gate: Gate) -> None:
    messages = [
        user("What is the weather in Paris tomorrow?"),
        {"role": "assistant", "content": "Rain."},
        user("And in Lyon?"),
    ]

    answer = chat(gate, messages=messages, grounding={"mode": "always"})

    asked = json.loads(answer.json()["choices"][0]["message"]["context"]["intent"])
    assert asked == ["What is the weather in Paris tomorrow?\nAnd in Lyon?"]


def test_a_day_has_a_budget(tmp_path: Path, upstream: Scripted) -> None:
    one = {
        "name": "dear", "base_url": upstream.url, "price_in": 1_000_000, "daily_budget": 150,
    }  # fmt: skip
    with serving(Plan(tmp_path, upstreams=[one])) as running:
        body = {"model": "dear", "messages": [user()], "grounding": {"cache": False}}
        codes = [running.post("/v1/chat/completions", body).status_code for _ in range(3)]
        refused = running.post("/v1/chat/completions", body)
        running.service.parts.spending.flush()

    assert codes == [200, 200, 429]  # 100 tokens each
    assert refused.json()["error"]["code"] == "insufficient_quota"
    assert int(refused.headers["retry-after"]) > 0
    assert len(upstream.asked) == 2
    with serving(Plan(tmp_path, upstreams=[one])) as again:
        assert again.post("/v1/chat/completions", body).status_code == 429


def test_a_callers_key_reaches_only_the_upstream_that_is_to_have_it(
    tmp_path: Path, upstream: Scripted
) -> None:
    upstreams = [
        {"name": "theirs", "base_url": upstream.url, "passes_caller_key": True},
        {"name": "ours", "base_url": upstream.url},
        {
            "name": "named",
            "base_url": upstream.url,
            "headers": {"authorization": "Basic sk-named"},
        },
    ]
    headers = {"Authorization": "Bearer sk-caller"}
    sent = []
    with serving(Plan(tmp_path, upstreams=upstreams)) as running:
        for name in ("theirs", "ours", "named"):
            body = {"model": name, "messages": [user()]}
            running.http.post("/v1/chat/completions", json=body, headers=headers)
            sent.append(upstream.asked[-1].headers.get("authorization"))

    assert sent == ["Bearer sk-caller", None, "Basic sk-named"]


def test_the_key_of_the_service_is_asked_for_and_goes_no_further(
    tmp_path: Path, upstream: Scripted
) -> None:
    upstreams = [{"name": "ours", "base_url": upstream.url}]
    with serving(Plan(tmp_path, upstreams=upstreams, api_key="k-service")) as running:
        client = client_of(running)
        asked: Any = [user()]
        with pytest.raises(openai.AuthenticationError):
            client.chat.completions.create(model="ours", messages=asked)
        client.with_options(api_key="k-service").chat.completions.create(
            model="ours", messages=asked
        )

    assert "authorization" not in upstream.asked[-1].headers


def test_metrics_tell_calls_money_and_what_the_cache_did(
    tmp_path: Path, upstream: Scripted
) -> None:
    one = {"name": "small", "base_url": upstream.url, "price_in": 2, "price_out": 10}
    with serving(Plan(tmp_path, gateway={"mode": "always"}, upstreams=[one])) as running:
        seq = running.push({"key": "a", "title": "Brent", "text": "Brent crude oil spot price: 80"})
        running.service.parts.views.wait_for(seq, 30)
        for _ in range(3):
            running.post("/v1/chat/completions", {"model": "small", "messages": [user()]})
        told = running.http.get("/metrics").text

    assert 'grounding_upstream_calls_total{upstream="small"} 1.0' in told
    assert 'grounding_upstream_tokens_total{kind="prompt",upstream="small"} 100.0' in told
    assert 'grounding_upstream_cost_total{upstream="small"} 0.0004' in told
    assert 'grounding_answers_total{cache="hit"} 2.0' in told
    assert "grounding_answers_saved_cost_total 0.0008" in told
    assert "grounding_answers_kept 1.0" in told
