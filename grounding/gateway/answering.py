"""What becomes of an answer: cited, counted, paid for, and kept to be given again."""

import json
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from grounding.gateway import cited, responses, whole
from grounding.gateway.cache.records import CacheStatus
from grounding.gateway.cache.store import AnswerCache, Answered, kept_answer
from grounding.gateway.checks import Action, Check, Checked, Said, abstention, refusal
from grounding.gateway.events import DONE, Event, written
from grounding.gateway.preparing import Prepared
from grounding.gateway.records import Api, Ask, Upstream, Usage
from grounding.gateway.response_events import ResponseEvents, response_events
from grounding.gateway.spending import Spending
from grounding.gateway.streamed import Chunks
from grounding.gateway.tokens import about
from grounding.gateway.told import extra_of

_NOTHING_USED: Final = {"prompt_tokens": 0, "completion_tokens": 0, "total_tokens": 0}


@dataclass(frozen=True, slots=True)
class Answers:
    """Gives answers back to callers."""

    spending: Spending
    cache: AnswerCache

    def count(self, prepared: Prepared) -> None:
        """Count what the cache did for a request, once it is known."""
        kept = prepared.kept
        if kept is None:
            self.cache.count(prepared.cache)
        else:
            self.cache.count(CacheStatus.HIT, saved=kept.cost, shared=int(prepared.is_shared))

    def shared(self, prepared: Prepared) -> Prepared:
        """Return a request with the answer that the same one got while it waited, if that holds."""
        made, key = prepared.made, prepared.key
        assert made is not None  # noqa: S101 - what has a key has evidence
        assert key is not None  # noqa: S101 - only what has a key waits for others
        kept = self.cache.found(key, made.found.moment.as_of)
        return prepared if kept is None else prepared.answered_by(kept, is_shared=True)

    def read(self, ask: Ask, prepared: Prepared, upstream: Upstream, content: bytes) -> Answered:
        """Read an answer that came in one piece, and account for it.

        Raises:
            UpstreamBroken: it is none.
        """
        if ask.api is Api.RESPONSES:
            body = whole.parsed(content, member="output")
            text = responses.text_of(body)
        else:
            body = whole.parsed(content)
            text = whole.text_of(body)
        cost = self.spending.add(upstream, _usage(body.get("usage"), prepared, text))
        return Answered(body, text, upstream.name, cost)

    def given(
        self, ask: Ask, prepared: Prepared, answered: Answered, checked: Checked | None
    ) -> dict[str, Any]:
        """Return an answer with what it cites and its verdict, after keeping it if it can be."""
        extra = extra_of(prepared, answered.upstream, checked)
        body = answered.body if checked is None else _decided(ask.api, answered.body, checked)
        if ask.api is Api.RESPONSES:
            return responses.cited(body, prepared.grounded.citations, extra)
        is_kept = checked is None or checked.action is Action.NONE
        if whole.is_plain(answered.body) and is_kept:
            self._keep(prepared, answered, checked)
        return whole.cited(
            body, prepared.grounded.citations, context=_context(prepared), extra=extra
        )

    def stream(
        self,
        ask: Ask,
        prepared: Prepared,
        upstream: Upstream,
        check: Check,
    ) -> Chunks | ResponseEvents:
        """Return what adds to a stream what it cites.

        check: of what was said and called, once all of it was.
        """
        if ask.api is Api.RESPONSES:
            extra = extra_of(prepared, upstream.name)
            return ResponseEvents(prepared.grounded.citations, extra=extra, check=check)
        return _chunks(prepared, upstream.name, check)

    def streamed(
        self, prepared: Prepared, upstream: Upstream, chunks: Chunks | ResponseEvents
    ) -> None:
        """Account for a stream that has ended, whole or not."""
        if isinstance(chunks, ResponseEvents):
            if chunks.is_whole:
                self.spending.add(upstream, _usage(chunks.usage, prepared, chunks.said))
            return
        text = "\n".join(chunks.said.values())
        if not text and chunks.usage is None:
            return
        cost = self.spending.add(upstream, _usage(chunks.usage, prepared, text))
        body = chunks.as_body()
        if chunks.is_whole and chunks.is_plain and whole.is_plain(body):
            answered = Answered(body, text, upstream.name, cost)
            self._keep(prepared, answered, chunks.checked)

    def _keep(self, prepared: Prepared, answered: Answered, checked: Checked | None) -> None:
        key, made, receipt = prepared.key, prepared.made, prepared.grounded.receipt_id
        if key is None or made is None or receipt is None:
            return
        kept = kept_answer(
            key,
            answered,
            made,
            receipt_id=receipt,
            citations=prepared.grounded.citations,
            question=prepared.grounded.question or "",
            verdict=None if checked is None else checked.as_json,
        )
        if kept is not None:
            self.cache.keep(kept)


