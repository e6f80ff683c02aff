"""Does an OpenAI client get grounded answers by its base URL alone, and what does that cost?

The official client, unmodified, asks a real small llm through the real service: about a price that
changes meanwhile, in one piece and streamed. Then the same prompt is sent straight to the llm and
through the gateway in turn, and 200 slow streams are held open at once.
"""

import asyncio
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
import psutil

from benchmarks.config import Setting
from benchmarks.reading_llm import ReadingLlm, reading_llm
from benchmarks.records import Baseline, Context, Figure, Skipped
from benchmarks.service import Service
from benchmarks.small_llm import small_llm_process
from grounding.demo.llm import CONTEXT_TOKENS, NAME, STOP, LlmMissing, require_installed

QUESTION = "What is the Brent crude oil spot price?"
OLD, NEW = "84.12", "91.37"
STREAMS = 200
PAUSE_SECONDS = 1.0
PAIRS, PAIRS_FULL = 60, 200
REAL_PAIRS = 8
OTHERS = 400
"""Documents beside the price, so that a search has something to choose from."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What the client made of one answer."""

    text: str
    cited: tuple[str, ...]
    receipt_id: str | None


def run(context: Context) -> list[Figure]:
    try:
        require_installed()
        import openai
    except (LlmMissing, ImportError) as error:
        raise Skipped(f"{error}; it also needs openai") from error
    del openai
    with (
        small_llm_process() as real_url,
        reading_llm() as instant,
        reading_llm(pause_seconds=PAUSE_SECONDS) as slow,
        _service(context, real_url, instant, slow) as service,
    ):
        told = _answers(service)
        context.say("answered with the old and the new value")
        real = _paired(service, "real", real_url, REAL_PAIRS)
        context.say("compared on the small llm")
        pairs = PAIRS_FULL if context.is_full else PAIRS
        added = _paired(service, "instant", instant.url, pairs)
        searched = _p50(service, "/v1/search", {"query": QUESTION}, pairs)
        augmented = _p50(service, "/v1/augment", {"query": QUESTION, "max_items": 10}, pairs)
        held = asyncio.run(_held(service, slow))
    return [*told, *_latency(real, added, searched, augmented), *held]


@contextmanager
def _service(
    context: Context, real_url: str, instant: ReadingLlm, slow: ReadingLlm
) -> Iterator[Service]:
    upstreams: list[dict[str, Setting]] = [
        {"name": "real", "base_url": real_url, "llm": NAME, "context_tokens": CONTEXT_TOKENS},
        {"name": "instant", "base_url": instant.url},
        {"name": "slow", "base_url": slow.url},
    ]
    with Service(context.workspace / "service", [], upstreams=upstreams) as service:
        service.start()
        documents = [
            {"key": str(number), "title": f"Notice {number}", "text": _notice(number)}
            for number in range(OTHERS)
        ]
        service.post("/v1/documents", {"documents": documents})
        _publish(service, OLD)
        yield service


def _notice(number: int) -> str:
    return f"Harbour notice {number}: berth {number % 17} is closed for dredging this week."


def _publish(service: Service, value: str) -> None:
    """Store a value and return once searches see it."""
    pushed = service.post(
        "/v1/observations",
        {
            "series": [
                {"key": "brent", "title": "Brent crude oil spot price", "unit": "USD per barrel"}
            ],
            "observations": [
                {"series": "brent", "valid_from": "2026-11-20T00:00:00Z", "value": value}
            ],
        },
    )
    service.post("/v1/search", {"query": QUESTION, "min_seq": pushed["seq"]})


def _answers(service: Service) -> list[Figure]:
    """Ask before and after a change, in one piece and streamed."""
    found: dict[str, list[Answer]] = {}
    for value in (OLD, NEW):
        _publish(service, value)
        found[value] = [_asked(service), _streamed(service)]
    right = [value in each.text for value, answers in found.items() for each in answers]
    cited = [bool(each.cited) for answers in found.values() for each in answers]
    kept = [_has_receipt(service, each, value) for value, all_ in found.items() for each in all_]
    said = "; ".join(each.text for answers in found.values() for each in answers)
    return [
        Figure("answers with the value of their time", sum(right), "of 4", notes=said),
        Figure("answers with a citation that resolves", sum(cited), "of 4"),
        Figure("answers with the receipt of their value", sum(kept), "of 4"),
    ]


def _client(service: Service) -> Any:  # Any: of the extra `test`
    import openai

    return openai.OpenAI(base_url=f"{service.process.url}/v1", api_key="none", timeout=120)


def _request(**more: Any) -> dict[str, Any]:
    return {
        "model": "real",
        "messages": [{"role": "user", "content": QUESTION}],
        "max_tokens": 32,
        "temperature": 0,
        "stop": STOP,
        **more,
    }


