"""Settings of what stands between retrieved text and an llm, see docs/screening.md."""

from pathlib import Path
from typing import Annotated, Literal, Self, TypeAlias

from pydantic import Field, model_validator

from grounding.query.screening.policy import CLASSIFIER_AT, TOPICS_AT
from grounding.setting_types import Section

ActionName: TypeAlias = Literal["off", "flag", "quarantine", "drop"]
Share: TypeAlias = Annotated[float, Field(ge=0, le=1)]


class ScreeningRules(Section):
    """What is done with passages of one source or collection; what is not said is as for all."""

    injection: ActionName | None = None
    flag_at: Share | None = None
    quarantine_at: Share | None = None
    off_topic: ActionName | None = None
    topics_at: Annotated[float, Field(ge=-1, le=1)] | None = None
    offensive: ActionName | None = None
    classified: ActionName | None = None
    classified_at: Share | None = None


class ScreeningSettings(Section):
    """What is done with passages that give orders, or say what is not wanted.

    flag_at, quarantine_at: None for those that the shipped weights were fitted with; a
        quarantine_at of 1 never quarantines what is only to be flagged.
    topics: sentences that say what is wanted. words: a file, one word or phrase a line.
    classifier: a text classification of transformers; unwanted: those of its labels.
    """

    datamark: bool = False
    injection: ActionName = "flag"
    flag_at: Share | None = None
    quarantine_at: Share | None = None
    topics: list[Annotated[str, Field(min_length=1, max_length=1_000)]] = []
    topics_at: Annotated[float, Field(ge=-1, le=1)] = TOPICS_AT
    off_topic: ActionName = "quarantine"
    words: Path | None = None
    offensive: ActionName = "quarantine"
    classifier: str | None = Field(default=None, min_length=1)
    unwanted: list[Annotated[str, Field(min_length=1)]] = []
    classified: ActionName = "quarantine"
    classified_at: Share = CLASSIFIER_AT
    sources: dict[str, ScreeningRules] = {}
    collections: dict[str, ScreeningRules] = {}

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.classifier is not None and not self.unwanted:
            raise ValueError("unwanted: name the labels of the classifier that are not wanted")
        return self
