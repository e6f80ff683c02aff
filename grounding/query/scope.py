"""Which sources a question looks in, and what has to be said of them."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from grounding.errors import InvalidQuestion
from grounding.query.freshness import broken_promise, failed_reads
from grounding.query.moments import Moment
from grounding.query.question import Filters
from grounding.query.records import Freshness, FreshnessStatus
from indexer.records import Scope, SourceRecord


def scope_of(filters: Filters, at: Moment, known: Sequence[SourceRecord]) -> Scope:
    """Return what the index is to look at.

    Raises:
        InvalidQuestion: a source or a collection is not known.
    """
    require_known("sources", filters.sources, {source.name for source in known})
    require_known("collections", filters.collections, {source.collection for source in known})
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


def in_scope(scope: Scope, known: Sequence[SourceRecord]) -> dict[str, int]:
    """Return the rows of the sources in scope by their names."""
    wanted = scope.sources
    return {each.name: each.id for each in known if wanted is None or each.id in wanted}


def require_known(field: str, asked: frozenset[str] | None, known: set[str]) -> None:
    """Refuse names that are not known.

    Raises:
        InvalidQuestion: of the field, with the names that are.
    """
    unknown = sorted((asked or frozenset()) - known)
    if unknown:
        raise InvalidQuestion(
            field, f"unknown: {', '.join(unknown)}; known: {', '.join(sorted(known)) or 'none'}"
        )


def asked_for(filters: Filters, known: Sequence[SourceRecord]) -> set[str]:
    """Return the sources named in the question, whether or not anything of them was found."""
    if filters.sources is None and filters.collections is None:
        return set()
    return {
        source.name for source in known if source.removed_at is None and _is_wanted(source, filters)
    }


def warnings(
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


def _is_wanted(source: SourceRecord, filters: Filters) -> bool:
    return (filters.sources is None or source.name in filters.sources) and (
        filters.collections is None or source.collection in filters.collections
    )
