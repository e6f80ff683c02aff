"""The way of a request through the gateway.

    body ─▶ Ask ─▶ prepare (in a thread) ─▶ answered before? ─▶ send ─▶ cite ─▶ Reply
                   upstreams, question,          │ yes            │
                   evidence                      ▼                └─▶ away, busy: the next upstream
                                          the same answer

Only this is asynchronous: hundreds of answers may be on their way at once, each of them slow.
"""

import asyncio
import logging
from asyncio import Task
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import AsyncExitStack, contextmanager
from dataclasses import dataclass, replace
from typing import Any, TypeVar

import anyio.to_thread

from grounding.gateway import responses, whole
from grounding.gateway.answering import (
    Answers,
    again,
    again_streamed,
    said_of,
    streamed_whole,
)
from grounding.gateway.cache.flights import Flights
from grounding.gateway.cache.store import Answered
from grounding.gateway.checks import Action, Checked, Checks, Said, asked_again
from grounding.gateway.errors import GatewayError, UpstreamBroken
from grounding.gateway.events import events_of
from grounding.gateway.preparing import Prepared, Preparer
from grounding.gateway.records import Api, Ask, Headers, Policy, Reply, Upstream
from grounding.gateway.rewriting import Rewriter
from grounding.gateway.streamed import error_event
from grounding.gateway.told import headers_of
from grounding.gateway.upstreams import Call, Opened, Upstreams
from grounding.line import Line
from indexer.caller import Caller, asked_by

logger = logging.getLogger(__name__)

T = TypeVar("T")

_FORBIDDEN = frozenset({401, 403})
_MASK = b"***"
_JSON = ("content-type", "application/json")
_EVENTS = ("content-type", "text/event-stream")


@dataclass(frozen=True, slots=True)
class Gateway:
    """Everything between an application and its llms.

    questions: the line of those who search; the gateway's stand in it like all others.
    """

    upstreams: Upstreams
    preparer: Preparer
    answers: Answers
    flights: Flights
    rewriter: Rewriter
    questions: Line
    checks: Checks

    async def answer(self, ask: Ask, left: "Task[None]") -> Reply:
        """Answer a request; what is not a completion is passed on as it came.

        left: is done when the caller has left.

        Raises:
            GatewayError: no llm answers, or none may be asked.
            ServiceError: evidence cannot be had as it was asked for.
        """
        ask = await self.rewriter.rewritten(ask, left)
        async with self.questions.turn(left):
            prepared = await _in_thread(lambda: self.preparer.prepared(ask), left)
        async with AsyncExitStack() as stack:
            prepared = await self._flown(prepared, stack)
            if prepared.kept is not None:
                return self._again(ask, prepared)
            return await self._called(ask, prepared, left, stack)

    async def _flown(self, prepared: Prepared, stack: AsyncExitStack) -> Prepared:
        """Return the request with the answer that the same one got meanwhile, if it got one."""
        if prepared.key is None or prepared.kept is not None:
            return prepared
        is_first = await stack.enter_async_context(self.flights.first(prepared.key))
        return prepared if is_first else self.answers.shared(prepared)

    def _again(self, ask: Ask, prepared: Prepared) -> Reply:
        self.answers.count(prepared)
        headers = headers_of(prepared, None)
        if ask.is_streamed:
            return Reply(200, (*headers, _EVENTS), again_streamed(ask, prepared))
        return Reply(200, (*headers, _JSON), again(prepared))

    async def _called(
        self, ask: Ask, prepared: Prepared, left: "Task[None]", stack: AsyncExitStack
    ) -> Reply:
        self.answers.count(prepared)
        self.checks.require_one_answer(ask, prepared)
        wanted = ask
        if is_held := ask.is_streamed and self.checks.holds_back(ask, prepared):
            ask = ask.in_one_piece()
        call = _call(ask, prepared)
        # A receipt is stored before it is named, which is when the llm's answer begins.
        receipt = asyncio.create_task(
            _in_thread(lambda: self.preparer.with_receipt(prepared), left)
        )
        stack.push_async_callback(_ended, receipt)
        opened = await self.upstreams.first_opened(prepared.names, call, left, stack)
        prepared = await receipt
        headers = (*opened.headers, *headers_of(prepared, opened.upstream))
        if opened.status != 200:
            return await _relayed_error(opened, headers)
        if opened.is_stream:
            end = stack.pop_all()
            stream = self._stream(ask, prepared, opened, left)
            return Reply(200, (*headers, _EVENTS), stream, end.aclose)
        body, checked = await self._whole(ask, prepared, opened, left)
        headers = (*headers, *_checked(checked))
        if is_held:
            return Reply(200, (*headers, _EVENTS), streamed_whole(wanted, body))
        return Reply(200, (*headers, _JSON), whole.written(body))

    async def _whole(
        self, ask: Ask, prepared: Prepared, opened: Opened, left: "Task[None]"
    ) -> tuple[dict[str, Any], Checked | None]:
        """Return an answer that came in one piece, after what its check makes of it."""
        answered = await self._read(ask, prepared, opened)
        checked = await self._check(answered, ask, prepared, opened.upstream, left)
        if checked is None:
            return self.answers.given(ask, prepared, answered, None), None
        if checked.policy is Policy.RETRY and self.checks.fails(checked):
            answered, checked = await self._again_asked(
                ask, prepared, opened.upstream, (answered, checked), left
            )
        decided = self.checks.decided(checked)
        return self.answers.given(ask, prepared, answered, decided), decided

    async def _read(self, ask: Ask, prepared: Prepared, opened: Opened) -> Answered:
        content = await opened.content()
        with _named(opened.upstream):
            return self.answers.read(ask, prepared, opened.upstream, content)

    async def _check(
        self,
        answered: Answered,
        ask: Ask,
        prepared: Prepared,
        upstream: Upstream,
        left: "Task[None]",
    ) -> Checked | None:
        """Check an answer that is one text, or calls tools; one with several choices is not."""
        said = said_of(ask.api, answered)
        if said is None:
            return None
        return await _in_thread(lambda: self.checks.checked(said, ask, prepared, upstream), left)

    async def _again_asked(
        self,
        ask: Ask,
        prepared: Prepared,
        upstream: Upstream,
        before: tuple[Answered, Checked],
        left: "Task[None]",
    ) -> tuple[Answered, Checked]:
        """Return the second answer to a request; the first where there is none."""
        answered, checked = before
        again = asked_again(prepared, checked, upstream)
        try:
            async with AsyncExitStack() as stack:
                call = _call(ask, again)
                opened = await self.upstreams.first_opened(again.names, call, left, stack)
                if opened.status != 200:
                    raise UpstreamBroken(f"it answered {opened.status}")
                second = await self._read(ask, prepared, opened)
        except GatewayError as error:
            logger.warning("upstream %s was not asked again: %s", upstream.name, error)
            return answered, replace(checked, note=f"asking again failed: {error}")
        verdict = await self._check(second, ask, prepared, upstream, left)
        if verdict is None:
            return answered, replace(checked, note="asking again gave no text")
        return second, replace(verdict, action=Action.RETRIED, first=checked.verdict)

    async def _stream(
        self, ask: Ask, prepared: Prepared, opened: Opened, left: "Task[None]"
    ) -> AsyncIterator[bytes]:
        """Yield the caller's stream; what goes wrong in it is its last event."""
        upstream = opened.upstream

        async def check(text: str, calls: Sequence[Mapping[str, Any]]) -> Checked | None:
            said = Said(text, calls)
            return await _in_thread(
                lambda: self.checks.checked(said, ask, prepared, upstream), left
            )

        chunks = self.answers.stream(ask, prepared, upstream, check)
        read = events_of(opened.chunks(), most_bytes=upstream.max_reply_bytes)
        try:
            async for piece in chunks.passed_on(read):
                yield piece
        except GatewayError as error:
            logger.warning("upstream %s failed in its answer: %s", upstream.name, error)
            yield error_event(f"upstream {upstream.name}: {error}", error.code)
        finally:
            self.answers.streamed(prepared, upstream, chunks)


