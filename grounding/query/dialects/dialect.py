"""What a dialect is: how evidence is put into a prompt, and what that costs.

    evidence + frame + caller's messages ─▶ render ─▶ Rendered: what goes into a request
    evidence + frame ─▶ context: what of it was added, as it is counted

`item`, `between` and `sentence` are the parts of `context`, so that packing can add them up.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Protocol

from grounding.query.records import DialectName, Evidence, Frame, Message, Rendered
from grounding.query.render import Fact


class Renders(Protocol):
    """Put evidence, in the order given, into the caller's conversation.

    Raises:
        ValueError: there is no user turn, or something in the messages cannot be said.
    """

    def __call__(
        self, evidence: Sequence[Evidence], *, frame: Frame, messages: Sequence[Message]
    ) -> Rendered: ...


class SaysContext(Protocol):
    """Return what is added to the caller's conversation besides the instructions."""

    def __call__(self, evidence: Sequence[Evidence], frame: Frame) -> str: ...


class FindsShared(Protocol):
    """Return what is said once for all items."""

    def __call__(self, evidence: Sequence[Evidence], frame: Frame) -> tuple[Fact, ...]: ...


class SaysItem(Protocol):
    """Return one item as it stands in the context, without what is said of all."""

    def __call__(
        self, evidence: Evidence, number: int, frame: Frame, shared: Collection[Fact]
    ) -> str: ...


class SaysSentence(Protocol):
    """Return a sentence as it stands in an item, with what is around each."""

    def __call__(self, text: str) -> str: ...


class Checks(Protocol):
    """Refuse messages that the dialect cannot say.

    Raises:
        ValueError: what cannot be said, and where it stands.
    """

    def __call__(self, messages: Sequence[Message]) -> object: ...


@dataclass(frozen=True, slots=True)
class Dialect:
    """One way to say evidence.

    policy_version: changes with every change to what a model is shown in this dialect.
    between: what stands between two items.
    """

    name: DialectName
    policy_version: str
    instructions: str
    render: Renders
    context: SaysContext
    item: SaysItem
    between: str
    sentence: SaysSentence
    check: Checks
    shared: FindsShared = lambda evidence, frame: ()  # noqa: ARG005 - as its Protocol has it
