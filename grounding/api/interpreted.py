"""What an answer says was read out of its question."""

from datetime import datetime

from grounding.api.wire import Reply


class InterpretedTerm(Reply):
    """A part of the question that is looked for as it is written."""

    text: str
    kind: str


class InterpretedTime(Reply):
    """A time that the question names, what it was used for, and why."""

    text: str
    after: datetime | None
    before: datetime | None
    used: str
    reason: str


class Interpretation(Reply):
    """What the words of the question did to its search."""

    terms: list[InterpretedTerm]
    times: list[InterpretedTime]