def _checked(checked: Checked | None) -> Headers:
    """Return the header that says what the check came to."""
    return () if checked is None else (("x-grounding-check", checked.verdict.outcome.value),)


async def _ended(task: "Task[Prepared]") -> None:
    """Return when a task is over; what went wrong is told by whoever waits for its result."""
    await asyncio.wait((task,))
    if not task.cancelled():
        task.exception()


async def _in_thread(work: Callable[[], T], left: "Task[None]") -> T:
    """Do work in a thread, for a caller who may leave meanwhile."""
    caller = Caller()

    def noted(_: "Task[None]") -> None:
        caller.leave()

    def done() -> T:
        with asked_by(caller):
            return work()

    left.add_done_callback(noted)
    try:
        return await anyio.to_thread.run_sync(done)
    finally:
        left.remove_done_callback(noted)


def _call(ask: Ask, prepared: Prepared) -> Call:
    headers = {"Accept": "text/event-stream" if ask.is_streamed else "application/json"}
    if ask.authorization is not None:
        headers["Authorization"] = ask.authorization
    return Call(
        path=ask.api.value,
        content={each.name: _content(ask, prepared, each) for each in prepared.upstreams},
        headers=headers,
        is_streamed=ask.is_streamed,
        timeout_seconds=ask.controls.timeout_seconds,
    )


def _content(ask: Ask, prepared: Prepared, upstream: Upstream) -> bytes:
    """Write what an upstream is sent: the caller's own bytes where nothing in them changes."""
    llm = upstream.llm or ask.llm
    if not prepared.grounded.is_grounded and llm == ask.llm and ask.raw is not None:
        return ask.raw
    if ask.api is Api.RESPONSES:
        return whole.written(responses.body_with(ask, prepared.made, llm, prepared.more))
    messages = [*prepared.grounded.messages, *prepared.more]
    body = {**ask.body, "model": llm, "messages": messages}
    return whole.written(body)


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


@contextmanager
def _named(upstream: Upstream) -> Iterator[None]:
    """Say of which upstream an answer makes no sense."""
    try:
        yield
    except UpstreamBroken as error:
        raise UpstreamBroken(f"upstream {upstream.name}: {error}") from error
