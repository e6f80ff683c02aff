"""`files` with a `url`: the promises of a directory, kept by file systems that fsspec reaches."""

import io
import json
import sys
import uuid
import zipfile
import zlib
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, ClassVar

import fsspec
import pytest
from fsspec import AbstractFileSystem
from fsspec.implementations.memory import MemoryFileSystem

from connectors.errors import InvalidOptions, RetryLater, SourceBroken
from connectors.records import Cursor
from tests.connectors.reading import Read, connector, read


class FlakyFileSystem(AbstractFileSystem):
    """An object store of which what is named "broken" cannot be had; it knows a password."""

    protocol = "flaky"
    objects: ClassVar[dict[str, bytes]] = {}

    def __init__(self, password: str = "", **options: Any) -> None:
        super().__init__(**options)
        self._password = password

    def ls(self, path: str, detail: bool = True, **options: Any) -> Any:
        if path.endswith("broken"):
            raise PermissionError(13, f"no entry with {self._password}")
        found: dict[str, Any] = {}
        for name, content in self.objects.items():
            below = name.removeprefix(f"{path}/")
            first, slash, _ = below.partition("/")
            if below != name and slash:
                found[first] = {"name": f"{path}/{first}", "type": "directory", "size": 0}
            elif below != name:
                found[first] = {
                    "name": name,
                    "type": "file",
                    "size": len(content),
                    "ETag": f'"{zlib.crc32(content)}"',
                    "LastModified": datetime(2026, 2, 1, 10, tzinfo=UTC),
                }
        return list(found.values())

    def _open(self, path: str, mode: str = "rb", **options: Any) -> Any:
        if "broken" in path:
            raise ConnectionError(f"lost while logged in with {self._password}")
        return io.BytesIO(self.objects[path])


@pytest.fixture(scope="module", autouse=True)
def flaky() -> None:
    fsspec.register_implementation("flaky", FlakyFileSystem, clobber=True)


@pytest.fixture
def root() -> Iterator[str]:
    """A directory in memory that no other test uses."""
    name = f"/{uuid.uuid4().hex}/docs"
    yield name
    for path in [path for path in MemoryFileSystem.store if path.startswith(name)]:
        del MemoryFileSystem.store[path]
    FlakyFileSystem.objects.clear()


def write(root: str, key: str, content: str) -> None:
    fsspec.filesystem("memory").pipe_file(f"{root}/{key}", content.encode())


def put(root: str, key: str, content: str) -> None:
    FlakyFileSystem.objects[f"{root.strip('/')}/{key}"] = content.encode()


def read_url(root: str, cursor: Cursor | None = None, **options: Any) -> Read:
    return read(connector("files", url=f"memory:/{root}", **options), cursor)


def test_files_below_the_url_are_read(root: str) -> None:
    write(root, "guide/start.md", "---\ndate: 2026-01-05\n---\n# Start\n\nSome *text*.")
    write(root, "a.txt", "Plain.")
    write(root, "data.bin", "no text")
    write(root, ".hidden/b.txt", "Hidden.")

    result = read_url(root, base_url="https://docs.example")

    assert result.keys == ["a.txt", "guide/start.md"]
    assert result.documents[1].title == "Start"
    assert result.documents[1].url == "https://docs.example/guide/start.md"
    assert result.documents[1].published_at == datetime(2026, 1, 5, tzinfo=UTC)
    assert result.is_complete


def test_only_changed_files_are_read_again(root: str) -> None:
    write(root, "a.txt", "One.")
    write(root, "b.txt", "Two.")
    first = read_url(root)
    write(root, "b.txt", "Two, changed.")

    second = read_url(root, json.loads(json.dumps(first.cursor)))
    third = read_url(root, second.cursor)

    assert (second.keys, second.unchanged, second.is_complete) == (["b.txt"], ["a.txt"], True)
    assert (third.keys, third.is_unmodified, third.is_complete) == ([], True, True)


def test_removed_file_is_absent_from_a_complete_read(root: str) -> None:
    write(root, "a.txt", "One.")
    write(root, "b.txt", "Two.")
    first = read_url(root)
    fsspec.filesystem("memory").rm(f"{root}/b.txt")

    second = read_url(root, first.cursor)

    assert (second.keys, second.unchanged, second.is_complete) == ([], ["a.txt"], True)


