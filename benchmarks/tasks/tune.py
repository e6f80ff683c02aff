"""Does an embedder find more once it is tuned, and how much less once it is distilled?

SciFact: 5,183 abstracts, and claims with the abstracts they cite. The claims of its training part
are pairs, a fifth of them held out to decide by, as `grounding tune` does. What is reported is
measured on the 300 claims of the BEIR test set, which nothing was chosen by. An abstract is one
passage here: its title, and as much of its text as the embedder reads.
"""

import time
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, replace
from pathlib import Path

from benchmarks.data import cache_folder, environment
from benchmarks.quality import scifact
from benchmarks.quality.collections import Collection
from benchmarks.records import Baseline, Context, Figure, Skipped
from benchmarks.remembered import RememberedEmbedder
from indexer import embed
from indexer.embed import Embedder
from indexer.errors import MissingExtra
from indexer.tuning import examine, judge
from indexer.tuning.distill import distill
from indexer.tuning.negatives import mined
from indexer.tuning.records import (
    Exam,
    Lesson,
    Origin,
    Pair,
    PoolText,
    Sitting,
    Split,
    Step,
)
from indexer.tuning.train import require_extra, train

BASE = "minilm"
LESSON = Lesson()
STATIC = Lesson(epochs=5, learning_rate=0.01, mined_negatives=4)
SAMPLE = 1_500
DIMENSIONS = 256
TIMED = 256


@dataclass(frozen=True, slots=True)
class Course:
    """What is learnt from, by which held-out claims it is decided, and what is reported.

    abstracts: text by document.
    """

    abstracts: Mapping[str, str]
    split: Split
    decide: Exam
    test: Exam


def run(context: Context) -> list[Figure]:
    try:
        require_extra()
    except MissingExtra as error:
        raise Skipped(str(error)) from error
    folder = context.archive(scifact.ARCHIVE)
    course = _course(scifact.training(folder), scifact.beir_test(folder), context)
    shipped = embed.load(BASE, device="cpu")
    base = RememberedEmbedder(shipped, cache_folder(environment()))
    before = judge.sit(course.test, base)
    speed = _speed(shipped, course.test)
    figures = [
        Figure("abstracts", len(course.test.pool), "passages"),
        Figure("test claims", len(course.test.questions), "questions"),
        Figure("base: nDCG@10", before.mean, "of 1", notes=base.identity),
        Figure("base: speed", speed, "passages/CPU s", notes="abstracts of some 300 tokens"),
    ]
    lesson = LESSON if context.is_full else replace(LESSON, epochs=1)
    tuned = context.workspace / "tuned"
    figures += _tuned(
        "tuned", course, base, context, start=embed.directory_of(BASE), out=tuned, lesson=lesson
    )
    figures += _distilled("distilled", course, before, speed, context)
    figures += _distilled("distilled with words", course, before, speed, context)
    figures += _distilled("tuned, then distilled", course, before, speed, context)
    words = context.workspace / "distilled-with-words"
    static = embed.load(str(words), device="cpu")
    out = context.workspace / "static"
    return [
        *figures,
        *_tuned(
            "distilled with words, then tuned",
            course,
            static,
            context,
            start=words,
            out=out,
            lesson=STATIC,
        ),
    ]


def _tuned(
    name: str,
    course: Course,
    base: Embedder,
    context: Context,
    *,
    start: Path,
    out: Path,
    lesson: Lesson,
) -> list[Figure]:
    """Train on four fifths of the training claims, decide by the rest, report the test claims."""
    first = judge.sit(course.decide, base)
    lessons = _with_negatives(course, first, base, lesson)
    context.say(f"{name}: training on {len(lessons)} pairs")
    begun = time.process_time()
    train(
        start,
        lessons,
        out,
        lesson=lesson,
        device="cpu",
        progress=lambda step: _tell(step, context),
    )
    seconds = time.process_time() - begun
    # Most abstracts are in both exams.
    tuned = RememberedEmbedder(embed.load(str(out), device="cpu"), context.workspace / "vectors")
    before, after = judge.sit(course.test, base), judge.sit(course.test, tuned)
    decided = judge.compared(
        course.decide, first, judge.sit(course.decide, tuned), seed=context.seed
    )
    return [
        Figure(f"{name}: pairs learnt from", len(lessons), "pairs"),
        *_compared(name, course.test, before, after, context, seconds),
        _unseen(name, course.test, before, after, lessons),
        Figure(
            f"{name}: nDCG@10 of held-out training claims",
            decided.new,
            "of 1",
            baseline=Baseline("before, the same claims", decided.base),
            notes=f"{decided.questions} claims, p = {decided.p_value:.4f}: {decided.verdict.value}",
        ),
    ]


