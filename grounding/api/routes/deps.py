"""What routes are given: the running service, and the instants a caller looks through."""

from typing import Annotated

from fastapi import Depends, Query, Request

from grounding.api.wire import Instant
from grounding.query.moments import Moment, moment, present
from grounding.service import Service


def _service(request: Request) -> Service:
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


At = Annotated[Moment, Depends(_seen_at)]
"""`as_of` and `known_at` of the query string; each the present unless given."""

Limit = Annotated[int, Query(ge=1, le=1_000)]
