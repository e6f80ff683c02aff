"""An answer that comes in one piece: read, and given back with what it cites."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from grounding.gateway.cited import annotations, with_annotations
from grounding.gateway.errors import UpstreamBroken
from grounding.gateway.records import Citation


def parsed(content: bytes, *, member: str = "choices") -> dict[str, Any]:
    """Read an answer, what it says being in this member.

    Raises:
        UpstreamBroken: it is no JSON object that has it.
    """
    try:
        body = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise UpstreamBroken("the answer is no JSON") from error
    if not isinstance(body, dict) or not isinstance(body.get(member), list):
        raise UpstreamBroken(f"the answer is none of this API: it has no {member}")
    return body


def cited(
    body: Mapping[str, Any],
    citations: Sequence[Citation],
    *,
    context: Mapping[str, Any] | None,
    extra: Mapping[str, Any],
) -> dict[str, Any]:
    """Return a completion with citations in each message, and with `extra` beside its choices."""
    choices = [_cited(choice, citations, context) for choice in body["choices"]]
    return {**body, "choices": choices, **extra}


def text_of(body: Mapping[str, Any]) -> str:
    """Return what all choices say, for counting."""
    messages = [each.get("message") for each in body["choices"] if isinstance(each, dict)]
    said = [each.get("content") for each in messages if isinstance(each, dict)]
    return "\n".join(each for each in said if isinstance(each, str))


def calls_of(body: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Return the tool calls of a completion with one choice."""
    calls = _only_message(body).get("tool_calls")
    return [each for each in calls if isinstance(each, Mapping)] if isinstance(calls, list) else []


def is_one_text(body: Mapping[str, Any]) -> bool:
    """Whether one choice says something, be it cut."""
    return isinstance(_only_message(body).get("content"), str)


def withheld(body: Mapping[str, Any], reason: str) -> dict[str, Any]:
    """Return a completion with a refusal in place of its text."""
    message = {"role": "assistant", "content": None, "refusal": reason}
    return {**body, "choices": [_choice(body, message, "content_filter")]}


def saying(body: Mapping[str, Any], text: str) -> dict[str, Any]:
    """Return a completion that says this instead."""
    message = {"role": "assistant", "content": text}
    return {**body, "choices": [_choice(body, message, "stop")]}


def is_plain(body: Mapping[str, Any]) -> bool:
    """Whether every choice is text that ended by itself, and nothing else."""
    return bool(body["choices"]) and all(map(_is_plain, body["choices"]))


def written(body: Mapping[str, Any]) -> bytes:
    return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode(
        errors="surrogatepass"
    )


def _cited(choice: Any, citations: Sequence[Citation], context: Mapping[str, Any] | None) -> Any:
    message = choice.get("message") if isinstance(choice, dict) else None
    if not isinstance(message, dict):
        return choice
    content = message.get("content")
    found = annotations(content, citations) if isinstance(content, str) else []
    changed = with_annotations(message, found)
    if context is not None:
        changed["context"] = dict(context)
    return {**choice, "message": changed}


def _only_message(body: Mapping[str, Any]) -> Mapping[str, Any]:
    choices = body["choices"]
    only = choices[0] if len(choices) == 1 else None
    message = only.get("message") if isinstance(only, Mapping) else None
    return message if isinstance(message, Mapping) else {}


def _choice(body: Mapping[str, Any], message: Mapping[str, Any], finish: str) -> dict[str, Any]:
    first: Mapping[str, Any] = body["choices"][0]
    kept = {name: value for name, value in first.items() if name not in {"message", "logprobs"}}
    return {**kept, "message": dict(message), "finish_reason": finish}


def _is_plain(choice: Any) -> bool:
    if not isinstance(choice, dict) or choice.get("finish_reason") != "stop":
        return False
    message = choice.get("message")
    if not isinstance(message, dict) or not isinstance(message.get("content"), str):
        return False
    known = {"role", "content", "annotations", "context"}
    return not any(value for name, value in message.items() if name not in known)
