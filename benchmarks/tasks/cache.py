"""How many calls does the answer cache save over a changing corpus, and is one of them ever wrong?

Wildfires of 2022 are polled 813 times, at the times at which they were. Meanwhile 10,000 questions
about them are asked through the gateway, a few fires by most, as Zipf's law has it. The llm says
which evidence it was shown; what the cache gives again is compared with an uncached request at the
same instant.
"""

import random
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import accumulate

import numpy as np

from benchmarks import cpu, fires
from benchmarks.reading_llm import ReadingLlm, reading_llm
from benchmarks.records import Baseline, Context, Figure
from benchmarks.replay import LAST_LIFE, Poll, recorded_polls
from benchmarks.service import Json, json_of
from benchmarks.simulated import SimulatedService, simulated_service
from grounding.demo.site import Site

QUESTIONS = 10_000
ITEMS = 3
"""Of evidence for a question about one fire; any change of one of them is a change."""
EXPONENT = 1.1
"""Of Zipf's law: what is asked most is asked about twice as often as what comes second."""
PATH = "fires.json"
PRICE_IN, PRICE_OUT = "0.15", "0.60"
"""For a million tokens: of a small hosted llm, in dollars."""
TOLD_EVERY = 100
_FORMS: Sequence[Callable[[str], str]] = (
    lambda question: question,
    lambda question: question,
    str.lower,
    lambda question: f"Please, {question[0].lower()}{question[1:]}",
    lambda question: f"  {question} ",
)


@dataclass
class Course:
    """What came of the questions so far."""

    statuses: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)
    other_evidence: int = 0
    cached_ms: list[float] = field(default_factory=list)
    called_ms: list[float] = field(default_factory=list)
    asked: Counter[str] = field(default_factory=Counter)
    paid: float = 0.0
    """Dollars of the calls that had to be made; those that only check are not in it."""


def run(context: Context) -> list[Figure]:
    polls = recorded_polls(context, fires.ARCHIVE)
    with Site() as site, reading_llm() as llm:
        upstream = {
            "name": "reading",
            "base_url": llm.url,
            "serves": ["*"],
            "price_in": PRICE_IN,
            "price_out": PRICE_OUT,
        }
        with simulated_service(
            context.workspace,
            [fires.fires_source(site.url(PATH))],
            start=polls[0].at,
            upstreams=[upstream],
        ) as service:
            before = cpu.own_seconds()
            course = _course(service, site, polls, llm, context)
            spent = cpu.own_seconds() - before
            metrics = service.http.get("/metrics").text
    return _figures(course, metrics, spent)


def _course(
    service: SimulatedService,
    site: Site,
    polls: Sequence[Poll],
    llm: ReadingLlm,
    context: Context,
) -> Course:
    """Poll, and between polls ask, each question at its own instant."""
    draw = random.Random(context.seed)
    course, known = Course(), list[fires.Fire]()
    for number, poll in enumerate(polls):
        service.clock.now = poll.at
        site.put(PATH, poll.file.read_bytes(), media_type="application/json")
        service.sync(fires.SOURCE)
        service.wait_until_indexed()
        _learn(known, poll, draw)
        ends = polls[number + 1].at if number + 1 < len(polls) else poll.at + LAST_LIFE
        share = QUESTIONS * (number + 1) // len(polls) - QUESTIONS * number // len(polls)
        for at in _instants(poll.at, ends, share, draw):
            service.clock.now = max(at, service.clock.now)
            if known:
                _ask(service, _drawn(known, draw), draw.choice(_FORMS), llm, course)
        if number % TOLD_EVERY == 0:
            context.say(f"{number} of {len(polls)} polls, {sum(course.statuses.values())} asked")
    return course


def _learn(known: list[fires.Fire], poll: Poll, draw: random.Random) -> None:
    """Add fires that are new, each at a random place of the order in which they are asked about."""
    keys = {fire.key for fire in known}
    for key, fire in fires.listed_fires(poll.file).items():
        if key not in keys:
            known.insert(draw.randrange(len(known) + 1), fire)


