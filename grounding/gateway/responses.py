"""OpenAI's Responses API, as far as evidence needs it: what is asked, and citations in the answer.

    input: "..."                       ─▶ evidence before these words
    input: [{role, content}, ...]      ─▶ evidence before those of the last user turn
    instructions                       ─▶ ours first, the caller's after them
    output[].content[] (output_text)   ◀─ annotations, also in the events of a stream that end it

Items that are no messages, and everything else, are passed on as they came.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from grounding.gateway.cited import annotations
from grounding.gateway.records import Ask, Body, Citation
from grounding.query.pipeline import Composed
from grounding.query.records import Message
from grounding.query.render import INSTRUCTIONS, context_text

_TEXTS: Final = frozenset({"input_text", "output_text", "text"})

JsonMap = Mapping[str, Any]  # Any: JSON of callers and upstreams, here and below


def messages_of(body: JsonMap) -> list[Message]:
    """Return the conversation as chat messages, of their parts the text alone."""
    given = body.get("input")
    if isinstance(given, str):
        return [{"role": "user", "content": given}]
    items = given if isinstance(given, list) else []
    return [
        {"role": str(each["role"]), "content": _text(each.get("content"))}
        for each in items
        if isinstance(each, dict) and isinstance(each.get("role"), str)
    ]


def body_with(ask: Ask, made: Composed | None, llm: str, more: Sequence[Message] = ()) -> Body:
    """Return what to send: the request with its evidence, to this llm.

    more: turns after those of the request.
    """
    body = {**ask.body, "model": llm}
    if made is None:
        return body
    shown = [each.evidence for each in made.context.packed.candidates]
    context = context_text(shown, made.context.frame)
    own = body.get("instructions")
    body["instructions"] = f"{INSTRUCTIONS}\n\n{own}" if isinstance(own, str) else INSTRUCTIONS
    body["input"] = _preceded(body["input"], context)
    if more:
        given = body["input"]
        asked = [{"role": "user", "content": given}] if isinstance(given, str) else given
        body["input"] = [*asked, *more]
    return body


def cited(body: JsonMap, citations: Sequence[Citation], extra: JsonMap) -> dict[str, Any]:
    """Return a response with what its texts cite."""
    output = body.get("output")
    items = output if isinstance(output, list) else []
    return {**body, "output": [cited_item(each, citations) for each in items], **extra}


def calls_of(body: JsonMap) -> list[JsonMap]:
    """Return the calls of functions, in the form of chat completions."""
    return [
        {"function": {"name": each.get("name"), "arguments": each.get("arguments")}}
        for each in _items(body)
        if each.get("type") == "function_call"
    ]


def withheld(body: JsonMap, reason: str) -> dict[str, Any]:
    """Return a response with a refusal in place of all that it says and calls."""
    ended = {"status": "incomplete", "incomplete_details": {"reason": "content_filter"}}
    return {**body, **ended, "output": [_message(body, {"type": "refusal", "refusal": reason})]}


def saying(body: JsonMap, text: str) -> dict[str, Any]:
    """Return a response that says this instead."""
    part = {"type": "output_text", "text": text, "annotations": []}
    return {**body, "output": [_message(body, part)]}


def _message(body: JsonMap, part: JsonMap) -> dict[str, Any]:
    named = [str(each["id"]) for each in _items(body) if each.get("type") == "message"]
    return {
        "id": named[0] if named else "msg_grounding",
        "type": "message",
        "role": "assistant",
        "status": "completed",
        "content": [dict(part)],
    }


def text_of(body: JsonMap) -> str:
    """Return all that a response says, for counting."""
    return "\n".join(_text(each.get("content")) for each in _items(body))


def _items(body: JsonMap) -> list[dict[str, Any]]:
    output = body.get("output")
    return [each for each in output if isinstance(each, dict)] if isinstance(output, list) else []


def _text(content: Any) -> str:
    if isinstance(content, str):
        return content
    parts = content if isinstance(content, list) else []
    said = [each.get("text") for each in parts if _is_text(each)]
    return "\n".join(each for each in said if isinstance(each, str))


def _is_text(part: Any) -> bool:
    return isinstance(part, dict) and part.get("type") in _TEXTS


def _preceded(given: Any, context: str) -> Any:
    """Return an input with the context before the words of its last user turn."""
    if isinstance(given, str):
        return f"{context}\n\n{given}"
    last = max(place for place, each in enumerate(given) if _is_user(each))
    content = given[last].get("content")
    if isinstance(content, list):
        with_context: Any = [{"type": "input_text", "text": context}, *content]
    else:
        with_context = f"{context}\n\n{content}"
    return [*given[:last], {**given[last], "content": with_context}, *given[last + 1 :]]


def _is_user(item: Any) -> bool:
    return isinstance(item, dict) and item.get("role") == "user"


def cited_item(item: Any, citations: Sequence[Citation]) -> Any:
    content = item.get("content") if isinstance(item, dict) else None
    if not isinstance(content, list):
        return item
    return {**item, "content": [cited_part(each, citations) for each in content]}


def cited_part(part: Any, citations: Sequence[Citation]) -> Any:
    if not isinstance(part, dict) or part.get("type") != "output_text":
        return part
    found = [
        {"type": "url_citation", **each["url_citation"]}
        for each in annotations(str(part.get("text", "")), citations)
    ]
    own = part.get("annotations")
    return {**part, "annotations": [*(own if isinstance(own, list) else []), *found]}