def said_of(api: Api, answered: Answered) -> Said | None:
    """Return what is to be checked of an answer; None of one with several choices, or empty."""
    body = answered.body
    if api is Api.RESPONSES:
        calls = responses.calls_of(body)
        return Said(answered.text, calls) if answered.text or calls else None
    calls = whole.calls_of(body)
    return Said(answered.text, calls) if whole.is_one_text(body) or calls else None


def _decided(api: Api, body: Mapping[str, Any], checked: Checked) -> Mapping[str, Any]:
    """Return an answer as its check leaves it."""
    of_responses = api is Api.RESPONSES
    if checked.action is Action.BLOCKED:
        why = refusal(checked)
        return responses.withheld(body, why) if of_responses else whole.withheld(body, why)
    if checked.action is Action.ABSTAINED:
        text = abstention(checked.verdict)
        return responses.saying(body, text) if of_responses else whole.saying(body, text)
    return body


def again(prepared: Prepared) -> bytes:
    """Write an answer that was given before; nothing was used for it now."""
    body = whole.cited(
        _kept_body(prepared),
        prepared.grounded.citations,
        context=_context(prepared),
        extra=extra_of(prepared, None),
    )
    return whole.written(body)


async def again_streamed(ask: Ask, prepared: Prepared) -> AsyncIterator[bytes]:
    """Yield an answer that was given before as the stream it would have been."""
    events = _events(_kept_body(prepared), tells_usage=_tells_usage(ask))
    async for piece in _chunks(prepared, None).passed_on(events):
        yield piece


async def streamed_whole(ask: Ask, body: Mapping[str, Any]) -> AsyncIterator[bytes]:
    """Yield an answer that was held back until it was checked, as a stream."""
    if ask.api is Api.RESPONSES:
        for piece in response_events(body):
            yield piece
        return
    async for event in _events(body, tells_usage=_tells_usage(ask)):
        yield event.raw


def _tells_usage(ask: Ask) -> bool:
    options = ask.body.get("stream_options")
    return isinstance(options, Mapping) and options.get("include_usage") is True


def _kept_body(prepared: Prepared) -> dict[str, Any]:
    assert prepared.kept is not None  # noqa: S101 - see the pipeline
    return {**prepared.kept.body, "usage": _NOTHING_USED}


def _chunks(
    prepared: Prepared,
    upstream: str | None,
    check: Check | None = None,
) -> Chunks:
    return Chunks(
        prepared.grounded.citations,
        context=_context(prepared),
        extra=extra_of(prepared, upstream),
        check=check,
    )


def _context(prepared: Prepared) -> Mapping[str, Any] | None:
    grounded = prepared.grounded
    return cited.context(grounded) if grounded.is_grounded else None


def _usage(said: Any, prepared: Prepared, text: str) -> Usage:  # Any: JSON of an upstream
    """Return what a call used: as its upstream says, or else as it is estimated."""
    if isinstance(said, Mapping):
        prompt = said.get("prompt_tokens", said.get("input_tokens"))
        output = said.get("completion_tokens", said.get("output_tokens"))
        if isinstance(prompt, int) and isinstance(output, int) and min(prompt, output) >= 0:
            return Usage(prompt, output)
    return Usage(prepared.prompt_tokens, about(text))


async def _events(body: Mapping[str, Any], *, tells_usage: bool) -> AsyncIterator[Event]:
    """Yield a completion as chunks: of each choice all it says, then how it ended."""
    frame = {name: each for name, each in body.items() if name not in {"choices", "usage"}}
    frame["object"] = "chat.completion.chunk"
    for choice in body["choices"]:
        message = {"role": "assistant", **choice["message"]}
        annotations = message.pop("annotations", None)
        yield _event(frame, choice["index"], message, None)
        frame.pop("grounding", None)
        last = {} if annotations is None else {"annotations": annotations}
        yield _event(frame, choice["index"], last, choice["finish_reason"])
    if tells_usage:
        usage = body.get("usage", _NOTHING_USED)
        data = json.dumps({**frame, "choices": [], "usage": usage}, ensure_ascii=False)
        yield Event(written(data), data)
    yield Event(written(DONE), DONE)


def _event(
    frame: Mapping[str, Any], index: int, delta: Mapping[str, Any], finish: str | None
) -> Event:
    choice = {"index": index, "delta": delta, "finish_reason": finish}
    data = json.dumps({**frame, "choices": [choice]}, ensure_ascii=False)
    return Event(written(data), data)
