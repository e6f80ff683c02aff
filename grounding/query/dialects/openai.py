"""OpenAI's messages: evidence as text before the user's words, see `grounding.query.render`."""

import re
from collections.abc import Sequence

from grounding.query.dialects.dialect import Dialect
from grounding.query.records import DialectName, Message
from grounding.query.render import (
    INSTRUCTIONS,
    POLICY_VERSION,
    context_text,
    item_text,
    render,
    shared_facts,
)


def quoted(text: str) -> str:
    return re.sub(r"\s*\n\s*", "\n> ", text)


def _anything(messages: Sequence[Message]) -> None:
    """Whatever the caller said is passed on as it came."""


OPENAI = Dialect(
    name=DialectName.OPENAI,
    policy_version=POLICY_VERSION,
    instructions=INSTRUCTIONS,
    render=render,
    context=context_text,
    item=item_text,
    between="\n\n",
    sentence=quoted,
    check=_anything,
    shared=shared_facts,
)
