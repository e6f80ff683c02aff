"""Does an embedder find more once it is tuned, and how much less once it is distilled?

SciFact: 5,183 abstracts, and claims with the abstracts they cite. The claims of its training part
are pairs, a fifth of them held out to decide by, as `grounding tune` does. What is reported is
measured on the 300 claims of the BEIR test set, which nothing was chosen by. An abstract is one
passage here: its title, and as much of its text as the embedder reads.
"""

import ast
import csv
import gzip
import io
import re
import sys
import time
import zipfile
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from benchmarks.data import cache_folder, environment
from benchmarks.records import Baseline, Context, Figure
from benchmarks.remembered import RememberedEmbedder
from indexer import embed
from indexer.embed import Embedder
from indexer.tuning import examine, judge
from indexer.tuning.distill import distill
from indexer.tuning.negatives import mined
from indexer.tuning.records import (
    Exam,
    HeldOutQuestion,
    Lesson,
    Origin,
    Pair,
    PoolText,
    Sitting,
    Step,
)
from indexer.tuning.train import train

ARCHIVE = "scifact_claims_corpus"
BASE = "minilm"
LESSON = Lesson()
SAMPLE = 1_500
DIMENSIONS = 256
TIMED = 256
_SENTENCE = re.compile(r"""'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*\"""")


@dataclass(frozen=True, slots=True)
class SciFact:
    """abstracts: text by document; claims: question and documents; test: the same of BEIR.

    Two claims of the training part are in the test set word for word; they are not in `claims`.
    """

    abstracts: Mapping[str, str]
    claims: Sequence[tuple[str, tuple[str, ...]]]
    test: Sequence[tuple[str, tuple[str, ...]]]


def run(context: Context) -> list[Figure]:
    data = _scifact(context.archive(ARCHIVE))
    exam = _exam(data, None if context.is_full else SAMPLE, seed=context.seed)
    base = RememberedEmbedder(embed.load(BASE, device="cpu"), cache_folder(environment()))
    context.say(f"asking {base.identity}: {len(exam.questions)} claims, {len(exam.pool)} abstracts")
    before = judge.sit(exam, base)
    speed = _speed(embed.load(BASE, device="cpu"), exam)
    figures = [
        Figure("abstracts", len(exam.pool), "passages"),
        Figure("test claims", len(exam.questions), "questions"),
        Figure("base: nDCG@10", before.mean, "of 1", notes=base.identity),
        Figure("base: speed", speed, "passages/CPU s", notes="abstracts of some 300 tokens"),
    ]
    figures += _tuned(data, exam, before, base, context)
    for name, start, with_words in (
        ("distilled", embed.directory_of(BASE), False),
        ("distilled with words", embed.directory_of(BASE), True),
        ("tuned, then distilled", context.workspace / "tuned", False),
    ):
        context.say(f"{name}: started")
        out = context.workspace / name.replace(" ", "-")
        begun = time.process_time()
        distill(
            start,
            out,
            texts=list(data.abstracts.values()),
            dimensions=DIMENSIONS,
            with_words=with_words,
            device="cpu",
            progress=_ignored,
        )
        seconds = time.process_time() - begun
        static = embed.load(str(out), device="cpu")
        figures += _compared(name, exam, before, judge.sit(exam, static), context, seconds)
        figures.append(
            Figure(
                f"{name}: speed",
                _speed(static, exam),
                "passages/CPU s",
                baseline=Baseline(f"{base.identity}, the same passages", speed),
            )
        )
    return figures


