"""What Anthropic's endpoint is sent. The golden file changes only with the policy version."""

import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from unicodedata import category

import pytest
from hypothesis import given

from grounding.query.dialects.anthropic import ANTHROPIC, INSTRUCTIONS, search_result
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
HIDDEN = ("Cc", "Cf", "Cs", "Co", "Cn")


def shown(*items: Evidence, messages: Any = QUESTION, **changes: Any) -> Rendered:
    return ANTHROPIC.render(items, frame=frame(**changes), messages=messages)


def blocks(rendered: Rendered, place: int = -1) -> list[Any]:
    content = rendered.messages[place]["content"]
    assert isinstance(content, list)
    return content


def test_wording_and_layout_are_those_of_the_policy_version() -> None:
    some = shown(
        *EVIDENCE,
        messages=WITH_TOOLS,
        timezone="Europe/Berlin",
        known_at=NOW - timedelta(days=1),
        base_url="https://facts.example",
    )
    nothing = shown()

    golden = (GOLDEN / f"{ANTHROPIC.policy_version}.json").read_text(encoding="utf-8")
    sent = [{"system": each.system, "messages": each.messages} for each in (some, nothing)]
    assert json.dumps(sent, ensure_ascii=False, indent=1) + "\n" == golden


def test_instructions_are_the_same_bytes_in_every_request_and_come_first() -> None:
    one, other = shown(), shown(evidence(), messages=WITH_TOOLS, nonce="0" * 16)

    first = {"type": "text", "text": INSTRUCTIONS, "cache_control": {"type": "ephemeral"}}
    assert one.system == (first,)
    assert other.system == (first, {"type": "text", "text": "Be brief."})


def test_clock_evidence_and_question_are_in_the_last_turn_in_this_order() -> None:
    rendered = shown(evidence(), evidence(), messages=WITH_TOOLS)

    kinds = [each["type"] for each in blocks(rendered)]
    assert kinds == ["tool_result", "text", "search_result", "search_result", "text", "image"]
    assert blocks(rendered)[1]["text"].startswith("Current time: ")
    assert blocks(rendered)[4]["text"] == "And Brent there?"


def test_each_fact_is_a_block_and_what_is_known_of_the_item_another() -> None:
    content: Any = search_result(EVIDENCE[0], frame())["content"]

    header, *facts = (each["text"] for each in content)
    assert header.startswith(f"[{NONCE}] source: unlisted · also said by: radio, paper · published")
    assert facts == [
        "Rain is expected, says Dr. Smith of the U.S. Coast Guard.",
        "Wind from the west.",
        "Gusts of 5.5 m/s!",
    ]


def test_the_value_of_a_series_is_one_fact() -> None:
    content: Any = search_result(brent_evidence(), frame())["content"]

    assert [each["text"] for each in content][1:] == [brent_evidence().text]


def test_an_item_names_its_url_or_where_it_is_here() -> None:
    known = search_result(evidence(url="https://w.example/a?b=c"), frame())
    unknown = search_result(evidence(), frame(base_url="https://facts.example"))

    assert known["source"] == "https://w.example/a?b=c"
    assert unknown["source"] == (
        "https://facts.example/v1/documents/0123456789abcdef01234567?version=1"
    )


def test_roles_alternate_whatever_the_caller_sent() -> None:
    silent = {"role": "assistant", "content": " "}
    asked = [*QUESTION, silent, *QUESTION, {"role": "system", "content": "Late."}, *QUESTION]

    rendered = shown(messages=asked)

    assert [each["role"] for each in rendered.messages] == ["user"]
    assert [each["text"] for each in rendered.system][1:] == ["Late."]


def test_calls_of_tools_and_what_they_answered_are_kept() -> None:
    rendered = shown(messages=WITH_TOOLS)

    assert blocks(rendered, 1) == [
        {"type": "text", "text": "I look."},
        {"type": "tool_use", "id": "call_1", "name": "port", "input": {"name": "Oslo"}},
    ]
    assert blocks(rendered, 2)[0] == {
        "type": "tool_result",
        "tool_use_id": "call_1",
        "content": [{"type": "text", "text": "Oslo, 3 berths"}],
    }


