"""From what is stored to an embedder of the user's own, which is kept only if it proves better.

    passages ──▶ pairs ──▶ split ──▶ exam of the base embedder, and of the active one
                             └─────▶ train ──▶ exam of the new one ──▶ compare ──▶ install

The folder asked for is written whole, by renaming, and only for an embedder that is better than
both: than its base, else the training was for nothing, and than the active one, else to switch to
it would be a loss. Another lies beside it under a name that says so. Nothing is fetched and
nothing is reported.
"""

import json
import shutil
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from connectors.clock import Clock
from indexer import embed
from indexer.catalogue import passages
from indexer.catalogue.passages import StoredPassage
from indexer.database import Database
from indexer.embed import Embedder
from indexer.errors import TuningRefused
from indexer.tuning import examine, judge, pair_file, pairs
from indexer.tuning.negatives import mined
from indexer.tuning.records import (
    Exam,
    Lesson,
    Outcome,
    Pair,
    PoolText,
    Sitting,
    Split,
    Step,
)

FACTS = "grounding.json"
"""What lies beside the weights: where the embedder comes from and how it did."""
REJECTED, CANDIDATE = ".rejected", ".candidate"


@dataclass(frozen=True, slots=True)
class Material:
    """What is learnt from, and asked.

    base: a name as `indexer.embed.load` takes it.
    active: the name of the embedder that would be replaced; None where it is the base.
    pairs_file: pairs that the user brings; None makes them of what is stored.
    collection: only of these sources; None is all.
    most_distractors: stored passages among which answers are looked for, besides the answers.
    """

    database: Database
    clock: Clock
    base: str
    device: str
    active: str | None = None
    pairs_file: Path | None = None
    collection: str | None = None
    most_distractors: int = 5_000
    seed: int = 1


@dataclass(frozen=True, slots=True)
class Watch:
    """Who watches: told what begins, how far the long part of it is, and what is amiss."""

    say: Callable[[str], None]
    step: Callable[[Step], None]
    warn: Callable[[str], None]


@dataclass(frozen=True, slots=True)
class _Ground:
    """What both commands stand on; stored passages have the vectors of the base, if any."""

    base: Embedder
    stored: Sequence[StoredPassage]
    pairs: Sequence[Pair]


def tune(material: Material, lesson: Lesson, out: Path, *, installs: bool, watch: Watch) -> Outcome:
    """Train the base embedder on pairs, and install it at `out` if it is better by then.

    Raises:
        MissingExtra: the extra `tune` is not installed.
        TuningRefused: too few pairs, a file of pairs that cannot be used, or `out` is taken.
        EmbedderUnusable: the base embedder, or the active one, cannot be loaded.
    """
    from indexer.tuning import train

    train.require_extra()
    ground = _ground(material, out, watch)
    _require_pairs(material, ground)
    split = examine.split(ground.pairs, seed=material.seed)
    exam, first = _asked(material, ground, split.held_out, watch)
    active = _active_asked(material, exam, first, watch)
    lessons = _with_negatives(split, exam, first, ground.base, lesson)
    watch.say(f"training on {len(lessons)} pairs")
    with _scratch(out) as scratch:
        train.train(
            embed.directory_of(material.base),
            lessons,
            scratch,
            lesson=lesson,
            device=material.device,
            progress=watch.step,
        )
        watch.say("asking what was trained")
        tuned = embed.load_directory(scratch, title=out.name, device=material.device)
        found = _judged(exam, first, active, judge.sit(exam, tuned), seed=material.seed)
        outcome = replace(
            found,
            directory=str(_place_for(out, is_better=found.is_better, installs=installs)),
            is_installed=installs and found.is_better,
            pairs=_origins(ground.pairs),
            trained_on=len(lessons),
        )
        _place(scratch, outcome, asdict(lesson), material.clock)
    return outcome


