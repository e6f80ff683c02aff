import tarfile
from pathlib import Path

import pytest

from benchmarks.data import cache_folder, data_folder, unpacked
from benchmarks.records import Skipped


def archive(folder: Path, name: str, text: str) -> Path:
    folder.mkdir(exist_ok=True)
    content = folder / "note.txt"
    content.write_text(text)
    path = folder / f"{name}.tar.xz"
    with tarfile.open(path, "w:xz") as tar:
        tar.add(content, arcname="notes/note.txt")
    return path


def test_an_archive_is_unpacked_once(tmp_path: Path) -> None:
    archive(tmp_path / "data", "notes", "hello")
    cache = tmp_path / "cache"

    first = unpacked("notes", data=tmp_path / "data", cache=cache)
    (first / "mark").touch()
    second = unpacked("notes", data=tmp_path / "data", cache=cache)

    assert (first / "notes" / "note.txt").read_text() == "hello"
    assert (second / "mark").exists()
    assert [path.name for path in cache.iterdir()] == [first.name]


def test_a_replaced_archive_is_unpacked_anew(tmp_path: Path) -> None:
    archive(tmp_path / "data", "notes", "old")
    unpacked("notes", data=tmp_path / "data", cache=tmp_path / "cache")

    archive(tmp_path / "data", "notes", "new")
    folder = unpacked("notes", data=tmp_path / "data", cache=tmp_path / "cache")

    assert (folder / "notes" / "note.txt").read_text() == "new"


def test_a_missing_archive_skips_and_says_what_to_set(tmp_path: Path) -> None:
    with pytest.raises(Skipped, match="GROUNDING_DATA"):
        unpacked("absent", data=tmp_path, cache=tmp_path / "cache")


def test_a_broken_archive_leaves_nothing_in_the_cache(tmp_path: Path) -> None:
    (tmp_path / "broken.tar.xz").write_bytes(b"not an archive")

    with pytest.raises(tarfile.ReadError):
        unpacked("broken", data=tmp_path, cache=tmp_path / "cache")

    assert list((tmp_path / "cache").iterdir()) == []


def test_folders_come_from_the_environment(tmp_path: Path) -> None:
    variables = {"GROUNDING_DATA": str(tmp_path / "d"), "XDG_CACHE_HOME": str(tmp_path / "c")}

    assert data_folder(variables) == tmp_path / "d"
    assert cache_folder(variables) == tmp_path / "c" / "grounding-benchmarks"


def test_without_a_variable_data_lies_beside_the_checkout() -> None:
    assert data_folder({}).parts[-2:] == ("shared", "data")
