"""File formats to plain text, chosen by the ending of the file's name; unknown ones are text."""

import io
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import PurePosixPath

from pypdf import PdfReader

from connectors.dates import read_instant
from connectors.doubts import date_as_given, time_flags
from connectors.errors import ItemFailed
from connectors.records import JsonValue
from connectors.text.fields import one_line
from connectors.text.markup import Page, decode, html_to_text, markdown_to_text, tidied
from connectors.text.rst import rst_to_text

MOST_PDF_PAGES = 5_000
MOST_FIELDS = 20
LONGEST_FIELD = 300


@dataclass(frozen=True, slots=True)
class FileText:
    """A file as a page of text, and the fields its author put above it."""

    page: Page
    media_type: str
    fields: Mapping[str, JsonValue] = field(default_factory=dict)


def read_text(name: str, body: bytes, *, zone: str | None = None) -> FileText:
    """Turn a file into text; one without a title is called after its file.

    zone: an IANA name, of the dates that name none.

    Raises:
        ItemFailed: empty, encrypted, damaged, or nothing that can be read as text.
    """
    if not body.strip():
        raise ItemFailed("the file is empty")
    path = PurePosixPath(name)
    found = _FORMATS.get(path.suffix.lower(), _plain)(body, zone)
    page = found.page
    if not page.text.strip():
        raise ItemFailed("the file holds no text")
    return replace(found, page=replace(page, title=one_line(page.title) or path.stem))


def _markdown(body: bytes, zone: str | None) -> FileText:
    return FileText(markdown_to_text(decode(body), zone=zone), "text/markdown")


def _html(body: bytes, zone: str | None) -> FileText:
    return FileText(html_to_text(body, zone=zone), "text/html")


def _plain(body: bytes, zone: str | None) -> FileText:
    del zone  # plain text gives no dates
    if b"\0" in body[:8_192] and not body.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise ItemFailed("the file is binary; formats read: text, Markdown, HTML, reST, PDF")
    return FileText(Page("", tidied(decode(body))), "text/plain")


def _rst(body: bytes, zone: str | None) -> FileText:
    found = rst_to_text(tidied(decode(body)))
    told = found.fields
    published, updated = (
        read_instant(told.get(first) or told.get(second), assumed_zone=zone)
        for first, second in (("date", "created"), ("last-modified", "updated"))
    )
    page = Page(
        told.get("title") or found.title,
        found.text,
        published_at=published.instant,
        updated_at=updated.instant,
        author=one_line(told.get("author") or told.get("authors") or "") or None,
        date_as_given=date_as_given(published, updated),
        time_flags=time_flags(published_at=published, updated_at=updated),
    )
    fields = {
        name: one_line(value)[:LONGEST_FIELD]
        for name, value in list(told.items())[:MOST_FIELDS]
        if value and name not in ("title", "author", "authors")
    }
    return FileText(page, "text/x-rst", fields)


def _pdf(body: bytes, zone: str | None) -> FileText:
    del zone  # its dates are those of the program that wrote it, and are not used
    try:
        return _pdf_text(PdfReader(io.BytesIO(body)))
    except ItemFailed:
        raise
    except Exception as error:  # a damaged PDF makes pypdf raise what it happens to
        raise ItemFailed(f"the PDF cannot be read: {one_line(str(error))[:200]}") from error


def _pdf_text(reader: PdfReader) -> FileText:
    if reader.is_encrypted and not reader.decrypt(""):
        raise ItemFailed("the PDF is encrypted")
    if len(reader.pages) > MOST_PDF_PAGES:
        raise ItemFailed(f"the PDF has more than {MOST_PDF_PAGES} pages")
    text = tidied("\n\n".join(page.extract_text() for page in reader.pages))
    if not text.strip():
        raise ItemFailed("the PDF holds no text; it may be scanned")
    about = reader.metadata
    title, author = (about.title, about.author) if about else (None, None)
    return FileText(
        Page(one_line(title or ""), text, author=one_line(author or "") or None),
        "application/pdf",
        {"pages": len(reader.pages)},
    )


_FORMATS: Mapping[str, Callable[[bytes, str | None], FileText]] = {
    ".md": _markdown,
    ".markdown": _markdown,
    ".html": _html,
    ".htm": _html,
    ".xhtml": _html,
    ".rst": _rst,
    ".pdf": _pdf,
}
