"""`grounding tune` and `grounding distill`, from the command line to the folder."""

import json
from importlib.util import find_spec
from pathlib import Path
from shutil import rmtree

import pytest

from indexer.embed import load
from tests.grounding.cli.command import Command
from tests.indexer.tuning.tiny import lessons, transformer
from tests.tiny_embedder import make_tiny_embedder

needs_extra = pytest.mark.skipif(
    find_spec("datasets") is None or find_spec("accelerate") is None,
    reason="the extra `tune` is not installed",
)


@pytest.fixture
def base(tmp_path: Path) -> Path:
    return transformer(tmp_path)


def pairs(count: int, *, is_true: bool = True) -> Path:
    given = [{"question": q, "passage": a} for q, a in lessons(count, is_true=is_true)]
    file = Path("pairs.jsonl")
    file.write_text("\n".join(map(json.dumps, given)))
    return file


@needs_extra
def test_tune_writes_what_is_better_and_says_what_to_do_next(command: Command, base: Path) -> None:
    command("embedder", "add", base)
    command("embedder", "switch", base)

    done = command(
        "tune", "--out", "mine", "--pairs", pairs(300), "--epochs", 8, "--learning-rate", 0.005
    )

    assert (done.code, done.err) == (0, "")
    assert "better" in done.out
    assert "which is active" not in done.out
    assert "`grounding embedder add mine`" in done.out
    assert "`grounding embedder switch mine`" in done.out
    assert load("mine", device="cpu").identity in done.out


@needs_extra
def test_tune_that_learns_nonsense_ends_with_6_and_says_so(command: Command, base: Path) -> None:
    done = command(
        "tune", "--out", "mine", "--pairs", pairs(300, is_true=False), "--base", base,
        "--epochs", 1, "--json",
    )  # fmt: skip

    assert done.code == 6
    assert done.json["comparison"]["verdict"] != "better"
    assert done.json["active"] == "all-MiniLM-L6-v2/torch-fp32/53aa5117"
    assert done.json["against_active"]["verdict"] != "better"
    assert not done.json["is_installed"]
    assert not Path("mine").exists()
    assert Path(done.json["directory"]).is_dir()


@needs_extra
def test_tune_with_too_few_pairs_ends_with_6(command: Command, base: Path) -> None:
    done = command("tune", "--out", "mine", "--pairs", pairs(20), "--base", base)

    assert done.code == 6
    assert "20 questions are too few" in done.sentence


@needs_extra
def test_tune_without_anything_stored_says_so(command: Command, base: Path) -> None:
    done = command("tune", "--out", "mine", "--base", base, "--collection", "papers")

    assert done.code == 6
    assert "nothing is stored in the collection papers" in done.sentence


@needs_extra
def test_tune_names_the_bad_lines_of_a_file(command: Command, base: Path) -> None:
    Path("bad.jsonl").write_text('{"question": "what?"}\nnonsense\n')

    done = command("tune", "--out", "mine", "--pairs", "bad.jsonl", "--base", base)

    assert done.code == 6
    assert "2 of 2 lines cannot be used: line 1: expected either a passage" in done.sentence


def test_a_few_bad_lines_are_named_and_left_out(command: Command, base: Path) -> None:
    file = pairs(80)
    file.write_text(f"{file.read_text()}\nnonsense\n")

    done = command("distill", "--out", "fast", "--base", base, "--pairs", file, "--json")

    assert (done.code, done.json["pairs"]) == (0, {"given": 80})
    assert done.err.startswith("pairs pairs.jsonl: line 81: ")


def test_an_embedder_that_is_not_there_ends_with_4(command: Command) -> None:
    done = command("distill", "--out", "mine", "--base", "nobody/has-this")

    assert done.code == 4
    assert "hf download nobody/has-this" in done.sentence


def test_distill_compares_quality_and_speed(command: Command, base: Path) -> None:
    done = command(
        "distill", "--out", "fast", "--pairs", pairs(80), "--base", base, "--dimensions", 16
    )

    assert (done.code, done.err) == (0, "")
    assert "nDCG@10" in done.out
    assert "passages a CPU second" in done.out
    assert load("fast", device="cpu").dimension == 16


def test_the_embedder_that_the_database_was_switched_to_is_the_base(
    command: Command, base: Path
) -> None:
    command("embedder", "add", base)
    command("embedder", "switch", base)

    done = command("distill", "--out", "fast", "--dimensions", 16, "--json")

    assert done.code == 0
    assert done.json["base"] == load(str(base), device="cpu").identity


def test_an_active_embedder_that_was_altered_is_not_built_on(command: Command, base: Path) -> None:
    command("embedder", "add", base)
    command("embedder", "switch", base)
    rmtree(base)
    make_tiny_embedder(base)

    done = command("distill", "--out", "fast")

    assert done.code == 4
    assert "install those weights here" in done.sentence


def test_what_was_distilled_can_be_switched_to(command: Command, base: Path) -> None:
    command("distill", "--out", "fast", "--base", base, "--dimensions", 16)
    command("embedder", "add", "fast")
    command("embedder", "switch", "fast")

    active = command("embedder", "list", "--json").json["embedders"][0]

    assert (active["name"], active["is_active"]) == (str(Path("fast").resolve()), True)


def test_distill_without_questions_says_that_quality_is_unknown(
    command: Command, base: Path
) -> None:
    done = command("distill", "--out", "fast", "--base", base)

    assert done.code == 0
    assert "quality: unknown" in done.out


def test_distill_does_not_overwrite_a_folder(command: Command, base: Path) -> None:
    Path("mine").mkdir()
    Path("mine/thesis.tex").write_text("years of work")

    done = command("distill", "--out", "mine", "--base", base)

    assert done.code == 6
    assert "is there already" in done.sentence


def test_distill_with_words_of_an_empty_collection_ends_with_6(
    command: Command, base: Path
) -> None:
    done = command("distill", "--out", "x", "--base", base, "--vocabulary", "collection")

    assert done.code == 6
    assert "nothing is stored" in done.sentence
