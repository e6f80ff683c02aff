"""Build the service from its settings: the only place that knows every part.

settings ─▶ database, embedder, fetcher ─▶ index views, tools, retrieval ─▶ Service
"""

import logging
from collections.abc import Callable
from time import monotonic as real_monotonic

from connectors import registry
from connectors.clock import Clock, utc_now
from connectors.errors import InvalidOptions
from connectors.http.fetch import Fetcher, FetchLimits, Politeness, default_user_agent
from connectors.protocol import Connector
from grounding.erasure import Eraser
from grounding.errors import InvalidQuestion, InvalidSettings
from grounding.gateway.cache.store import AnswerCache
from grounding.gateway.routing.collections import CollectionProfiles
from grounding.gateway.spending import Budgets, Spending
from grounding.gateway_wiring import build_checker
from grounding.loading import embedder_loader
from grounding.query import cross_encoder
from grounding.query.passage_cache import PassageCache
from grounding.query.pipeline import Retrieval
from grounding.query.receipt_book import ReceiptBook
from grounding.query.rerank import Reranker, Reranking
from grounding.query.screening.screen import Screen
from grounding.query.tokens import CountTokens, TokenCounters
from grounding.receipt_settings import ReceiptSettings
from grounding.receipts.chain import Chain
from grounding.receipts.keys import KeyRing
from grounding.receipts.service import Receipts
from grounding.refresh import Refresher
from grounding.revealed import followed
from grounding.screening_policy import screening_policy
from grounding.service import Parts, Service
from grounding.settings import (
    FetchSettings,
    PromptSettings,
    RerankerSettings,
    ServerSettings,
    Settings,
    SourceSettings,
)
from grounding.websub import Subscriber
from indexer.catalogue import embeddings
from indexer.database import Database, open_database
from indexer.embed import Embedder
from indexer.embedders import ActiveEmbedder, Load, open_active, overruled
from indexer.log import DatabaseLog
from indexer.queue import Queue
from indexer.reading import Tools
from indexer.records import SourceRecord
from indexer.schedule import Scheduler
from indexer.sharing import Sharing
from indexer.sources import SourceSpec
from indexer.threads import use_one_thread_for_numpy
from indexer.views.live import LiveViews, Tuning
from indexer.worker import Worker

logger = logging.getLogger(__name__)


def build(
    settings: Settings,
    *,
    clock: Clock = utc_now,
    embedder: Embedder | None = None,
    load: Load | None = None,
    fetcher: Fetcher | None = None,
) -> Service:
    """Open everything the settings name; nothing runs before `Service.start`.

    `embedder` is the one that the settings name, already loaded; `load` loads any other.

    Raises:
        InvalidSettings, DatabaseUnusable, EmbedderUnusable: with what to do about it.
    """
    use_one_thread_for_numpy()
    database = open_database(settings.database.url)
    sharing = Sharing()
    active = active_embedder(settings, database, embedder, load, sharing)
    views = index_views(settings, database, active, clock)
    fetcher = fetcher or build_fetcher(settings.fetch, clock)
    tools = Tools(database=database, embedder=active, clock=clock, notify=views.notify)
    return _assembled(settings, tools, views, fetcher, sharing)


def _assembled(
    settings: Settings, tools: Tools, views: LiveViews, fetcher: Fetcher, sharing: Sharing
) -> Service:
    """Put together what stands on an open database and its index views."""
    database, clock = tools.database, tools.clock

    def connector(source: SourceRecord | SourceSpec) -> Connector:
        return build_connector(source, fetcher, clock)

    queue = Queue(database, clock)
    worker = Worker(queue, connector, tools, threads=settings.work.threads)
    scheduler = Scheduler(queue.add_slot, queue.plan, clock=clock)
    refresh = Refresher(database, views, queue, worker)
    chain = build_chain(settings.receipts)
    retrieval = build_retrieval(settings, tools, views, refresh, chain)
    answers = AnswerCache(settings.gateway.cache_max_bytes)
    spending = build_spending(settings, tools)

    def forget() -> None:
        retrieval.passages.clear()
        answers.clear()

    return Service(
        Parts(
            settings=settings,
            database=database,
            views=views,
            tools=tools,
            retrieval=retrieval,
            checker=build_checker(settings, views, tools, spending),
            queue=queue,
            worker=worker,
            eraser=Eraser(database, views, clock, chain=chain, forget=forget),
            receipts=Receipts(database, chain, clock, settings.receipts.keep),
            scheduler=scheduler,
            fetcher=fetcher,
            connector=connector,
            specs=tuple(source_spec(source, fetcher, clock) for source in settings.sources),
            sharing=sharing,
            spending=spending,
            answers=answers,
            profiles=CollectionProfiles(),
            websub=build_subscriber(settings.server, queue, fetcher, scheduler, tools),
        )
    )


def active_embedder(
    settings: Settings,
    database: Database,
    configured: Embedder | None,
    load: Load | None,
    sharing: Sharing,
) -> ActiveEmbedder:
    """Load the embedder to begin with, and say so where it is not the one in the settings."""
    load = load or embedder_loader(settings.embedder)
    name = settings.embedder.name
    with database.reading() as session:
        difference = overruled(name, embeddings.active(session))
    if difference is not None:
        logger.warning(difference)

    def shared(wanted: str) -> Embedder:
        if configured is not None and wanted == name:
            return sharing.shared(configured)
        return sharing.shared(load(wanted))

    return open_active(database, name, shared)


