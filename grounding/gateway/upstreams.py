"""Calls to upstreams: who is asked, how long, who instead, and how often again.

    names ─▶ line of the first ─▶ send ─▶ answer
                  │ too many wait   │ away, 429, 5xx, late: before anything was passed on
                  └────────────────┴─▶ the next name ... ─▶ the last one's answer, as it came

Repeating is safe where nothing was sent, or where the upstream says that it did nothing and when
to come again. Whatever else went wrong may have been paid for, so it is not sent there twice.
"""

import asyncio
import logging
from asyncio import Task
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from time import monotonic
from typing import Final

import httpx

from grounding.gateway.errors import (
    GatewayError,
    UpstreamAway,
    UpstreamBroken,
    UpstreamBusy,
    UpstreamLate,
)
from grounding.gateway.records import Headers, Upstream
from grounding.line import Line, TooManyWait

logger = logging.getLogger(__name__)

_REST_SECONDS: Final = 10.0
"""How long an upstream that could not be reached counts as away."""
_LONGEST_PAUSE_SECONDS: Final = 2.0
"""After which one is asked again oneself; after a longer one it is the caller's turn."""
_FIRST_PAUSE_SECONDS: Final = 0.2
_ELSEWHERE: Final = frozenset({408, 429, 500, 502, 503, 504, 529})
"""Answers that another upstream may be better at."""
_REPEATABLE: Final = frozenset({429, 503})
"""Answers that say that nothing was done."""
_KEPT_BACK: Final = frozenset(
    {
        "alt-svc", "connection", "content-encoding", "content-length", "content-type", "date",
        "keep-alive", "proxy-authenticate", "proxy-authorization", "server", "set-cookie",
        "strict-transport-security", "te", "trailer", "transfer-encoding", "upgrade", "vary",
    }
)  # fmt: skip
"""Headers that speak of the upstream's own connection."""


@dataclass(frozen=True, slots=True)
class Call:
    """One request; content: what to send, by the name of the upstream that it is sent to."""

    path: str
    content: Mapping[str, bytes]
    headers: Mapping[str, str]
    is_streamed: bool
    timeout_seconds: float | None = None


class Opened:
    """An answer whose beginning is there. Close it, or read it to its end."""

    def __init__(self, upstream: Upstream, response: httpx.Response, deadline: float) -> None:
        self.upstream = upstream
        self._response = response
        self._deadline = deadline
        self.status = response.status_code
        self.content_type = response.headers.get("content-type", "application/json")

    @property
    def headers(self) -> Headers:
        """Those that are for the caller."""
        named = self._response.headers.items()
        return tuple((name, value) for name, value in named if name.lower() not in _KEPT_BACK)

    @property
    def is_stream(self) -> bool:
        return str(self.content_type).lower().startswith("text/event-stream")

    async def chunks(self) -> AsyncIterator[bytes]:
        """Yield the body as it comes.

        Raises:
            UpstreamBroken, UpstreamLate: it ended early, or nothing came for too long.
        """
        name, idle = self.upstream.name, self.upstream.idle_timeout_seconds
        pieces = self._response.aiter_bytes().__aiter__()
        with _translated(name):
            while True:
                try:
                    async with asyncio.timeout(min(idle, self._deadline - monotonic())):
                        piece = await anext(pieces)
                except StopAsyncIteration:
                    return
                except TimeoutError as error:
                    raise UpstreamLate(f"upstream {name}: it stopped in its answer") from error
                yield piece

    async def content(self) -> bytes:
        """Return the whole body; raises as `chunks`, and if it is too large."""
        most, kept = self.upstream.max_reply_bytes, bytearray()
        async for piece in self.chunks():
            kept += piece
            if len(kept) > most:
                raise UpstreamBroken(
                    f"upstream {self.upstream.name}: its answer has more than {most} bytes"
                )
        return bytes(kept)

    @property
    def pause_seconds(self) -> float | None:
        """In how long the upstream wants to be asked again; None if it does not say."""
        said = self._response.headers.get("retry-after", "")
        return float(said) if said.strip().isdecimal() else None


