"""Does routing know which questions need fresh evidence, where it is, and what does that save?

Nothing is learnt from what is asked here. Fresh are RealTime QA's questions, each judged at its own
day; timeless are SciFact's test claims and generated arithmetic. A service holds five collections:
news, fires, prices, papers and PEPs. A mixture of questions that need evidence and of those that
do not is then asked in three ways: always grounded, never, and as routing decides.
"""

import statistics
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from benchmarks import cpu
from benchmarks.quality.logistic import auroc, brier, calibration_error
from benchmarks.quality.ours import remembered, running
from benchmarks.records import Baseline, Context, Figure
from benchmarks.routing import mixture
from benchmarks.routing.mixture import FIRES, NEWS, PAPERS, PEPS, PRICES, Asked, Part
from grounding.gateway.routing.collections import CollectionChoice, CollectionProfiles
from grounding.gateway.routing.need import Need, NeedJudge
from grounding.query.pipeline import augment, search
from grounding.query.question import Filters, Limits
from grounding.service import Service
from indexer.embed import Embedder

QUESTIONS = 100
"""Of each collection, without `--full`."""
_OF_ALL = 300
RESULTS = 10
BUDGET = 2_000
MOST_ITEMS = 12
PRICE = 2.5
"""Of a million tokens of a prompt, in dollars."""


@dataclass(frozen=True, slots=True)
class Judged:
    """What was said of questions of one kind."""

    kind: str
    is_fresh: bool
    needs: Sequence[Need]


@dataclass(frozen=True, slots=True)
class Spent:
    """What a way of asking cost, and how many questions had their answer in the evidence."""

    tokens: int = 0
    searches: int = 0
    looked_in: int = 0
    held: int = 0

    def __add__(self, other: "Spent") -> "Spent":
        return Spent(
            self.tokens + other.tokens,
            self.searches + other.searches,
            self.looked_in + other.looked_in,
            self.held + other.held,
        )


@dataclass(frozen=True, slots=True)
class Ways:
    """What the same questions cost always grounded, never, and as routing decides."""

    always: Spent = Spent()
    never: Spent = Spent()
    routed: Spent = Spent()

    def __add__(self, other: "Ways") -> "Ways":
        return Ways(
            self.always + other.always, self.never + other.never, self.routed + other.routed
        )


@dataclass(frozen=True, slots=True)
class Router:
    """Decides as the gateway does."""

    judge: NeedJudge
    profiles: CollectionProfiles
    embedder: Embedder

    def decided(self, asked: Asked) -> tuple[Need, CollectionChoice]:
        vector = self.embedder.embed_query(asked.text)
        choice = self.profiles.choose(asked.text, vector)
        need = self.judge.judge(asked.text, vector, series=choice.series, now=asked.at)
        return need, choice


def run(context: Context) -> list[Figure]:
    embedder = remembered()
    judge = NeedJudge(embedder.identity)
    figures = _of_need(context, judge, embedder)
    stored = mixture.parts(context, questions=_OF_ALL if context.is_full else QUESTIONS)
    with running(context.workspace, embedder) as service:
        context.say("storing " + ", ".join(_size(name, part) for name, part in stored.items()))
        mixture.store(service, stored)
        profiles = CollectionProfiles()
        with service.parts.database.reading() as session:
            before = cpu.own_seconds()
            profiles.refresh(session, embedder.identity)
            spent = cpu.own_seconds() - before
        figures += _of_collections(stored, profiles, embedder, spent)
        figures += _of_cost(context, stored, service, Router(judge, profiles, embedder))
    return figures


def _size(name: str, part: Part) -> str:
    return f"{len(part.batch.documents) or len(part.batch.observations)} {name}"


def _of_need(context: Context, judge: NeedJudge, embedder: Embedder) -> list[Figure]:
    fresh = [(each.text, each.asked_at) for each in mixture.quiz(context).questions]
    last = max(at for _, at in fresh if at is not None)
    asked: dict[str, Sequence[tuple[str, datetime | None]]] = {
        NEWS: fresh,
        "claims": [(text, last) for text in mixture.claims(context)],
        "arithmetic": [(text, last) for text in mixture.sums(context.seed, _OF_ALL)],
    }
    milliseconds: list[float] = []
    both = []
    for vectors in (True, False):
        found = [
            Judged(
                kind,
                kind == NEWS,
                _judged(some, judge, embedder if vectors else None, milliseconds),
            )
            for kind, some in asked.items()
        ]
        both.append(found)
    return [*_need_figures(both[0], both[1]), _time_figure(milliseconds)]


