"""One question, answered in every dialect over HTTP, with receipts that replay."""

from collections.abc import Iterator
from typing import Any

import pytest

from grounding.query.receipt import receipt_bytes, receipt_id, rendered_sha256
from grounding.query.replay import replay
from indexer.catalogue import evidence
from tests.fakes import START, FakeClock
from tests.grounding.api.problem import problem_of
from tests.grounding.api.stored import stored_evidence
from tests.grounding.query.dialects.conversations import IMAGE, WITH_TOOLS
from tests.grounding.serving import DAY, HOUR, Plan, Running, document, serving

NAMES: tuple[Any, ...] = ("openai", "anthropic", "cohere", "plain")
ABROAD = "https://facts.example/g"
GOLD = {"key": "gold", "title": "Gold spot price", "unit": "USD"}


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A service with a public URL that knows of gold: a document and a price."""
    clock = FakeClock()
    server = {"public_url": ABROAD}
    with serving(Plan(tmp_path_factory.mktemp("told"), clock=clock, server=server)) as running:
        value = {"series": "gold", "valid_from": START - DAY, "value": "2010.50"}
        running.client.push_observations([value], series=[GOLD])
        text = "Gold rose on Friday. It fell on Monday."
        news = document("news", text, published_at=START - DAY) | {"url": "https://n.example/1"}
        seq = running.push(news)
        clock.advance(HOUR)
        running.titles("gold", min_seq=seq)
        yield running


def results_of(messages: Any) -> list[Any]:
    return [each for each in messages[-1]["content"] if each["type"] == "search_result"]


def test_openai_is_the_default(told: Running) -> None:
    made = told.client.augment("gold")

    assert made.dialect == "openai"
    assert [each["role"] for each in made.messages] == ["system", "user"]
    assert (made.system, made.documents) == ((), ())


def test_anthropic_is_answered_with_system_and_search_results(told: Running) -> None:
    made = told.client.augment("gold", dialect="anthropic")

    assert [each["type"] for each in made.system] == ["text"]
    results = results_of(made.messages)
    assert [each["title"] for each in results] == [each.title for each in made.evidence]
    sources = {
        each.title: each.url or f"{ABROAD}/v1/documents/{each.document_id}?version={each.version}"
        for each in made.evidence
    }
    assert {each["title"]: each["source"] for each in results} == sources
    assert "https://n.example/1" in sources.values()
    facts = [block["text"] for each in results for block in each["content"][1:]]
    assert "It fell on Monday." in facts


def test_an_address_of_ours_can_be_read(told: Running) -> None:
    made = told.client.augment("gold", dialect="anthropic")

    ours = [each["source"] for each in results_of(made.messages) if ABROAD in each["source"]]
    assert len(ours) == 1
    assert told.http.get(ours[0].removeprefix(ABROAD)).status_code == 200


def test_cohere_is_answered_with_documents_that_are_cited_by_id(told: Running) -> None:
    made = told.client.augment("gold", dialect="cohere")

    assert [each["id"] for each in made.documents] == [each.cite for each in made.evidence]
    assert [each["role"] for each in made.messages] == ["system", "user"]
    assert made.system == ()


def test_plain_is_answered_with_a_text_alone(told: Running) -> None:
    made = told.client.augment("gold", dialect="plain")

    assert (made.messages, made.system, made.documents) == ((), (), ())
    assert made.text.endswith("gold")
    assert "> Gold rose on Friday" in made.text


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(
    "asked",
    [
        "What does gold cost?",
        [
            {"role": "system", "content": "Sei höflich. \u2028 ok"},
            {"role": "user", "content": [{"type": "text", "text": "gold 🥇"}]},
        ],
    ],
)
def test_prompts_are_made_again_byte_for_byte(told: Running, name: Any, asked: Any) -> None:
    made = told.client.augment(asked, dialect=name, timezone="Europe/Berlin")
    receipt: Any = told.client.receipt(made.receipt_id)
    with told.service.parts.database.reading() as session:
        names = [each.id.split("#")[0].split("@") for each in made.evidence]
        texts = evidence.texts(session, {(uid, int(version)) for uid, version in names})

    again = replay(receipt, stored_evidence(told), texts)

    assert (receipt["dialect"], receipt["base_url"]) == (name, ABROAD)
    assert again.dialect == name
    assert list(again.messages) == list(made.messages)
    assert (again.text, list(again.system), list(again.documents)) == (
        made.text,
        list(made.system),
        list(made.documents),
    )
    assert rendered_sha256(again) == receipt["rendered_sha256"]
    assert receipt_id(receipt_bytes(receipt)) == made.receipt_id


def test_receipts_differ_in_what_was_sent(told: Running) -> None:
    receipts: list[Any] = [
        told.client.receipt(told.client.augment("gold", dialect=name).receipt_id) for name in NAMES
    ]

    assert len({each["rendered_sha256"] for each in receipts}) == len(NAMES)
    assert [each["policy_version"] for each in receipts] == ["3", "anthropic-1", "cohere-1", "3"]


@pytest.mark.parametrize("name", NAMES)
def test_a_receipt_in_a_dialect_of_another_policy_is_not_replayed(told: Running, name: Any) -> None:
    receipt = told.client.receipt(told.client.augment("gold", dialect=name).receipt_id)

    with pytest.raises(ValueError, match="policy version 0"):
        replay(receipt | {"policy_version": "0"}, {})
    with pytest.raises(ValueError, match="klingon"):
        replay(receipt | {"dialect": "klingon"}, {})


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("budget", [64, 150, 400])
def test_a_budget_bounds_what_is_added(told: Running, name: Any, budget: int) -> None:
    made = told.client.augment("gold", dialect=name, token_budget=budget)

    assert made.token_count <= budget or not made.evidence


@pytest.mark.parametrize(
    ("name", "asked", "expected"),
    [
        ("klingon", WITH_TOOLS, "Input should be 'openai', 'anthropic', 'cohere' or 'plain'"),
        ("plain", WITH_TOOLS, "messages[2]: a call of a tool is no text"),
        (
            "cohere",
            [{"role": "user", "content": "gold", "name": "Ann"}],
            "messages[0]: 'name' cannot be said here",
        ),
        (
            "anthropic",
            [{"role": "user", "content": [{"type": "text", "text": "gold"}, IMAGE | {"a": 1}]}],
            "messages[0].content[1]: 'a' cannot be said here",
        ),
    ],
)
def test_what_a_dialect_cannot_say_is_refused(
    told: Running, name: str, asked: Any, expected: str
) -> None:
    body = {"messages": asked, "dialect": name, "min_seq": 10**6}

    (error,) = problem_of(told.post("/v1/augment", body), 422)["errors"]

    assert expected in error["message"]


@pytest.mark.parametrize("arguments", ['{"n": 1e999}', '{"n": NaN}', '{"n": 9007199254740993}'])
def test_arguments_without_a_canonical_form_are_refused(told: Running, arguments: str) -> None:
    function = {"name": "port", "arguments": arguments}
    call = {"id": "1", "type": "function", "function": function}
    asked = [{"role": "assistant", "tool_calls": [call]}, {"role": "user", "content": "gold"}]

    problem = problem_of(told.post("/v1/augment", {"messages": asked, "dialect": "anthropic"}), 422)

    assert problem["errors"][0]["field"] == "messages"
