"""Does a check tell answers that still hold from those that are superseded or stale?

Wildfires of 2022 are polled 813 times, at the times at which they were. Meanwhile answers are
given about them, each on a prompt with a receipt, and checked at later instants, between polls
too. What a check says of each claim is compared with what the recorded polls say: that the number
is still listed, that another is, that the fire is gone, or that nobody has looked for too long.
Claims whose number is the same while the place they name was worded anew are not counted: they hold
in part.
"""

import random
import time
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

import numpy as np

from benchmarks import cpu, fires
from benchmarks.absence import under_snapshot
from benchmarks.fires import Fire
from benchmarks.records import Baseline, Context, Figure
from benchmarks.replay import LAST_LIFE, Poll, recorded_polls
from benchmarks.service import Json, json_of
from benchmarks.simulated import SimulatedService, simulated_service
from grounding.demo.site import Site

ANSWERS = 1_000
CHECKS = 4
"""Of each answer: one when it is given, the others later."""
PATH = "fires.json"
PROMISED = timedelta(hours=6)
"""Within which the source is to be read; the recorded polls are an hour apart, some 17 days."""
TOLD_EVERY = 100
_HORIZONS = (timedelta(hours=6), timedelta(days=2), timedelta(days=14))


class Truth(StrEnum):
    """What the polls say of a claim at an instant."""

    HOLDS = "still valid"
    SUPERSEDED = "superseded"
    GONE = "stale: no longer listed"
    OVERDUE = "stale: not looked at for too long"


@dataclass(frozen=True, slots=True)
class Given:
    """An answer: what it says of which fire, and on what.

    claims: the number that each of its claims gives, by what it is of.
    """

    fire: Fire
    text: str
    claims: Mapping[str, str]
    receipt: str


@dataclass
class Course:
    """What came of the checks so far: how often which truth was told as what."""

    given: int = 0
    told: Counter[tuple[Truth, str]] = field(default_factory=Counter)
    newer_right: int = 0
    wrong: list[str] = field(default_factory=list)
    reworded: int = 0
    check_ms: list[float] = field(default_factory=list)

    @property
    def right(self) -> int:
        return sum(count for (truth, told), count in self.told.items() if truth.value == told)


def run(context: Context) -> list[Figure]:
    polls = recorded_polls(context, fires.ARCHIVE)
    held = list(under_snapshot(fires.listed_fires(poll.file) for poll in polls))
    with Site() as site:
        source = {**fires.fires_source(site.url(PATH)), "error_after": "6h"}
        with simulated_service(context.workspace, [source], start=polls[0].at) as service:
            before = cpu.own_seconds()
            course = _course(service, site, polls, held, context)
            spent = cpu.own_seconds() - before
    for each in course.wrong[:20]:
        context.say(each)
    return _figures(course, spent)


def _course(
    service: SimulatedService,
    site: Site,
    polls: Sequence[Poll],
    held: Sequence[Mapping[str, Fire]],
    context: Context,
) -> Course:
    """Poll, give answers, and check those that are due, in the order of their times."""
    draw = random.Random(context.seed)
    course, due = Course(), list[tuple[datetime, int, Given]]()
    giving = _numbers(ANSWERS, len(polls), held, draw)
    for number, poll in enumerate(polls):
        ends = polls[number + 1].at if number + 1 < len(polls) else poll.at + LAST_LIFE
        service.clock.now = poll.at
        site.put(PATH, poll.file.read_bytes(), media_type="application/json")
        service.sync(fires.SOURCE)
        service.wait_until_indexed()
        for _ in range(giving[number]):
            fire = draw.choice(list(held[number].values()))
            if (given := _given(service, fire)) is not None:
                course.given += 1
                times = [poll.at, *(poll.at + draw.random() * each for each in _HORIZONS)]
                due += [(at, course.given, given) for at in times[:CHECKS]]
        now, due = sorted(each for each in due if each[0] < ends), [e for e in due if e[0] >= ends]
        for at, _, given in now:
            service.clock.now = max(at, service.clock.now)
            overdue = service.clock.now - poll.at >= PROMISED
            _check(service, given, held[number].get(given.fire.key), course, is_overdue=overdue)
        if number % TOLD_EVERY == 0:
            context.say(f"{number} of {len(polls)} polls, {sum(course.told.values())} claims told")
    return course


def _numbers(
    count: int, polls: int, held: Sequence[Mapping[str, Fire]], draw: random.Random
) -> Counter[int]:
    """Return how many answers are given after each poll that lists something."""
    usable = [number for number in range(polls) if held[number]]
    return Counter(draw.choices(usable, k=count))


def _given(service: SimulatedService, fire: Fire) -> Given | None:
    """Ask about a fire and answer as an llm would that reads its evidence; None if not found."""
    claims = _claims(fire)
    if not claims:
        return None
    body = {"query": fires.question(fire)}
    made = json_of(service.http.post("/v1/augment", json=body))
    number = next((each["cite"] for each in made["evidence"] if fire.is_about_same(each)), None)
    if number is None:
        return None
    text = " ".join(_said(fire, of, value, number) for of, value in claims.items())
    return Given(fire, text, claims, made["receipt_id"])