def _judged(
    asked: Sequence[tuple[str, datetime | None]],
    judge: NeedJudge,
    embedder: Embedder | None,
    milliseconds: list[float],
) -> list[Need]:
    texts = [text for text, _ in asked]
    vectors = [None] * len(texts) if embedder is None else [*embedder.embed_queries(texts)]
    found = []
    for (text, at), vector in zip(asked, vectors, strict=True):
        before = time.thread_time()
        found.append(judge.judge(text, vector, now=at))
        if vector is not None:
            milliseconds.append(1000 * (time.thread_time() - before))
    return found


def _need_figures(judged: Sequence[Judged], by_words: Sequence[Judged]) -> list[Figure]:
    labels = [each.is_fresh for each in judged for _ in each.needs]
    probabilities = [need.probability for each in judged for need in each.needs]
    said = {each.kind: 100 * _share_needed(each.needs) for each in judged}
    count = {each.kind: len(each.needs) for each in judged}
    needed = [need.is_needed for each in judged for need in each.needs]
    hits = sum(one and other for one, other in zip(needed, labels, strict=True))
    half = sum(labels) / len(labels)
    return [
        Figure(
            "fresh or timeless: balanced accuracy",
            _balanced(judged),
            "%",
            baseline=Baseline("always ground", 50.0),
            notes=", ".join(f"{count[kind]} {kind}" for kind in said),
        ),
        Figure("fresh or timeless: balanced accuracy, words alone", _balanced(by_words), "%"),
        Figure(
            "fresh: precision",
            100 * hits / max(1, sum(needed)),
            "%",
            baseline=Baseline("always ground", 100 * half),
        ),
        Figure("fresh: recall", said[NEWS], "%"),
        *(
            Figure(f"timeless: {kind} that are not grounded", 100 - said[kind], "%")
            for kind in said
            if kind != NEWS
        ),
        Figure("fresh or timeless: AUROC", auroc(probabilities, labels), "of 1"),
        Figure(
            "fresh or timeless: Brier score",
            brier(probabilities, labels),
            "of 1",
            baseline=Baseline("always their share", half * (1 - half)),
        ),
        Figure(
            "fresh or timeless: calibration error", calibration_error(probabilities, labels), "of 1"
        ),
    ]


def _share_needed(needs: Sequence[Need]) -> float:
    return sum(each.is_needed for each in needs) / len(needs)


def _balanced(judged: Sequence[Judged]) -> float:
    fresh = [need.is_needed for each in judged if each.is_fresh for need in each.needs]
    timeless = [not need.is_needed for each in judged if not each.is_fresh for need in each.needs]
    return 50 * (sum(fresh) / len(fresh) + sum(timeless) / len(timeless))


def _time_figure(milliseconds: Sequence[float]) -> Figure:
    return Figure(
        "a judgement beside the embedding, median",
        statistics.median(milliseconds),
        "CPU ms",
        notes=f"p95 {statistics.quantiles(milliseconds, n=20)[-1]:.2f}",
    )


def _of_collections(
    stored: dict[str, Part], profiles: CollectionProfiles, embedder: Embedder, spent: float
) -> list[Figure]:
    figures, milliseconds = [], []
    totals = [0, 0, 0, 0]
    for name, part in stored.items():
        choices = []
        for each in part.questions:
            vector = embedder.embed_query(each.text)
            before = time.thread_time()
            choices.append(profiles.choose(each.text, vector))
            milliseconds.append(1000 * (time.thread_time() - before))
        nearest = sum(_nearest(each) == name for each in choices)
        kept = sum(each.collections is None or name in each.collections for each in choices)
        looked = sum(_looked_in(each, len(stored)) for each in choices)
        totals = [a + b for a, b in zip(totals, (nearest, kept, looked, len(choices)), strict=True)]
        figures.append(
            Figure(
                f"which collection: {name} nearest",
                100 * nearest / len(choices),
                "%",
                notes=f"kept {kept} of {len(choices)}, looking in {looked / len(choices):.2f}",
            )
        )
    nearest, kept, looked, count = totals
    return [
        *figures,
        Figure(
            "which collection: the right one is nearest",
            100 * nearest / count,
            "%",
            baseline=Baseline("by chance", 100 / len(stored)),
        ),
        Figure("which collection: the right one is looked in", 100 * kept / count, "%"),
        Figure(
            "which collection: looked in",
            looked / count,
            "collections",
            baseline=Baseline("all", len(stored)),
        ),
        Figure("which collection: time, median", statistics.median(milliseconds), "CPU ms"),
        Figure("which collection: profiles from nothing", spent, "CPU s"),
    ]


