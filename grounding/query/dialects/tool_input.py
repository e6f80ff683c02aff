"""The arguments of a tool's call, which OpenAI writes as JSON in a text and Anthropic as JSON."""

import json

from connectors.records import JsonValue
from grounding.query.dialects.turns import ToolCall

_DEEPEST = 64


def tool_input(call: ToolCall, where: str) -> dict[str, JsonValue]:
    """Read arguments; none are an empty object.

    Raises:
        ValueError: they are no JSON object, or one that is nested too deep.
    """
    expected = f"{where}: arguments of {call.name}: expected a JSON object"
    try:
        value: JsonValue = json.loads(call.arguments or "{}")
    except (ValueError, RecursionError) as error:
        raise ValueError(expected) from error
    if not isinstance(value, dict) or _is_deeper(value, _DEEPEST):
        raise ValueError(expected)
    return value


def _is_deeper(value: JsonValue, most: int) -> bool:
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return most == 0 or any(_is_deeper(each, most - 1) for each in inner)