def _asked(service: Service) -> Answer:
    raw = _client(service).chat.completions.with_raw_response.create(**_request())
    message = raw.parse().choices[0].message
    return Answer(message.content, _cited(message), raw.headers.get("x-grounding-receipt"))


def _streamed(service: Service) -> Answer:
    """Ask for a stream; bypass the cache, which has just been given the answer."""
    extra = {"grounding": {"cache": False}}
    receipt: str | None = None
    with _client(service).chat.completions.stream(**_request(extra_body=extra)) as stream:
        for event in stream:
            told = getattr(getattr(event, "chunk", None), "grounding", None)
            receipt = told["receipt_id"] if told else receipt
        message = stream.get_final_completion().choices[0].message
    return Answer(message.content, _cited(message), receipt)


def _cited(message: Any) -> tuple[str, ...]:
    return tuple(each.url_citation.url for each in message.annotations or ())


def _has_receipt(service: Service, answer: Answer, value: str) -> bool:
    if answer.receipt_id is None:
        return False
    receipt = service.reply(f"/v1/receipts/{answer.receipt_id}")
    values = [each["observation"] for each in receipt["evidence"] if each["observation"]]
    return [each["value"] for each in values] == [value]


@dataclass(frozen=True, slots=True)
class Pairs:
    """Milliseconds of the same prompt sent both ways in turn."""

    through: list[float]
    straight: list[float]


def _paired(service: Service, upstream: str, url: str, count: int) -> Pairs:
    """Send the prompt that the gateway would, straight to the llm and through the gateway."""
    import openai

    direct = openai.OpenAI(base_url=url, api_key="none", timeout=120)
    gateway = _client(service)
    pairs = Pairs([], [])
    extra = {"grounding": {"cache": False, "mode": "always"}}
    augment = {"query": QUESTION, "max_items": 10}
    for number in range(count + 2):
        prompt = service.post("/v1/augment", augment)["messages"]  # with a mark of its own
        for way in range(2):
            begun = time.perf_counter()
            if (way + number) % 2:
                gateway.chat.completions.create(**_request(model=upstream, extra_body=extra))
            else:
                direct.chat.completions.create(**_request(model=upstream, messages=prompt))
            taken = (time.perf_counter() - begun) * 1_000
            if number >= 2:
                (pairs.through if (way + number) % 2 else pairs.straight).append(taken)
    return pairs


def _p50(service: Service, path: str, body: dict[str, object], count: int) -> float:
    taken = []
    for _ in range(count):
        begun = time.perf_counter()
        service.post(path, body)
        taken.append((time.perf_counter() - begun) * 1_000)
    return float(np.median(taken))


def _latency(real: Pairs, instant: Pairs, searched: float, augmented: float) -> list[Figure]:
    added = float(np.median(instant.through) - np.median(instant.straight))
    return [
        Figure(
            "the small llm through the gateway, p50",
            float(np.median(real.through)),
            "ms",
            Baseline("the same prompt straight to it", float(np.median(real.straight))),
        ),
        Figure(
            "an llm that answers at once, through the gateway, p50",
            float(np.median(instant.through)),
            "ms",
            Baseline("the same prompt straight to it", float(np.median(instant.straight))),
        ),
        Figure(
            "added by the gateway, p50", added, "ms", Baseline("POST /v1/search, p50", searched)
        ),
        Figure("POST /v1/augment, p50", augmented, "ms"),
    ]


async def _held(service: Service, slow: ReadingLlm) -> list[Figure]:
    """Hold streams open at once, each with a question of its own; all have to be whole."""
    import openai

    process = psutil.Process(service.process.pid)
    before = process.memory_info().rss
    client = openai.AsyncOpenAI(
        base_url=f"{service.process.url}/v1", api_key="none", timeout=120, max_retries=0
    )
    begun = time.perf_counter()
    whole = await asyncio.gather(
        *(_one_stream(client, number) for number in range(STREAMS)), return_exceptions=True
    )
    taken = time.perf_counter() - begun
    good = sum(each is True for each in whole)
    failed = next((repr(each)[:200] for each in whole if each is not True), "")
    grown = (process.memory_info().rss - before) / 1e6
    return [
        Figure("streams whole and cited", good, f"of {STREAMS}", notes=failed),
        Figure("streams at once at the llm", slow.most_running, "streams"),
        Figure(
            "all streams", taken, "s", notes=f"{process.num_threads()} threads, {grown:+.0f} MB"
        ),
    ]


async def _one_stream(client: Any, number: int) -> bool:
    asked = [{"role": "user", "content": f"Is berth {number % 17} closed, says notice {number}?"}]
    stream = await client.chat.completions.create(model="slow", messages=asked, stream=True)
    text, annotations = "", 0
    async for chunk in stream:
        delta = chunk.choices[0].delta
        text += delta.content or ""
        annotations += len(getattr(delta, "annotations", None) or ())
    return len(text) == 68 and text.endswith("[1]") and annotations == 1
