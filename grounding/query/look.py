"""Look for candidates, and rank them: as deep as it takes to find enough.

both legs ─▶ fuse ─▶ shortlist ─▶ load ─▶ rank ─▶ dedupe ─▶ enough? ─▶ of enough sources?
    ▲                                                        │ no       │ no
    └──────────── four times as deep, or in those sources ◀─────────────┘
                  that do not have their max
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from grounding.errors import RerankerUnusable
from grounding.query.bounds import Terms, bounds_of
from grounding.query.candidates import candidates, is_from, refused
from grounding.query.choose import not_chosen, open_sources
from grounding.query.dedupe import collapsed, dedupe
from grounding.query.fuse import POOL, fuse
from grounding.query.fused import Fused
from grounding.query.interpretation import NOT_INTERPRETED, Interpretation
from grounding.query.moments import Moment
from grounding.query.passage_cache import PassageCache
from grounding.query.question import Choice, Filters
from grounding.query.rank import rank
from grounding.query.recency import RecencyPolicy
from grounding.query.records import Candidate, LeftOut
from grounding.query.rerank import Reranking, reranked
from grounding.query.shortlist import shortlist
from grounding.query.sufficiency import LOOKED_AT
from indexer.caller import require_caller
from indexer.records import Legs, Scope
from indexer.views.live import LiveViews
from indexer.views.view import Query

FEWEST_HITS = POOL
HITS_A_RESULT = 5
_SPARE = 10
"""How many more than are shown are looked at: some say the same as others."""
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

    @property
    def terms(self) -> Terms:
        return Terms(self.at.as_of, self.recency, self.read, self.sources)


@dataclass(frozen=True, slots=True)
class Seen:
    """What was found, what of it was loaded, that as ranked, best first, without repetitions.

    scores: of everything that was found, best first; looked_at: what was worth loading of it.
    """

    legs: Legs
    scores: Fused
    looked_at: frozenset[int]
    loaded: tuple[Candidate, ...] = ()
    ranked: tuple[Candidate, ...] = ()
    kept: tuple[Candidate, ...] = ()
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
        seen = _shown(legs, asked, choice, passages, by)
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
    admitted = {each.chunk for each in seen.ranked}
    others = {chunk: each for chunk, each in seen.scores.items() if chunk not in admitted}
    with passages.reading() as reader:
        outside = refused(reader, others, seen.looked_at, at=asked.at, filters=asked.filters)
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
        legs = _joined(seen.legs, more)
        scores = fuse(legs)
        seen = _seen(legs, scores, scores, asked, passages)
    return seen


def _joined(legs: Legs, more: Legs) -> Legs:
    """Add what was found later; what a deviation is remains what the first look said."""
    return replace(
        legs,
        also_dense=legs.also_dense + more.dense + more.also_dense,
        also_lexical=legs.also_lexical + more.lexical + more.also_lexical,
        vectors=legs.vectors | more.vectors,
        dates=legs.dates | more.dates,
    )


def _shown(
    legs: Legs, asked: Asked, choice: Choice, passages: PassageCache, by: Reranking | None
) -> Seen:
    """Return what can be shown, without loading what is too far behind for that."""
    scores = fuse(legs)
    shown = max(choice.max_results, LOOKED_AT)
    if by is not None or choice.is_selective or asked.filters.include_domains is not None:
        return _seen(legs, scores, scores, asked, passages)
    bounds = bounds_of(scores, legs.dates.of(scores.chunks), asked.terms)
    is_first = shortlist(scores.chunks, bounds, legs.vectors, shown=shown + _SPARE)
    seen = _seen(legs, scores, scores.chunks[is_first].tolist(), asked, passages)
    behind = bounds.high[~is_first].max(initial=-np.inf)
    if is_first.all() or (len(seen.kept) >= shown and seen.kept[shown - 1].scores.total >= behind):
        return seen
    return _seen(legs, scores, scores, asked, passages)


def _seen(
    legs: Legs,
    scores: Fused,
    looked_at: Iterable[int],
    asked: Asked,
    passages: PassageCache,
) -> Seen:
    require_caller()
    domains = asked.filters.include_domains
    some = {chunk: scores[chunk] for chunk in looked_at}
    with passages.reading() as reader:
        loaded = candidates(reader, some, at=asked.at, filters=asked.filters)
    if domains is not None:
        loaded = [each for each in loaded if is_from(each, domains)]
    return _ordered(Seen(legs, scores, frozenset(some)), loaded, asked)


def _ordered(seen: Seen, loaded: Sequence[Candidate], asked: Asked) -> Seen:
    ranked = rank(loaded, as_of=asked.at.as_of, policy=asked.recency, read=asked.read)
    return replace(seen, loaded=tuple(loaded), ranked=tuple(ranked), kept=tuple(dedupe(ranked)))


def _reranked(seen: Seen, asked: Asked, by: Reranking) -> Seen:
    require_caller()
    try:
        loaded = reranked(seen.loaded, asked.question, by.reranker, top=by.top)
    except RerankerUnusable as error:
        return replace(seen, warnings=(f"not reranked: {error}",))
    return _ordered(seen, loaded, asked)
