"""What a dialect is: how evidence is put into a prompt, and what that costs.

evidence + frame + caller's messages ─▶ render ─▶ Rendered: what goes into a request
evidence + frame ─▶ context: what of it was added, as it is counted
"""

from collections.abc import Callable, Collection, Sequence
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


def _nothing(evidence: Sequence[Evidence], frame: Frame) -> tuple[Fact, ...]:  # noqa: ARG001 - see `Dialect.shared`
    return ()


@dataclass(frozen=True, slots=True)
class Dialect:
    """One way to say evidence.

    policy_version: changes with every change to what a model is shown in this dialect.
    check: raises ValueError for messages that cannot be said, with the place.
    context: what is added to the caller's conversation besides the instructions, as it is counted.
    item, between, sentence: its parts, so that packing can add them up: an item with the number
        that it is cited by, what stands between two, and a sentence of an item.
    shared: what is said once for all items, and so left out of each.
    """

    name: DialectName
    policy_version: str
    instructions: str
    render: Renders
    check: Callable[[Sequence[Message]], object]
    context: Callable[[Sequence[Evidence], Frame], str]
    item: Callable[[Evidence, int, Frame, Collection[Fact]], str]
    between: str
    sentence: Callable[[str], str]
    shared: Callable[[Sequence[Evidence], Frame], tuple[Fact, ...]] = _nothing
