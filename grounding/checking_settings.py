"""Settings of checking: what the chat endpoints do with an answer that does not hold."""

from typing import Literal, TypeAlias

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
    """

    policy: PolicyName = "annotate"
    acts_on: list[OutcomeName] = ["contradicted", "unsupported", "stale", "insufficient"]
    after_retry: Literal["annotate", "block", "abstain"] = "annotate"
