"""Does a question about a past moment get what was true and known at that moment?

813 polls of a list of wildfires and 176 versions of an oil price are read by one service at the
times they were made. Then thousands of questions look back at random moments, and the answers
must be what the poll that was current then said.
"""

import random
import statistics
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from benchmarks import brent, cpu, fires
from benchmarks.absence import under_snapshot, version_count
from benchmarks.questions import Answer, Cost, Present, ask
from benchmarks.records import Baseline, Context, Figure
from benchmarks.replay import MICROSECOND, Read, Tape, longest_delay, recorded_polls, replay
from benchmarks.simulated import SimulatedService, simulated_service
from benchmarks.stored import count
from grounding.demo.site import Site

QUESTIONS = 5_000
"""About each of the two sources."""
OF_QUESTIONS = f"of {QUESTIONS:,}"
PRESENT = "without as_of and known_at"
DOCUMENTS = "SELECT count(*) FROM document WHERE series_id IS NULL"
VALUES = "SELECT count(*) FROM observation"


@dataclass(frozen=True, slots=True)
class Replayed:
    """What became of both tapes: when each poll was read, and what was stored."""

    reads: Mapping[str, Sequence[Read]]
    documents: int
    values: int
    cost: Cost


def run(context: Context) -> list[Figure]:
    tapes = [
        Tape(
            fires.SOURCE, "fires.json", "application/json", recorded_polls(context, fires.ARCHIVE)
        ),
        Tape(brent.SOURCE, "brent.csv", "text/csv", recorded_polls(context, brent.ARCHIVE)),
    ]
    start = min(tape.polls[0].at for tape in tapes)
    polled = [fires.listed_fires(poll.file) for poll in tapes[0].polls]
    versions = [brent.listed_prices(poll.file) for poll in tapes[1].polls]
    with Site() as site:
        sources = [
            fires.fires_source(site.url(tapes[0].path)),
            brent.brent_source(site.url(tapes[1].path)),
        ]
        with simulated_service(context.workspace, sources, start=start) as service:
            replayed = _replayed(service, site, tapes, context)
            about_fires = _asked_fires(service, replayed, polled, context)
            about_brent = _asked_brent(service, replayed, versions, context)
    return [
        *_answer_figures("fires", about_fires),
        *_answer_figures("Brent", about_brent),
        *_leak_figures([*about_fires, *about_brent]),
        _cost_figure("fires", about_fires),
        _cost_figure("Brent", about_brent),
        *_replay_figures(replayed, polled, versions),
    ]


def _replayed(
    service: SimulatedService, site: Site, tapes: Sequence[Tape], context: Context
) -> Replayed:
    started, cpu_before = time.perf_counter(), cpu.own_seconds()
    reads = replay(service, site, tapes, say=context.say)
    cost = Cost(time.perf_counter() - started, cpu.own_seconds() - cpu_before)
    return Replayed(
        reads, count(service.database, DOCUMENTS), count(service.database, VALUES), cost
    )


def _asked_fires(
    service: SimulatedService,
    replayed: Replayed,
    polled: Sequence[dict[str, fires.Fire]],
    context: Context,
) -> list[Answer]:
    questions = fires.fire_questions(
        replayed.reads[fires.SOURCE], polled, count=QUESTIONS, draw=random.Random(context.seed)
    )
    return ask(service, questions, say=context.say)


def _asked_brent(
    service: SimulatedService,
    replayed: Replayed,
    versions: Sequence[brent.Prices],
    context: Context,
) -> list[Answer]:
    questions = brent.brent_questions(
        replayed.reads[brent.SOURCE], versions, count=QUESTIONS, draw=random.Random(context.seed)
    )
    return ask(service, questions, say=context.say)


def _answer_figures(name: str, answers: Sequence[Answer]) -> list[Figure]:
    equal = sum(answer.is_equal for answer in answers)
    first = sum(answer.is_first for answer in answers)
    present = _presents(answers)
    equal_now = sum(each.is_equal for each in present)
    asked = Counter(answer.question.kind for answer in answers)
    right = Counter(answer.question.kind for answer in answers if answer.is_equal)
    by_kind = "; ".join(f"{right[kind]:,} of {asked[kind]:,} {kind}" for kind in sorted(asked))
    return [
        Figure(f"{name}: answered as it was", equal, OF_QUESTIONS, notes=by_kind),
        Figure(f"{name}: in the first result", first, OF_QUESTIONS),
        Figure(f"{name}: answered so {PRESENT}", equal_now, f"of {len(present):,}"),
    ]


def _leak_figures(answers: Sequence[Answer]) -> list[Figure]:
    later = sum(answer.later for answer in answers)
    checked = sum(answer.checked_later for answer in answers)
    searched = f"in the results of {len(answers):,} questions"
    return [
        Figure("look-ahead leaks", later, "instants", notes=searched),
        Figure("confirmed after the moment asked for", checked, "results", notes=searched),
    ]


def _cost_figure(name: str, answers: Sequence[Answer]) -> Figure:
    """Compare the time of those questions only that were asked both ways."""
    both = [answer for answer in answers if answer.present is not None]
    then = [answer.cost for answer in both]
    now = [each.cost for each in _presents(both)]
    cpu_now = sum(cost.cpu_seconds for cost in now)
    return Figure(
        f"{name}: mean time of a query",
        statistics.fmean(_milliseconds(then)),
        "ms",
        Baseline(f"the same questions {PRESENT}", statistics.fmean(_milliseconds(now))),
        sum(cost.cpu_seconds for cost in then),
        notes=f"p95 {_p95(then):.1f} ms, baseline {_p95(now):.1f} ms and {cpu_now:.1f} CPU s; "
        f"{len(both):,} questions asked both ways",
    )


def _presents(answers: Sequence[Answer]) -> list[Present]:
    return [answer.present for answer in answers if answer.present is not None]


def _milliseconds(costs: Sequence[Cost]) -> list[float]:
    return [cost.seconds * 1000 for cost in costs]


def _p95(costs: Sequence[Cost]) -> float:
    return statistics.quantiles(_milliseconds(costs), n=20)[-1]


def _replay_figures(
    replayed: Replayed,
    polled: Sequence[dict[str, fires.Fire]],
    versions: Sequence[brent.Prices],
) -> list[Figure]:
    polls = sum(map(len, replayed.reads.values()))
    delay = longest_delay(replayed.reads) // MICROSECOND
    changes = Baseline("changes counted in the bodies", version_count(list(under_snapshot(polled))))
    revisions = Baseline("changes counted in the bodies", brent.value_count(versions))
    empty = sum(not listed for listed in polled)
    return [
        Figure(
            "polls replayed",
            polls,
            "polls",
            notes=f"{empty} of them empty; rows at most {delay} µs later",
        ),
        Figure("versions stored", replayed.documents, "documents", changes),
        Figure("values stored", replayed.values, "observations", revisions),
        Figure("dates gone from a later version", len(brent.vanished(versions)), "dates"),
        Figure("replay", replayed.cost.seconds, "s", None, replayed.cost.cpu_seconds),
    ]
