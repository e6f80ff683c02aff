"""Chat messages as OpenAI clients send them: finding the question, adding what we have to say.

`content` is a string or a list of parts; only parts of type "text" are read or written, and every
other part and every key that is not ours is passed on as it came.
"""

from collections.abc import Sequence

from connectors.records import JsonValue
from grounding.query.records import Message

_SYSTEM_ROLES = ("system", "developer")


def question_of(messages: Sequence[Message]) -> str:
    """The text of the last user turn: what is searched for.

    Raises:
        ValueError: there is no user turn, or it has no text, or one that is not Unicode.
    """
    question = text_of(messages[last_user_turn(messages)]).strip()
    if not question:
        raise ValueError("messages: the last user turn has no text to search for")
    try:
        question.encode()
    except UnicodeEncodeError as error:
        raise ValueError("messages: the last user turn has half a surrogate pair") from error
    return question


def text_of(message: Message) -> str:
    """The words of a message, without its pictures and other parts."""
    content = message.get("content")
    if isinstance(content, str):
        return content
    parts = content if isinstance(content, list) else []
    return "\n".join(text for part in parts if (text := _text_of_part(part)))


def said_by_user(messages: Sequence[Message]) -> str:
    """Return the text of all user turns."""
    return "\n".join(text_of(each) for each in messages if each.get("role") == "user")


def with_instructions(messages: Sequence[Message], instructions: str) -> list[Message]:
    """Put instructions first.

    They are merged into a system message that leads the conversation, since many chat templates
    take only one; the caller's words follow ours unchanged. A conversation that already starts
    with them keeps what it has.
    """
    first = messages[0] if messages else {}
    if first.get("role") not in _SYSTEM_ROLES:
        return [{"role": "system", "content": instructions}, *messages]
    if text_of(first).startswith(instructions):
        return list(messages)
    return [_preceded_by(first, instructions), *messages[1:]]


def with_context(messages: Sequence[Message], context: str) -> list[Message]:
    """Put the context before the words of the last user turn; all other turns stay as they are.

    Raises:
        ValueError: there is no user turn.
    """
    last = last_user_turn(messages)
    return [*messages[:last], _preceded_by(messages[last], context), *messages[last + 1 :]]


def as_text(messages: Sequence[Message]) -> str:
    """A conversation as one string; turns are labelled when there is more than one question."""
    if [message.get("role") for message in messages] == ["system", "user"]:
        return "\n\n".join(text_of(message) for message in messages)
    return "\n\n".join(f"{message.get('role')}:\n{text_of(message)}" for message in messages)


def last_user_turn(messages: Sequence[Message]) -> int:
    """Return the place of the last user turn.

    Raises:
        ValueError: there is none.
    """
    turns = [i for i, message in enumerate(messages) if message.get("role") == "user"]
    if not turns:
        raise ValueError('messages: expected at least one with the role "user"')
    return turns[-1]


def _preceded_by(message: Message, text: str) -> Message:
    content = message.get("content")
    if isinstance(content, list):
        return {**message, "content": [{"type": "text", "text": text}, *content]}
    return {**message, "content": f"{text}\n\n{text_of(message)}"}


def _text_of_part(part: JsonValue) -> str | None:
    if not isinstance(part, dict) or part.get("type") != "text":
        return None
    text = part.get("text")
    return text if isinstance(text, str) else None
