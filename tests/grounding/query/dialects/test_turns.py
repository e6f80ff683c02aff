from typing import Any

import pytest

from grounding.query.dialects.registry import DIALECTS
from grounding.query.dialects.turns import Image, Text, ToolCall, turns_of
from grounding.query.records import DialectName
from tests.grounding.query.dialects.conversations import CALL, IMAGE, PIXEL, QUESTION, WITH_TOOLS

AUDIO = {"type": "input_audio", "input_audio": {"data": "AA==", "format": "wav"}}
FILE = {"type": "file", "file": {"file_id": "file-1"}}


def test_a_conversation_is_read_turn_by_turn() -> None:
    turns = turns_of(WITH_TOOLS)

    assert [each.role for each in turns] == ["system", "user", "assistant", "tool", "user"]
    assert turns[2].calls == (ToolCall("call_1", "port", '{"name": "Oslo"}'),)
    assert turns[3].answers == "call_1"
    assert turns[4].parts == (Text("And Brent there?"), Image(PIXEL, "low"))


def test_a_refusal_is_what_the_assistant_said() -> None:
    part = {"type": "refusal", "refusal": "No."}

    (as_field, as_part) = turns_of(
        [
            {"role": "assistant", "content": None, "refusal": "No."},
            {"role": "assistant", "content": [part]},
        ]
    )

    assert as_field.texts == as_part.texts == ["No."]


def test_fields_that_say_nothing_are_not_missed() -> None:
    message = {
        "role": "assistant",
        "content": "Hi",
        "audio": None,
        "function_call": None,
        "tool_calls": [],
        "annotations": [{"type": "url_citation"}],
    }

    (turn,) = turns_of([message])

    assert (turn.texts, turn.calls) == (["Hi"], ())


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        ({"role": "user", "content": "Hi", "name": "Ann"}, "'name' cannot be said here"),
        ({"role": "function", "name": "f", "content": "1"}, r"\.role: expected one of system, "),
        ({"content": "Hi"}, r"\.role: expected a text"),
        ({"role": "user", "content": [AUDIO]}, r"content\[0\]: a part of type 'input_audio'"),
        ({"role": "user", "content": [FILE]}, r"content\[0\]: a part of type 'file' of the user"),
        ({"role": "system", "content": [IMAGE]}, r"a part of type 'image_url' of the system"),
        ({"role": "assistant", "content": [IMAGE]}, r"a part of type 'image_url' of the assist"),
        ({"role": "user", "content": [1]}, r"content\[0\]: expected an object"),
        ({"role": "user", "content": 7}, r"content: expected a text"),
        ({"role": "user", "content": [{"type": "text"}]}, r"content\[0\]\.text: expected a text"),
        (
            {"role": "user", "content": [{"type": "text", "text": "a", "cache_control": {"a": 1}}]},
            r"content\[0\]: 'cache_control' cannot be said here",
        ),
        ({"role": "tool", "content": "1"}, r"tool_call_id: expected a text"),
        ({"role": "user", "content": "Hi", "tool_calls": [CALL]}, "'tool_calls' cannot be said"),
        ({"role": "assistant", "audio": {"id": "a"}}, "'audio' cannot be said here"),
        ({"role": "assistant", "tool_calls": {"a": 1}}, r"tool_calls: expected a list"),
        (
            {"role": "assistant", "tool_calls": [{"id": "1", "type": "custom"}]},
            r"tool_calls\[0\]: a call of type 'custom' cannot be said here",
        ),
        (
            {"role": "assistant", "tool_calls": [{"id": "1", "type": "function"}]},
            r"tool_calls\[0\]\.function: expected an object",
        ),
    ],
)
@pytest.mark.parametrize("name", [name for name in DialectName if name != DialectName.OPENAI])
def test_what_would_be_lost_is_refused_with_its_place(
    name: DialectName, message: Any, expected: str
) -> None:
    with pytest.raises(ValueError, match=rf"^messages\[1\].*{expected}"):
        DIALECTS[name].check([*QUESTION, message])