def _tuned(
    data: SciFact, exam: Exam, before: Sitting, base: Embedder, context: Context
) -> list[Figure]:
    """Train on four fifths of the training claims, decide by the rest, report the test claims."""
    pairs = _pairs(data)
    split = examine.split(pairs, seed=context.seed)
    stored = [PoolText(text, document) for document, text in data.abstracts.items()]
    decide = examine.exam(
        split.held_out,
        stored,
        most_distractors=len(stored) if context.is_full else SAMPLE,
        seed=context.seed,
    )
    held_out = {pair.document for pair in split.held_out}
    open_texts = [each for each in decide.pool if each.document not in held_out]
    lesson = LESSON if context.is_full else replace(LESSON, epochs=1)
    lessons = mined(
        split.train,
        open_texts,
        base.embed_passages([each.text for each in open_texts]),
        base,
        each=lesson.mined_negatives,
        seed=lesson.seed,
    )
    context.say(f"training on {len(lessons)} pairs")
    out = context.workspace / "tuned"
    begun = time.process_time()
    train(
        embed.directory_of(BASE),
        lessons,
        out,
        lesson=lesson,
        device="cpu",
        progress=lambda step: _tell(step, context),
    )
    seconds = time.process_time() - begun
    tuned = embed.load(str(out), device="cpu")
    context.say("asking what was trained")
    after = judge.sit(exam, tuned)
    verdict = judge.compared(
        decide, judge.sit(decide, base), judge.sit(decide, tuned), seed=context.seed
    )
    return [
        Figure("pairs learnt from", len(lessons), "pairs"),
        *_compared("tuned", exam, before, after, context, seconds),
        _unseen(data, exam, before, after, lessons),
        Figure(
            "tuned: nDCG@10 of held-out training claims",
            verdict.new,
            "of 1",
            baseline=Baseline("before, the same claims", verdict.base),
            notes=f"{verdict.questions} claims, p = {verdict.p_value:.4f}: {verdict.verdict.value}",
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
    data: SciFact, exam: Exam, before: Sitting, after: Sitting, lessons: Sequence[Pair]
) -> Figure:
    """Report the test claims none of whose abstracts was in a pair that was learnt from."""
    seen = {pair.document for pair in lessons}
    new = [place for place, (_, cited) in enumerate(data.test) if not seen & set(cited)]
    return Figure(
        "tuned: nDCG@10 of claims about abstracts not learnt from",
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


def _pairs(data: SciFact) -> list[Pair]:
    return [
        Pair(claim, data.abstracts[document], document, (data.abstracts[document],), Origin.GIVEN)
        for claim, cited in data.claims
        for document in cited
    ]


def _exam(data: SciFact, sample: int | None, *, seed: int) -> Exam:
    """Ask the test claims over all abstracts, or over those cited and a sample of the others."""
    cited = {document for _, documents in data.test for document in documents}
    others = [document for document in data.abstracts if document not in cited]
    if sample is not None:
        draw = np.random.default_rng(seed).permutation(len(others))[:sample]
        others = [others[place] for place in draw]
    names = [*sorted(cited), *others]
    place = {document: n for n, document in enumerate(names)}
    return Exam(
        tuple(
            HeldOutQuestion(claim, tuple(place[document] for document in documents))
            for claim, documents in data.test
        ),
        tuple(PoolText(data.abstracts[document], document) for document in names),
        len(data.abstracts) - len(names),
    )


def _scifact(folder: Path) -> SciFact:
    (archive,) = folder.rglob("scifact.zip")
    csv.field_size_limit(sys.maxsize)
    with zipfile.ZipFile(archive) as zipped:
        abstracts = {
            row["doc_id"]: f"{row['title']}\n{' '.join(_sentences(row['abstract']))}"
            for row in _rows(zipped, "corpus_train.csv")
        }
        claims: dict[str, tuple[str, ...]] = {}
        for row in _rows(zipped, "claims_train.csv"):
            claims[row["claim"]] = tuple(re.findall(r"\d+", row["cited_doc_ids"]))
    test = _test(folder)
    for claim, _ in test:
        claims.pop(claim, None)
    return SciFact(abstracts, list(claims.items()), test)


def _test(folder: Path) -> list[tuple[str, tuple[str, ...]]]:
    (topics,) = folder.rglob("topics.beir-v1.0.0-scifact.test.tsv.gz")
    (judgements,) = folder.rglob("qrels.beir-v1.0.0-scifact.test.txt")
    relevant: dict[str, list[str]] = defaultdict(list)
    for line in judgements.read_text(encoding="utf-8").splitlines():
        question, _, document, grade = line.split()
        if int(grade) > 0:
            relevant[question].append(document)
    with gzip.open(topics, "rt", encoding="utf-8") as lines:
        asked = dict(line.rstrip("\n").split("\t", 1) for line in lines)
    return [(asked[question], tuple(documents)) for question, documents in relevant.items()]


def _sentences(printed: str) -> Iterator[str]:
    """Read what numpy prints of a list of texts: quoted, parted by white space."""
    for each in _SENTENCE.findall(printed):
        yield str(ast.literal_eval(each)).strip()


def _rows(zipped: zipfile.ZipFile, name: str) -> Iterator[dict[str, str]]:
    with zipped.open(name) as raw:
        yield from csv.DictReader(io.TextIOWrapper(raw, "utf-8"))
