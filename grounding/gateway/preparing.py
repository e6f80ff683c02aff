"""What is done before an llm is called: whom to ask, what is asked, and the evidence for it.

    Ask ─▶ plan ─▶ evidence ─▶ answered before? ─▶ Prepared ─▶ receipt

Everything here may be slow and runs in a thread.
"""

from dataclasses import dataclass, field, replace
from typing import Final

from grounding.gateway.cache.keys import is_cacheable, key_of
from grounding.gateway.cache.records import CacheStatus, Kept, Key
from grounding.gateway.cache.store import AnswerCache
from grounding.gateway.errors import PromptTooLong
from grounding.gateway.pictures import Pictures
from grounding.gateway.planning import Plan, Planner
from grounding.gateway.records import Ask, Citation, Grounded, Mode, Upstream
from grounding.gateway.routing.explained import Decision
from grounding.gateway.tokens import DEFAULT_OUTPUT, output_limit, tokens_of
from grounding.query import datamarks
from grounding.query.addresses import address_of
from grounding.query.pipeline import Composed, Retrieval, composed, recorded
from grounding.query.records import Message
from grounding.query.render import INSTRUCTIONS

_LEAST_BUDGET: Final = 64
"""Tokens of evidence below which none is worth its instructions."""
_NO_ROOM: Final = "the conversation leaves no room for evidence in the llm's context"


@dataclass(frozen=True, slots=True)
class Prepared:
    """A request that is ready to be sent, or that was answered before.

    upstreams: who is asked, in this order.
    prompt_tokens: an estimate, with the evidence.
    more: turns after those of the request.
    made: the prompt as it was composed; None without evidence.
    key: what its answer may be kept under; None if it is not to be kept.
    kept: an answer that still holds.
    """

    upstreams: tuple[Upstream, ...]
    grounded: Grounded
    prompt_tokens: int
    more: tuple[Message, ...] = ()
    made: Composed | None = None
    decision: Decision = field(default_factory=Decision)
    cache: CacheStatus = CacheStatus.OFF
    key: Key | None = None
    kept: Kept | None = None
    is_shared: bool = False

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(each.name for each in self.upstreams)

    def answered_by(self, kept: Kept, *, is_shared: bool = False) -> "Prepared":
        """Return this with an answer that was given before, to the prompt of another receipt."""
        grounded = replace(
            self.grounded, receipt_id=kept.receipt_id, citations=tuple(kept.citations)
        )
        return replace(
            self, grounded=grounded, cache=CacheStatus.HIT, kept=kept, is_shared=is_shared
        )


@dataclass(frozen=True, slots=True)
class Preparer:
    """What preparing a request takes."""

    planner: Planner
    retrieval: Retrieval
    cache: AnswerCache

    def prepared(self, ask: Ask) -> Prepared:
        """Return what to send, and to whom.

        Raises:
            GatewayError: as `Planner.plan`.
            PromptTooLong: evidence is to be there always, and finds no room.
            ServiceError: as `grounding.query.pipeline.composed`.
        """
        plan = self.planner.plan(ask)
        bare = Prepared(
            plan.upstreams,
            Grounded(ask.messages, plan.question, plan.reason),
            plan.prompt_tokens,
            decision=plan.decision,
        )
        if plan.question is None:
            return bare
        budget = self._budget(ask, _room(plan.upstreams[0], plan.prompt_tokens, ask))
        if budget < _LEAST_BUDGET:
            if ask.controls.mode is Mode.ALWAYS:
                raise PromptTooLong(_NO_ROOM)
            return replace(bare, grounded=Grounded(ask.messages, plan.question, _NO_ROOM))
        grounded, made = self._with_evidence(ask, plan, plan.question, budget)
        tokens = plan.prompt_tokens + made.context.packed.token_count
        return self._looked_up(
            ask, replace(bare, grounded=grounded, made=made, prompt_tokens=tokens)
        )

    def with_receipt(self, prepared: Prepared) -> Prepared:
        """Keep a receipt of a prompt that is about to be sent."""
        if prepared.made is None:
            return prepared
        receipt = recorded(prepared.made, self.retrieval).receipt_id
        return replace(prepared, grounded=replace(prepared.grounded, receipt_id=receipt))

    def _with_evidence(
        self, ask: Ask, plan: Plan, question: str, budget: int
    ) -> tuple[Grounded, Composed]:
        controls, pictures = ask.controls, Pictures()
        filters = controls.filters
        if plan.collections is not None:
            filters = replace(filters, collections=plan.collections)
        made = composed(
            pictures.taken_out(ask.messages),
            filters,
            limits=replace(controls.limits, token_budget=budget),
            timezone=controls.timezone,
            tokenizer=controls.tokenizer,
            datamark=controls.datamark,
            retrieval=self.retrieval,
            question=question,
        )
        grounded = Grounded(
            messages=tuple(pictures.put_back(made.context.rendered.messages)),
            question=question,
            reason="",
            found=made.found,
            citations=_citations(made, ask.base_url),
        )
        return grounded, made

    def _looked_up(self, ask: Ask, prepared: Prepared) -> Prepared:
        """Return the request with the answer that it was given before, if there is one."""
        made = prepared.made
        assert made is not None  # noqa: S101 - only what has evidence is looked up
        if not self.cache.is_on or not ask.controls.uses_cache:
            return replace(prepared, cache=CacheStatus.OFF)
        self.cache.follow_erasures(self.retrieval.views.erased_seq)
        key = None
        if prepared.grounded.citations and is_cacheable(ask):
            key = key_of(ask, prepared.upstreams, made)
        if key is None:
            return replace(prepared, cache=CacheStatus.BYPASS)
        kept = self.cache.found(key, made.found.moment.as_of)
        found = replace(prepared, cache=CacheStatus.MISS, key=key)
        return found if kept is None else found.answered_by(kept)

    def _budget(self, ask: Ask, room: int | None) -> int:
        most = ask.controls.limits.token_budget
        if room is None:
            return most
        given, policy = ask.controls.datamark, self.retrieval.screen.policy
        marks = policy.datamark if given is None else given
        told = [INSTRUCTIONS, datamarks.INSTRUCTIONS] if marks else [INSTRUCTIONS]
        return min(most, room - tokens_of(told, self.retrieval.tokens.counter(None)))


def _citations(made: Composed, base_url: str | None) -> tuple[Citation, ...]:
    shown = made.context.packed.candidates
    return tuple(
        Citation(number, each.evidence, address_of(each.evidence, base_url))
        for number, each in enumerate(shown, start=1)
    )


def _room(upstream: Upstream, tokens: int, ask: Ask) -> int | None:
    """Return how many tokens an llm has left beside the conversation and its own answer."""
    if upstream.context_tokens is None:
        return None
    return upstream.context_tokens - tokens - (output_limit(ask.body) or DEFAULT_OUTPUT)
