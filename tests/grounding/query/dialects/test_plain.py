"""What an endpoint that completes a text is sent: words of OpenAI's prompt, without messages."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given

from grounding.query.dialects.openai import OPENAI
from grounding.query.dialects.plain import PLAIN
from grounding.query.records import DialectName
from tests.grounding.query.dialects.conversations import (
    EVIDENCE,
    QUESTION,
    WITH_TOOLS,
    WORDS,
    texts,
)
from tests.grounding.query.items import NONCE, evidence, frame

GOLDEN = Path(__file__).parent.parent / "golden"


def test_wording_and_layout_are_those_of_the_policy_version() -> None:
    shown = PLAIN.render(EVIDENCE, frame=frame(), messages=WORDS)

    golden = (GOLDEN / f"plain_{PLAIN.policy_version}.txt").read_text(encoding="utf-8")
    assert shown.text + "\n" == golden


def test_it_is_the_text_of_openai_s_messages_and_nothing_else() -> None:
    shown = PLAIN.render(EVIDENCE, frame=frame(), messages=QUESTION)

    assert shown.text == OPENAI.render(EVIDENCE, frame=frame(), messages=QUESTION).text
    assert (shown.dialect, shown.messages, shown.system, shown.documents) == (
        DialectName.PLAIN,
        (),
        (),
        (),
    )


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        (WITH_TOOLS, r"^messages\[2\]: a call of a tool is no text"),
        (WITH_TOOLS[-1:], r"^messages\[0\]: an image is no text"),
    ],
)
def test_what_is_no_text_is_refused(asked: Any, expected: str) -> None:
    with pytest.raises(ValueError, match=expected):
        PLAIN.check(asked)


@given(texts, texts, texts)
def test_every_line_of_a_text_is_quoted(text: str, title: str, section: str) -> None:
    item = replace(evidence(text), title=title, section=section)

    shown = PLAIN.render([item, item], frame=frame(), messages=QUESTION)

    lines = shown.text.splitlines()
    start, end = lines.index(f"<evidence {NONCE}>"), lines.index(f"</evidence {NONCE}>")
    ours = [each[:4] for each in lines[start + 1 : end] if not each.startswith(">")]
    assert ours[0] == "All "
    assert ours[1:] == ["", "[1] ", "", "[2] "]
    assert shown.text.endswith("What does Brent crude cost?")
