"""What the gateway takes for granted of an upstream, on the scripted one and on a real llm."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import openai
import pytest

from grounding.demo.llm import STOP
from tests.fakes import START
from tests.grounding.gateway.conftest import client_of
from tests.grounding.serving import Plan, serving
from tests.upstream.real import real
from tests.upstream.scripted import says, scripted

QUESTION: list[Any] = [{"role": "user", "content": "What is the Brent crude oil spot price?"}]
PARAMS: dict[str, Any] = {"max_tokens": 32, "temperature": 0, "stop": STOP}


@pytest.fixture(scope="module", params=["scripted", "real"])
def url(request: pytest.FixtureRequest) -> Iterator[str]:
    if request.param == "real":
        with real() as address:
            yield address
        return
    with scripted() as upstream:
        upstream.then(says("It is 84.12 USD per barrel [1]."))
        yield upstream.url


@pytest.fixture
def direct(url: str) -> openai.OpenAI:
    return openai.OpenAI(base_url=url, api_key="none", max_retries=0, timeout=60)


def test_it_answers_with_one_choice_that_has_ended(direct: openai.OpenAI) -> None:
    answer = direct.chat.completions.create(model="m", messages=QUESTION, **PARAMS)

    [choice] = answer.choices
    assert choice.message.content
    assert choice.finish_reason in {"stop", "length"}
    assert answer.usage is not None
    assert answer.usage.prompt_tokens > 0


def test_its_stream_is_chunks_and_an_end(direct: openai.OpenAI) -> None:
    chunks = list(
        direct.chat.completions.create(model="m", messages=QUESTION, stream=True, **PARAMS)
    )

    said = [choice for each in chunks for choice in each.choices]
    assert "".join(choice.delta.content or "" for choice in said)
    assert [choice.finish_reason for choice in said if choice.finish_reason] != []
    assert {choice.index for choice in said} == {0}


def test_a_value_is_answered_from_evidence_and_cited(tmp_path: Path, url: str) -> None:
    one = {"name": "llm", "base_url": url}
    plan = Plan(tmp_path, gateway={"mode": "always"}, upstreams=[one])
    with serving(plan) as running, client_of(running).with_options(timeout=100) as client:
        pushed = running.client.push_observations(
            [{"series": "brent", "valid_from": START, "value": "84.12"}],
            series=[{"key": "brent", "title": "Brent crude oil spot price", "unit": "USD"}],
        )
        running.service.parts.views.wait_for(pushed.seq, 30)
        answer = client.chat.completions.create(model="llm", messages=QUESTION, **PARAMS)
        stream = client.chat.completions.create(
            model="llm", messages=QUESTION, stream=True, **PARAMS
        )
        streamed = "".join(each.choices[0].delta.content or "" for each in stream if each.choices)

    assert "84.12" in str(answer.choices[0].message.content)
    assert answer.choices[0].message.annotations
    assert "84.12" in streamed