def _claims(fire: Fire) -> dict[str, str]:
    """Return the numbers that are known of a fire."""
    known = {"acres": fire.acres, "contained": fire.contained}
    return {of: value for of, value in known.items() if value is not None}


def _said(fire: Fire, of: str, value: str, number: str) -> str:
    place = fire.place.replace(". ", ", ").rstrip(". ")  # no end of a sentence within
    if of == "acres":
        return f"The {fire.name} at {place} has burned {value} acres [{number}]."
    return f"{value} percent of the {fire.name} at {place} is contained [{number}]."


def _check(
    service: SimulatedService, given: Given, now: Fire | None, course: Course, *, is_overdue: bool
) -> None:
    begun = time.perf_counter()
    body = {"answer_candidate": given.text, "receipt_id": given.receipt, "keep": False}
    checked = json_of(service.http.post("/v1/grounding/check", json=body))
    course.check_ms.append((time.perf_counter() - begun) * 1_000)
    claims = [each for each in checked["claims"] if each["citations"]]
    for of, claim in zip(given.claims, claims, strict=False):
        truth = _truth(of, given, now, is_overdue=is_overdue)
        is_same_number = truth in {Truth.HOLDS, Truth.OVERDUE}
        if is_same_number and now is not None and now.place != given.fire.place:
            course.reworded += 1
            continue
        told = _told(claim)
        course.told[truth, told] += 1
        if truth is Truth.SUPERSEDED and told == truth.value:
            course.newer_right += _names(claim, of, now)
        if told != truth.value:
            course.wrong.append(f"{truth.value}, told {told}: {claim['claim_text']} {claim}"[:4000])
    missing = len(given.claims) - len(claims)
    course.told[Truth.HOLDS, "not split"] += max(0, missing)


def _truth(of: str, given: Given, now: Fire | None, *, is_overdue: bool) -> Truth:
    if now is None:
        return Truth.GONE
    if _claims(now).get(of) != given.claims[of]:
        return Truth.SUPERSEDED
    return Truth.OVERDUE if is_overdue else Truth.HOLDS


def _told(claim: Json) -> str:
    """Return what a check says of a claim, in the words of the truth."""
    statuses = {each["status"] for each in claim["standings"]}
    if claim["outcome"] == "supported" and claim["still_true"] is True:
        return Truth.HOLDS.value
    if claim["outcome"] != "stale":
        return f"{claim['outcome']}"
    if claim["still_true"] is False:
        return Truth.SUPERSEDED.value
    return Truth.GONE.value if statuses == {"removed"} else Truth.OVERDUE.value


def _names(claim: Json, of: str, now: Fire | None) -> bool:
    """Whether what stands in place of the evidence has the number of the newest poll."""
    newer = [each["newer"]["chunk_text"] for each in claim["standings"] if each["newer"]]
    value = None if now is None else _claims(now).get(of)
    label = fires.BURNED if of == "acres" else fires.CONTAINED
    lines = [line for text in newer for line in text.splitlines() if line.startswith(label)]
    if value is None:
        return not lines
    return f"{label}{value}" in lines


def _figures(course: Course, cpu_seconds: float) -> list[Figure]:
    told = sum(course.told.values())
    superseded = course.told[Truth.SUPERSEDED, Truth.SUPERSEDED.value]
    return [
        Figure(
            "answers given",
            course.given,
            "answers",
            notes=f"{told:,} claims checked, {course.reworded:,} of reworded places not counted",
        ),
        *(_of(truth, course.told) for truth in Truth),
        Figure(
            "told apart",
            course.right / told * 100,
            "%",
            Baseline("if all were told to hold", _all_hold(course.told) / told * 100),
            notes=f"{told - course.right} wrong; {cpu_seconds:.0f} CPU s with polls",
        ),
        Figure(
            "superseded: the newer number shown",
            course.newer_right / superseded * 100 if superseded else 0.0,
            "%",
        ),
        Figure("a check of an answer, p50", float(np.median(course.check_ms)), "ms"),
    ]


def _of(truth: Truth, told: Mapping[tuple[Truth, str], int]) -> Figure:
    named = {said: count for (each, said), count in told.items() if each is truth}
    count = sum(named.values())
    others = ", ".join(f"{n} as {said}" for said, n in named.items() if said != truth.value)
    share = named.get(truth.value, 0) / count * 100 if count else 0.0
    return Figure(truth.value, share, "%", notes=f"of {count:,} claims; {others or 'none wrong'}")


def _all_hold(told: Mapping[tuple[Truth, str], int]) -> int:
    return sum(_counts(told, Truth.HOLDS))


def _counts(told: Mapping[tuple[Truth, str], int], truth: Truth) -> Iterable[int]:
    return (count for (each, _), count in told.items() if each is truth)
