import json
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from pypdf import PdfReader, PdfWriter

from connectors.errors import InvalidOptions, RetryLater, SourceBroken
from connectors.records import Cursor
from tests.connectors.reading import Read, connector, pdf, read

MODIFIED = datetime(2026, 2, 1, 10, tzinfo=UTC)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    directory = tmp_path / "docs"
    directory.mkdir()
    return directory


def write(root: Path, key: str, content: str | bytes, *, modified: datetime = MODIFIED) -> Path:
    path = root / key
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    os.utime(path, (modified.timestamp(), modified.timestamp()))
    return path


def read_files(root: Path, cursor: Cursor | None = None, **options: Any) -> Read:
    return read(connector("files", path=root, **options), cursor)


def test_markdown_is_read_with_its_front_matter(root: Path) -> None:
    write(root, "guide/start.md", "---\ntitle: Start here\ndate: 2026-01-05\n---\nSome *text*.\n")

    document = read_files(root).document

    assert (document.key, document.title, document.text) == (
        "guide/start.md",
        "Start here",
        "Some text.",
    )
    assert document.published_at == datetime(2026, 1, 5, tzinfo=UTC)
    assert document.updated_at == MODIFIED
    assert document.media_type == "text/markdown"


@pytest.mark.parametrize(
    ("key", "content"),
    [
        ("a.md", "---\ndate: {}\nlastmod: 2026-03-02T08:00:00Z\n---\nText.\n"),
        ("a.html", "<meta property='article:published_time' content='{}'><p>Text.</p>"),
        ("a.rst", "Title\n=====\n\n:Date: {}\n\nText.\n"),
    ],
)
@pytest.mark.parametrize(
    ("said", "flag", "kept"),
    [
        ("2026-03-01T10:30:00", ("published_at: names no zone, read as UTC",), None),
        ("2026-03-01T10:30:00Z", (), None),
        ("2026-03-01", (), None),
        ("last spring", ("published_at: cannot be read as a time",), "last spring"),
        ("13/04/26", ("published_at: has a year of two digits, not read",), "13/04/26"),
    ],
)
def test_doubtful_dates_are_flagged_and_unread_ones_kept(
    root: Path, key: str, content: str, said: str, flag: tuple[str, ...], kept: str | None
) -> None:
    write(root, key, content.format(said))

    document = read_files(root).document

    assert document.time_flags == flag
    assert document.metadata.get("date_as_given") == kept


def test_first_heading_is_the_title_else_the_file_name(root: Path) -> None:
    write(root, "a.md", "# Heading\n\nText.")
    write(root, "release-notes.txt", "Fixed a bug.")

    assert [each.title for each in read_files(root).documents] == ["Heading", "release-notes"]


def test_html_is_read_without_its_markup(root: Path) -> None:
    write(root, "p.html", "<html lang=de><title>Seite</title><p>Der Text.</p><script>x</script>")

    document = read_files(root).document

    assert (document.title, document.language, document.url) == ("Seite", "de", None)
    assert "Der Text." in document.text
    assert "<" not in document.text


def test_restructured_text_sections_become_headings(root: Path) -> None:
    write(root, "pep.rst", "Author: A\nCreated: 04-Jun-2009\n\nWhy\n===\n\nSee :pep:`8`.\n")

    document = read_files(root).document

    assert "# Why\n\nSee PEP 8." in document.text
    assert document.published_at == datetime(2009, 6, 4, tzinfo=UTC)
    assert (document.title, document.author) == ("Why", "A")


def test_pdf_is_read_with_its_title(root: Path) -> None:
    write(root, "report.pdf", pdf("The harvest was good.", title="Harvest"))

    document = read_files(root).document

    assert (document.title, document.text) == ("Harvest", "The harvest was good.")
    assert document.media_type == "application/pdf"


