"""How many tokens a request has, about: the llm's own tokenizer is rarely at hand."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from grounding.query import messages as chat
from grounding.query.records import Message
from grounding.query.tokens import TokenCounter

_COUNTED: Final = 100_000
_BYTES_A_TOKEN: Final = 3.5
_A_PICTURE: Final = 800
"""Tokens of a picture at the usual resolution: 85 to 1,500, by endpoint and size."""
_A_MESSAGE: Final = 4
_LIMITS: Final = ("max_completion_tokens", "max_tokens", "max_output_tokens")
DEFAULT_OUTPUT: Final = 1_000
"""Tokens that are kept free for an answer where the request does not bound it."""


def tokens_of(texts: Iterable[str], counter: TokenCounter) -> int:
    """Count texts; of very long ones only estimate, since counting would take seconds."""
    total = 0
    for text in texts:
        total += counter.count(text) if len(text) <= _COUNTED else about(text)
    return total


def about(text: str) -> int:
    """Estimate without a tokenizer, from its bytes."""
    return int(len(text.encode(errors="replace")) / _BYTES_A_TOKEN) + 1


def prompt_tokens(messages: Iterable[Message], counter: TokenCounter) -> int:
    """Estimate what a conversation costs to read, pictures included."""
    total = 0
    for message in messages:
        total += _A_MESSAGE + tokens_of([chat.text_of(message)], counter)
        content = message.get("content")
        if isinstance(content, list):
            others = [each for each in content if isinstance(each, dict) and "text" not in each]
            total += _A_PICTURE * len(others)
        calls = message.get("tool_calls")
        total += about(str(calls)) if calls else 0
    return total


def output_limit(body: Mapping[str, Any]) -> int | None:  # Any: a chat request
    """Return how long a request says that its answer may be; None if it does not say."""
    given = (body.get(name) for name in _LIMITS)
    return next((most for most in given if type(most) is int and most > 0), None)
