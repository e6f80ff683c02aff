"""What is done before an llm is called: whom to ask, what is asked, and the evidence for it.

    Ask ─▶ names of upstreams ─▶ condensed question ─▶ need ─▶ evidence ─▶ Prepared

Everything here may be slow and runs in a thread.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from grounding.gateway.condense import condensed
from grounding.gateway.errors import BadRequest, PromptTooLong
from grounding.gateway.naming import named
from grounding.gateway.pictures import Pictures
from grounding.gateway.records import Ask, Citation, Grounded, Mode, Upstream
from grounding.gateway.tokens import output_tokens, prompt_tokens, tokens_of
from grounding.query import pipeline
from grounding.query.addresses import address_of
from grounding.query.pipeline import Augmented, Retrieval
from grounding.query.render import INSTRUCTIONS

_LEAST_BUDGET: Final = 64
"""Tokens of evidence below which none is worth its instructions."""
_NO_WORDS: Final = "the last user turn has no words to search for"
_NO_ROOM: Final = "the conversation leaves no room for evidence in the llm's context"


@dataclass(frozen=True, slots=True)
class Prepared:
    """A request that is ready to be sent.

    upstreams: who is asked, in this order.
    prompt_tokens: an estimate, with the evidence.
    """

    upstreams: tuple[Upstream, ...]
    grounded: Grounded
    prompt_tokens: int

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(each.name for each in self.upstreams)


@dataclass(frozen=True, slots=True)
class Preparer:
    """base_url: where this service is reached from outside."""

    upstreams: Sequence[Upstream]
    retrieval: Retrieval
    base_url: str | None

    def prepared(self, ask: Ask) -> Prepared:
        """Return what to send, and to whom.

        Raises:
            UnknownLlm: no upstream serves what is asked for.
            BadRequest: evidence is to be there always, and the conversation asks nothing.
            PromptTooLong: evidence is to be there always, and finds no room.
            ServiceError: as `grounding.query.pipeline.augment`.
        """
        asked = named(ask.llm, self.upstreams)
        counter = self.retrieval.tokens.counter(ask.controls.tokenizer)
        tokens = prompt_tokens(ask.messages, counter)
        grounded = self._grounded(ask, _room(asked[0], tokens, ask))
        shown = grounded.augmented.context.packed.token_count if grounded.augmented else 0
        return Prepared(asked, grounded, tokens + shown)

    def _grounded(self, ask: Ask, room: int | None) -> Grounded:
        if ask.controls.mode is Mode.NEVER:
            return Grounded(ask.messages, None, "the request wants none")
        question = condensed(ask.messages)
        if question is None:
            return _without(ask, None, _NO_WORDS)
        budget = self._budget(ask, room)
        if budget < _LEAST_BUDGET:
            return _without(ask, question.question, _NO_ROOM)
        return self._with_evidence(ask, question.question, budget)

    def _with_evidence(self, ask: Ask, question: str, budget: int) -> Grounded:
        controls, pictures = ask.controls, Pictures()
        augmented = pipeline.augment(
            pictures.taken_out(ask.messages),
            controls.filters,
            limits=replace(controls.limits, token_budget=budget),
            timezone=controls.timezone,
            tokenizer=controls.tokenizer,
            retrieval=self.retrieval,
            question=question,
        )
        return Grounded(
            messages=tuple(pictures.put_back(augmented.context.rendered.messages)),
            question=question,
            reason="",
            augmented=augmented,
            citations=self._citations(augmented),
        )

    def _budget(self, ask: Ask, room: int | None) -> int:
        most = ask.controls.limits.token_budget
        if room is None:
            return most
        return min(most, room - tokens_of([INSTRUCTIONS], self.retrieval.tokens.counter(None)))

    def _citations(self, augmented: Augmented) -> Sequence[Citation]:
        shown = augmented.context.packed.candidates
        return tuple(
            Citation(number, each.evidence, address_of(each.evidence, self.base_url))
            for number, each in enumerate(shown, start=1)
        )


def _room(upstream: Upstream, tokens: int, ask: Ask) -> int | None:
    """Return how many tokens an llm has left beside the conversation and its own answer."""
    if upstream.context_tokens is None:
        return None
    return upstream.context_tokens - tokens - output_tokens(ask.body)


def _without(ask: Ask, question: str | None, reason: str) -> Grounded:
    if ask.controls.mode is not Mode.ALWAYS:
        return Grounded(ask.messages, question, reason)
    raise BadRequest("messages", reason) if question is None else PromptTooLong(reason)
