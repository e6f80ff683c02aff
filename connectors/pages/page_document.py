"""A page of the web as a document: what was answered, read by its media type."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import unquote, urlsplit

from connectors.errors import ItemFailed
from connectors.http.reply import Reply
from connectors.records import Document, JsonValue
from connectors.text.fields import cut_at_sentence, one_line, web_link
from connectors.text.formats import read_text
from connectors.text.language import language_of
from connectors.text.links import is_same_site, site_of
from connectors.text.markup import Page, decode, html_to_text

LONGEST_TITLE = 500

_HTML = ("text/html", "application/xhtml+xml")
_SUFFIXES = {
    "application/pdf": ".pdf",
    "application/x-pdf": ".pdf",
    "text/markdown": ".md",
    "text/x-markdown": ".md",
    "text/x-rst": ".rst",
    "text/prs.fallenstein.rst": ".rst",
}
_PLAIN_SUFFIXES = (".md", ".markdown", ".rst", ".txt")
_UNSAID = ("", "application/octet-stream", "binary/octet-stream", "text/plain")
_HTML_STARTS = (b"<!doctype html", b"<html")


@dataclass(frozen=True, slots=True)
class Listed:
    """A page as its listing names it; the times are those that the listing gives.

    modified: as written there, "" if it is not. sites: if any, where it may redirect to.
    """

    address: str
    modified: str = ""
    modified_at: datetime | None = None
    published_at: datetime | None = None
    sites: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class PageText:
    """A page as text, and the fields that its author put above it."""

    page: Page
    media_type: str
    fields: Mapping[str, JsonValue] = field(default_factory=dict)


def read_page(reply: Reply, *, sites: frozenset[str], ignore: Sequence[str]) -> PageText:
    """Read HTML, text, Markdown, reStructuredText or PDF.

    Raises:
        ItemFailed: it is something else, on another site, damaged, or has no text.
    """
    if sites and site_of(reply.url) not in sites:
        raise ItemFailed(f"it redirects to another site, {site_of(reply.url)}")
    name = unquote(urlsplit(reply.url).path).rpartition("/")[2]
    suffix = _suffix(reply, name)
    if suffix != ".html":
        stem = name.rpartition(".")[0] or name
        found = read_text(f"{stem or site_of(reply.url)}{suffix}", reply.body)
        return PageText(found.page, found.media_type, found.fields)
    html = decode(reply.body, reply.charset)
    page = html_to_text(html, base_url=reply.url, ignore=ignore)
    if not page.text.strip():
        raise ItemFailed("the page has no text; it may need a browser to show any")
    return PageText(page, reply.media_type or "text/html")


def page_document(
    key: str, found: PageText, reply: Reply, *, listed: Listed, max_text_chars: int
) -> Document:
    """Return what was read as a document; where it gives no time, that of its listing counts."""
    page = found.page
    text = cut_at_sentence(page.text, max_text_chars)
    language = language_of(text, page.language, reply.content_language)
    published, published_from = _published(page, listed)
    updated, updated_from = _updated(found, reply, listed)
    metadata: dict[str, JsonValue] = {
        **found.fields,
        "date_from": published_from,
        "updated_from": updated_from if updated else "",
        "date_as_given": page.date_as_given,
        "truncated": text != page.text,
        **language.metadata,
    }
    return Document(
        key=key,
        text=text,
        title=one_line(page.title)[:LONGEST_TITLE],
        url=_shown_url(page, reply),
        author=page.author,
        language=language.tag,
        media_type=found.media_type,
        published_at=published,
        updated_at=updated,
        metadata={name: value for name, value in metadata.items() if value},
        time_flags=page.time_flags,
        volatile=tuple(language.metadata),
    )


def _published(page: Page, listed: Listed) -> tuple[datetime | None, str]:
    if page.published_at is not None:
        return page.published_at, page.published_from or "front matter"
    return listed.published_at, "sitemap" if listed.published_at else ""


def _updated(found: PageText, reply: Reply, listed: Listed) -> tuple[datetime | None, str]:
    """Return when the page was changed last; of HTML the server itself rarely knows."""
    page = found.page
    if page.updated_at is not None:
        return page.updated_at, page.updated_from or "front matter"
    if listed.modified_at is not None:
        return listed.modified_at, "sitemap lastmod"
    is_file = found.media_type not in _HTML
    return (reply.last_modified_at, "Last-Modified") if is_file else (None, "")


def _suffix(reply: Reply, name: str) -> str:
    """Return the ending of a file that would be read as this reply must be."""
    start = reply.body[:1_000].lstrip().lower()
    if start.startswith(b"%pdf-"):
        return ".pdf"
    if reply.media_type in _HTML or (
        reply.media_type in _UNSAID and start.startswith(_HTML_STARTS)
    ):
        return ".html"
    if reply.media_type in _SUFFIXES:
        return _SUFFIXES[reply.media_type]
    ending = name[name.rfind(".") :].lower() if "." in name else ""
    if reply.media_type in _UNSAID and (
        ending in _PLAIN_SUFFIXES or reply.media_type[:5] == "text/"
    ):
        return ending if ending in _PLAIN_SUFFIXES else ".txt"
    if not reply.media_type:
        return ".html"
    raise ItemFailed(
        f"it is {reply.media_type}; read are HTML, text, Markdown, reStructuredText and PDF"
    )


def _shown_url(page: Page, reply: Reply) -> str | None:
    """Return the address a page gives itself, unless it is of another site or of the front page.

    Sites that are set up carelessly call every page of theirs the front page.
    """
    canonical, address = page.canonical or "", reply.url
    is_front = urlsplit(canonical).path in ("", "/") and urlsplit(address).path not in ("", "/")
    is_own = is_same_site(canonical, address) and not is_front
    return web_link(canonical if is_own else address)
