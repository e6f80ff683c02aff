"""What routes are given: the running service, and the instants a caller looks through."""

from typing import Annotated

from fastapi import Depends, Query, Request, Response
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute
from sqlalchemy.orm import Session

from grounding.api import readings
from grounding.api.wire import Instant
from grounding.errors import InvalidQuestion
from grounding.query.moments import Moment, moment, present
from grounding.service import Service
from indexer.catalogue import sources
from indexer.records import RunRecord


async def _service(request: Request) -> Service:
    """Return the running service, in the event loop: a plain function would take a thread."""
    service: Service = request.app.state.service
    return service


Running = Annotated[Service, Depends(_service)]
"""The running service."""


def _seen_at(
    service: Running, as_of: Instant | None = None, known_at: Instant | None = None
) -> Moment:
    with service.parts.database.reading() as session:
        now = present(session, service.parts.tools.clock)
    return moment(as_of, known_at, now=now)


class AnyParameters(APIRoute):
    """A route that strangers call as their own standards have it: what is not known is ignored."""


async def only_known_parameters(request: Request) -> None:
    """Refuse a parameter that does not exist: misspelt, it would silently not filter.

    It waits for nothing, and so for no thread: `/healthz` must answer when all of them are busy.
    """
    route = request.scope.get("route")
    if not isinstance(route, APIRoute) or isinstance(route, AnyParameters):
        return
    known = _query_parameters(route.dependant)
    for name in request.query_params:
        if name not in known:
            expected = ", ".join(sorted(known)) or "none"
            raise InvalidQuestion(name, f"no such parameter; there are: {expected}")


def _query_parameters(dependant: Dependant) -> set[str]:
    """Return the names that a route and everything it depends on take from the query string."""
    inner = [name for each in dependant.dependencies for name in _query_parameters(each)]
    return {each.alias for each in dependant.query_params}.union(inner)


def run_reply(run: RunRecord, response: Response) -> readings.Run:
    """Answer with a run, and with 202 if it has not ended."""
    if run.finished_at is None:
        response.status_code = 202
    return readings.Run.of(run)


def require_source(session: Session, name: str | None) -> None:
    """Refuse a source that never was: nothing of it is not the same as nothing found.

    Raises:
        InvalidQuestion: there is none of that name, not even a removed one.
    """
    if name is not None and sources.named(session, name, with_removed=True) is None:
        raise InvalidQuestion("source", f"no source is named {name}")


WaitSeconds = Annotated[float, Query(ge=0, le=600)]
"""How long a caller waits for a run."""

At = Annotated[Moment, Depends(_seen_at)]
"""`as_of` and `known_at` of the query string; each the present unless given."""

Limit = Annotated[int, Query(ge=1, le=1_000)]