def test_missing_directory_is_tried_again_later(root: str) -> None:
    with pytest.raises(RetryLater, match=r"source here: memory:.* cannot be read"):
        read_url(root)


def test_empty_directory_removes_nothing(root: str) -> None:
    write(root, "a.txt", "One.")
    first = read_url(root)
    fsspec.filesystem("memory").rm(f"{root}/a.txt")
    fsspec.filesystem("memory").mkdir(root)

    second = read_url(root, first.cursor)

    assert not second.is_complete
    assert not second.is_unmodified


def test_file_in_place_of_the_directory_breaks_the_source(root: str) -> None:
    write(root, "a.txt", "One.")

    with pytest.raises(SourceBroken, match="is not a directory"):
        read_url(f"{root}/a.txt")


@pytest.mark.parametrize("content", ["", "x" * 2_000])
def test_unreadable_file_is_a_failure_and_harms_no_other(root: str, content: str) -> None:
    write(root, "a.txt", content)
    write(root, "good.txt", "Good.")
    first = read_url(root, max_bytes=1_000)

    second = read_url(root, first.cursor, max_bytes=1_000)

    assert (first.keys, [each.key for each in first.failures]) == (["good.txt"], ["a.txt"])
    assert second.failures == first.failures
    assert second.is_complete


def test_patterns_choose_files(root: str) -> None:
    for key in ("a.md", "sub/b.MD", "sub/deep/c.txt", "drafts/d.md"):
        write(root, key, "Text.")

    result = read_url(root, include=["*.md"], exclude=["drafts/"])

    assert result.keys == ["a.md", "sub/b.MD"]


def test_etag_and_time_of_an_object_store_are_believed(root: str) -> None:
    put(root, "a.txt", "One.")
    source = connector("files", url=f"flaky:/{root}")
    first = read(source)
    put(root, "a.txt", "One.")

    second = read(source, first.cursor)

    assert first.document.updated_at == datetime(2026, 2, 1, 10, tzinfo=UTC)
    assert second.is_unmodified


def test_empty_object_that_stands_for_a_directory_is_no_file(root: str) -> None:
    put(root, "", "")
    put(root, "a.txt", "One.")
    put(root, "sub/", "")
    put(root, "sub/b.txt", "Two.")

    result = read(connector("files", url=f"flaky:/{root}", include=["*"]))

    assert (result.keys, result.failures, result.is_complete) == (["a.txt", "sub/b.txt"], [], True)


def test_directory_that_cannot_be_listed_keeps_the_listing_from_being_whole(root: str) -> None:
    put(root, "a.txt", "One.")
    put(root, "broken/b.txt", "Two.")

    result = read(connector("files", url=f"flaky:/{root}"))

    assert result.keys == ["a.txt"]
    assert [each.key for each in result.failures] == ["broken"]
    assert not result.is_complete