class Endpoint:
    """One upstream and those who wait for it. Used by one event loop only."""

    def __init__(self, upstream: Upstream) -> None:
        self.upstream = upstream
        self.line = Line(
            most_running=upstream.max_running,
            most_waiting=upstream.max_waiting,
            of_what=f"requests to upstream {upstream.name}",
        )
        self._client: httpx.AsyncClient | None = None
        self._away_until = 0.0

    @property
    def is_available(self) -> bool:
        """Whether it could be reached when it was last tried, or that was long ago."""
        return monotonic() >= self._away_until

    @asynccontextmanager
    async def opened(self, call: Call, left: "Task[None]") -> AsyncIterator[Opened]:
        """Send a request when it is its turn; the block has the answer, once it begins.

        Raises:
            UpstreamBusy: too many wait.
            UpstreamAway, UpstreamLate, UpstreamBroken: there is no answer.
            CallerLeft: while it waited.
        """
        try:
            turn = self.line.turn(left)
            await turn.__aenter__()
        except TooManyWait as error:
            raise UpstreamBusy(str(error), error.retry_after_seconds) from error
        async with AsyncExitStack() as stack:
            stack.push_async_exit(turn)
            response = await self._response(call)
            stack.push_async_callback(response.aclose)
            deadline = monotonic() + self._seconds(call)
            yield Opened(self.upstream, response, deadline)

    async def _response(self, call: Call) -> httpx.Response:
        upstream = self.upstream
        most = self._seconds(call)
        first = min(upstream.first_byte_timeout_seconds, most) if call.is_streamed else most
        request = self._http().build_request(
            "POST", call.path, content=call.content[upstream.name], headers=self._headers(call)
        )
        try:
            with _translated(upstream.name):
                async with asyncio.timeout(first):
                    return await self._http().send(request, stream=True)
        except UpstreamAway:
            self._away_until = monotonic() + _REST_SECONDS
            raise
        except TimeoutError as error:
            raise UpstreamLate(f"upstream {upstream.name}: no answer in {first:g} s") from error

    def _seconds(self, call: Call) -> float:
        return min(self.upstream.timeout_seconds, call.timeout_seconds or float("inf"))

    def _headers(self, call: Call) -> httpx.Headers:
        headers = httpx.Headers({"Content-Type": "application/json", **call.headers})
        if not self.upstream.passes_caller_key:
            headers.pop("Authorization", None)
        headers.update(self.upstream.own_headers)
        return headers

    def _http(self) -> httpx.AsyncClient:
        if self._client is None:
            upstream = self.upstream
            self._client = httpx.AsyncClient(
                base_url=upstream.base_url.rstrip("/"),
                timeout=httpx.Timeout(None, connect=upstream.connect_timeout_seconds),
                limits=httpx.Limits(max_connections=None, max_keepalive_connections=64),
                headers={"User-Agent": "grounding", "Accept-Encoding": "gzip, deflate"},
            )
        return self._client


class Upstreams:
    """All upstreams, by name."""

    def __init__(self, endpoints: Sequence[Endpoint]) -> None:
        self.by_name = {each.upstream.name: each for each in endpoints}

    async def first_opened(
        self, names: Sequence[str], call: Call, left: "Task[None]", stack: AsyncExitStack
    ) -> Opened:
        """Return the answer of the first upstream that has one worth passing on.

        names: in the order in which they are asked; at least one. stack: is to end the answer.

        Raises:
            GatewayError: the last one's; it has no answer at all.
            CallerLeft: while it waited for its turn.
        """
        *others, last = names
        for name in others:
            async with AsyncExitStack() as own:
                try:
                    opened = await self._opened(name, call, left, own)
                except GatewayError as error:
                    logger.warning("passed over: %s", error)
                    continue
                if opened.status not in _ELSEWHERE:
                    stack.push_async_exit(own.pop_all())
                    return opened
                logger.warning("upstream %s passed over: it answered %d", name, opened.status)
        return await self._opened(last, call, left, stack)

    async def _opened(
        self, name: str, call: Call, left: "Task[None]", stack: AsyncExitStack
    ) -> Opened:
        """Ask one upstream, and where that is safe once more."""
        endpoint = self.by_name[name]
        async with AsyncExitStack() as own:
            try:
                opened = await own.enter_async_context(endpoint.opened(call, left))
            except UpstreamAway:
                pause = _FIRST_PAUSE_SECONDS
            else:
                said = opened.pause_seconds
                is_soon = said is not None and said <= _LONGEST_PAUSE_SECONDS
                if opened.status not in _REPEATABLE or not is_soon:
                    stack.push_async_exit(own.pop_all())
                    return opened
                pause = said or 0.0
        await asyncio.sleep(pause)
        return await stack.enter_async_context(endpoint.opened(call, left))


@contextmanager
def _translated(name: str) -> Iterator[None]:
    """Say in our words what went wrong, without addresses that may hold a key."""
    try:
        yield
    except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as error:
        raise UpstreamAway(f"upstream {name}: it cannot be reached") from error
    except httpx.TimeoutException as error:
        raise UpstreamLate(f"upstream {name}: no answer in time") from error
    except (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError) as error:
        kind = type(error).__name__
        raise UpstreamBroken(f"upstream {name}: the connection broke ({kind})") from error
