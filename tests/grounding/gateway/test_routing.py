"""What the gateway decides about a request, as it is told and can be switched off."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.grounding.gateway.conftest import Gate, client_of
from tests.grounding.serving import Plan, document, serving
from tests.upstream.scripted import Scripted

PRICE = "What is the Brent crude oil spot price today?"
SUM = "What is 17 times 23?"


@pytest.fixture(scope="module")
def routed(tmp_path_factory: pytest.TempPathFactory, upstream_server: Scripted) -> Iterator[Gate]:
    url = upstream_server.url
    upstreams = [
        {"name": "dear", "base_url": url, "price_in": 10, "price_out": 30, "strength": 3},
        {"name": "cheap", "base_url": url, "price_in": 1, "price_out": 2, "strength": 1,
         "capabilities": ["streaming"]},
        {"name": "gone", "base_url": "http://127.0.0.1:9/v1", "strength": 1},
    ]  # fmt: skip
    plan = Plan(tmp_path_factory.mktemp("routed"), upstreams=upstreams)
    with serving(plan) as running, client_of(running) as client:
        gate = Gate(running, upstream_server, client)
        gate.price("84.12")
        for name in ("harbour", "library"):
            seq = running.push(
                *(document(f"{name} {n}", f"{name} opening hours {n}") for n in range(5)),
                source=name,
                collection=name,
            )
            running.service.parts.views.wait_for(seq, 30)
        running.service.refresh_profiles()
        yield gate


def chat(gate: Gate, question: str, **more: Any) -> Any:
    body = {"model": "auto", "messages": [{"role": "user", "content": question}], **more}
    answer = gate.running.post("/v1/chat/completions", body)
    assert answer.status_code == 200, answer.text
    return answer.json()["grounding"]


def test_a_question_that_needs_no_evidence_gets_none(routed: Gate, upstream: Scripted) -> None:
    told = chat(routed, SUM)

    assert told["is_grounded"] is False
    assert told["decision"]["need"]["is_needed"] is False
    assert told["decision"]["need"]["reasons"]
    assert "<evidence" not in upstream.asked[-1].prompt


def test_a_question_that_needs_evidence_gets_some(routed: Gate, upstream: Scripted) -> None:
    told = chat(routed, PRICE)

    assert told["decision"]["need"]["is_needed"] is True
    assert "84.12" in upstream.asked[-1].prompt


@pytest.mark.usefixtures("upstream")
def test_what_the_caller_decides_is_not_decided_again(routed: Gate) -> None:
    always = chat(routed, SUM, grounding={"mode": "always"})
    never = chat(routed, PRICE, grounding={"mode": "never"})

    assert always["is_grounded"] is True
    assert "need" not in always["decision"]
    assert never["is_grounded"] is False
    assert never["decision"].keys() == {"upstreams"}


def test_the_cheapest_that_will_do_is_asked(routed: Gate, upstream: Scripted) -> None:
    tool = {"type": "function", "function": {"name": "f", "parameters": {"type": "object"}}}

    plain = chat(routed, PRICE, grounding={"cache": False})
    with_tools = chat(routed, PRICE, tools=[tool])

    assert plain["decision"]["upstreams"]["order"][0] in {"gone", "cheap"}
    assert plain["upstream"] == "cheap"
    assert with_tools["upstream"] == "dear"
    assert "tools" in with_tools["decision"]["upstreams"]["refused"]["cheap"]
    assert len(upstream.asked) == 2


@pytest.mark.usefixtures("upstream")
def test_an_upstream_that_is_away_is_not_tried_at_once_again(routed: Gate) -> None:
    chat(routed, PRICE, grounding={"cache": False})

    told = chat(routed, PRICE, grounding={"cache": False})

    assert told["decision"]["upstreams"]["refused"]["gone"] == "it is not available"


@pytest.mark.usefixtures("upstream")
def test_where_to_look_is_told_and_never_wider_than_allowed(routed: Gate) -> None:
    allowed = {"mode": "always", "collections": ["harbour"]}

    told = chat(routed, "harbour opening hours 3", grounding=allowed)
    free = chat(routed, "harbour opening hours 3", grounding={"mode": "always"})
    off = chat(routed, "harbour opening hours 3", grounding={"mode": "always", "route": False})

    assert told["decision"]["collections"]["scores"].keys() <= {"harbour"}
    assert {each["name"] for each in told["sources"]} == {"harbour"}
    assert "harbour" in free["decision"]["collections"]["scores"]
    assert "collections" not in off["decision"]


def test_nobody_who_can_serve_is_said_with_reasons(tmp_path: Path, upstream: Scripted) -> None:
    one = {"name": "plain", "base_url": upstream.url, "capabilities": []}
    picture = {"type": "image_url", "image_url": {"url": "https://example.org/a.png"}}
    body = {"messages": [{"role": "user", "content": [picture]}]}
    with serving(Plan(tmp_path, upstreams=[one])) as running:
        answer = running.post("/v1/chat/completions", body)

    assert answer.status_code == 400
    assert "plain: it lacks: images" in answer.json()["error"]["message"]
    assert upstream.asked == []


def test_no_collection_allowed_is_none_looked_in(routed: Gate, upstream: Scripted) -> None:
    nowhere = {"mode": "always", "collections": [], "cache": False}

    told = chat(routed, "harbour opening hours 3", grounding=nowhere)

    assert told["sources"] == []
    assert told["decision"]["collections"]["scores"] == {}
    assert "opening hours 2" not in upstream.asked[-1].prompt
