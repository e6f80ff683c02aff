"""The chat endpoint as OpenAI's own client calls it."""

from tests.grounding.gateway.conftest import Gate
from tests.upstream.scripted import says

ASKED = [{"role": "user", "content": "What is the Brent crude oil spot price?"}]


def test_an_answer_carries_citations_receipt_and_freshness(gate: Gate) -> None:
    gate.price("84.12")
    gate.upstream.then(says("It is 84.12 USD [1]."))

    raw = gate.openai.chat.completions.with_raw_response.create(model="gpt-4o", messages=ASKED)
    answer = raw.parse()

    message = answer.choices[0].message
    assert message.content == "It is 84.12 USD [1]."
    [annotation] = message.annotations
    place = annotation.url_citation
    assert message.content[place.start_index : place.end_index] == "[1]"
    assert place.title == "Brent crude oil spot price"
    assert "84.12" in gate.upstream.asked[-1].prompt
    receipt = gate.running.http.get(f"/v1/receipts/{raw.headers['x-grounding-receipt']}")
    assert receipt.status_code == 200
    assert raw.headers["x-grounding-freshness"] in {"pass", "unknown"}


def test_a_stream_carries_the_same(gate: Gate) -> None:
    gate.price("84.12")
    gate.upstream.then(says("It is 84.12 USD [1]."))

    with gate.openai.chat.completions.stream(model="gpt-4o", messages=ASKED) as stream:
        final = stream.get_final_completion()

    message = final.choices[0].message
    assert message.content == "It is 84.12 USD [1]."
    assert message.annotations[0].url_citation.start_index == 16
    assert message.context["citations"][0]["cite"] == "1"