def index_views(
    settings: Settings, database: Database, embedder: ActiveEmbedder, clock: Clock
) -> LiveViews:
    return LiveViews(
        DatabaseLog(database),
        active_embedder=embedder.follow,
        directory=settings.index.directory,
        device=settings.index.device,
        clock=clock,
        tuning=Tuning(gpu_max_bytes=settings.index.gpu_max_bytes),
    )


def build_retrieval(
    settings: Settings, tools: Tools, views: LiveViews, refresh: Refresher, chain: Chain
) -> Retrieval:
    """Make what answers questions, with the reranker and the tokenizer that are configured.

    Raises:
        InvalidSettings, RerankerUnusable: with what to do about it.
    """
    embedder = tools.embedder
    return Retrieval(
        tools.database,
        views,
        tools.clock,
        token_counters(settings.prompt, lambda text: len(embedder.current().token_spans(text))),
        PassageCache(tools.database),
        ReceiptBook(tools.database, chain),
        refresh=refresh,
        reranking=build_reranking(settings.reranker),
        recency_bound=settings.ranking.recency,
        public_url=settings.server.public_url,
        screen=Screen(screening_policy(settings.screening)),
    )


def build_chain(settings: ReceiptSettings) -> Chain:
    """Make what chains receipts, with the key that signs them if one is configured.

    Raises:
        KeyUnusable: it is not there.
    """
    if settings.keys is None:
        return Chain()
    keys = KeyRing(settings.keys)
    keys.current()
    return Chain(keys)


def build_reranking(settings: RerankerSettings) -> Reranking | None:
    """Load the reranker, as `build_reranker`, and say how much it reads."""
    reranker = build_reranker(settings)
    return None if reranker is None else Reranking(reranker, settings.top)


def build_reranker(settings: RerankerSettings) -> Reranker | None:
    """Load the reranker; None where none is named.

    Raises:
        RerankerUnusable: its weights are missing, no reranker, or the device is not there.
    """
    if settings.name is None:
        return None
    return cross_encoder.load(
        settings.name,
        device=settings.device,
        deadline_seconds=settings.deadline.total_seconds(),
    )


def token_counters(settings: PromptSettings, of_embedder: CountTokens) -> TokenCounters:
    """Make what counts the tokens of prompts, and load what counts where nobody says with what.

    Raises:
        InvalidSettings: the tokenizer is unknown, or not on this machine.
    """
    found = TokenCounters(of_embedder, default=settings.tokenizer)
    try:
        found.counter(None)
    except InvalidQuestion as error:
        raise InvalidSettings(f"prompt.tokenizer: {error}") from error
    return found


def build_fetcher(
    settings: FetchSettings,
    clock: Clock,
    *,
    monotonic: Callable[[], float] = real_monotonic,
) -> Fetcher:
    """Make what reads the web; `monotonic` counts the seconds between requests to a host.

    Raises:
        InvalidSettings: the proxy that is referred to is not there, or is none.
    """
    limits = FetchLimits(
        timeout_seconds=settings.timeout.total_seconds(),
        connect_timeout_seconds=settings.connect_timeout.total_seconds(),
        first_byte_timeout_seconds=settings.first_byte_timeout.total_seconds(),
        max_bytes=settings.max_bytes,
    )
    politeness = Politeness(
        per_host=settings.per_host, delay_seconds=settings.host_delay.total_seconds()
    )
    proxy = followed(settings.proxy, "fetch.proxy")
    try:
        return Fetcher(
            limits,
            politeness=politeness,
            user_agent=default_user_agent(settings.contact),
            allow_private_addresses=settings.allow_private_addresses,
            proxy=proxy,
            clock=clock,
            monotonic=monotonic,
        )
    except InvalidOptions as error:  # what a reference to the proxy led to
        raise InvalidSettings(str(error)) from error


def build_subscriber(
    server: ServerSettings, queue: Queue, fetcher: Fetcher, scheduler: Scheduler, tools: Tools
) -> Subscriber | None:
    """Make what subscribes at hubs; None where they could not reach us, or should not."""
    if server.public_url is None or not server.websub:
        return None
    return Subscriber(
        tools.database,
        queue,
        fetcher,
        public_url=server.public_url,
        clock=tools.clock,
        later=scheduler.once,
    )


def build_spending(settings: Settings, tools: Tools) -> Spending:
    """Make what counts the cost of llms, against the budgets that are set."""
    each = {
        upstream.name: upstream.daily_budget
        for upstream in settings.upstreams
        if upstream.daily_budget is not None
    }
    budgets = Budgets(together=settings.gateway.daily_budget, each=each)
    return Spending(tools.database, tools.clock, budgets)


def build_connector(
    source: SourceRecord | SourceSpec | SourceSettings, fetcher: Fetcher, clock: Clock
) -> Connector:
    """Make what reads a source, in whichever form it is given.

    Raises:
        InvalidOptions: its kind or options are wrong.
    """
    return registry.build(
        source.kind, source.options, source=source.name, fetcher=fetcher, clock=clock
    )


def source_spec(source: SourceSettings, fetcher: Fetcher, clock: Clock) -> SourceSpec:
    """Return the source a `[[sources]]` table asks for."""
    return source.spec(build_connector(source, fetcher, clock).semantics)


def api_key(settings: Settings) -> str | None:
    """Return the key callers must present, following a reference to where it is kept.

    Raises:
        InvalidSettings: what it refers to is not there.
    """
    return followed(settings.server.api_key, "server.api_key")
