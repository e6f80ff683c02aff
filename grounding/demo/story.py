"""What the demonstration asks, what it changes in the world, and when a change has got through."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from grounding.client.records import Evidence
from grounding.demo import content
from grounding.demo.world import World


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that happens in the world, and the question whose answer it changes.

    apply: makes it happen and returns when it was public.
    seen_in: the evidence that shows it; None where only absence can show it.
    """

    name: str
    source: str
    question: str
    apply: Callable[[World], datetime]
    seen_in: Callable[[Evidence], bool]
    is_withdrawal: bool = False

    def is_reflected(self, results: Sequence[Evidence]) -> bool:
        return any(map(self.seen_in, results)) != self.is_withdrawal

    def shown_by(self, results: Sequence[Evidence]) -> Evidence | None:
        """The new evidence; for a withdrawal what is found first instead."""
        wanted = (r for r in results if self.is_withdrawal or self.seen_in(r))
        return next(wanted, None)


NEWS = "Is the ferry to Skarvik running?"
PRICE = "What does electricity cost in Halden right now?"
DOCS = "How much luggage may I take on the night ferry?"
WEATHER = "Is a gale warning in force for Halden harbour?"

QUESTIONS = (NEWS, PRICE, DOCS)
ANSWERED = PRICE
"""What an llm is to answer: nobody can know it who does not look."""

CHANGES = (
    Change(
        name="a new headline",
        source="courier",
        question=NEWS,
        apply=World.add_headline,
        seen_in=lambda e: e.title == content.FERRY_RESUMES.title,
    ),
    Change(
        name="a new price",
        source="electricity",
        question=PRICE,
        apply=World.add_price,
        seen_in=lambda e: (
            e.observation is not None and str(e.observation.value) == content.NEW_PRICE
        ),
    ),
    Change(
        name="an edited page",
        source="handbook",
        question=DOCS,
        apply=World.edit_page,
        seen_in=lambda e: content.EDIT[1] in e.text,
    ),
    Change(
        name="a withdrawn warning",
        source="weather",
        question=WEATHER,
        apply=World.withdraw_bulletin,
        seen_in=lambda e: e.title == "Gale warning for Halden harbour",
        is_withdrawal=True,
    ),
)
