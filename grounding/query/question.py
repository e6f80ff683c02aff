"""What is asked of the service, checked as far as it can be without the database."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from connectors.records import JsonValue
from grounding.errors import InvalidQuestion
from grounding.query.interpretation import NOT_INTERPRETED, Interpretation
from grounding.query.moments import Moment
from grounding.query.records import Candidate, Freshness, LeftOut
from grounding.query.sufficiency import Sufficiency


@dataclass(frozen=True, slots=True)
class Filters:
    """Which evidence may be returned; None does not filter.

    as_of: the instant in the world; known_at: what this service had received by then. Both
    default to the present. published_after is inclusive, published_before exclusive.
    include_history: also what was superseded, removed or expired by then. require_fresh: refuse
    to answer from sources that do not keep their promise; refresh_within: read them once first,
    for at most that long. interpret: let the question's own words do what `interpretation` says.
    exact: compare the question with every vector in scope instead of with those that codes of
    them propose, among which very rarely one of the best is missing.
    """

    as_of: datetime | None = None
    known_at: datetime | None = None
    published_after: datetime | None = None
    published_before: datetime | None = None
    max_age: timedelta | None = None
    sources: frozenset[str] | None = None
    collections: frozenset[str] | None = None
    include_domains: frozenset[str] | None = None
    min_seq: int | None = None
    include_history: bool = False
    require_fresh: bool = False
    refresh_within: timedelta | None = None
    interpret: bool = True
    exact: bool = False

    @property
    def is_about_present(self) -> bool:
        return self.as_of is None and self.known_at is None


@dataclass(frozen=True, slots=True)
class Choice:
    """Which of the candidates found are taken.

    max_results: how many at most; max_per_source: of any one source.
    diversity: at 0 the best; towards 1 more and more those that are unlike the others.
    explains: whether all others are kept, with the reason why they are not taken.
    """

    max_results: int
    max_per_source: int | None = None
    diversity: float = 0.0
    explains: bool = False

    @property
    def is_selective(self) -> bool:
        """Whether others than the best may be taken."""
        return self.max_per_source is not None or self.diversity > 0


@dataclass(frozen=True, slots=True)
class Share:
    """How many pieces of evidence may be, and if it has them are, of one source."""

    least: int = 0
    most: int | None = None


@dataclass(frozen=True, slots=True)
class Limits:
    """How much evidence a prompt may have.

    token_budget: tokens of the clock and the evidence together.
    max_per_source: of any one source; what `per_source` says of a source goes before it.
    diversity: as in a `Choice`.
    """

    token_budget: int
    max_items: int
    max_per_source: int | None = None
    per_source: Mapping[str, Share] = field(default_factory=dict)
    diversity: float = 0.0

    def least_of(self, source: str) -> int:
        share = self.per_source.get(source)
        return 0 if share is None else share.least

    def most_of(self, source: str) -> int:
        share = self.per_source.get(source)
        most = self.max_per_source if share is None or share.most is None else share.most
        return self.max_items if most is None else most


@dataclass(frozen=True, slots=True)
class Found:
    """What a search found, best first, and how fresh the sources it could look in are.

    sufficiency: of the ranking as it was before it was cut.
    left_out: every other candidate that was looked at; None where that was not asked for.
    """

    moment: Moment
    seq: int
    candidates: tuple[Candidate, ...]
    sufficiency: Sufficiency
    freshness: Mapping[str, Freshness] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()
    left_out: tuple[LeftOut, ...] | None = None
    interpretation: Interpretation = NOT_INTERPRETED


def with_age_as_time(filters: Filters, at: Moment) -> Filters:
    """Replace `max_age` by the publication time it means at `as_of`.

    Raises:
        InvalidQuestion: the window between after and before is empty.
    """
    after = filters.published_after
    if filters.max_age is not None:
        try:
            oldest = at.as_of - filters.max_age
        except OverflowError as error:
            raise InvalidQuestion("max_age", "longer than the calendar") from error
        after = oldest if after is None else max(after, oldest)
    before = filters.published_before
    if after is not None and before is not None and after >= before:
        raise InvalidQuestion(
            "published_before", f"{before.isoformat()} is not after {after.isoformat()}"
        )
    return replace(filters, published_after=after, max_age=None)


def as_read(filters: Filters, read: Interpretation) -> Filters:
    """Add what a question says about publication; what the filters say goes before it."""
    if filters.published_after is not None or filters.published_before is not None:
        return filters
    return replace(
        filters, published_after=read.published_after, published_before=read.published_before
    )


def require_possible(limits: Limits, filters: Filters) -> None:
    """Refuse shares of sources that no prompt can have.

    Raises:
        InvalidQuestion: the least of a source is above its most, or that of all above `max_items`,
            or a source of which some is wanted is filtered out.
    """
    for name, share in sorted(limits.per_source.items()):
        if share.least > limits.most_of(name):
            raise InvalidQuestion(
                "per_source", f"{name}: min {share.least} is above its max {limits.most_of(name)}"
            )
        if share.least and filters.sources is not None and name not in filters.sources:
            raise InvalidQuestion("per_source", f"{name}: has a min, but is not in sources")
    wanted = sum(share.least for share in limits.per_source.values())
    if wanted > limits.max_items:
        raise InvalidQuestion(
            "per_source", f"the mins add up to {wanted}, above max_items {limits.max_items}"
        )


def limits_as_json(limits: Limits) -> dict[str, JsonValue]:
    """Return the limits as JSON, for a receipt."""
    return {
        "max_items": limits.max_items,
        "token_budget": limits.token_budget,
        "max_per_source": limits.max_per_source,
        "diversity": limits.diversity,
        "per_source": {
            name: {"min": share.least, "max": share.most}
            for name, share in limits.per_source.items()
        },
    }


def options_of(filters: Filters) -> dict[str, JsonValue]:
    """Return the filters as JSON, for a receipt."""
    return {
        "as_of": _written(filters.as_of),
        "known_at": _written(filters.known_at),
        "published_after": _written(filters.published_after),
        "published_before": _written(filters.published_before),
        "max_age_seconds": filters.max_age.total_seconds() if filters.max_age else None,
        "sources": _names(filters.sources),
        "collections": _names(filters.collections),
        "include_domains": _names(filters.include_domains),
        "include_history": filters.include_history,
        "require_fresh": filters.require_fresh,
        "interpret": filters.interpret,
        "exact": filters.exact,
    }


def _written(at: datetime | None) -> str | None:
    return None if at is None else at.isoformat()


def _names(names: frozenset[str] | None) -> JsonValue:
    if names is None:
        return None
    listed: list[JsonValue] = []
    listed.extend(sorted(names))
    return listed
