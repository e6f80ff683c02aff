"""What is stored of series: what they are, and their values at any instant, as known at any."""

from fastapi import APIRouter
from sqlalchemy.orm import Session

from grounding.api import stored
from grounding.api.replies import ObservedValue
from grounding.api.routes.deps import At, Limit, Running, require_source
from grounding.api.wire import Instant, Text
from grounding.errors import InvalidQuestion
from grounding.query.candidates import value_at
from grounding.query.moments import Moment
from indexer.catalogue import observations
from indexer.records import StoredSeries

router = APIRouter(prefix="/v1", tags=["series"])


@router.get("/series")
def list_series(
    service: Running,
    at: At,
    source: Text | None = None,
    key: Text | None = None,
    limit: Limit = 100,
) -> stored.AllSeries:
    """List series, each with the value that held then."""
    with service.parts.database.reading() as session:
        require_source(session, source)
        found = observations.series_seen(
            session, known_at=at.known_at, source=source, key=key, limit=limit
        )
        rows = [known.row for _, known in found]
        values = observations.values_at(session, rows, as_of=at.as_of, known_at=at.known_at)
        shown = [
            (name, known.series, value_at(known.series, values.get(known.row, ()), at=at))
            for name, known in found
        ]
    fields = stored.Series.model_fields.keys() - {"source", "aliases", "value"}
    return stored.AllSeries(
        series=[
            stored.Series(
                source=name,
                aliases=list(series.aliases),
                value=None if value is None else ObservedValue.of(value),
                **{field: getattr(series, field) for field in fields},
            )
            for name, series, value in shown
        ]
    )


@router.get("/series/{key:path}/observations")
def series_observations(
    key: Text,
    service: Running,
    at: At,
    *,
    as_of: Instant | None = None,
    source: Text | None = None,
    start: Instant | None = None,
    end: Instant | None = None,
    include_history: bool = False,
    limit: Limit = 100,
) -> stored.Observations:
    """Return the values of a series that begin in [start, end), the newest first.

    As they were known at `known_at`; `include_history` shows every revision received by then.
    With `as_of` only what had begun by then; without, also what begins later, such as forecasts.
    """
    if start is not None and end is not None and start >= end:
        raise InvalidQuestion("end", f"{end.isoformat()} is not after {start.isoformat()}")
    with service.parts.database.reading() as session:
        require_source(session, source)
        name, known = _the_series(session, key, source, at)
        found = observations.between(
            session,
            known.row,
            start=start,
            end=end,
            as_of=at.as_of,
            known_at=at.known_at,
            has_begun=as_of is not None,
            include_history=include_history,
            limit=limit,
        )
    return stored.Observations(
        source=name,
        series=key,
        title=known.series.title,
        unit=known.series.unit,
        currency=known.series.currency,
        observations=[stored.Observation.of(row, at) for row in found],
    )


def _the_series(
    session: Session, key: str, source: str | None, at: Moment
) -> tuple[str, StoredSeries]:
    found = observations.series_seen(session, known_at=at.known_at, source=source, key=key)
    if not found:
        where = "" if source is None else f" of source {source}"
        raise InvalidQuestion("key", f"no series{where} is known as {key!r} at that instant")
    if len(found) > 1:
        names = ", ".join(name for name, _ in found)
        raise InvalidQuestion("source", f"several sources have a series {key!r}: {names}")
    return found[0]
