import re
from pathlib import Path

import numpy as np
import pytest

from indexer.embed import load
from indexer.errors import EmbedderUnusable, MissingExtra, TuningRefused
from indexer.tuning import train as training
from indexer.tuning.records import Lesson, Step
from indexer.tuning.train import require_extra, table, train
from tests.indexer.tuning.tiny import lessons, pair, transformer

pytest.importorskip("datasets", reason="the extra `tune` is not installed")
pytest.importorskip("accelerate", reason="the extra `tune` is not installed")

PAIRS = [pair(question, answer) for question, answer in lessons(64)]


def trained(base: Path, out: Path, **changes: object) -> list[Step]:
    steps: list[Step] = []
    lesson = Lesson(**{"epochs": 4, "batch": 16, "learning_rate": 5e-3, **changes})  # type: ignore[arg-type]
    train(base, PAIRS, out, lesson=lesson, device="cpu", progress=steps.append)
    return steps


def test_what_was_trained_is_an_embedder_and_every_step_was_told(tmp_path: Path) -> None:
    base = transformer(tmp_path)

    steps = trained(base, tmp_path / "out")

    assert [step.done for step in steps] == list(range(1, 17))
    assert {step.total for step in steps} == {16}
    assert (steps[-1].loss or 9) < (steps[1].loss or 0)
    before, after = load(str(base), device="cpu"), load(str(tmp_path / "out"), device="cpu")
    assert (before.dimension, before.max_tokens) == (after.dimension, after.max_tokens)
    assert before.identity.rpartition("/")[2] != after.identity.rpartition("/")[2]


def test_the_same_seed_trains_the_same_embedder(tmp_path: Path) -> None:
    base = transformer(tmp_path)
    for name in ("one", "other"):
        trained(base, tmp_path / name, epochs=1)

    one, other = (load(str(tmp_path / name), device="cpu") for name in ("one", "other"))

    assert np.array_equal(one.embed_query("aska askb"), other.embed_query("aska askb"))


def test_training_writes_nothing_else_and_shows_nothing(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    base = transformer(tmp_path)
    capfd.readouterr()

    trained(base, tmp_path / "out", epochs=1)

    assert sorted(path.name for path in tmp_path.iterdir()) == ["out", "tiny", "written"]
    assert not (tmp_path / "out" / "README.md").exists()
    assert capfd.readouterr() == ("", "")


def test_fewer_pairs_than_a_batch_are_refused(tmp_path: Path) -> None:
    with pytest.raises(TuningRefused, match="64 pairs to learn from are fewer than a batch of 65"):
        trained(tmp_path, tmp_path / "out", batch=65)


def test_a_device_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(EmbedderUnusable, match="expected auto, cpu or gpu"):
        train(tmp_path, PAIRS, tmp_path, lesson=Lesson(), device="tpu", progress=lambda step: None)


def test_rows_are_filled_up_with_passages_of_other_documents() -> None:
    pairs = [
        pair("one", "first", negatives=("no", "nor this")),
        pair("two", "second", negatives=("neither",)),
        pair("three", "third"),
    ]

    columns = table(pairs, seed=1)

    assert list(columns) == ["anchor", "positive", "negative_1", "negative_2"]
    assert columns["negative_1"][:2] == ["no", "neither"]
    assert columns["negative_2"][0] == "nor this"
    assert columns["negative_1"][2] in {"first", "second"}
    assert columns["negative_2"][1] in {"first", "third"}


def test_pairs_without_negatives_have_no_column_for_them() -> None:
    assert list(table([pair("one"), pair("two")], seed=1)) == ["anchor", "positive"]


def test_negatives_cannot_be_found_in_one_document() -> None:
    pairs = [pair("one", document="a", negatives=("no",)), pair("two", document="a")]

    with pytest.raises(TuningRefused, match="of one document"):
        table(pairs, seed=1)


def test_a_missing_extra_is_named_with_how_to_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(training, "find_spec", lambda name: None)

    wanted = "tuning needs datasets and accelerate: install the extra with `pip install 'groun"
    with pytest.raises(MissingExtra, match=re.escape(wanted)):
        require_extra()