def _judged(
    exam: Exam, base: Sitting, active: Sitting | None, new: Sitting, *, seed: int
) -> Outcome:
    """Return what became of a trained embedder, as far as the exam says."""
    against = None if active is None else judge.compared(exam, active, new, seed=seed)
    return Outcome(
        base=base.identity,
        identity=new.identity,
        directory="",
        is_installed=False,
        pairs={},
        trained_on=0,
        comparison=judge.compared(exam, base, new, seed=seed),
        active=(active or base).identity,
        against_active=against,
        speed=_speed(*filter(None, (base, active, new))),
    )


def distil(
    material: Material, out: Path, *, dimensions: int, with_words: bool, watch: Watch
) -> Outcome:
    """Write a static embedder made of the base embedder to `out`, and compare the two.

    Raises:
        TuningRefused: a file of pairs that cannot be used, or `out` is taken.
        EmbedderUnusable: the base embedder cannot be loaded, or not be distilled.
    """
    from indexer.tuning import distill

    ground = _ground(material, out, watch)
    if with_words and not ground.stored:
        raise TuningRefused("nothing is stored that words could be taken from")
    watch.say(f"distilling {ground.base.identity}")
    with _scratch(out) as scratch:
        distill.distill(
            embed.directory_of(material.base),
            scratch,
            texts=[each.embedded_text for each in ground.stored],
            dimensions=dimensions,
            with_words=with_words,
            device=material.device,
            progress=lambda done, total: watch.step(Step(done, total, None)),
        )
        static = embed.load_directory(scratch, title=out.name, device=material.device)
        outcome = _examined(material, ground, static, out, watch)
        settings = {"dimensions": dimensions, "words_of_the_collection": with_words}
        _place(scratch, outcome, settings, material.clock)
    return outcome


def _examined(
    material: Material, ground: _Ground, static: Embedder, out: Path, watch: Watch
) -> Outcome:
    """Return what became of a static embedder: how it compares, if enough can be asked."""
    asked = _some(ground.pairs, seed=material.seed)
    outcome = Outcome(
        base=ground.base.identity,
        identity=static.identity,
        directory=str(out),
        is_installed=True,
        pairs=_origins(asked),
        trained_on=0,
        comparison=None,
    )
    if not asked:
        return outcome
    exam, first = _asked(material, ground, asked, watch)
    second = judge.sit(exam, static)
    comparison = judge.compared(exam, first, second, seed=material.seed)
    return replace(outcome, comparison=comparison, speed=_speed(first, second))


def _ground(material: Material, out: Path, watch: Watch) -> _Ground:
    _require_free(out)
    base = embed.load(material.base, device=material.device)
    with material.database.reading() as session:
        stored = passages.current(session, embedder=base.identity, collection=material.collection)
    return _Ground(base, stored, _pairs(material, stored, base, watch))


def _require_pairs(material: Material, ground: _Ground) -> None:
    if material.pairs_file is None and not ground.stored:
        where = "" if material.collection is None else f" in the collection {material.collection}"
        raise TuningRefused(f"nothing is stored{where} to make pairs of; name a file of pairs")


def _asked(
    material: Material, ground: _Ground, pairs_asked: Sequence[Pair], watch: Watch
) -> tuple[Exam, Sitting]:
    exam = _exam(material, ground, pairs_asked)
    watch.say(
        f"asking {ground.base.identity}: {len(exam.questions)} questions, {len(exam.pool)} passages"
    )
    known = _known(exam, ground.stored)
    return exam, judge.sit(exam, ground.base, known=known)


def _active_asked(material: Material, exam: Exam, first: Sitting, watch: Watch) -> Sitting | None:
    """Ask the active embedder too, unless it is the base, whose exam was `first`."""
    if material.active is None or embed.identity_of(material.active) == first.identity:
        return None
    active = embed.load(material.active, device=material.device)
    watch.say(f"asking {active.identity}, which is active")
    with material.database.reading() as session:
        stored = passages.current(session, embedder=active.identity, collection=material.collection)
    return judge.sit(exam, active, known=_known(exam, stored))


