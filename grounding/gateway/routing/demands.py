"""What a chat request needs of an upstream, read from its body. Pure functions.

Strength is decided by rules, the strongest that holds:

    3  much thought is asked for; code or mathematics; several steps or questions; a long question
    2  tools, pictures or a schema; some thought is asked for; a long prompt; anything else
    1  a short question with evidence beside it, or a greeting

A body is read as it comes: what has an unexpected shape demands nothing.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from grounding.gateway.routing.upstreams import MIDDLE, SMALL, STRONG, Demand
from grounding.gateway.tokens import output_limit

USUAL_OUTPUT = 600
"""Tokens of an answer where the request has no limit."""
LONGEST = 8_000
"""How many characters of a question are read, the first ones."""
_MOST_PARTS = 10_000
_MOST_CHOICES = 128
_LONG_PROMPT = 8_000
_LONG_QUESTION = 200
_SHORT_QUESTION = 40
_EFFORTS = {"medium": MIDDLE, "high": STRONG, "xhigh": STRONG}
_PARTS = {
    "image_url": "images",
    "input_image": "images",
    "image": "images",
    "input_audio": "audio",
}
_CODE = re.compile(
    r"```|^[ \t]*(?:def|class)[ \t]+\w+[ \t]*[(:]|\bfunction[ \t]+(?:\w+[ \t]*)?\("
    r"|\bselect\b.{1,80}\bfrom[ \t]+\w+[ \t]*(?:;|\bwhere\b|\bjoin\b)"
    r"|\b(?:stack ?trace|traceback|refactor|debug|unit tests?|regex|pull request|segfault"
    r"|compile error)\b|\b(?:write|implement|fix|optimi[sz]e|port)\b.{0,60}\b(?:code|function"
    r"|class|script|program|query|method|algorithm|bug|endpoint|parser|api)\b",
    re.IGNORECASE | re.MULTILINE,
)
_MATHS = re.compile(
    r"\b(?:prove|proof|theorem|lemma|integral|integrate|derivative|differentiate|eigenvalues?"
    r"|matrix|probability that|converges?|factori[sz]e|modulo|solve (?:for|the equation))\b"
    r"|\\(?:frac|int|sum|begin)\b|∫|∑",
    re.IGNORECASE,
)
_STEPS = re.compile(
    r"\b(?:step[- ]by[- ]step|think (?:hard|carefully)|trade-?offs?|pros and cons|root cause"
    r"|in detail|weigh(?:ing)?|devise|design (?:a|an|the)|architect|strategy|analy[sz]e"
    r"|evaluate|compare|critique|first\b.{1,200}\bthen)\b",
    re.IGNORECASE | re.DOTALL,
)


def demand_of(
    body: Mapping[str, Any],  # Any: JSON as a caller sent it
    question: str,
    prompt_tokens: int,
    is_grounded: bool,
) -> Demand:
    """Return what the request needs.

    prompt_tokens: of all messages, evidence included.
    is_grounded: evidence is beside the question.
    """
    capabilities = frozenset(_capabilities(body))
    strength, reasons = _strength(
        body, question[:LONGEST], capabilities, prompt_tokens, is_grounded=is_grounded
    )
    return Demand(max(0, prompt_tokens), _output_tokens(body), capabilities, strength, reasons)


def _capabilities(body: Mapping[str, Any]) -> Iterator[str]:  # Any: JSON
    if body.get("stream") is True:
        yield "streaming"
    if _uses_tools(body):
        yield "tools"
    if _answer_format(body) in {"json_object", "json_schema"}:
        yield "json"
    modalities = body.get("modalities")
    if isinstance(modalities, Sequence) and "audio" in modalities:
        yield "audio"
    for part in _parts(body):
        capability = _PARTS.get(str(part.get("type")))
        if capability is not None:
            yield capability


def _uses_tools(body: Mapping[str, Any]) -> bool:  # Any: JSON
    offered = body.get("tools") or body.get("functions")
    if offered and body.get("tool_choice") != "none" and body.get("function_call") != "none":
        return True
    return any(
        message.get("role") in {"tool", "function"} or bool(message.get("tool_calls"))
        for message in _messages(body)
    )


def _answer_format(body: Mapping[str, Any]) -> str:  # Any: JSON
    asked = body.get("response_format")
    return str(asked.get("type")) if isinstance(asked, Mapping) else ""


def _messages(body: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:  # Any: JSON
    listed = body.get("messages")
    if isinstance(listed, list):
        yield from (each for each in listed if isinstance(each, Mapping))


def _parts(body: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:  # Any: JSON
    """Yield the parts of messages, the newest first, and no more than are worth reading."""
    seen = 0
    for message in reversed(list(_messages(body))):
        content = message.get("content")
        for part in content if isinstance(content, list) else ():
            seen += 1
            if seen > _MOST_PARTS:
                return
            if isinstance(part, Mapping):
                yield part


def _output_tokens(body: Mapping[str, Any]) -> int:  # Any: JSON
    """Return how long all answers together may be, or usually are."""
    asked = body.get("n")
    choices = asked if type(asked) is int and asked > 0 else 1
    return (output_limit(body) or USUAL_OUTPUT) * min(choices, _MOST_CHOICES)


def _strength(
    body: Mapping[str, Any],  # Any: JSON
    question: str,
    capabilities: frozenset[str],
    prompt_tokens: int,
    *,
    is_grounded: bool,
) -> tuple[int, tuple[str, ...]]:
    effort = str(body.get("reasoning_effort"))
    strong = _demanding(question)
    if effort in _EFFORTS:
        strong.append((_EFFORTS[effort], f"reasoning effort {effort}"))
    found = [*strong, *_middling(body, capabilities, prompt_tokens)]
    if found:
        most = max(strength for strength, _ in found)
        return most, tuple(why for strength, why in found if strength == most)
    words = len(question.split())
    if is_grounded and words <= _SHORT_QUESTION:
        return SMALL, ("a short question with its evidence beside it",)
    if words <= 3:
        return SMALL, ("a few words",)
    return MIDDLE, ("nothing shows that it is easy or hard",)


def _demanding(question: str) -> list[tuple[int, str]]:
    cues = (
        (_CODE, "it is about code"),
        (_MATHS, "it is about mathematics"),
        (_STEPS, "it asks for several steps of thought"),
    )
    found = [(STRONG, why) for pattern, why in cues if pattern.search(question)]
    if question.count("?") >= 3:
        found.append((STRONG, "it asks several questions"))
    if len(question.split()) > _LONG_QUESTION:
        found.append((STRONG, f"it is longer than {_LONG_QUESTION} words"))
    return found


def _middling(
    body: Mapping[str, Any],  # Any: JSON
    capabilities: frozenset[str],
    prompt_tokens: int,
) -> list[tuple[int, str]]:
    found = [
        (MIDDLE, f"it uses {name}") for name in sorted(capabilities & {"tools", "images", "audio"})
    ]
    if _answer_format(body) == "json_schema":
        found.append((MIDDLE, "the answer has a schema"))
    if prompt_tokens > _LONG_PROMPT:
        found.append((MIDDLE, f"the prompt is longer than {_LONG_PROMPT} tokens"))
    return found