def test_secret_of_storage_options_is_used_and_never_shown(
    root: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STORE_PASSWORD", "correct horse")
    put(root, "a.txt", "One.")
    put(root, "broken.txt", "Two.")
    options = {"password": "env:STORE_PASSWORD"}

    result = read(connector("files", url=f"flaky:/{root}", storage_options=options))

    assert result.keys == ["a.txt"]
    (failure,) = result.failures
    assert failure.reason == (
        "the file cannot be read: ConnectionError: lost while logged in with …"
    )
    assert "correct horse" not in json.dumps(result.cursor)


def test_source_waits_when_no_file_can_be_had(root: str) -> None:
    for number in range(6):
        put(root, f"broken{number}.txt", "Two.")

    with pytest.raises(RetryLater, match="ConnectionError"):
        read(connector("files", url=f"flaky:/{root}"))


def test_directory_that_refuses_its_reader_breaks_the_source(
    root: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STORE_PASSWORD", "correct horse")
    options = {"password": "env:STORE_PASSWORD"}

    with pytest.raises(SourceBroken, match=r"refuses to be read: PermissionError: no entry with …"):
        read(connector("files", url=f"flaky:/{root}/broken", storage_options=options))


def test_zip_archive_behind_a_url_is_read_and_its_checksums_are_compared(tmp_path: Path) -> None:
    archive = tmp_path / "docs.zip"
    with zipfile.ZipFile(archive, "w") as target:
        target.writestr("docs/a.txt", "One.")
        target.writestr("docs/sub/b.md", "# Two")
        target.writestr("other/c.txt", "Three.")
    source = connector("files", url=f"zip://docs::file://{archive}")
    first = read(source)
    with zipfile.ZipFile(archive, "w") as target:
        target.writestr("docs/a.txt", "One.")
        target.writestr("docs/sub/b.md", "# Two, changed")

    second = read(source, json.loads(json.dumps(first.cursor)))

    assert first.keys == ["a.txt", "sub/b.md"]
    assert (second.keys, second.unchanged) == (["sub/b.md"], ["a.txt"])


def test_missing_archive_is_tried_again_later(tmp_path: Path) -> None:
    with pytest.raises(RetryLater, match="FileNotFoundError"):
        read(connector("files", url=f"zip://docs::file://{tmp_path / 'none.zip'}"))


def test_missing_driver_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "s3fs", None)
    source = connector("files", url="s3://bucket/docs")

    with pytest.raises(InvalidOptions, match="s3:// needs a package: pip install s3fs"):
        read(source)


def test_unknown_storage_option_is_named(root: str, tmp_path: Path) -> None:
    archive = f"zip://docs::file://{tmp_path / 'none.zip'}"

    with pytest.raises(InvalidOptions, match="storage_options: TypeError"):
        read(connector("files", url=archive, storage_options={"fo": "elsewhere"}))


def test_dates_without_a_zone_are_in_the_one_that_is_set(root: str) -> None:
    write(root, "a.md", "---\ndate: 2026-03-01T10:30:00\n---\nText.")
    write(root, "b.html", "<meta name=pubdate content='2026-03-01T10:30:00'><p>Text of b.</p>")
    write(root, "c.rst", "Title\n=====\n\n:Date: 2026-03-01T10:30:00\n\nText.\n")

    result = read_url(root, zone="Europe/Berlin")

    assert {each.published_at for each in result.documents} == {
        datetime(2026, 3, 1, 9, 30, tzinfo=UTC)
    }
    assert [each.time_flags for each in result.documents] == [(), (), ()]


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        ({"url": "memory://a", "path": "/a"}, "exactly one of path and url"),
        ({"path": "/a", "storage_options": {"x": 1}}, "storage_options go with url"),
        ({"url": "http://site.example/docs"}, "http:// is refused: use the kind `web`"),
        ({"url": "https://site.example/docs"}, "https:// is refused"),
        ({"url": "zip://docs::https://site.example/a.zip"}, "https:// is refused"),
        ({"url": "file:///etc"}, "file:// is refused: use `path`"),
        ({"url": "local:///etc"}, "local:// is refused"),
        ({"url": "simplecache::s3://bucket"}, "has no protocol"),
        ({"url": "simplecache://::s3://bucket"}, "leaves copies on this machine"),
        ({"url": "filecache://::s3://bucket"}, "leaves copies on this machine"),
        ({"url": "reference://::s3://bucket"}, "leads to addresses that are not written here"),
        ({"url": "s3://bucket::s3://bucket"}, "expected one place"),
        ({"url": "zip://docs"}, "expected one place"),
        ({"url": "nowhere://bucket"}, "no protocol that fsspec knows"),
        ({"url": "docs"}, "has no protocol such as s3://"),
        ({"url": "sftp://user:secret@host/docs"}, "put it into storage_options as env:NAME"),
    ],
)
def test_wrong_options_are_named(options: dict[str, Any], complaint: str) -> None:
    with pytest.raises(InvalidOptions, match=complaint) as caught:
        connector("files", **options)
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    "url", ["github://org:repo@main/docs", "sftp://user@host/docs", "s3://bucket/a:b@c/d"]
)
def test_harmless_urls_are_accepted(url: str) -> None:
    assert connector("files", url=url).kind == "files"
