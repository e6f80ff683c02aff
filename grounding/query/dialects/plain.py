"""One text, for endpoints that complete a text: that of OpenAI's messages, without the messages."""

from collections.abc import Sequence
from dataclasses import replace

from grounding.query.dialects.openai import OPENAI
from grounding.query.dialects.turns import Image, turns_of
from grounding.query.records import DialectName, Evidence, Frame, Message, Rendered


def render(evidence: Sequence[Evidence], *, frame: Frame, messages: Sequence[Message]) -> Rendered:
    """Say instructions, evidence and conversation as one text.

    Raises:
        ValueError: there is no user turn, or one of the turns is more than text.
    """
    require_text(messages)
    text = OPENAI.render(evidence, frame=frame, messages=messages).text
    return Rendered(messages=(), text=text, dialect=DialectName.PLAIN)


def require_text(messages: Sequence[Message]) -> None:
    """Refuse what a text cannot hold.

    Raises:
        ValueError: a turn has an image or calls a tool.
    """
    for turn in turns_of(messages):
        if any(isinstance(part, Image) for part in turn.parts):
            raise ValueError(f"{turn.where}: an image is no text")
        if turn.calls:
            raise ValueError(f"{turn.where}: a call of a tool is no text")


PLAIN = replace(OPENAI, name=DialectName.PLAIN, render=render, check=require_text)
