"""The way out: from a question to evidence, and from evidence to a prompt with its receipt.

question ─▶ interpret ─▶ scope ─▶ look: both legs ─▶ fuse ─▶ load ─▶ [rerank] ─▶ rank ─▶ dedupe
                                                                                          │
                                                       is it enough? ◀── the ten best ◀───┤
messages ─▶ question    receipt ◀─ render ◀─ pack ◀─ found ◀─ screen ◀─ choose ◀──────────┘
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from connectors.clock import Clock
from connectors.records import JsonValue
from grounding.errors import InvalidQuestion
from grounding.query.asked_messages import asked_question, require_sayable
from grounding.query.dialects.dialect import Dialect
from grounding.query.dialects.registry import DIALECTS
from grounding.query.fresh import Refresh, no_refresh, only_fresh
from grounding.query.freshness import freshness
from grounding.query.interpret import interpret
from grounding.query.interpretation import Interpretation, effects_as_json, loosened
from grounding.query.look import Asked, left_out, look
from grounding.query.moments import moment, present, require_on_calendar, zone_of
from grounding.query.packing.items import highlighted
from grounding.query.packing.pack import pack
from grounding.query.passage_cache import PassageCache
from grounding.query.question import (
    Choice,
    Filters,
    Found,
    Limits,
    as_read,
    limits_as_json,
    options_of,
    require_possible,
    with_age_as_time,
)
from grounding.query.receipt import build_receipt, receipt_bytes, receipt_id
from grounding.query.receipt_book import KeptReceipt, ReceiptBook
from grounding.query.recency import BOUND, recency_policy
from grounding.query.records import (
    Candidate,
    Context,
    DialectName,
    EvidenceKind,
    Frame,
    Message,
    Packed,
)
from grounding.query.render import new_nonce
from grounding.query.rerank import Reranking
from grounding.query.scope import asked_for, in_scope, require_known, scope_of, warnings
from grounding.query.screening.pick import allowed_nearby, look_and_pick
from grounding.query.screening.screen import Screen
from grounding.query.sufficiency import sufficiency
from grounding.query.tokens import TokenCounter, TokenCounters
from indexer.caller import require_caller
from indexer.catalogue import changes, evidence, sources
from indexer.database import Database
from indexer.views.live import LiveViews

_CANDIDATES_AN_ITEM = 3
_CANDIDATES_FOR_SHARES = 100
_NEIGHBOURS = 1
_WAIT_SECONDS = 10.0
_JUDGED = 500
"""Characters of a question that evidence is judged by: those of a pasted page would take long."""


@dataclass(frozen=True, slots=True)
class Retrieval:
    """What answering needs. public_url: what this service is reached by from outside."""

    database: Database
    views: LiveViews
    clock: Clock
    tokens: TokenCounters
    passages: PassageCache
    receipts: ReceiptBook
    nonce: Callable[[], str] = new_nonce
    refresh: Refresh = no_refresh
    reranking: Reranking | None = None
    recency_bound: float = BOUND
    public_url: str | None = None
    screen: Screen = field(default_factory=Screen)


@dataclass(frozen=True, slots=True)
class Augmented:
    """A prompt with evidence, what was found for it, and the receipt of what was shown.

    tokenizer: the name of the one that its tokens were counted with.
    """

    context: Context
    found: Found
    receipt_id: str
    tokenizer: str


@dataclass(frozen=True, slots=True)
class Composed:
    """A prompt with evidence of which no receipt is kept yet.

    options: what was asked for, as a receipt holds it.
    """

    context: Context
    found: Found
    options: Mapping[str, JsonValue]
    tokenizer: str


def search(
    query: str,
    filters: Filters,
    *,
    max_results: int,
    retrieval: Retrieval,
    timezone: str = "UTC",
    max_per_source: int | None = None,
    diversity: float = 0.0,
    explain: bool = False,
) -> Found:
    """Return the best evidence for a question.

    timezone: IANA name of the zone in which the question's own times are meant.
    max_per_source, diversity, explain: as in a `Choice`.

    Raises:
        InvalidQuestion: a filter or the zone makes no sense.
        NotFresh: fresh evidence was required and there is none.
        IndexBehind: `min_seq` was not reached in time.
    """
    choice = Choice(max_results, max_per_source, diversity, explain)
    found = only_fresh(
        lambda: _found(query, filters, choice, retrieval, timezone=timezone),
        filters,
        sources_of=lambda found: found.freshness,
        refresh=retrieval.refresh,
    )
    return replace(found, candidates=tuple(highlighted(found.candidates, query)))


def _found(
    query: str,
    filters: Filters,
    choice: Choice,
    retrieval: Retrieval,
    *,
    timezone: str,
    owed: frozenset[str] = frozenset(),
    for_prompt: bool = False,
) -> Found:
    """Return what is found as the question says it, or if that is nothing, without its filters.

    owed: the sources that `per_source` names. for_prompt: what is quarantined is kept out.
    """
    read = interpret(query, filters, now=retrieval.clock(), zone=zone_of(timezone))
    found = _found_as(read, query, filters, choice, retrieval, owed=owed, for_prompt=for_prompt)
    if found.candidates or not read.can_hide:
        return found
    read = loosened(read)
    return _found_as(read, query, filters, choice, retrieval, owed=owed, for_prompt=for_prompt)


def _found_as(
    read: Interpretation,
    query: str,
    filters: Filters,
    choice: Choice,
    retrieval: Retrieval,
    *,
    owed: frozenset[str],
    for_prompt: bool,
) -> Found:
    """Return what is chosen of what is found."""
    if filters.min_seq is not None:
        _require_committed(filters.min_seq, retrieval)
        retrieval.views.wait_for(filters.min_seq, _WAIT_SECONDS)
    with retrieval.database.reading() as session:
        now = present(session, retrieval.clock)
        at = moment(filters.as_of or read.as_of, filters.known_at, now=now)
        known = sources.all_sources(session, with_removed=True)
    require_known("per_source", owed, {source.name for source in known})
    narrowed = as_read(with_age_as_time(filters, at), read)
    scope = scope_of(narrowed, at, known)
    policy = recency_policy(known, bound=retrieval.recency_bound)
    asked = Asked(query, scope, narrowed, at, in_scope(scope, known), policy, read)

    passages, views = retrieval.passages, retrieval.views
    passages.follow_erasures(views.erased_seq)
    picked = look_and_pick(
        choice,
        lambda some: look(asked, some, passages=passages, views=views, by=retrieval.reranking),
        retrieval.screen,
        views.embedder,
        for_prompt=for_prompt,
    )
    seen, taken = picked.seen, picked.taken
    standing = {source.name: freshness(source, now=at.now) for source in known}
    wanted = asked_for(filters, known) | _sources_of(taken)
    return Found(
        moment=at,
        seq=seen.legs.seq,
        candidates=tuple(taken),
        sufficiency=sufficiency(
            query[:_JUDGED], seen.kept, embedder=views.embedder.identity, pool=seen.scores
        ),
        freshness={name: each for name, each in standing.items() if name in wanted},
        warnings=(*warnings(filters, known, standing, at.now), *seen.warnings, *picked.warnings),
        left_out=picked.all_left_out(left_out(seen, taken, asked, choice, passages))
        if choice.explains
        else None,
        interpretation=read,
    )


def augment(
    asked: Sequence[Message],
    filters: Filters,
    *,
    limits: Limits,
    timezone: str,
    tokenizer: str | None = None,
    explain: bool = False,
    dialect: DialectName = DialectName.OPENAI,
    datamark: bool | None = None,
    retrieval: Retrieval,
) -> Augmented:
    """Put evidence for the last user turn into the conversation and keep a receipt.

    Arguments and failures are those of `composed`.
    """
    made = composed(
        asked,
        filters,
        limits=limits,
        timezone=timezone,
        tokenizer=tokenizer,
        explain=explain,
        dialect=dialect,
        datamark=datamark,
        retrieval=retrieval,
    )
    return recorded(made, retrieval)


def recorded(made: Composed, retrieval: Retrieval) -> Augmented:
    """Keep a receipt of a prompt."""
    receipt = _keep_receipt(made.context, made.found, made.options, retrieval)
    return Augmented(made.context, made.found, receipt, made.tokenizer)


def composed(
    asked: Sequence[Message],
    filters: Filters,
    *,
    limits: Limits,
    timezone: str,
    tokenizer: str | None = None,
    explain: bool = False,
    question: str | None = None,
    dialect: DialectName = DialectName.OPENAI,
    datamark: bool | None = None,
    retrieval: Retrieval,
) -> Composed:
    """Put evidence for the last user turn into the conversation.

    tokenizer: what the budget is counted with, see `grounding.query.tokens`.
    explain: also return the candidates that are not shown, and why.
    question: what is searched for, where that is not what the last user turn says.
    dialect: the form of the prompt; `asked` is in that of OpenAI whatever it is.
    datamark: whether quoted prose is marked word by word; None for what the policy says.

    Raises:
        InvalidQuestion: the messages hold no question or what the dialect cannot say, a filter, a
            limit or the zone makes no sense, or the tokenizer is not there.
        NotFresh: fresh evidence was required and there is none.
        IndexBehind: `min_seq` was not reached in time.
    """
    searched = asked_question(asked, timezone) if question is None else question
    spoken = DIALECTS[dialect]
    require_sayable(asked, spoken)
    counter = retrieval.tokens.counter(tokenizer)
    require_possible(limits, filters)
    choice = Choice(_results(limits), diversity=limits.diversity, explains=explain)
    marks = retrieval.screen.policy.datamark if datamark is None else datamark

    def made() -> tuple[Context, Found]:
        owed = frozenset(limits.per_source)
        found = _found(
            searched, filters, choice, retrieval, timezone=timezone, owed=owed, for_prompt=True
        )
        frame = replace(_frame(found, timezone, retrieval), datamark=marks)
        packed = _packed(
            found, searched, frame, limits=limits, counter=counter, dialect=spoken, using=retrieval
        )
        shown = [candidate.evidence for candidate in packed.candidates]
        rendered = spoken.render(shown, frame=frame, messages=asked)
        return _put_together(Context(tuple(asked), frame, packed, rendered), found, filters)

    context, found = only_fresh(
        made, filters, sources_of=lambda pair: pair[1].freshness, refresh=retrieval.refresh
    )
    options = options_of(filters) | limits_as_json(limits) | {"tokenizer": counter.name}
    if question is not None:
        options["question"] = question
    options["interpretation"] = {**effects_as_json(found.interpretation)}
    return Composed(context, found, options, counter.name)


def _results(limits: Limits) -> int:
    """Return how many candidates to pack from: more where a source is owed some."""
    results = limits.max_items * _CANDIDATES_AN_ITEM
    is_owed = any(share.least for share in limits.per_source.values())
    return max(results, _CANDIDATES_FOR_SHARES) if is_owed else results


def _frame(found: Found, timezone: str, retrieval: Retrieval) -> Frame:
    require_on_calendar(found.moment.as_of, timezone)
    return Frame(
        as_of=found.moment.as_of,
        known_at=found.moment.known_at,
        nonce=retrieval.nonce(),
        timezone=timezone,
        freshness={name: each.status for name, each in found.freshness.items()},
        base_url=retrieval.public_url,
    )


def _packed(
    found: Found,
    question: str,
    frame: Frame,
    *,
    limits: Limits,
    counter: TokenCounter,
    dialect: Dialect,
    using: Retrieval,
) -> Packed:
    require_caller()
    passages = [
        candidate.chunk
        for candidate in found.candidates
        if candidate.evidence.kind is EvidenceKind.DOCUMENT
    ]
    with using.database.reading() as session:
        nearby = evidence.nearby(session, passages, reach=_NEIGHBOURS)
    return pack(
        found.candidates,
        frame=frame,
        count_tokens=counter.count,
        limits=limits,
        question=question,
        nearby=allowed_nearby(found.candidates, nearby, using.screen),
        dialect=dialect,
    )


def _put_together(context: Context, found: Found, filters: Filters) -> tuple[Context, Found]:
    """Return the prompt, and what was found with the freshness of what is in it alone.

    What packing left out is told where that is asked for.
    """
    packed = context.packed
    unused = _sources_of(found.candidates) - _sources_of(packed.candidates)
    unused -= filters.sources or frozenset()
    standing = {name: each for name, each in found.freshness.items() if name not in unused}
    rest = None if found.left_out is None else (*packed.left_out, *found.left_out)
    return context, replace(found, freshness=standing, left_out=rest)


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
    retrieval.receipts.keep(KeptReceipt(name, found.moment.now, found.seq, body))
    return name


def _require_committed(min_seq: int, retrieval: Retrieval) -> None:
    with retrieval.database.reading() as session:
        head, _ = changes.head(session)
    if min_seq > head:
        raise InvalidQuestion("min_seq", f"{min_seq} is beyond the last change, {head}")


def _sources_of(chosen: Sequence[Candidate]) -> set[str]:
    return {candidate.evidence.source for candidate in chosen}