def _with_negatives(course: Course, first: Sitting, base: Embedder, lesson: Lesson) -> list[Pair]:
    held_out = {pair.document for pair in course.split.held_out}
    pool = course.decide.pool
    places = [n for n, each in enumerate(pool) if each.document not in held_out]
    return mined(
        course.split.train,
        [pool[n] for n in places],
        first.vectors[places],
        base,
        each=lesson.mined_negatives,
        seed=lesson.seed,
    )


def _distilled(
    name: str, course: Course, before: Sitting, speed: float, context: Context
) -> list[Figure]:
    context.say(f"{name}: started")
    out = context.workspace / name.replace(", ", "-").replace(" ", "-")
    begun = time.process_time()
    distill(
        context.workspace / "tuned" if name.startswith("tuned") else embed.directory_of(BASE),
        out,
        texts=list(course.abstracts.values()),
        dimensions=DIMENSIONS,
        with_words="with words" in name,
        device="cpu",
        progress=_ignored,
    )
    seconds = time.process_time() - begun
    static = embed.load(str(out), device="cpu")
    after = judge.sit(course.test, static)
    return [
        *_compared(name, course.test, before, after, context, seconds),
        Figure(
            f"{name}: speed",
            _speed(static, course.test),
            "passages/CPU s",
            baseline=Baseline(f"{before.identity}, the same passages", speed),
        ),
    ]


def _compared(
    name: str, exam: Exam, before: Sitting, after: Sitting, context: Context, seconds: float
) -> list[Figure]:
    found = judge.compared(exam, before, after, seed=context.seed)
    return [
        Figure(
            f"{name}: nDCG@10",
            found.new,
            "of 1",
            baseline=Baseline(before.identity, found.base),
            cpu_seconds=seconds,
            notes=f"p = {found.p_value:.4f}",
        ),
        Figure(f"{name}: nearest neighbours kept", 100 * found.neighbours_kept, "%"),
    ]


def _unseen(
    name: str, exam: Exam, before: Sitting, after: Sitting, lessons: Sequence[Pair]
) -> Figure:
    """Report the test claims none of whose abstracts was in a pair that was learnt from."""
    seen = {pair.document for pair in lessons}
    new = [
        n
        for n, question in enumerate(exam.questions)
        if not any(exam.pool[place].document in seen for place in question.answers)
    ]
    return Figure(
        f"{name}: nDCG@10 of claims about abstracts not learnt from",
        float(after.ndcg[new].mean()),
        "of 1",
        baseline=Baseline("before, the same claims", float(before.ndcg[new].mean())),
        notes=f"{len(new)} of {len(exam.questions)} claims",
    )


def _tell(step: Step, context: Context) -> None:
    if step.done % 10 == 0:
        context.say(f"step {step.done} of {step.total}, loss {step.loss}")


def _ignored(done: int, total: int) -> None:
    del done, total


def _speed(embedder: Embedder, exam: Exam) -> float:
    texts = [each.text for each in exam.pool[:TIMED]]
    begun = time.process_time()
    embedder.embed_passages(texts)
    return len(texts) / (time.process_time() - begun)


def _course(training: Collection, test: Collection, context: Context) -> Course:
    abstracts = _abstracts(test)
    stored = [PoolText(text, document) for document, text in abstracts.items()]
    most = len(stored) if context.is_full else SAMPLE
    asked = pairs(test)
    split = examine.split(
        pairs(training, without={pair.question for pair in asked}), seed=context.seed
    )
    decide, reported = (
        examine.exam(each, stored, most_distractors=most, seed=context.seed)
        for each in (split.held_out, asked)
    )
    return Course(abstracts, split, decide, reported)


def pairs(collection: Collection, *, without: Set[str] = frozenset()) -> list[Pair]:
    """Return a pair for each abstract that is relevant to a claim, but for some claims.

    A claim that is there twice counts once. Two training claims of SciFact are in the test set of
    BEIR word for word.
    """
    abstracts = _abstracts(collection)
    found = (
        Pair(claim.text, abstracts[document], document, (abstracts[document],), Origin.GIVEN)
        for claim in collection.questions
        if claim.text not in without
        for document, grade in collection.qrels.get(claim.id, {}).items()
        if grade > 0
    )
    return list(dict.fromkeys(found))


def _abstracts(collection: Collection) -> dict[str, str]:
    return {each.id: f"{each.title}\n{each.text}" for each in collection.documents}
