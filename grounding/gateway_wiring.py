"""Build what leads chats to llms from its settings."""

from grounding.checking.records import Outcome
from grounding.gateway.answering import Answers
from grounding.gateway.cache.flights import Flights
from grounding.gateway.checks import Checks
from grounding.gateway.pipeline import Gateway
from grounding.gateway.planning import Planner
from grounding.gateway.preparing import Preparer
from grounding.gateway.records import Policy, Upstream
from grounding.gateway.rewriting import Rewriter
from grounding.gateway.upstreams import Endpoint, Upstreams
from grounding.gateway_settings import UpstreamSettings
from grounding.line import Line
from grounding.service import Parts
from grounding.wiring import followed


def build_gateway(parts: Parts, questions: Line) -> Gateway:
    """Make what leads chats to their llms. questions: the line of all who search.

    Raises:
        InvalidSettings: a secret that is referred to is not there.
    """
    upstreams = [upstream_of(each) for each in parts.settings.upstreams]
    endpoints = {each.name: Endpoint(each) for each in upstreams}
    planner = Planner(
        upstreams=upstreams,
        is_available=lambda name: endpoints[name].is_available,
        spending=parts.spending,
        profiles=parts.profiles,
        database=parts.database,
        views=parts.views,
        tokens=parts.retrieval.tokens,
        clock=parts.tools.clock,
    )
    reached = Upstreams(list(endpoints.values()))
    return Gateway(
        upstreams=reached,
        preparer=Preparer(planner, parts.retrieval, parts.answers),
        answers=Answers(parts.spending, parts.answers),
        checks=build_checks(parts),
        flights=Flights(),
        rewriter=Rewriter(reached, parts.spending, parts.settings.gateway.condense_by),
        questions=questions,
    )


def build_checks(parts: Parts) -> Checks:
    """Make what holds the answers of llms against their evidence."""
    settings = parts.settings.checking
    return Checks(
        parts.checker,
        parts.retrieval.receipts,
        policy=Policy(settings.policy),
        acts_on=frozenset(map(Outcome, settings.acts_on)),
        after_retry=Policy(settings.after_retry),
    )


def upstream_of(settings: UpstreamSettings) -> Upstream:
    """Return the upstream that a `[[upstreams]]` table describes, its secrets revealed.

    Raises:
        InvalidSettings: a secret is not there.
    """
    where = f"upstreams.{settings.name}"
    return Upstream(
        name=settings.name,
        base_url=settings.base_url,
        llm=settings.llm,
        serves=frozenset(settings.serves),
        api_key=followed(settings.api_key, f"{where}.api_key"),
        passes_caller_key=settings.passes_caller_key,
        headers={
            name: followed(value, f"{where}.headers.{name}") or ""
            for name, value in settings.headers.items()
        },
        price_in=settings.price_in,
        price_out=settings.price_out,
        context_tokens=settings.context_tokens,
        capabilities=frozenset(settings.capabilities),
        strength=settings.strength,
        check=None if settings.check is None else Policy(settings.check),
        daily_budget=settings.daily_budget,
        fallbacks=tuple(settings.fallbacks),
        max_running=settings.max_running,
        max_waiting=settings.max_waiting,
        connect_timeout_seconds=settings.connect_timeout.total_seconds(),
        first_byte_timeout_seconds=settings.first_byte_timeout.total_seconds(),
        idle_timeout_seconds=settings.idle_timeout.total_seconds(),
        timeout_seconds=settings.timeout.total_seconds(),
    )
