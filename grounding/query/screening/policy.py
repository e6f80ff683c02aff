"""What is done with passages that give orders, or say what is not wanted; by source, if need be."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from grounding.query.screening.classifier import Classifier
from grounding.query.screening.injection import weights
from grounding.query.screening.wordlist import WordList

TOPICS_AT: Final = 0.1
CLASSIFIER_AT: Final = 0.5


class Action(StrEnum):
    """What becomes of a passage that a rule finds; the worst last."""

    OFF = "off"
    FLAG = "flag"
    """It is shown, and what is wrong with it is said beside it."""
    QUARANTINE = "quarantine"
    """It is in no prompt; a search lists it, with its flag."""
    DROP = "drop"
    """It is nowhere; that it is not is said in warnings, log and metrics."""

    @property
    def severity(self) -> int:
        return [*Action].index(self)


@dataclass(frozen=True, slots=True)
class Rules:
    """What is done with passages of some sources.

    flag_at, quarantine_at: scores of instruction-like text from which `injection` is done, and
        from which a passage is quarantined even where `injection` only flags; None for never.
    topics_at: the cosine to the nearest topic below which a passage is off topic.
    classified_at: the probability of an unwanted label.
    """

    injection: Action = Action.FLAG
    flag_at: float = field(default_factory=lambda: weights().flag_at)
    quarantine_at: float | None = field(default_factory=lambda: weights().quarantine_at)
    off_topic: Action = Action.QUARANTINE
    topics_at: float = TOPICS_AT
    offensive: Action = Action.QUARANTINE
    classified: Action = Action.QUARANTINE
    classified_at: float = CLASSIFIER_AT


@dataclass(frozen=True, slots=True)
class Policy:
    """All rules, and what they look for.

    of_sources, of_collections: rules of some by name, in the place of `rules`; a source's go first.
    topics: sentences that say what is wanted; none allow everything.
    unwanted: labels of the classifier.
    datamark: whether prompts carry a datamark where a request does not say.
    """

    rules: Rules = field(default_factory=Rules)
    of_sources: Mapping[str, Rules] = field(default_factory=dict)
    of_collections: Mapping[str, Rules] = field(default_factory=dict)
    topics: tuple[str, ...] = ()
    words: WordList | None = None
    classifier: Classifier | None = None
    unwanted: frozenset[str] = frozenset()
    datamark: bool = False

    def rules_for(self, source: str, collection: str) -> Rules:
        return self.of_sources.get(source, self.of_collections.get(collection, self.rules))
