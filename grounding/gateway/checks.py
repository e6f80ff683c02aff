"""What is done with an answer that does not hold: told, withheld, asked again, or abstained from.

    answer ─▶ check ─▶ holds? ── yes ──────────────────────────▶ given, with its verdict
                         │ no
                         ├─ annotate ──────────────────────────▶ given, with its verdict
                         ├─ retry ─▶ asked once more, the problems named ─▶ check ─▶ after_retry
                         ├─ block ─▶ withheld: `refusal`, `finish_reason: content_filter`
                         └─ abstain ─▶ a text that says what is missing, in place of the answer

Nothing is rewritten silently: `grounding.check.action` says what was done, and the receipt of the
answer holds what the llm said.
"""

import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any, Final, TypeAlias

from sqlalchemy.exc import SQLAlchemyError

from grounding.checking.checker import Checker
from grounding.checking.outward import outward_calls
from grounding.checking.records import ClaimVerdict, Match, Outcome, Verdict
from grounding.checking.wire import as_json
from grounding.gateway.errors import BadRequest
from grounding.gateway.preparing import Prepared
from grounding.gateway.records import Ask, Policy, Upstream
from grounding.query.messages import said_by_user
from grounding.query.receipt_book import ReceiptBook
from grounding.query.records import Message
from grounding.query.times import minute
from grounding.receipts.answers import Answered, keep_answer
from grounding.receipts.errors import KeyUnusable

logger = logging.getLogger(__name__)

_HOLDING: Final = frozenset({Policy.BLOCK, Policy.RETRY, Policy.ABSTAIN})
_MOST_PROBLEMS: Final = 10
_LONGEST_QUOTE: Final = 300


class Action(StrEnum):
    """What was done with an answer."""

    NONE = "none"
    RETRIED = "retried"
    BLOCKED = "blocked"
    ABSTAINED = "abstained"


@dataclass(frozen=True, slots=True)
class Said:
    """What an llm answered. calls: of tools, in OpenAI's form."""

    text: str
    calls: Sequence[Mapping[str, Any]] = ()


@dataclass(frozen=True, slots=True)
class Checked:
    """An answer's verdict, and what was done.

    said: what the llm answered. first: the verdict of the answer before, if it was asked again.
    note: what else there is to say, such as that asking again failed.
    """

    said: str
    verdict: Verdict
    policy: Policy
    action: Action = Action.NONE
    first: Verdict | None = None
    note: str = ""

    @property
    def as_json(self) -> dict[str, Any]:
        """What `grounding.check` says; the evidence's texts are in `message.context`."""
        return {
            "policy": self.policy.value,
            "action": self.action.value,
            "note": self.note,
            "first_outcome": None if self.first is None else self.first.outcome.value,
            **as_json(self.verdict, with_texts=False),
        }


Check: TypeAlias = Callable[[str, Sequence[Mapping[str, Any]]], Awaitable[Checked | None]]
"""Checks a text and the tool calls beside it."""


