"""Look for candidates, and rank them: as deep as it takes to find enough.

both legs ─▶ fuse ─▶ load ─▶ rank ─▶ dedupe ─▶ enough? ─▶ of enough sources? ─▶ [rerank]
    ▲                                           │ no       │ no
    └────── four times as deep, or in those sources ◀──────┘
            that do not have their max
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from grounding.errors import RerankerUnusable
from grounding.query.candidates import candidates, is_from, refused
from grounding.query.choose import not_chosen, open_sources
from grounding.query.dedupe import collapsed, dedupe
from grounding.query.fuse import POOL, fuse
from grounding.query.interpretation import NOT_INTERPRETED, Interpretation
from grounding.query.moments import Moment
from grounding.query.passage_cache import PassageCache
from grounding.query.question import Choice, Filters
from grounding.query.rank import rank
from grounding.query.recency import RecencyPolicy
from grounding.query.records import Candidate, LeftOut
from grounding.query.rerank import Reranking, reranked
from grounding.query.sufficiency import LOOKED_AT
from indexer.caller import require_caller
from indexer.records import Legs, Scope
from indexer.views.live import LiveViews
from indexer.views.view import Query

FEWEST_HITS = POOL
HITS_A_RESULT = 5
_MOST_TIMES = 8
"""How often a question is asked of fewer sources, each time without those that have their max."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A question, and where it looks. sources: the rows of those in its scope, by name."""

    question: str
    scope: Scope
    filters: Filters
    at: Moment
    sources: Mapping[str, int]
    recency: RecencyPolicy
    read: Interpretation = NOT_INTERPRETED


@dataclass(frozen=True, slots=True)
class Seen:
    """What was found, that as ranked, best first, and that without repetitions."""

    legs: Legs
    loaded: tuple[Candidate, ...]
    ranked: tuple[Candidate, ...]
    kept: tuple[Candidate, ...]
    warnings: tuple[str, ...] = ()


def look(
    asked: Asked, choice: Choice, *, passages: PassageCache, views: LiveViews, by: Reranking | None
) -> Seen:
    """Return what is found for a question, ordered by a reranker if one is configured."""
    require_caller()
    hits = max(FEWEST_HITS, choice.max_results * HITS_A_RESULT)
    embedded = views.query(asked.question, asked.read.literals, within=(asked.scope, hits))
    while True:
        require_caller()
        legs = views.search(embedded, asked.scope, hits, exact=asked.filters.exact)
        seen = _seen(legs, asked, passages)
        is_all = len(legs.dense) < hits and len(legs.lexical) < hits
        if is_all or len(seen.kept) >= max(choice.max_results, LOOKED_AT):
            break
        hits *= 4  # a filter on loaded rows, or repeated texts, left too few: look deeper
    if not is_all:
        seen = _with_other_sources(seen, embedded, asked, choice, passages=passages, views=views)
    return seen if by is None else _reranked(seen, asked, by)


def left_out(
    seen: Seen, taken: Sequence[Candidate], asked: Asked, choice: Choice, passages: PassageCache
) -> tuple[LeftOut, ...]:
    """Return every candidate that was looked at and is not taken, and why."""
    scores = fuse(seen.legs)
    admitted = {each.chunk for each in seen.ranked}
    others = {chunk: each for chunk, each in scores.items() if chunk not in admitted}
    with passages.reading() as reader:
        outside = refused(reader, others, at=asked.at, filters=asked.filters)
    return (
        *not_chosen(seen.kept, taken, choice),
        *collapsed(seen.ranked, seen.kept),
        *outside,
    )


def _with_other_sources(
    seen: Seen,
    embedded: Query,
    asked: Asked,
    choice: Choice,
    *,
    passages: PassageCache,
    views: LiveViews,
) -> Seen:
    """Look on in the sources that do not have their max, as long as too few can be shown."""
    for _ in range(_MOST_TIMES):
        names = open_sources(seen.kept, choice, asked.sources)
        if not names:
            break
        rows = frozenset(asked.sources[name] for name in names)
        more = views.search(
            embedded,
            replace(asked.scope, sources=rows),
            FEWEST_HITS,
            exact=asked.filters.exact,
        )
        if more.vectors.keys() <= seen.legs.vectors.keys():
            break
        seen = _seen(_joined(seen.legs, more), asked, passages)
    return seen


def _joined(legs: Legs, more: Legs) -> Legs:
    """Add what was found later; what a deviation is remains what the first look said."""
    return replace(
        legs,
        also_dense=(*legs.also_dense, *more.dense, *more.also_dense),
        also_lexical=(*legs.also_lexical, *more.lexical, *more.also_lexical),
        vectors={**legs.vectors, **more.vectors},
    )


def _seen(legs: Legs, asked: Asked, passages: PassageCache) -> Seen:
    require_caller()
    domains = asked.filters.include_domains
    with passages.reading() as reader:
        loaded = candidates(reader, fuse(legs), at=asked.at, filters=asked.filters)
    if domains is not None:
        loaded = [each for each in loaded if is_from(each, domains)]
    return _ordered(legs, loaded, asked)


def _ordered(legs: Legs, loaded: Sequence[Candidate], asked: Asked) -> Seen:
    ranked = rank(loaded, as_of=asked.at.as_of, policy=asked.recency, read=asked.read)
    return Seen(legs, tuple(loaded), tuple(ranked), tuple(dedupe(ranked)))


def _reranked(seen: Seen, asked: Asked, by: Reranking) -> Seen:
    require_caller()
    try:
        loaded = reranked(seen.loaded, asked.question, by.reranker, top=by.top)
    except RerankerUnusable as error:
        return replace(seen, warnings=(f"not reranked: {error}",))
    return _ordered(seen.legs, loaded, asked)
