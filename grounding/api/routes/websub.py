"""What hubs call (WebSub): do you want this, and here is news.

Nobody who calls here has an API key. The path is known to one hub only, what it pushes is signed
with a secret of that subscription, and no word of it is believed: it has a source read.
"""

from typing import Annotated

from fastapi import APIRouter, Header, Query, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import PlainTextResponse
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect

from grounding.api.routes.deps import AnyParameters, Running
from grounding.api.wire import Text
from grounding.errors import NotFound
from grounding.service import Service
from grounding.websub import Signature, Subscriber, Verification
from indexer.records import Subscription

router = APIRouter(prefix="/v1", tags=["websub"], route_class=AnyParameters)

LONGEST_CHALLENGE = 2_000
_NOT_ASKED = "nothing of this kind was asked for"
_HEADERS = {"X-Content-Type-Options": "nosniff", "Cache-Control": "no-store"}


@router.get("/websub/{callback}", response_class=PlainTextResponse)
def verify(
    callback: Text,
    service: Running,
    *,
    mode: Annotated[str, Query(alias="hub.mode")] = "",
    topic: Annotated[str, Query(alias="hub.topic")] = "",
    challenge: Annotated[str, Query(alias="hub.challenge")] = "",
    lease_seconds: Annotated[str, Query(alias="hub.lease_seconds")] = "",
    reason: Annotated[Text, Query(alias="hub.reason")] = "",
) -> PlainTextResponse:
    """Answer a hub that wants to know whether it was us who asked it; 404 if it was not."""
    asked = Verification(mode, topic, lease_seconds, reason)
    is_answerable = mode == "denied" or 0 < len(challenge) <= LONGEST_CHALLENGE
    if not is_answerable or not _subscriber(service).confirms(callback, asked):
        raise NotFound(_NOT_ASKED)
    return PlainTextResponse("" if mode == "denied" else challenge, headers=_HEADERS)


@router.post("/websub/{callback}", status_code=202, response_class=Response)
async def take_push(
    callback: Text,
    request: Request,
    service: Running,
    x_hub_signature: Annotated[str, Header()] = "",
) -> Response:
    """Take news from a hub: its source is read now. 410 ends a subscription nobody knows of.

    A wrong signature is answered like a right one, so that nobody can find one out by trying.
    """
    subscriber = _subscriber(service)
    found = await run_in_threadpool(subscriber.known, callback)
    if found is None:
        request.app.state.metrics.count_push("unknown")
        raise HTTPException(410, _NOT_ASKED)
    is_genuine = await _is_genuine(request, x_hub_signature, found)
    request.app.state.metrics.count_push("genuine" if is_genuine else "forged")
    if is_genuine:
        await run_in_threadpool(subscriber.take, found)
    return Response(status_code=202)


async def _is_genuine(request: Request, header: str, found: Subscription) -> bool:
    """Check the signature while the body arrives; it is not kept."""
    signature = Signature(header, found.secret)
    try:
        async for part in request.stream():
            signature.update(part)
    except ClientDisconnect:
        return False
    return signature.is_right()


def _subscriber(service: Service) -> Subscriber:
    if service.parts.websub is None:
        raise NotFound(_NOT_ASKED)
    return service.parts.websub