def test_url_is_the_base_url_and_the_path(root: Path) -> None:
    write(root, "a b/c.txt", "Text.")

    document = read_files(root, base_url="https://docs.example/v1/").document

    assert document.url == "https://docs.example/v1/a%20b/c.txt"


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({}, ["a.md", "sub/b.MD", "sub/deep/c.txt"]),
        ({"include": ["*.md"]}, ["a.md", "sub/b.MD"]),
        ({"include": ["sub/*"]}, ["sub/b.MD", "sub/d.log"]),
        ({"include": ["sub/**/*.txt"]}, ["sub/deep/c.txt"]),
        ({"include": ["**/*.log"]}, ["sub/d.log"]),
        ({"exclude": ["sub/"]}, ["a.md"]),
        ({"exclude": ["deep/**"]}, ["a.md", "sub/b.MD", "sub/deep/c.txt"]),
        ({"exclude": ["**/deep/**", "a.*"]}, ["sub/b.MD"]),
    ],
)
def test_patterns_choose_files(root: Path, options: dict[str, Any], expected: list[str]) -> None:
    for key in ("a.md", "sub/b.MD", "sub/deep/c.txt", "sub/d.log", ".hidden.md", ".git/e.md"):
        write(root, key, "Text.")

    assert sorted(read_files(root, **options).keys) == expected


def test_links_out_of_the_directory_are_not_followed(root: Path, tmp_path: Path) -> None:
    write(tmp_path, "outside/secret.md", "Secret.")
    write(root, "inside.md", "Inside.")
    (root / "leak.md").symlink_to(tmp_path / "outside" / "secret.md")
    (root / "leaks").symlink_to(tmp_path / "outside", target_is_directory=True)
    (root / "again.md").symlink_to(root / "inside.md")
    (root / "loop.md").symlink_to(root / "loop.md")

    assert sorted(read_files(root).keys) == ["again.md", "inside.md"]


def test_only_changed_files_are_read_again(root: Path) -> None:
    write(root, "a.txt", "One.")
    write(root, "b.txt", "Two.")
    first = read_files(root)
    write(root, "b.txt", "Two, changed.")

    second = read_files(root, json.loads(json.dumps(first.cursor)))

    assert (second.keys, second.unchanged) == (["b.txt"], ["a.txt"])
    assert second.is_complete
    assert not second.is_unmodified


def test_removed_file_is_absent_from_a_complete_read(root: Path) -> None:
    write(root, "a.txt", "One.")
    gone = write(root, "b.txt", "Two.")
    first = read_files(root)
    gone.unlink()

    second = read_files(root, first.cursor)
    third = read_files(root, second.cursor)

    assert (second.keys, second.unchanged, second.is_complete) == ([], ["a.txt"], True)
    assert (third.unchanged, third.is_complete, third.is_unmodified) == (["a.txt"], True, True)


def test_empty_directory_is_not_taken_for_an_empty_listing(root: Path) -> None:
    path = write(root, "a.txt", "One.")
    first = read_files(root)
    path.unlink()

    second = read_files(root, first.cursor)
    write(root, "a.txt", "One.")
    third = read_files(root, second.cursor)

    assert not second.is_complete
    assert not second.is_unmodified
    assert third.unchanged == ["a.txt"]


def test_missing_directory_is_tried_again_later(root: Path) -> None:
    with pytest.raises(RetryLater, match=r"source here: cannot list .*docs"):
        read_files(root / "docs")


def test_file_in_place_of_the_directory_breaks_the_source(root: Path) -> None:
    with pytest.raises(SourceBroken, match="is not a directory"):
        read_files(write(root, "a.txt", "One."))


