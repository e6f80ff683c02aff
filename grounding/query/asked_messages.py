"""What a caller's messages ask, and whether a dialect can say them."""

from collections.abc import Sequence

from grounding.errors import InvalidQuestion
from grounding.query import messages as chat
from grounding.query.dialects.dialect import Dialect
from grounding.query.moments import zone_of
from grounding.query.records import Message


def asked_question(asked: Sequence[Message], timezone: str) -> str:
    """Return what is searched for.

    Raises:
        InvalidQuestion: there is nothing, or the zone is unknown.
    """
    zone_of(timezone)
    try:
        question = chat.question_of(asked)
    except ValueError as error:
        raise InvalidQuestion("messages", str(error)) from error
    return question


def require_sayable(asked: Sequence[Message], dialect: Dialect) -> None:
    """Refuse messages that a dialect has no place for.

    Raises:
        InvalidQuestion: with the place.
    """
    try:
        dialect.check(asked)
    except ValueError as error:
        raise InvalidQuestion("messages", str(error)) from error