@pytest.mark.parametrize(
    ("url", "source"),
    [
        ("https://e.example/a.png", {"type": "url", "url": "https://e.example/a.png"}),
        (
            "data:image/webp;base64,AA==",
            {"type": "base64", "media_type": "image/webp", "data": "AA=="},
        ),
    ],
)
def test_images_are_kept(url: str, source: Any) -> None:
    part = {"type": "image_url", "image_url": {"url": url}}
    asked = [{"role": "user", "content": [{"type": "text", "text": "What?"}, part]}]

    assert blocks(shown(messages=asked))[-1] == {"type": "image", "source": source}


@pytest.mark.parametrize("url", ["data:image/svg+xml;base64,AA==", "file:///a.png", "data:,a", ""])
def test_an_image_of_another_kind_is_refused(url: str) -> None:
    part = {"type": "image_url", "image_url": {"url": url}}
    asked = [{"role": "user", "content": [{"type": "text", "text": "What?"}, part]}]

    with pytest.raises(ValueError, match=r"^messages\[0\]: expected an image"):
        ANTHROPIC.check(asked)


@pytest.mark.parametrize(
    "arguments", ["[1]", "no", "1", '{"a":' * 80 + "1" + "}" * 80, "[" * 10**5]
)
def test_arguments_that_are_no_object_are_refused(arguments: str) -> None:
    function = {"name": "port", "arguments": arguments}
    asked = [{"role": "assistant", "tool_calls": [CALL | {"function": function}]}, *QUESTION]

    with pytest.raises(ValueError, match="arguments of port: expected a JSON object"):
        ANTHROPIC.check(asked)


def test_no_arguments_are_an_empty_object() -> None:
    function = {"name": "port", "arguments": ""}
    asked = [{"role": "assistant", "tool_calls": [CALL | {"function": function}]}, *QUESTION]

    assert blocks(shown(messages=asked), 0)[0]["input"] == {}


@given(texts, texts, texts, texts)
def test_nothing_in_a_text_passes_for_a_block_of_ours(
    text: str, title: str, section: str, url: str
) -> None:
    item = replace(evidence(text), title=title, section=section, url=url)

    rendered = shown(item, brent_evidence(), messages=QUESTION)

    clock, first, second, words = blocks(rendered)
    assert (clock["type"], words["text"]) == ("text", QUESTION[0]["content"])
    assert second == search_result(brent_evidence(), frame())
    header, *facts = (each["text"] for each in first["content"])
    assert header.startswith(f"[{NONCE}] source: weather · published: ")
    quoted = [first["source"], first["title"], *facts]
    assert all(each.strip() and NONCE not in each and "\n" not in each for each in quoted)
    assert not any(
        category(letter) in HIDDEN for each in quoted for letter in each if letter != "\t"
    )
    assert not any("<search_result" in each or "</search_result" in each for each in quoted)
    assert not any(each.lower().startswith(("human:", "assistant:")) for each in quoted)
    json.dumps([*rendered.system, *rendered.messages], ensure_ascii=False).encode()


def test_long_fields_are_cut() -> None:
    item = evidence("word " * 9_000, title="t" * 900, url="https://e.example/" + "u" * 9_000)

    found: Any = search_result(item, frame())

    assert len(found["title"]) == 300
    assert len(found["source"]) == 2_000
    assert sum(len(each["text"]) for each in found["content"]) < 20_300


def test_an_image_says_nothing_to_search_for_and_stays() -> None:
    asked = [{"role": "user", "content": [IMAGE, {"type": "text", "text": "What?"}]}]

    kinds = [each["type"] for each in blocks(shown(evidence(), messages=asked))]

    assert kinds == ["text", "search_result", "image", "text"]
