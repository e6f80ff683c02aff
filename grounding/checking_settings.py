"""Settings of checking: what the chat endpoints do with an answer that does not hold."""

from typing import Literal, TypeAlias

from pydantic import Field

from grounding.setting_types import Section

PolicyName: TypeAlias = Literal["off", "annotate", "block", "retry", "abstain"]
OutcomeName: TypeAlias = Literal[
    "partly", "unsupported", "contradicted", "stale", "conflict", "insufficient"
]


class CheckingSettings(Section):
    """What becomes of answers to grounded prompts.

    policy: whether they are checked, and what is done with one that comes to an outcome in
        `acts_on`; an upstream or a request may say otherwise.
    after_retry: what is done with one that does not hold the second time either.
    judge: who reads claims beside the scorer: a CrossEncoder that tells entailment, by its
        directory or name, or "upstream:NAME" for the llm there.
    judge_from, judge_to: the probabilities of the scorer between which the judge is asked.
    """

    policy: PolicyName = "annotate"
    acts_on: list[OutcomeName] = ["contradicted", "unsupported", "stale", "insufficient"]
    after_retry: Literal["annotate", "block", "abstain"] = "annotate"
    judge: str | None = Field(default=None, min_length=1)
    judge_from: float = Field(default=0.0, ge=0, le=1)
    judge_to: float = Field(default=1.0, ge=0, le=1)
