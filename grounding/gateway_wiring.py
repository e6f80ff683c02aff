"""Build what leads chats to llms from its settings."""

from typing import Final

from grounding.checking.checker import Checker
from grounding.checking.records import Outcome
from grounding.checking.support.judge import Judge
from grounding.checking.support.llm_judge import LlmJudge
from grounding.errors import InvalidSettings
from grounding.gateway.answering import Answers
from grounding.gateway.asking import AskUpstream
from grounding.gateway.cache.flights import Flights
from grounding.gateway.checks import Checks
from grounding.gateway.pipeline import Gateway
from grounding.gateway.planning import Planner
from grounding.gateway.preparing import Preparer
from grounding.gateway.records import Policy, Upstream
from grounding.gateway.rewriting import Rewriter
from grounding.gateway.spending import Spending
from grounding.gateway.upstreams import Endpoint, Upstreams
from grounding.gateway_settings import UpstreamSettings
from grounding.line import Line
from grounding.revealed import followed
from grounding.service import Parts
from grounding.settings import Settings
from indexer.reading import Tools
from indexer.views.live import LiveViews

_OF_UPSTREAM: Final = "upstream:"


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


def build_checker(
    settings: Settings, views: LiveViews, tools: Tools, spending: Spending
) -> Checker:
    """Make what holds answers against evidence, with the judge that is configured.

    Raises:
        InvalidSettings: there is no such upstream.
        JudgeFailed: the judge cannot be loaded; with what to do about it.
    """
    checking = settings.checking
    return Checker(
        tools.database,
        views,
        tools.clock,
        judge=_judge(settings, spending),
        band=(checking.judge_from, checking.judge_to),
    )


def _judge(settings: Settings, spending: Spending) -> Judge | None:
    name = settings.checking.judge
    if name is None:
        return None
    if not name.startswith(_OF_UPSTREAM):
        from grounding.checking.support import cross_encoder_judge  # loads no torch before `load`

        return cross_encoder_judge.load(name)
    wanted = name.removeprefix(_OF_UPSTREAM)
    found = [each for each in settings.upstreams if each.name == wanted]
    if not found:
        raise InvalidSettings(f"checking.judge: no upstream is named {wanted}")
    return LlmJudge(AskUpstream(upstream_of(found[0]), spending), name=name)
