"""The way of a request through the gateway.

    body ─▶ Ask ─▶ whom to ask ─▶ what is asked ─▶ evidence ─▶ send ─▶ cite ─▶ Reply
                   (upstreams)     (condense)      (in a thread)  │
                                                       away, busy ├─▶ the next upstream

Only this is asynchronous: hundreds of answers may be on their way at once, each of them slow.
"""

import logging
from asyncio import Task
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Any

import anyio.to_thread

from grounding.gateway import cited, whole
from grounding.gateway.errors import GatewayError, UpstreamBroken
from grounding.gateway.events import events_of
from grounding.gateway.preparing import Prepared, Preparer
from grounding.gateway.records import Ask, Reply, Upstream
from grounding.gateway.streamed import Chunks, error_event
from grounding.gateway.told import extra_of, headers_of
from grounding.gateway.upstreams import Call, Opened, Upstreams
from grounding.line import Line
from indexer.caller import Caller, asked_by

logger = logging.getLogger(__name__)

_PATH = "/chat/completions"
_FORBIDDEN = frozenset({401, 403})
_MASK = b"***"


@dataclass(frozen=True, slots=True)
class Gateway:
    """Everything between an application and its llms.

    questions: the line of those who search; the gateway's stand in it like all others.
    """

    upstreams: Upstreams
    preparer: Preparer
    questions: Line

    async def answer(self, ask: Ask, left: "Task[None]") -> Reply:
        """Answer a request; what is not a completion is passed on as it came.

        left: is done when the caller has left.

        Raises:
            GatewayError: no llm answers, or none may be asked.
            ServiceError: evidence cannot be had as it was asked for.
        """
        prepared = await self._prepared(ask, left)
        call = _call(ask, prepared)
        opened, stack = await self.upstreams.first_opened(prepared.names, call, left)
        try:
            reply = await _reply(prepared, opened, stack)
        except BaseException:
            await stack.aclose()
            raise
        if isinstance(reply.content, bytes):
            await stack.aclose()
        return reply

    async def _prepared(self, ask: Ask, left: "Task[None]") -> Prepared:
        caller = Caller()
        left.add_done_callback(lambda _: caller.leave())

        def work() -> Prepared:
            with asked_by(caller):
                return self.preparer.prepared(ask)

        async with self.questions.turn(left):
            return await anyio.to_thread.run_sync(work)


def _call(ask: Ask, prepared: Prepared) -> Call:
    headers = {"Accept": "text/event-stream" if ask.is_streamed else "application/json"}
    if ask.authorization is not None:
        headers["Authorization"] = ask.authorization
    return Call(
        path=_PATH,
        content={each.name: _content(ask, prepared, each) for each in prepared.upstreams},
        headers=headers,
        is_streamed=ask.is_streamed,
        timeout_seconds=ask.controls.timeout_seconds,
    )


def _content(ask: Ask, prepared: Prepared, upstream: Upstream) -> bytes:
    """Write what an upstream is sent: the caller's own bytes where nothing in them changes."""
    llm = upstream.llm or ask.llm
    if prepared.grounded.augmented is None and llm == ask.llm and ask.raw is not None:
        return ask.raw
    body = {**ask.body, "model": llm, "messages": list(prepared.grounded.messages)}
    return whole.written(body)


async def _reply(prepared: Prepared, opened: Opened, stack: AsyncExitStack) -> Reply:
    headers = (*opened.headers, *headers_of(prepared, opened.upstream))
    if opened.status != 200:
        return await _relayed_error(opened, headers)
    if opened.is_stream:
        named = (*headers, ("content-type", opened.content_type))
        return Reply(200, named, _stream(prepared, opened), stack.aclose)
    content = await opened.content()
    body = _read(content, opened.upstream)
    changed = whole.cited(
        body,
        prepared.grounded.citations,
        context=_context(prepared),
        extra=extra_of(prepared, opened.upstream),
    )
    named = (*headers, ("content-type", "application/json"))
    return Reply(200, named, whole.written(changed))


def _read(content: bytes, upstream: Upstream) -> dict[str, Any]:
    try:
        return whole.parsed(content)
    except UpstreamBroken as error:
        raise UpstreamBroken(f"upstream {upstream.name}: {error}") from error


async def _relayed_error(opened: Opened, headers: Sequence[tuple[str, str]]) -> Reply:
    """Pass an upstream's refusal on, unless it speaks of a key that is not the caller's."""
    upstream = opened.upstream
    if opened.status in _FORBIDDEN and not upstream.passes_caller_key:
        raise UpstreamBroken(
            f"upstream {upstream.name}: it refuses its key ({opened.status}); see its api_key"
        )
    content = await opened.content()
    for secret in upstream.secrets:
        content = content.replace(secret.encode(), _MASK)
    return Reply(opened.status, (*headers, ("content-type", opened.content_type)), content)


async def _stream(prepared: Prepared, opened: Opened) -> AsyncIterator[bytes]:
    """Yield the caller's stream; what goes wrong in it is its last event."""
    upstream = opened.upstream
    chunks = Chunks(
        prepared.grounded.citations,
        context=_context(prepared),
        extra=extra_of(prepared, upstream),
    )
    read = events_of(opened.chunks(), most_bytes=upstream.max_reply_bytes)
    try:
        async for piece in chunks.passed_on(read):
            yield piece
    except GatewayError as error:
        logger.warning("upstream %s failed in its answer: %s", upstream.name, error)
        yield error_event(str(error), error.code)


def _context(prepared: Prepared) -> Mapping[str, Any] | None:
    grounded = prepared.grounded
    return None if grounded.augmented is None else cited.context(grounded)