@pytest.mark.parametrize(
    ("key", "content", "reason"),
    [
        ("a.txt", b"", "the file is empty"),
        ("a.md", b"  \n", "the file is empty"),
        ("a.html", b"<html><script>x</script></html>", "the file holds no text"),
        ("a.txt", b"MZ\x00\x01\x02", "the file is binary"),
        ("a.pdf", b"%PDF-1.4 garbage", "the PDF cannot be read"),
        ("a.pdf", pdf("Text.")[:300], "the PDF cannot be read"),
        ("a.pdf", pdf(""), "the PDF holds no text"),
        ("a.txt", b"x" * 2_000, "the file is larger than max_bytes = 1000"),
    ],
)
def test_unreadable_file_is_a_failure_and_harms_no_other(
    root: Path, key: str, content: bytes, reason: str
) -> None:
    write(root, key, content)
    write(root, "good.txt", "Good.")

    result = read_files(root, max_bytes=1_000)

    assert result.keys == ["good.txt"]
    assert [each.key for each in result.failures] == [key]
    assert result.failures[0].reason.startswith(reason)
    assert result.is_complete


def test_encrypted_pdf_is_a_failure(root: Path, tmp_path: Path) -> None:
    open_pdf = write(tmp_path, "open.pdf", pdf("Text."))
    writer = PdfWriter(clone_from=PdfReader(open_pdf))
    writer.encrypt("password", algorithm="RC4-128")
    writer.write(root / "closed.pdf")

    assert [each.reason for each in read_files(root).failures] == ["the PDF is encrypted"]


def test_damaged_file_stays_a_failure_and_is_not_removed(root: Path) -> None:
    write(root, "a.pdf", b"%PDF-1.4 garbage")
    write(root, "good.txt", "Good.")
    first = read_files(root)

    second = read_files(root, first.cursor)

    assert second.failures == first.failures
    assert second.unchanged == ["good.txt"]


def test_damaged_file_is_read_once_it_is_repaired(root: Path) -> None:
    write(root, "a.pdf", b"%PDF-1.4 garbage")
    first = read_files(root)
    write(root, "a.pdf", pdf("Repaired."))

    second = read_files(root, first.cursor)

    assert (second.keys, second.failures) == (["a.pdf"], [])


def test_long_text_is_cut_and_says_so(root: Path) -> None:
    write(root, "a.txt", "This is a sentence. " * 100)

    document = read_files(root, max_text_chars=1_000).document

    assert len(document.text) <= 1_000
    assert document.metadata == {"truncated": True}


def test_name_that_is_not_utf8_is_a_failure(root: Path) -> None:
    Path(os.fsdecode(os.fsencode(root) + b"/caf\xe9.txt")).write_text("Text.")
    write(root, "good.txt", "Good.")

    result = read_files(root)

    assert (result.keys, len(result.failures)) == (["good.txt"], 1)
    assert json.dumps(result.cursor).encode()


def test_many_files_come_in_batches_and_the_last_one_completes(root: Path) -> None:
    for number in range(120):
        write(root, f"{number:03}.txt", f"Number {number}.")

    result = read_files(root)

    assert [len(batch.documents) for batch in result.batches] == [50, 50, 20, 0]
    assert [batch.is_complete for batch in result.batches] == [False, False, False, True]


def test_read_that_was_cut_short_goes_on_where_it_stopped(root: Path) -> None:
    for number in range(120):
        write(root, f"{number:03}.txt", f"Number {number}.")
    first_batch = read_files(root).batches[0]

    result = read_files(root, first_batch.cursor)

    assert len(result.documents) == 70
    assert len(result.unchanged) == 50


def test_changed_options_read_everything_anew(root: Path) -> None:
    write(root, "a.txt", "One.")
    first = read_files(root)

    second = read_files(root, first.cursor, base_url="https://docs.example")

    assert second.keys == ["a.txt"]


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        ({}, "path"),
        ({"path": "/x", "include": ["../*.md"]}, "'../\\*.md' is not relative to path"),
        ({"path": "/x", "exclude": ["/etc"]}, "is not relative to path"),
        ({"path": "/x", "base_url": "file:///x"}, "http:// or https://"),
    ],
)
def test_wrong_options_are_named(options: dict[str, Any], complaint: str) -> None:
    with pytest.raises(InvalidOptions, match=complaint):
        connector("files", **options)
