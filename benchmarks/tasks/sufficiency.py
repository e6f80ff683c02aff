"""Does the service know when what it found does not answer the question?

Questions of three collections that nothing was learnt from are asked with what answers them and
with it removed: SciFact's test claims, Cranfield, and news quizzes as of their own day. The signal
is compared with what a caller could do without it: look at one score of the best candidate.
With `--full` the picture in docs/images is drawn anew.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import mean
from typing import TypeAlias

import numpy as np

from benchmarks import cpu
from benchmarks.data import CHECKOUT
from benchmarks.quality import cranfield, news, scifact
from benchmarks.quality.collections import Collection
from benchmarks.quality.curve import Points, svg
from benchmarks.quality.held import Held, held
from benchmarks.quality.logistic import auroc, brier, calibration_error
from benchmarks.quality.sufficiency import remembering
from benchmarks.quality.trials import HITS, Trial, agreement, trials
from benchmarks.records import Baseline, Context, Figure
from grounding.query.records import Candidate, Scores
from grounding.query.sufficiency import sufficiency
from indexer.embed import Embedder

PICTURE = CHECKOUT / "docs" / "images" / "sufficiency.svg"
QUESTIONS = 100
"""Of each collection, without `--full`."""
REALLY_REMOVED = 20
_NEWS_HITS = 300
"""An article is cut into a dozen passages, and several articles may answer."""

Score: TypeAlias = Callable[[Trial], float]


@dataclass(frozen=True, slots=True)
class Asked:
    """The trials of one collection, what the signal said of each, and at what threshold."""

    name: str
    trials: Sequence[Trial]
    probabilities: Sequence[float]
    threshold: float
    cpu_milliseconds: float

    @property
    def labels(self) -> list[bool]:
        return [each.is_enough for each in self.trials]


def run(context: Context) -> list[Figure]:
    embedder = remembering()
    figures: list[Figure] = []
    asked: list[Asked] = []
    for collection in _collections(context):
        context.say(f"{collection.name}: {len(collection.documents)} documents")
        folder = context.workspace / collection.name.replace(" ", "-")
        with held(collection, embedder, folder) as holding:
            most = None if context.is_full else QUESTIONS
            hits = _NEWS_HITS if collection.name == "RealTime QA" else HITS
            made = trials(holding, collection, most=most, hits=hits)
            asked.append(_judged(collection.name, made, embedder))
            figures += _figures(asked[-1])
            if collection.name == "SciFact":
                figures.append(_really(holding, collection, embedder))
    if context.is_full:
        _draw(asked, PICTURE)
    return figures


def _collections(context: Context) -> list[Collection]:
    quiz = news.collection(context.archive(news.ARCHIVE))
    known = news.answerable(quiz)
    return [
        scifact.beir_test(context.archive(scifact.ARCHIVE)),
        cranfield.collection(context.archive(cranfield.ARCHIVE)),
        replace(quiz, questions=tuple(each for each in quiz.questions if each.id in known)),
    ]


def _judged(name: str, made: Sequence[Trial], embedder: Embedder) -> Asked:
    before = cpu.own_seconds()
    said = [
        sufficiency(each.question, each.candidates, embedder=embedder.identity) for each in made
    ]
    spent = 1000 * (cpu.own_seconds() - before) / len(made)
    return Asked(name, made, [each.probability for each in said], said[0].threshold, spent)


def _figures(asked: Asked) -> list[Figure]:
    name, labels, found = asked.name, asked.labels, asked.probabilities
    share = mean(labels)
    return [
        *(
            Figure(
                f"{name}: AUROC, {settings}",
                auroc(found, labels),
                "of 1",
                baseline=Baseline(settings, auroc([score(each) for each in asked.trials], labels)),
            )
            for settings, score in BASELINES.items()
        ),
        Figure(
            f"{name}: Brier score",
            brier(found, labels),
            "of 1",
            baseline=Baseline("always their share", brier([share] * len(labels), labels)),
        ),
        Figure(f"{name}: calibration error", calibration_error(found, labels), "of 1"),
        *_decisions(asked),
        Figure(f"{name}: time for each", asked.cpu_milliseconds, "CPU ms"),
    ]


def _decisions(asked: Asked) -> list[Figure]:
    name, labels = asked.name, asked.labels
    without = 100 - 100 * mean(labels)
    decided = [each >= asked.threshold for each in asked.probabilities]
    right = [one == other for one, other in zip(decided, labels, strict=True)]
    answered = [label for label, is_enough in zip(labels, decided, strict=True) if is_enough]
    unfound = sum(each.had_answer and not each.is_enough for each in asked.trials)
    return [
        Figure(
            f"{name}: right at the threshold",
            100 * mean(right),
            "%",
            baseline=Baseline("always the same", max(without, 100 - without)),
            notes=f"threshold {asked.threshold}, {len(labels)} trials",
        ),
        Figure(
            f"{name}: abstained",
            100 - 100 * mean(decided),
            "%",
            notes=f"{without:.0f} % had no evidence, {unfound} of them though it was in the index",
        ),
        Figure(
            f"{name}: answered without evidence",
            100 - 100 * mean(answered or [True]),
            "%",
            baseline=Baseline("never abstaining", without),
        ),
    ]


def _really(holding: Held, collection: Collection, embedder: Embedder) -> Figure:
    def judge(question: str, candidates: Sequence[Candidate]) -> float:
        return sufficiency(question, candidates, embedder=embedder.identity).probability

    largest = agreement(holding, collection, judge, questions=REALLY_REMOVED)
    return Figure(
        f"{collection.name}: probability, really removed or left out",
        largest,
        "largest difference",
        notes=f"{REALLY_REMOVED} claims",
    )


def _best(score: Callable[[Scores], float | None]) -> Score:
    def of(trial: Trial) -> float:
        found = (score(each.scores) for each in trial.candidates)
        return max((each for each in found if each is not None), default=-1e9)

    return of


BASELINES: Mapping[str, Score] = {
    "best dense score alone": _best(lambda scores: scores.dense),
    "best BM25 score alone": _best(lambda scores: scores.lexical),
    "best fused score alone": _best(lambda scores: scores.fused),
}


def risks(scores: Sequence[float], labels: Sequence[bool], shares: Sequence[float]) -> Points:
    """Return (share answered, share of these without evidence), from the surest to all."""
    order = np.argsort(-np.asarray(scores), kind="stable")
    weights = np.asarray(shares)[order]
    wrong = np.cumsum(weights * ~np.asarray(labels)[order])
    answered = np.cumsum(weights)
    points = [(float(a / answered[-1]), float(w / a)) for a, w in zip(answered, wrong, strict=True)]
    first = next(n for n, (x, _) in enumerate(points) if x >= 0.02)
    return points[first :: max(1, len(points) // 200)]


def _draw(asked: Sequence[Asked], file: Path) -> None:
    """Draw all collections together, each counting the same, as one caller with one threshold."""
    labels = [label for each in asked for label in each.labels]
    shares = [1 / len(each.trials) for each in asked for _ in each.trials]
    signal = [found for each in asked for found in each.probabilities]
    curves = {"the signal": risks(signal, labels, shares)}
    for settings, score in BASELINES.items():
        scores = [score(trial) for each in asked for trial in each.trials]
        curves[settings] = risks(scores, labels, shares)
    file.parent.mkdir(exist_ok=True)
    file.write_text(
        svg(
            curves,
            across="share of questions answered",
            up="of these, without evidence",
            title="How often an answer would lack evidence, by how many questions are answered",
        ),
        encoding="utf-8",
    )
