"""What Cohere's endpoint is sent. The golden file changes only with the policy version."""

import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given

from grounding.query.dialects.cohere import COHERE, INSTRUCTIONS, document
from grounding.query.records import Evidence, Rendered
from tests.grounding.query.dialects.conversations import (
    CALL,
    EVIDENCE,
    IMAGE,
    QUESTION,
    WITH_TOOLS,
    texts,
)
from tests.grounding.query.items import NONCE, NOW, brent_evidence, evidence, frame

GOLDEN = Path(__file__).parent.parent / "golden"


def shown(*items: Evidence, messages: Any = QUESTION, **changes: Any) -> Rendered:
    return COHERE.render(items, frame=frame(**changes), messages=messages)


def test_wording_and_layout_are_those_of_the_policy_version() -> None:
    earlier = NOW - timedelta(days=1)
    some = shown(*EVIDENCE, messages=WITH_TOOLS, timezone="Europe/Berlin", known_at=earlier)
    nothing = shown()

    golden = (GOLDEN / f"{COHERE.policy_version}.json").read_text(encoding="utf-8")
    sent = [{"messages": each.messages, "documents": each.documents} for each in (some, nothing)]
    assert json.dumps(sent, ensure_ascii=False, indent=1) + "\n" == golden


def test_instructions_come_first_and_are_the_same_bytes_in_every_request() -> None:
    one, other = shown(), shown(evidence(), messages=WITH_TOOLS, nonce="0" * 16)

    assert one.messages[0] == {"role": "system", "content": INSTRUCTIONS}
    assert other.messages[0]["content"] == f"{INSTRUCTIONS}\n\nBe brief."


def test_documents_are_named_as_the_evidence_is_cited() -> None:
    rendered = shown(evidence(), brent_evidence())

    assert [each["id"] for each in rendered.documents] == ["1", "2"]


def test_a_document_has_a_field_for_each_thing_that_is_known() -> None:
    data: Any = document(EVIDENCE[0], 1, frame())["data"]

    assert data["mark"] == NONCE
    assert data["title"] == "Forecast — Tomorrow > Coast"
    assert (data["source"], data["also_said_by"]) == ("unlisted", "radio, paper")
    assert (data["published"], data["freshness"]) == ("unknown", "unknown")
    assert data["text"].splitlines()[1] == "> Gusts of 5.5 m/s!"


def test_calls_of_tools_their_answers_and_images_are_kept() -> None:
    _, _, called, answered, asked = shown(messages=WITH_TOOLS).messages

    assert called == {"role": "assistant", "content": "I look.", "tool_calls": [CALL]}
    assert answered == {"role": "tool", "tool_call_id": "call_1", "content": "Oslo, 3 berths"}
    content: Any = asked["content"]
    assert [each["type"] for each in content] == ["text", "text", "image_url"]
    assert content[2] == IMAGE


def test_an_image_that_is_nowhere_is_refused() -> None:
    part = {"type": "image_url", "image_url": {"url": "file:///etc/passwd"}}
    asked = [{"role": "user", "content": [{"type": "text", "text": "What?"}, part]}]

    with pytest.raises(ValueError, match=r"^messages\[0\]: expected an image"):
        COHERE.check(asked)


def test_a_turn_in_which_nothing_is_said_is_left_out() -> None:
    asked = [*QUESTION, {"role": "assistant", "content": None}, *QUESTION]

    assert [each["role"] for each in shown(messages=asked).messages] == ["system", "user", "user"]


@given(texts, texts, texts)
def test_nothing_in_a_text_passes_for_a_field_or_a_document(
    text: str, title: str, section: str
) -> None:
    item = replace(evidence(text), title=title, section=section)

    rendered = shown(item, brent_evidence())

    first, second = rendered.documents
    assert second == document(brent_evidence(), 2, frame())
    data: Any = first["data"]
    assert [*data] == ["mark", "title", "source", "published", "age", "text"]
    assert data["mark"] == NONCE
    assert NONCE not in data["title"] + data["text"]
    assert "\n" not in data["title"]
    assert all(each.startswith("> ") for each in data["text"].split("\n") if data["text"])
    assert not any(mark in data["text"] for mark in ("</results", "<results", "<|im", "<document"))
    json.dumps([*rendered.documents, *rendered.messages], ensure_ascii=False).encode()


def test_long_fields_are_cut() -> None:
    data: Any = document(evidence("word " * 9_000, title="t" * 900), 1, frame())["data"]

    assert (len(data["title"]), len(data["text"]) < 20_100) == (300, True)
