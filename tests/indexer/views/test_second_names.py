from pathlib import Path

import pytest

from indexer.views.second_names import SecondNames


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    (tmp_path / "lexical").mkdir()
    return tmp_path / "lexical"


@pytest.fixture
def names(directory: Path, tmp_path: Path) -> SecondNames:
    return SecondNames(directory, tmp_path / "second")


def found(path: Path) -> set[str]:
    return {each.name for each in path.iterdir()}


def test_a_removed_file_stays_until_its_second_name_is_taken_away(
    names: SecondNames, directory: Path, tmp_path: Path
) -> None:
    (directory / "a.store").write_text("words")
    names.give()
    (directory / "a.store").unlink()

    kept = (tmp_path / "second" / "a.store").read_text()
    names.take_away()

    assert kept == "words"
    assert found(tmp_path / "second") == set()


def test_files_that_are_there_keep_their_second_names(
    names: SecondNames, directory: Path, tmp_path: Path
) -> None:
    for name in ("a.store", "b.store"):
        (directory / name).write_text(name)
        names.give()
    (directory / "a.store").unlink()

    names.take_away()
    names.give()

    assert found(tmp_path / "second") == {"b.store"}


def test_files_that_are_written_again_have_no_second_name(
    names: SecondNames, directory: Path, tmp_path: Path
) -> None:
    for name in ("meta.json", ".managed.json", ".tantivy-writer.lock"):
        (directory / name).write_text("{}")

    names.give()

    assert found(tmp_path / "second") == set()


def test_where_nothing_can_be_linked_nothing_is_named(directory: Path, tmp_path: Path) -> None:
    (directory / "a.store").write_text("words")
    (tmp_path / "in the way").write_text("")
    names = SecondNames(directory, tmp_path / "in the way")

    names.give()
    names.take_away()

    assert found(directory) == {"a.store"}
