"""The whole way: pairs, a real training of a tiny transformer, the exam, and what is installed."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from indexer.database import Database
from indexer.embed import load
from indexer.errors import TuningRefused
from indexer.switch import add
from indexer.tuning import pipeline
from indexer.tuning.pipeline import Material, Watch
from indexer.tuning.records import Lesson, Outcome, Verdict
from tests.fakes import FakeClock
from tests.indexer.tuning.tiny import SAID, interpreter, lessons, transformer
from tests.indexer.workshop import Workshop, document

pytest.importorskip("datasets", reason="the extra `tune` is not installed")
pytest.importorskip("accelerate", reason="the extra `tune` is not installed")

QUIET = Watch(say=lambda what: None, step=lambda step: None, warn=lambda what: None)
LESSON = Lesson(epochs=8, batch=32, learning_rate=5e-3)


@pytest.fixture
def material(sqlite_database: Database, clock: FakeClock, tmp_path: Path) -> Material:
    base = str(transformer(tmp_path))
    return Material(sqlite_database, clock, base, "cpu", pairs_file=tmp_path / "pairs.jsonl")


def write_pairs(material: Material, count: int, *, is_true: bool = True) -> None:
    assert material.pairs_file is not None
    given = [
        {"question": question, "passage": answer}
        for question, answer in lessons(count, is_true=is_true)
    ]
    material.pairs_file.write_text("\n".join(map(json.dumps, given)))


def tuned(material: Material, out: Path, *, installs: bool = True) -> Outcome:
    return pipeline.tune(material, LESSON, out, installs=installs, watch=QUIET)


def test_a_better_embedder_is_installed_with_how_it_came_to_be(
    material: Material, tmp_path: Path
) -> None:
    write_pairs(material, 300)
    out = tmp_path / "mine"

    outcome = tuned(material, out)

    assert outcome.comparison is not None
    assert outcome.comparison.verdict is Verdict.BETTER
    assert outcome.comparison.new > outcome.comparison.base + 0.1
    assert (outcome.comparison.questions, outcome.comparison.pool) == (60, 300)
    assert outcome.is_installed
    assert load(str(out), device="cpu").identity == outcome.identity
    facts = json.loads((out / "grounding.json").read_text())
    assert (facts["base"], facts["settings"]["seed"]) == (outcome.base, 1)
    assert facts["comparison"]["verdict"] == "better"
    assert facts["made_at"] == "2026-03-01T12:00:00+00:00"
    assert not (tmp_path / "mine.partial").exists()


def test_a_better_one_than_its_base_is_not_installed_if_the_active_one_is_better(
    material: Material, tmp_path: Path
) -> None:
    write_pairs(material, 300)
    active = interpreter(tmp_path)
    wanting, lesson = replace(material, active=str(active)), replace(LESSON, epochs=3)

    outcome = pipeline.tune(wanting, lesson, tmp_path / "mine", installs=True, watch=QUIET)

    assert outcome.comparison is not None
    assert outcome.comparison.verdict is Verdict.BETTER
    assert outcome.against_active is not None
    assert outcome.against_active.verdict is not Verdict.BETTER
    assert outcome.against_active.base > outcome.comparison.base
    assert outcome.against_active.new == outcome.comparison.new
    assert outcome.active == load(str(active), device="cpu").identity
    assert set(outcome.speed) == {outcome.base, outcome.active, outcome.identity}
    assert not outcome.is_installed
    assert outcome.directory == str(tmp_path / "mine.rejected")
    assert not (tmp_path / "mine").exists()


def test_an_embedder_that_learnt_nonsense_is_not_installed(
    material: Material, tmp_path: Path
) -> None:
    write_pairs(material, 300, is_true=False)

    outcome = tuned(material, tmp_path / "mine")

    assert outcome.comparison is not None
    assert outcome.comparison.verdict is not Verdict.BETTER
    assert not outcome.is_installed
    assert not (tmp_path / "mine").exists()
    assert outcome.directory == str(tmp_path / "mine.rejected")
    assert (tmp_path / "mine.rejected" / "grounding.json").exists()


def test_what_is_not_to_be_installed_lies_beside(material: Material, tmp_path: Path) -> None:
    write_pairs(material, 300)

    outcome = tuned(material, tmp_path / "mine", installs=False)

    assert not (tmp_path / "mine").exists()
    assert outcome.directory == str(tmp_path / "mine.candidate")


def test_too_few_pairs_are_refused_before_anything_is_written(
    material: Material, tmp_path: Path
) -> None:
    write_pairs(material, 60)
    before = sorted(tmp_path.iterdir())

    with pytest.raises(TuningRefused, match="60 questions are too few"):
        tuned(material, tmp_path / "mine")

    assert sorted(tmp_path.iterdir()) == before


def test_a_folder_that_holds_something_is_not_overwritten(
    material: Material, tmp_path: Path
) -> None:
    write_pairs(material, 300)

    with pytest.raises(TuningRefused, match="is there already"):
        tuned(material, tmp_path / "tiny")


def test_pairs_are_made_of_what_is_stored(
    material: Material, clock: FakeClock, tmp_path: Path
) -> None:
    base = load(material.base, device="cpu")
    workshop = Workshop(material.database, clock, base)  # type: ignore[arg-type]
    workshop.push(
        *(
            document(str(n), f"{answer} {SAID[n % 16]} " * 2, title=question)
            for n, (question, answer) in enumerate(lessons(200))
        )
    )

    outcome = tuned(replace(material, pairs_file=None), tmp_path / "mine")

    assert set(outcome.pairs) == {"title"}
    assert outcome.comparison is not None
    assert outcome.comparison.questions >= 50


def test_a_distilled_embedder_embeds_what_is_stored(
    material: Material, clock: FakeClock, tmp_path: Path
) -> None:
    write_pairs(material, 80)
    workshop = Workshop(material.database, clock, load(material.base, device="cpu"))  # type: ignore[arg-type]
    workshop.push(*(document(str(n), answer) for n, (_, answer) in enumerate(lessons(20))))

    outcome = pipeline.distil(
        material,
        tmp_path / "static",
        dimensions=16,
        with_words=False,
        watch=QUIET,
    )
    static = load(str(tmp_path / "static"), device="cpu")
    done = add(material.database, "static", static, progress=lambda count: None)

    assert outcome.comparison is not None
    assert outcome.comparison.cosine is None
    assert set(outcome.speed) == {outcome.base, outcome.identity}
    assert done == 20


def test_quality_is_unknown_where_too_little_can_be_asked(
    material: Material, tmp_path: Path
) -> None:
    outcome = pipeline.distil(
        replace(material, pairs_file=None),
        tmp_path / "static",
        dimensions=16,
        with_words=False,
        watch=QUIET,
    )

    assert outcome.is_installed
    assert outcome.comparison is None


def test_words_of_nothing_cannot_be_taken(material: Material, tmp_path: Path) -> None:
    with pytest.raises(TuningRefused, match="nothing is stored"):
        pipeline.distil(
            replace(material, pairs_file=None),
            tmp_path / "static",
            dimensions=16,
            with_words=True,
            watch=QUIET,
        )