def _nearest(choice: CollectionChoice) -> str:
    return max(choice.scores, key=lambda name: choice.scores[name], default="")


def _looked_in(choice: CollectionChoice, count: int) -> int:
    return count if choice.collections is None else len(choice.collections)


class _Asking:
    """Asks questions as it is decided, and counts what that costs."""

    def __init__(self, service: Service) -> None:
        self._retrieval = service.parts.retrieval
        self._count = self._retrieval.tokens.counter(None).count

    def ungrounded(self, asked: Asked) -> Spent:
        return Spent(tokens=self._count(asked.text))

    def grounded(self, asked: Asked, collections: frozenset[str] | None) -> Spent:
        filters = Filters(as_of=asked.at, collections=collections)
        found = search(asked.text, filters, max_results=RESULTS, retrieval=self._retrieval)
        made = augment(
            [{"role": "user", "content": asked.text}],
            filters,
            limits=Limits(BUDGET, MOST_ITEMS),
            timezone="UTC",
            retrieval=self._retrieval,
        )
        return Spent(
            tokens=sum(
                self._count(str(each["content"])) for each in made.context.rendered.messages
            ),
            searches=1,
            looked_in=len(collections or mixture.NAMES),
            held=int(asked.is_held(found.candidates)),
        )


def _of_cost(
    context: Context, stored: dict[str, Part], service: Service, router: Router
) -> list[Figure]:
    needing = [each for name in (NEWS, FIRES, PRICES) for each in stored[name].questions]
    claims = list(stored[PAPERS].questions)
    sums = [
        Asked(text, "", lambda _: False)
        for text in mixture.sums(context.seed + 1, len(needing) - len(claims))
    ]
    asking = _Asking(service)
    with_need, about_claims, about_sums = (
        _in_three_ways(some, asking, router) for some in (needing, claims, sums)
    )
    of_peps = [router.decided(each)[0] for each in stored[PEPS].questions]
    return [
        Figure(
            f"answer in the first {RESULTS}, questions that need evidence",
            100 * with_need.routed.held / len(needing),
            "%",
            baseline=Baseline("always ground", 100 * with_need.always.held / len(needing)),
            notes=f"{len(needing)} of news, fires and prices; never grounding: 0",
        ),
        Figure(
            f"its abstract in the first {RESULTS}, claims",
            100 * about_claims.routed.held / len(claims),
            "%",
            baseline=Baseline("always ground", 100 * about_claims.always.held / len(claims)),
            notes="claims count as timeless: what is not searched for is not found",
        ),
        *_cost_figures(with_need + about_claims + about_sums, len(needing + claims + sums)),
        Figure("PEP questions judged to need evidence", 100 * _share_needed(of_peps), "%"),
    ]


def _in_three_ways(some: Sequence[Asked], asking: _Asking, router: Router) -> Ways:
    ways = Ways()
    for each in some:
        need, choice = router.decided(each)
        ways += Ways(
            always=asking.grounded(each, None),
            never=asking.ungrounded(each),
            routed=asking.grounded(each, choice.collections)
            if need.is_needed
            else asking.ungrounded(each),
        )
    return ways


def _cost_figures(ways: Ways, count: int) -> list[Figure]:
    always, never, routed = ways.always, ways.never, ways.routed
    return [
        Figure(
            "prompt tokens",
            routed.tokens,
            "tokens",
            baseline=Baseline("always ground", always.tokens),
            notes=f"{count} questions; never grounding: {never.tokens}",
        ),
        Figure(
            "cost of prompts",
            routed.tokens * PRICE / 1e6,
            "dollars",
            baseline=Baseline("always ground", always.tokens * PRICE / 1e6),
            notes=f"{PRICE} dollars a million tokens; never: {never.tokens * PRICE / 1e6:.4f}",
        ),
        Figure(
            "searches",
            routed.searches,
            "searches",
            baseline=Baseline("always ground", always.searches),
            notes=f"in {routed.looked_in / max(1, routed.searches):.2f} collections each",
        ),
    ]