def _instants(begin: datetime, end: datetime, count: int, draw: random.Random) -> list[datetime]:
    return sorted(begin + (end - begin) * draw.random() for _ in range(count))


def _drawn(known: Sequence[fires.Fire], draw: random.Random) -> fires.Fire:
    weights = list(accumulate((rank + 1) ** -EXPONENT for rank in range(len(known))))
    return draw.choices(known, cum_weights=weights)[0]


def _ask(
    service: SimulatedService,
    fire: fires.Fire,
    form: Callable[[str], str],
    llm: ReadingLlm,
    course: Course,
) -> None:
    question = fires.question(fire)
    course.asked[question] += 1
    begun, calls = time.perf_counter(), llm.calls
    given = _complete(service, form(question), cache=True)
    taken = (time.perf_counter() - begun) * 1_000
    status = str(given["grounding"]["cache"]["status"])
    course.statuses[status] += 1
    (course.cached_ms if status == "hit" else course.called_ms).append(taken)
    if status != "hit":
        assert llm.calls == calls + 1
        course.paid += _dollars(given["usage"])
        return
    assert llm.calls == calls
    anew = _complete(service, form(question), cache=False)
    if _text(anew) != _text(given):
        course.wrong.append(f"{service.clock.now}: {question}")
    course.other_evidence += _evidence(anew) != _evidence(given)


def _dollars(usage: Json) -> float:
    prompt, output = int(usage["prompt_tokens"]), int(usage["completion_tokens"])
    return (prompt * float(PRICE_IN) + output * float(PRICE_OUT)) / 1e6


def _complete(service: SimulatedService, question: str, *, cache: bool) -> Json:
    body = {
        "model": "any",
        "messages": [{"role": "user", "content": question}],
        "grounding": {"mode": "always", "max_items": ITEMS, "cache": cache},
    }
    return json_of(service.http.post("/v1/chat/completions", json=body))


def _text(completion: Json) -> str:
    return str(completion["choices"][0]["message"]["content"])


def _evidence(completion: Json) -> set[tuple[str, str]]:
    shown = completion["choices"][0]["message"]["context"]["citations"]
    return {(each["chunk_id"], each["content"]) for each in shown}


def _figures(course: Course, metrics: str, cpu_seconds: float) -> list[Figure]:
    asked, hits = sum(course.statuses.values()), course.statuses["hit"]
    alone = sum(course.asked.values()) - len(course.asked)
    saved = _metric(metrics, "grounding_answers_saved_cost_total")
    machine = f"{cpu_seconds:.0f} CPU s with polls and checks"
    return [
        Figure("questions asked", asked, "questions", notes=f"{len(course.asked)} different ones"),
        Figure(
            "hit rate",
            hits / asked * 100,
            "%",
            Baseline("a cache that is never wrong and never forgets", alone / asked * 100),
            notes=", ".join(f"{status} {count:,}" for status, count in course.statuses.items()),
        ),
        Figure("upstream calls saved", hits, "calls", notes=machine),
        Figure("answers whose evidence had changed", len(course.wrong), "answers"),
        Figure("answers cited from other passages", course.other_evidence, "answers"),
        Figure(
            "money saved",
            saved / (saved + course.paid) * 100,
            "%",
            notes=f"${saved:.2f} of ${saved + course.paid:.2f}",
        ),
        Figure(
            "a hit, p50",
            float(np.median(course.cached_ms or [0])),
            "ms",
            Baseline("a miss, its llm answering at once", float(np.median(course.called_ms))),
        ),
    ]


def _metric(metrics: str, name: str) -> float:
    lines = [line for line in metrics.splitlines() if line.startswith((f"{name} ", f"{name}{{"))]
    return sum(float(line.rsplit(" ", 1)[1]) for line in lines)
