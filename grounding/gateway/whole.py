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


def _is_plain(choice: Any) -> bool:
    if not isinstance(choice, dict) or choice.get("finish_reason") != "stop":
        return False
    message = choice.get("message")
    if not isinstance(message, dict) or not isinstance(message.get("content"), str):
        return False
    known = {"role", "content", "annotations", "context"}
    return not any(value for name, value in message.items() if name not in known)
