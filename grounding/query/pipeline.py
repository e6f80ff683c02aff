"""The way out: from a question to evidence, and from evidence to a prompt with its receipt.

question ─▶ interpret ─▶ scope ─▶ both legs ─▶ fuse ─▶ load ─▶ [rerank] ─▶ rank ─▶ dedupe ─▶ found
                                                                                │
messages ─▶ question                            pack ─▶ render ─▶ receipt ◀─────┘
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from connectors.clock import Clock
from connectors.records import JsonValue
from grounding.errors import InvalidQuestion, RerankerUnusable
from grounding.query import messages as chat
from grounding.query.candidates import candidates, is_from
from grounding.query.dedupe import dedupe
from grounding.query.fresh import Refresh, no_refresh, only_fresh
from grounding.query.freshness import broken_promise, failed_reads, freshness
from grounding.query.fuse import POOL, fuse
from grounding.query.interpret import interpret
from grounding.query.interpretation import Interpretation, effects_as_json, loosened
from grounding.query.moments import Moment, moment, present, require_on_calendar, zone_of
from grounding.query.packing.items import highlighted
from grounding.query.packing.pack import pack
from grounding.query.question import (
    Filters,
    Found,
    Limits,
    as_read,
    limits_as_json,
    options_of,
    require_possible,
    with_age_as_time,
)
from grounding.query.rank import rank
from grounding.query.receipt import build_receipt, receipt_bytes, receipt_id
from grounding.query.records import (
    Candidate,
    Context,
    EvidenceKind,
    Frame,
    Freshness,
    FreshnessStatus,
    Message,
    Packed,
)
from grounding.query.render import new_nonce, render
from grounding.query.rerank import Reranking, reranked
from grounding.query.tokens import TokenCounter, TokenCounters
from indexer.catalogue import changes, evidence, sources
from indexer.database import Database
from indexer.records import Legs, Scope, SourceRecord
from indexer.views.live import LiveViews

FEWEST_HITS = POOL
_HITS_A_RESULT = 5
_CANDIDATES_AN_ITEM = 3
_CANDIDATES_FOR_SHARES = 100
_NEIGHBOURS = 1
_WAIT_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class Retrieval:
    """What answering needs."""

    database: Database
    views: LiveViews
    clock: Clock
    tokens: TokenCounters
    nonce: Callable[[], str] = new_nonce
    refresh: Refresh = no_refresh
    reranking: Reranking | None = None


@dataclass(frozen=True, slots=True)
class Augmented:
    """A prompt with evidence, what was found for it, and the receipt of what was shown.

    tokenizer: the name of the one that its tokens were counted with.
    """

    context: Context
    found: Found
    receipt_id: str
    tokenizer: str


def search(
    query: str,
    filters: Filters,
    *,
    max_results: int,
    retrieval: Retrieval,
    timezone: str = "UTC",
) -> Found:
    """Return the best evidence for a question.

    timezone: IANA name of the zone in which the question's own times are meant.

    Raises:
        InvalidQuestion: a filter or the zone makes no sense.
        NotFresh: fresh evidence was required and there is none.
        IndexBehind: `min_seq` was not reached in time.
    """
    found = only_fresh(
        lambda: _found(
            query,
            filters,
            max_results=max_results,
            retrieval=retrieval,
            timezone=timezone,
        ),
        filters,
        sources_of=lambda found: found.freshness,
        refresh=retrieval.refresh,
    )
    return replace(found, candidates=tuple(highlighted(found.candidates, query)))


def _found(
    query: str, filters: Filters, *, max_results: int, retrieval: Retrieval, timezone: str
) -> Found:
    """Return what is found as the question says it, or if that is nothing, without its filters."""
    read = interpret(query, filters, now=retrieval.clock(), zone=zone_of(timezone))
    found = _found_as(read, query, filters, max_results=max_results, retrieval=retrieval)
    if found.candidates or not read.can_hide:
        return found
    return _found_as(loosened(read), query, filters, max_results=max_results, retrieval=retrieval)


def _found_as(
    read: Interpretation, query: str, filters: Filters, *, max_results: int, retrieval: Retrieval
) -> Found:
    if filters.min_seq is not None:
        _require_committed(filters.min_seq, retrieval)
        retrieval.views.wait_for(filters.min_seq, _WAIT_SECONDS)
    with retrieval.database.reading() as session:
        now = present(session, retrieval.clock)
        at = moment(filters.as_of or read.as_of, filters.known_at, now=now)
        known = sources.all_sources(session, with_removed=True)
    narrowed = as_read(with_age_as_time(filters, at), read)
    scope = _scope(narrowed, at, known)
    embedded = retrieval.views.query(query, read.literals)

    hits = max(FEWEST_HITS, max_results * _HITS_A_RESULT)
    while True:
        legs = retrieval.views.search(embedded, scope, hits)
        loaded = _loaded(legs, narrowed, at, retrieval)
        found = dedupe(rank(loaded, as_of=at.as_of, read=read))
        if len(found) >= max_results or _is_all(legs, hits):
            break
        hits *= 4  # a filter on loaded rows, or repeated texts, left too few: look deeper
    standing = {source.name: freshness(source, now=at.now) for source in known}
    warnings = _warnings(filters, known, standing, at.now)
    if retrieval.reranking is not None:
        try:
            found = _reranked(loaded, query, at, read, retrieval.reranking)
        except RerankerUnusable as error:
            warnings += (f"not reranked: {error}",)
    chosen = tuple(found[:max_results])
    wanted = _asked_for(filters, known) | _sources_of(chosen)
    return Found(
        moment=at,
        seq=legs.seq,
        candidates=chosen,
        freshness={name: each for name, each in standing.items() if name in wanted},
        warnings=warnings,
        interpretation=read,
    )


def augment(
    asked: Sequence[Message],
    filters: Filters,
    *,
    limits: Limits,
    timezone: str,
    tokenizer: str | None = None,
    retrieval: Retrieval,
) -> Augmented:
    """Put evidence for the last user turn into the conversation and keep a receipt.

    tokenizer: what the budget is counted with, see `grounding.query.tokens`.

    Raises:
        InvalidQuestion: the messages hold no question, a filter, a limit or the zone makes no
            sense, or the tokenizer is not there.
        NotFresh: fresh evidence was required and there is none.
        IndexBehind: `min_seq` was not reached in time.
    """
    question = _question(asked, timezone)
    counter = retrieval.tokens.counter(tokenizer)
    require_possible(limits, filters)
    _require_sources(limits, retrieval)

    def made() -> tuple[Context, Found]:
        found = _found(
            question,
            filters,
            max_results=_results(limits),
            retrieval=retrieval,
            timezone=timezone,
        )
        frame = _frame(found, timezone, retrieval.nonce())
        packed = _packed(found, question, frame, limits, counter, retrieval)
        return _put_together(asked, found, filters, frame, packed)

    context, found = only_fresh(
        made, filters, sources_of=lambda pair: pair[1].freshness, refresh=retrieval.refresh
    )
    options = options_of(filters) | limits_as_json(limits) | {"tokenizer": counter.name}
    options["interpretation"] = {**effects_as_json(found.interpretation)}
    receipt = _keep_receipt(context, found, options, retrieval)
    return Augmented(context, found, receipt, counter.name)


def _results(limits: Limits) -> int:
    """Return how many candidates to pack from: more where a source is owed some."""
    results = limits.max_items * _CANDIDATES_AN_ITEM
    is_owed = any(share.least for share in limits.per_source.values())
    return max(results, _CANDIDATES_FOR_SHARES) if is_owed else results


def _frame(found: Found, timezone: str, nonce: str) -> Frame:
    require_on_calendar(found.moment.as_of, timezone)
    return Frame(
        as_of=found.moment.as_of,
        known_at=found.moment.known_at,
        nonce=nonce,
        timezone=timezone,
        freshness={name: each.status for name, each in found.freshness.items()},
    )


def _packed(
    found: Found,
    question: str,
    frame: Frame,
    limits: Limits,
    counter: TokenCounter,
    retrieval: Retrieval,
) -> Packed:
    passages = [
        candidate.chunk
        for candidate in found.candidates
        if candidate.evidence.kind is EvidenceKind.DOCUMENT
    ]
    with retrieval.database.reading() as session:
        nearby = evidence.nearby(session, passages, reach=_NEIGHBOURS)
    return pack(
        found.candidates,
        frame=frame,
        count_tokens=counter.count,
        limits=limits,
        question=question,
        nearby=nearby,
    )


def _put_together(
    asked: Sequence[Message], found: Found, filters: Filters, frame: Frame, packed: Packed
) -> tuple[Context, Found]:
    """Return the prompt, and what was found with the freshness of what is in it alone."""
    shown = [candidate.evidence for candidate in packed.candidates]
    context = Context(
        asked=tuple(asked),
        frame=frame,
        packed=packed,
        rendered=render(shown, frame=frame, messages=asked),
    )
    unused = _sources_of(found.candidates) - _sources_of(packed.candidates)
    unused -= filters.sources or frozenset()
    standing = {name: each for name, each in found.freshness.items() if name not in unused}
    return context, replace(found, freshness=standing)


def _keep_receipt(
    context: Context,
    found: Found,
    options: Mapping[str, JsonValue],
    retrieval: Retrieval,
) -> str:
    try:
        body = receipt_bytes(
            build_receipt(context, seq=found.seq, created_at=found.moment.now, options=options)
        )
    except ValueError as error:
        raise InvalidQuestion("messages", str(error)) from error
    name = receipt_id(body)
    with retrieval.database.writing() as session:
        evidence.add_receipt(session, name, created_at=found.moment.now, seq=found.seq, body=body)
    return name


def _question(asked: Sequence[Message], timezone: str) -> str:
    zone_of(timezone)
    try:
        question = chat.question_of(asked)
    except ValueError as error:
        raise InvalidQuestion("messages", str(error)) from error
    return question


def _require_committed(min_seq: int, retrieval: Retrieval) -> None:
    with retrieval.database.reading() as session:
        head, _ = changes.head(session)
    if min_seq > head:
        raise InvalidQuestion("min_seq", f"{min_seq} is beyond the last change, {head}")


def _require_sources(limits: Limits, retrieval: Retrieval) -> None:
    if limits.per_source:
        with retrieval.database.reading() as session:
            known = sources.all_sources(session, with_removed=True)
        asked = frozenset(limits.per_source)
        _require_known("per_source", asked, {source.name for source in known})


def _scope(filters: Filters, at: Moment, known: Sequence[SourceRecord]) -> Scope:
    _require_known("sources", filters.sources, {source.name for source in known})
    _require_known("collections", filters.collections, {source.collection for source in known})
    is_narrowed = filters.sources is not None or filters.collections is not None
    wanted = frozenset(source.id for source in known if _is_wanted(source, filters))
    return Scope(
        as_of=at.as_of,
        known_at=at.known_at,
        published_after=filters.published_after,
        published_before=filters.published_before,
        sources=wanted if is_narrowed else None,
        include_history=filters.include_history,
    )


def _is_wanted(source: SourceRecord, filters: Filters) -> bool:
    return (filters.sources is None or source.name in filters.sources) and (
        filters.collections is None or source.collection in filters.collections
    )


def _require_known(field: str, asked: frozenset[str] | None, known: set[str]) -> None:
    unknown = sorted((asked or frozenset()) - known)
    if unknown:
        raise InvalidQuestion(
            field, f"unknown: {', '.join(unknown)}; known: {', '.join(sorted(known)) or 'none'}"
        )


def _loaded(legs: Legs, filters: Filters, at: Moment, retrieval: Retrieval) -> list[Candidate]:
    with retrieval.database.reading() as session:
        loaded = candidates(session, fuse(legs), at=at, filters=filters)
    if filters.include_domains is not None:
        loaded = [each for each in loaded if is_from(each, filters.include_domains)]
    return loaded


def _reranked(
    loaded: Sequence[Candidate], query: str, at: Moment, read: Interpretation, by: Reranking
) -> list[Candidate]:
    ordered = reranked(loaded, query, by.reranker, top=by.top)
    return dedupe(rank(ordered, as_of=at.as_of, read=read))


def _asked_for(filters: Filters, known: Sequence[SourceRecord]) -> set[str]:
    """Return the sources named in the question, whether or not anything of them was found."""
    if filters.sources is None and filters.collections is None:
        return set()
    return {
        source.name for source in known if source.removed_at is None and _is_wanted(source, filters)
    }


def _is_all(legs: Legs, asked: int) -> bool:
    return len(legs.dense) < asked and len(legs.lexical) < asked


def _sources_of(chosen: Sequence[Candidate]) -> set[str]:
    return {candidate.evidence.source for candidate in chosen}


def _warnings(
    filters: Filters,
    known: Sequence[SourceRecord],
    standing: Mapping[str, Freshness],
    now: datetime,
) -> tuple[str, ...]:
    """Say which of the sources that were looked in fail, and which break their promise."""
    asked = [each for each in known if each.removed_at is None and _is_wanted(each, filters)]
    failing = [failed_reads(source, now=now) for source in asked if source.failures_in_row]
    overdue = [
        broken_promise(standing[source.name])
        for source in asked
        if standing[source.name].status is FreshnessStatus.ERROR
    ]
    return (*failing, *overdue)
