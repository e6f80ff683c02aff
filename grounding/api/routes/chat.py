"""The chat endpoints: what OpenAI's clients call, with evidence put in between.

Errors carry a member `error` beside the problem detail, which is where these clients look.
"""

import asyncio
import json
from asyncio import Task
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager, suppress
from typing import Any, TypeVar

import anyio
from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse, StreamingResponse
from fastapi.routing import APIRoute
from starlette.types import Receive, Scope, Send

from grounding.api import problems
from grounding.api.chat_requests import GroundingIn, read_ask
from grounding.gateway.errors import GatewayError
from grounding.gateway.naming import names_of
from grounding.gateway.pipeline import Gateway
from grounding.gateway.records import Api, Reply
from indexer.errors import CallerLeft

T = TypeVar("T")


class _ChatRoute(APIRoute):
    """A route whose errors OpenAI's clients can read."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        inner = super().get_route_handler()

        async def answered(request: Request) -> Response:
            try:
                return await inner(request)
            except Exception as error:
                response = await problems.response_to(request, error)
                if response is None:
                    raise
                return _as_openai_has_it(response, error)

        return answered


router = APIRouter(prefix="/v1", tags=["chat"], route_class=_ChatRoute)


def _inlined(schema: Any, definitions: dict[str, Any]) -> Any:  # Any: JSON Schema
    """Return a schema with what it refers to in its place: no other part of the API has it."""
    if isinstance(schema, list):
        return [_inlined(each, definitions) for each in schema]
    if not isinstance(schema, dict):
        return schema
    if "$ref" in schema:
        return _inlined(definitions[schema["$ref"].rpartition("/")[2]], definitions)
    return {name: _inlined(each, definitions) for name, each in schema.items() if name != "$defs"}


_SETTINGS = GroundingIn.model_json_schema()
_GROUNDING = _inlined(_SETTINGS, _SETTINGS.get("$defs", {}))
_BODY: dict[str, Any] = {  # Any: OpenAPI
    "type": "object",
    "required": ["messages"],
    "properties": {
        "model": {"type": "string", "description": "An upstream, a name it serves, or auto."},
        "messages": {"type": "array", "minItems": 1, "items": {"type": "object"}},
        "stream": {"type": "boolean"},
        "grounding": _GROUNDING,
        "data_sources": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {
                    "type": {"const": "grounding"},
                    "parameters": _GROUNDING,
                },
            },
        },
    },
}
_ANSWERS: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "A chat completion, or its stream, as the upstream gave it, with citations.",
        "content": {"application/json": {"schema": {"type": "object"}}, "text/event-stream": {}},
    }
}


@router.post(
    "/chat/completions",
    responses=_ANSWERS,
    response_class=Response,
    openapi_extra={"requestBody": {"content": {"application/json": {"schema": _BODY}}}},
)
async def complete(request: Request) -> Response:
    """Answer a chat through an upstream, with evidence for its last question."""
    return await _answered(request, Api.CHAT)


@router.post(
    "/responses",
    responses=_ANSWERS,
    response_class=Response,
    openapi_extra={
        "requestBody": {"content": {"application/json": {"schema": {"type": "object"}}}}
    },
)
async def respond(request: Request) -> Response:
    """Answer a request of OpenAI's Responses API, with evidence for its last question."""
    return await _answered(request, Api.RESPONSES)


async def _answered(request: Request, api: Api) -> Response:
    gateway: Gateway = request.app.state.gateway
    settings = request.app.state.service.parts.settings
    ask = read_ask(
        await request.body(),
        request.headers,
        base_url=settings.server.public_url or str(request.base_url),
        defaults=settings.gateway,
        api=api,
    )
    async with _watched(request) as left:
        return _response(await _unless_left(gateway.answer(ask, left), left))


@router.get("/models", response_model=None)
async def models(request: Request) -> JSONResponse:
    """List what can be asked for as `model`, as OpenAI does."""
    gateway: Gateway = request.app.state.gateway
    listed = [
        {"id": name, "object": "model", "created": 0, "owned_by": "grounding"}
        for name in names_of(gateway.preparer.planner.upstreams)
    ]
    return JSONResponse({"object": "list", "data": listed})


def _response(reply: Reply) -> Response:
    headers = dict(reply.headers)
    if isinstance(reply.content, bytes):
        return Response(reply.content, reply.status, headers)
    return _Streaming(reply, headers)


class _Streaming(StreamingResponse):
    """A stream that is closed however it ends, also where nobody ever read of it."""

    def __init__(self, reply: Reply, headers: dict[str, str]) -> None:
        assert not isinstance(reply.content, bytes)  # noqa: S101 - see `_response`
        super().__init__(reply.content, reply.status, headers)
        self._close = reply.close

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await super().__call__(scope, receive, send)
        finally:
            with anyio.CancelScope(shield=True):
                await self._close()


@asynccontextmanager
async def _watched(request: Request) -> AsyncIterator["Task[None]"]:
    """Give the block a task that is done when the caller has left."""

    async def until_left() -> None:
        while (await request.receive())["type"] != "http.disconnect":
            pass

    watch = asyncio.create_task(until_left())
    try:
        yield watch
    finally:
        watch.cancel()


async def _unless_left(work: Coroutine[Any, Any, T], left: "Task[None]") -> T:
    """Return what work returns; it is cancelled when the caller has left.

    Raises:
        CallerLeft: the caller has.
    """
    task = asyncio.create_task(work)
    try:
        await asyncio.wait((task, left), return_when=asyncio.FIRST_COMPLETED)
        if not task.done():
            raise CallerLeft("the caller left")
        return task.result()
    finally:
        if not task.done():
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task


def _as_openai_has_it(response: Response, error: Exception) -> Response:
    said = json.loads(bytes(response.body))
    code = error.code if isinstance(error, GatewayError) else None
    param = error.param if isinstance(error, GatewayError) else None
    kind = "invalid_request_error" if response.status_code < 500 else "server_error"
    said["error"] = {"message": said["detail"], "type": kind, "param": param, "code": code}
    headers = {
        name: value
        for name, value in response.headers.items()
        if name not in {"content-length", "content-type"}
    }
    return JSONResponse(said, response.status_code, headers, problems.MEDIA_TYPE)