def _pairs(
    material: Material, stored: Sequence[StoredPassage], base: Embedder, watch: Watch
) -> list[Pair]:
    if material.pairs_file is None:
        found = pairs.made(stored, seed=material.seed)
        watch.say(f"{len(found)} pairs made of {len(stored)} stored passages")
        return found

    def best(question: str, texts: Sequence[str]) -> int:
        return int(np.argmax(base.embed_passages(texts) @ base.embed_query(question)))

    found, bad = pair_file.read(material.pairs_file, stored, best=best)
    for each in bad:
        watch.warn(f"pairs {material.pairs_file}: {each}")
    return found


def _exam(material: Material, ground: _Ground, asked: Sequence[Pair]) -> Exam:
    """Show passages as they are embedded, or bare where their names were made questions.

    Passages that the user brought are among them, those that were learnt from included.
    """
    is_given = material.pairs_file is not None
    stored = (
        PoolText(each.embedded_text if is_given else pairs.bare(each), each.uid)
        for each in ground.stored
    )
    brought = (
        PoolText(text, pair.document) for pair in ground.pairs for text in pair.answers if is_given
    )
    return examine.exam(
        asked,
        list(dict.fromkeys((*stored, *brought))),
        most_distractors=material.most_distractors,
        seed=material.seed,
    )


def _known(exam: Exam, stored: Sequence[StoredPassage]) -> NDArray[np.float32] | None:
    """Return the stored vectors of the pool, if there is one of every text there."""
    vectors = {each.embedded_text: each.vector for each in stored if each.vector}
    if any(each.text not in vectors for each in exam.pool):
        return None
    rows = [np.frombuffer(vectors[each.text], dtype="<f2") for each in exam.pool]
    return np.stack(rows).astype(np.float32)


def _with_negatives(
    split: Split, exam: Exam, first: Sitting, base: Embedder, lesson: Lesson
) -> list[Pair]:
    held_out = {pair.document for pair in split.held_out}
    open_places = [i for i, each in enumerate(exam.pool) if each.document not in held_out]
    return mined(
        split.train,
        [exam.pool[i] for i in open_places],
        first.vectors[open_places],
        base,
        each=lesson.mined_negatives,
        seed=lesson.seed,
    )


def _some(found: Sequence[Pair], *, seed: int) -> list[Pair]:
    """Return pairs with at most a thousand questions; none if there are too few to tell."""
    questions = list(dict.fromkeys(pair.question for pair in found))
    if len(questions) < examine.LEAST_QUESTIONS:
        return []
    draw = np.random.default_rng(seed).permutation(len(questions))[: examine.MOST_QUESTIONS]
    chosen = {questions[i] for i in draw}
    return [pair for pair in found if pair.question in chosen]


def _origins(found: Sequence[Pair]) -> dict[str, int]:
    return dict(Counter(pair.origin.value for pair in found))


def _speed(*sittings: Sitting) -> dict[str, float]:
    return {each.identity: round(each.passages_per_cpu_second, 1) for each in sittings}


def _require_free(out: Path) -> None:
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise TuningRefused(f"{out} is there already: name a new folder, or move that one away")


def _place_for(out: Path, *, is_better: bool, installs: bool) -> Path:
    """Return where a trained embedder goes: the folder asked for, or one beside it."""
    if not is_better:
        return _beside(out, REJECTED)
    return out if installs else _beside(out, CANDIDATE)


def _beside(out: Path, ending: str) -> Path:
    return out.with_name(out.name + ending)


@contextmanager
def _scratch(out: Path) -> Iterator[Path]:
    """Yield an empty folder on the same disk, to be renamed into place or else removed."""
    scratch = _beside(out, ".partial")
    shutil.rmtree(scratch, ignore_errors=True)
    scratch.mkdir(parents=True)
    try:
        yield scratch
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def _place(scratch: Path, outcome: Outcome, settings: Mapping[str, object], clock: Clock) -> None:
    target = Path(outcome.directory)
    facts = {**asdict(outcome), "settings": dict(settings), "made_at": clock().isoformat()}
    (scratch / FACTS).write_text(
        json.dumps(facts, indent=2, ensure_ascii=False) + "\n", encoding="utf-8"
    )
    if target.exists():
        shutil.rmtree(target)
    scratch.rename(target)
