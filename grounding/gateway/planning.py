"""What is decided about a request before anything is looked for.

    Ask ─▶ question ─▶ its vector ─▶ where it belongs ─▶ is evidence needed? ─▶ upstreams

Each decision is told with its reasons, and none is made that the caller has made.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from connectors.clock import Clock
from grounding.gateway.condense import condensed
from grounding.gateway.errors import BadRequest, BudgetSpent, UpstreamBusy
from grounding.gateway.naming import AUTO, named
from grounding.gateway.records import Ask, Mode, Upstream
from grounding.gateway.routing.collections import CollectionChoice, CollectionProfiles
from grounding.gateway.routing.demands import demand_of
from grounding.gateway.routing.explained import Decision
from grounding.gateway.routing.need import Need, NeedJudge
from grounding.gateway.routing.upstreams import Offer, Ranking, cheapest
from grounding.gateway.spending import Spending
from grounding.gateway.tokens import prompt_tokens
from grounding.query.tokens import TokenCounters
from indexer.catalogue import sources
from indexer.catalogue.spending import Spent
from indexer.database import Database
from indexer.sharing import SharedEmbedder
from indexer.views.live import LiveViews

_AWAY_SECONDS: Final = 10
NO_WORDS: Final = "the last user turn has no words to search for"
NOT_WANTED: Final = "the request wants none"


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be done.

    question: what is searched for; None where nothing is, and `reason` says why.
    collections: where alone to look; None to look wherever the caller allows.
    prompt_tokens: an estimate, without evidence.
    """

    upstreams: tuple[Upstream, ...]
    question: str | None
    reason: str
    prompt_tokens: int
    collections: frozenset[str] | None = None
    decision: Decision = field(default_factory=Decision)


@dataclass(frozen=True, slots=True)
class Planner:
    """What deciding takes.

    is_available: whether an upstream could be reached when it was last tried.
    """

    upstreams: Sequence[Upstream]
    is_available: Callable[[str], bool]
    spending: Spending
    profiles: CollectionProfiles
    database: Database
    views: LiveViews
    tokens: TokenCounters
    clock: Clock

    def plan(self, ask: Ask) -> Plan:
        """Decide.

        Raises:
            UnknownLlm: no upstream serves what is asked for.
            BudgetSpent: nothing more may be spent today on those that do.
            UpstreamBusy: all that could serve are away.
            BadRequest: none can do what the request uses, or it makes no sense.
        """
        meant = named(ask.llm, self.upstreams)
        tokens = prompt_tokens(ask.messages, self.tokens.counter(ask.controls.tokenizer))
        question, reason, decision = self._question(ask)
        choice = decision.collections
        shown = ask.controls.limits.token_budget if question is not None else 0
        if ask.llm == AUTO:
            ranking = self._ranked(ask, meant, tokens + shown, question)
            decision = replace(decision, upstreams=ranking)
            by_name = {each.name: each for each in meant}
            upstreams = tuple(by_name[name] for name in ranking.order)
        else:
            upstreams = self._affordable(meant)
        return Plan(
            upstreams=upstreams,
            question=question,
            reason=reason,
            prompt_tokens=tokens,
            collections=choice.collections if choice is not None else None,
            decision=decision,
        )

    def _question(self, ask: Ask) -> tuple[str | None, str, Decision]:
        """Return what to search for, or why nothing, and how that was decided."""
        mode = ask.controls.mode
        if mode is Mode.NEVER:
            return None, NOT_WANTED, Decision()
        found = condensed(ask.messages)
        if found is None:
            if mode is Mode.ALWAYS:
                raise BadRequest("messages", NO_WORDS)
            return None, NO_WORDS, Decision()
        question = ask.question or found
        vector = self._vector(question)
        choice = self._choice(ask, question, vector)
        narrows = ask.controls.routes and _is_wide(ask)
        shown = choice if narrows else None
        if mode is Mode.ALWAYS:
            return question, "", Decision(collections=shown)
        need = self._need(ask, question, vector, choice)
        decision = Decision(need=need, collections=shown)
        if need.is_needed:
            return question, "", decision
        return None, "; ".join(need.reasons) or "the question needs none", decision

    def _vector(self, question: str) -> NDArray[np.float32]:
        embedder = self.views.embedder
        if isinstance(embedder, SharedEmbedder):
            return embedder.embed_ahead(question)
        return embedder.embed_query(question)

    def _choice(self, ask: Ask, question: str, vector: NDArray[np.float32]) -> CollectionChoice:
        allowed = ask.controls.filters.collections
        return self.profiles.choose(
            question,
            vector,
            allowed=self._all_collections() if allowed is None else allowed,
            embedder=self.views.embedder.identity,
        )

    def _all_collections(self) -> frozenset[str]:
        """Return every collection there is now; those that are not known yet hinder narrowing."""
        with self.database.reading() as session:
            return frozenset(each.collection for each in sources.all_sources(session))

    def _need(
        self, ask: Ask, question: str, vector: NDArray[np.float32], choice: CollectionChoice
    ) -> Need:
        judge = NeedJudge(self.views.embedder.identity, clock=self.clock)
        now = ask.controls.filters.as_of
        return judge.judge(question, vector, series=choice.series, now=now)

    def _ranked(
        self, ask: Ask, upstreams: Sequence[Upstream], tokens: int, question: str | None
    ) -> Ranking:
        demand = demand_of(ask.body, question or "", tokens, question is not None)
        today = self.spending.today()
        offers = [self._offer(each, today.get(each.name, Spent())) for each in upstreams]
        ranking = cheapest(offers, demand)
        if ranking.order:
            self._affordable(upstreams)
            return ranking
        reasons = "; ".join(f"{name}: {reason}" for name, reason in ranking.refused.items())
        if any(not each.is_available for each in offers):
            raise UpstreamBusy(f"no upstream can serve this now: {reasons}", _AWAY_SECONDS)
        if any("budget" in reason for reason in ranking.refused.values()):
            raise BudgetSpent(reasons, self.spending.seconds_to_midnight())
        raise BadRequest("model", f"no upstream can serve this: {reasons}")

    def _offer(self, upstream: Upstream, spent: Spent) -> Offer:
        return Offer(
            name=upstream.name,
            price_in=upstream.price_in,
            price_out=upstream.price_out,
            context_tokens=upstream.context_tokens,
            capabilities=upstream.capabilities,
            strength=upstream.strength,
            spent_today=spent.cost,
            daily_budget=upstream.daily_budget,
            is_available=self.is_available(upstream.name),
        )

    def _affordable(self, asked: Sequence[Upstream]) -> tuple[Upstream, ...]:
        """Return those on which something may still be spent today."""
        refused = {each.name: self.spending.refusal(each.name) for each in asked}
        left = tuple(each for each in asked if refused[each.name] is None)
        if not left:
            reasons = dict.fromkeys(reason for reason in refused.values() if reason)
            raise BudgetSpent("; ".join(reasons), self.spending.seconds_to_midnight())
        return left


def _is_wide(ask: Ask) -> bool:
    """Whether the caller has not said where to look."""
    filters = ask.controls.filters
    return filters.sources is None and filters.include_domains is None