@dataclass(frozen=True, slots=True)
class Checks:
    """Checks answers of llms, by the policy of the request, of the upstream, or of the settings."""

    checker: Checker
    book: ReceiptBook
    policy: Policy
    acts_on: frozenset[Outcome]
    after_retry: Policy

    def policy_for(self, ask: Ask, prepared: Prepared) -> Policy:
        """Return what is to be done with an answer; without evidence there is nothing to check."""
        if prepared.made is None or not prepared.upstreams:
            return Policy.OFF
        return ask.controls.check or prepared.upstreams[0].check or self.policy

    def holds_back(self, ask: Ask, prepared: Prepared) -> bool:
        """Whether nothing of an answer may be passed on before all of it is checked."""
        return self.policy_for(ask, prepared) in _HOLDING

    def require_one_answer(self, ask: Ask, prepared: Prepared) -> None:
        """Refuse to ask for several answers where each is to be checked before it is given.

        Raises:
            BadRequest: more than one is asked for.
        """
        if ask.body.get("n") not in (None, 1) and self.holds_back(ask, prepared):
            policy = self.policy_for(ask, prepared).value
            raise BadRequest("n", f'one answer at a time can be checked by "{policy}": leave n out')

    def checked(
        self, said: Said, ask: Ask, prepared: Prepared, upstream: Upstream
    ) -> Checked | None:
        """Check what an llm said, and keep it; None where that is not wanted. It takes a while."""
        policy, made = self.policy_for(ask, prepared), prepared.made
        if policy is Policy.OFF or made is None:
            return None
        items = [each.evidence for each in made.context.packed.candidates]
        asked = said_by_user(ask.messages)
        verdict = self.checker.of_prompt(said.text, items, made.context.frame, asked)
        flags = outward_calls(said.calls, verdict.shown, asked) if said.calls else ()
        checked = Checked(said.text, replace(verdict, flags=(*verdict.flags, *flags)), policy)
        self._keep(checked, prepared, upstream)
        return checked

    def _keep(self, checked: Checked, prepared: Prepared, upstream: Upstream) -> None:
        """Keep an answer beside the receipt of its prompt; the caller gets it all the same."""
        receipt, made = prepared.grounded.receipt_id, prepared.made
        if receipt is None or made is None:
            return
        answered = Answered(
            receipt=receipt,
            text=checked.said,
            at=checked.verdict.checked_at,
            seq=made.found.seq,
            llm=upstream.name,
            verdict=as_json(checked.verdict, with_texts=False),
        )
        try:
            keep_answer(self.book, answered)
        except (SQLAlchemyError, ValueError, KeyUnusable) as error:
            logger.error("an answer to %s is not kept: %s", receipt, error)

    def fails(self, checked: Checked) -> bool:
        """Whether the policy is to do something about an answer."""
        stated = any(each.outcome is not None for each in checked.verdict.claims)
        is_bad = stated and checked.verdict.outcome in self.acts_on
        return is_bad or checked.verdict.carries_outward

    def decided(self, checked: Checked) -> Checked:
        """Return what is done with an answer that is not asked for again."""
        policy = self.after_retry if checked.policy is Policy.RETRY else checked.policy
        if policy is Policy.ANNOTATE or not self.fails(checked):
            return checked
        return replace(
            checked, action=Action.BLOCKED if policy is Policy.BLOCK else Action.ABSTAINED
        )


def asked_again(prepared: Prepared, checked: Checked, upstream: Upstream) -> Prepared:
    """Return the request once more to the same upstream, with the problems of its answer named."""
    turns: tuple[Message, ...] = (
        {"role": "assistant", "content": checked.said},
        {"role": "user", "content": problems(checked.verdict)},
    )
    return replace(prepared, upstreams=(upstream,), more=turns)


def problems(verdict: Verdict) -> str:
    """Name what does not hold, in the llm's own words: evidence stays inside its envelope."""
    lines = [
        f'- "{each.claim.text[:_LONGEST_QUOTE]}": {_problem(each)}'
        for each in verdict.claims
        if each.outcome not in {None, Outcome.SUPPORTED}
    ]
    if verdict.carries_outward:
        lines.insert(0, "- It links to places that nobody named, with words of the evidence.")
    named = "\n".join(lines[:_MOST_PROBLEMS])
    return (
        f"Your answer does not hold against the evidence above:\n{named}\n"
        "Answer the question again. Say only what the evidence says, cite it by its numbers, give "
        "the time of what changes over time, and say what is missing instead of guessing."
    )


def abstention(verdict: Verdict) -> str:
    """Say that there is no answer, what is missing, and the newest time there is."""
    missing = sorted({_problem(each) for each in verdict.claims if each.outcome is not None})
    newest = verdict.newest_at
    until = "" if newest is None else f" The newest evidence is of {minute(newest)}."
    return f"The evidence at hand does not answer this: {'; '.join(missing)}.{until}"


def refusal(checked: Checked) -> str:
    """Say why an answer is withheld."""
    what = checked.verdict.outcome.value
    if checked.verdict.carries_outward:
        what += ", and carries what was said or shown outward"
    return f"The answer is withheld: {what}."


def _problem(verdict: ClaimVerdict) -> str:
    """Say what is wrong with a claim, with nothing of what evidence says."""
    facts = [
        f'the {each.kind.value} "{each.text}" is not in the evidence'
        if each.match is Match.MISSING
        else f'the evidence has another {each.kind.value} than "{each.text}"'
        for each in verdict.findings
        if each.match is not Match.MATCHED
    ]
    said = {
        Outcome.CONTRADICTED: "the evidence says otherwise",
        Outcome.CONFLICT: "pieces of evidence contradict each other on it",
        Outcome.STALE: "it holds no longer, or has not been looked at for too long",
        Outcome.UNSUPPORTED: "the evidence does not say it",
        Outcome.INSUFFICIENT: "there is no evidence about it",
        Outcome.PARTLY: "the evidence says only some of it",
    }
    outcome = verdict.outcome
    return "; ".join(_unique([*facts, said.get(outcome, "")] if outcome else facts))


def _unique(texts: Sequence[str]) -> list[str]:
    return [text for text in dict.fromkeys(texts) if text]
