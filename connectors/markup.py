"""Plain text out of HTML and Markdown, as `Document.text` wants it.

Headings become lines that start with `#`, list items lines that start with `- `, code is
indented, and what a browser would not show is dropped. Nothing here fails: hostile or broken
input yields less text, at worst none.
"""

import logging
import re
from copy import deepcopy
from dataclasses import dataclass
from datetime import datetime

import html_text
from lxml import etree
from lxml.html import HtmlElement
from trafilatura import bare_extraction, extract_metadata
from trafilatura.settings import Document

from connectors.dates import read_instant
from connectors.decoding import decode, tidied
from connectors.doubts import date_as_given, time_flags
from connectors.markdown import indented, plain_text, split_front_matter
from connectors.page_dates import page_dates

__all__ = ["Page", "decode", "fragment_to_text", "html_to_text", "markdown_to_text", "tidied"]

logger = logging.getLogger(__name__)

# Telling an article from its page takes about a second a megabyte; larger pages are data.
_LARGEST_ANALYSED = 4_000_000

# Its dates are not used (see page_dates), so let it search for as few as it can.
_FEWEST_DATES = {"extensive_search": False}

_HEADINGS = {"h1": 1, "h2": 2, "h3": 3, "h4": 4, "h5": 5, "h6": 6}
_NEWLINE_TAGS = html_text.NEWLINE_TAGS | {"item", "lb", "row"}
_DOUBLE_NEWLINE_TAGS = html_text.DOUBLE_NEWLINE_TAGS | {"head", "list", "quote"}
_BLOCKS = _NEWLINE_TAGS | _DOUBLE_NEWLINE_TAGS
_HIDING_STYLE = re.compile(
    r"display:none|visibility:hidden|(font-size|opacity):0(\.0+)?(px|em|rem|pt|%)?(;|!|$)"
)
_NEVER_SHOWN = ("head", "iframe", "noscript", "object", "script", "style", "template")
_LANGUAGE = re.compile(r"[a-zA-Z]{2,3}(-[a-zA-Z0-9]{2,8})*")
_MARKUP = re.compile(r"[<&]")

# Stand in for white space that must survive; private use, so no text means anything by them.
_ILLEGAL = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_KEPT_SPACE, _KEPT_NEWLINE = "\ue0f0", "\ue0f1"

_EXTRACTION_FAULTS = (
    ArithmeticError,
    AssertionError,
    AttributeError,
    LookupError,
    RecursionError,
    TypeError,
    ValueError,
    etree.LxmlError,
)
"""What extraction heuristics have been seen to raise over broken pages."""


@dataclass(frozen=True, slots=True)
class Page:
    """A whole page as text, with what it says about itself; "" and None are "did not say".

    date_as_given: a date that could not be read. time_flags: as in a document.
    """

    title: str
    text: str
    language: str | None = None
    published_at: datetime | None = None
    updated_at: datetime | None = None
    author: str | None = None
    date_as_given: str = ""
    time_flags: tuple[str, ...] = ()


def html_to_text(html: str | bytes, *, base_url: str | None = None) -> Page:
    """Return the main text of a web page, without navigation and the like."""
    html = decode(html) if isinstance(html, bytes) else html
    tree = _tree(html)
    about = _about(tree, base_url)
    dates = page_dates(tree, url=base_url)
    _drop_hidden(tree)
    text = _main_text(tree, base_url) if len(html) <= _LARGEST_ANALYSED else ""
    language = tree.get("lang") or ""
    return Page(
        title=tidied(about.title or ""),
        text=text or _all_text(tree),
        language=language if _LANGUAGE.fullmatch(language) else None,
        published_at=dates.published.instant,
        updated_at=dates.updated.instant,
        author=tidied(about.author or "") or None,
        date_as_given=date_as_given(dates.published, dates.updated),
        time_flags=time_flags(published_at=dates.published, updated_at=dates.updated),
    )


def fragment_to_text(html: str) -> str:
    """Return all text of a piece of HTML, or of text that may or may not be HTML."""
    if not _MARKUP.search(html):
        return tidied(html)
    tree = _tree(html)
    _drop_hidden(tree)
    return _all_text(tree)


def markdown_to_text(markdown: str) -> Page:
    """Return Markdown without its markup; title and dates come from its front matter."""
    fields, body = split_front_matter(tidied(markdown))
    text = tidied(plain_text(body, html_to_text=fragment_to_text))

    def first(*names: str) -> object:
        return next((fields[name] for name in names if fields.get(name)), None)

    heading = re.search(r"^# +(.+)$", text, re.MULTILINE)
    title, author, language = first("title"), first("author"), first("language", "lang")
    published = read_instant(first("date", "published", "published_at", "pubdate"))
    updated = read_instant(first("updated", "updated_at", "lastmod", "last_modified"))
    return Page(
        title=title if isinstance(title, str) else heading[1] if heading else "",
        text=text,
        language=language if isinstance(language, str) else None,
        published_at=published.instant,
        updated_at=updated.instant,
        author=author if isinstance(author, str) else None,
        date_as_given=date_as_given(published, updated),
        time_flags=time_flags(published_at=published, updated_at=updated),
    )


def _tree(html: str) -> HtmlElement:
    return html_text.parse_html(html.encode("utf-8", "ignore").decode())


def _about(tree: HtmlElement, base_url: str | None) -> Document:
    try:
        return extract_metadata(deepcopy(tree), default_url=base_url, date_config=_FEWEST_DATES)
    except _EXTRACTION_FAULTS as error:
        logger.debug("page metadata unreadable", extra={"url": base_url, "error": repr(error)})
        return Document()


def _main_text(tree: HtmlElement, base_url: str | None) -> str:
    try:
        found = bare_extraction(tree, url=base_url, include_comments=False, include_formatting=True)
    except _EXTRACTION_FAULTS as error:
        logger.debug("page text not told apart", extra={"url": base_url, "error": repr(error)})
        return ""
    return _text_of(found.body) if isinstance(found, Document) else ""


def _all_text(tree: HtmlElement) -> str:
    shown = deepcopy(tree)
    etree.strip_elements(
        shown, *_NEVER_SHOWN, etree.Comment, etree.ProcessingInstruction, with_tail=False
    )
    return _text_of(shown)


def _drop_hidden(tree: HtmlElement) -> None:
    for element in tree.xpath("//body//*[@hidden or @style]"):
        style = re.sub(r"\s", "", element.get("style") or "").lower()
        if element.get("hidden") is not None or _HIDING_STYLE.search(style):
            element.drop_tree()


def _text_of(body: etree._Element) -> str:
    """Lay `body` out as text; it may be HTML or what trafilatura makes of it, and is changed."""
    for element in list(body.iter("*")):
        _mark(element)
    text = html_text.etree_to_text(
        body, newline_tags=_NEWLINE_TAGS, double_newline_tags=_DOUBLE_NEWLINE_TAGS
    )
    return tidied(text.replace(_KEPT_SPACE, " ").replace(_KEPT_NEWLINE, "\n"))


def _mark(element: etree._Element) -> None:
    tag = element.tag
    level = _HEADINGS.get(element.get("rend", "") if tag == "head" else tag)
    if level is not None:
        _mark_heading(element, level)
    elif tag in {"li", "item"}:
        _mark_item(element)
    elif tag in {"td", "th", "cell"}:
        _mark_cell(element)
    elif tag in {"pre", "code"}:
        _keep_layout(element)


def _mark_heading(element: etree._Element, level: int) -> None:
    heading = " ".join(_inner_text(element).split())
    del element[:]
    element.text = f"{'#' * level} {heading}" if heading else None


def _mark_item(element: etree._Element) -> None:
    if not _inner_text(element).strip():
        return
    while not (element.text or "").strip() and len(element):
        element = element[0]
    element.text = f"- {_legal(element.text or '')}"


def _mark_cell(element: etree._Element) -> None:
    is_plain = not any(inner.tag in _BLOCKS for inner in element.iterdescendants())
    if is_plain and element.getnext() is not None:
        element.tail = " | "


def _keep_layout(element: etree._Element) -> None:
    for line_break in element.iter("br", "lb"):
        line_break.tail = "\n" + _legal(line_break.tail or "")
    code = _inner_text(element)
    if element.tag == "code" and "\n" not in code:
        return
    del element[:]
    kept = indented(code.strip("\n").expandtabs(4))
    element.tag = "pre"
    element.text = kept.replace(" ", _KEPT_SPACE).replace("\n", _KEPT_NEWLINE)


def _inner_text(element: etree._Element) -> str:
    return _legal("".join(str(part) for part in element.itertext()))


def _legal(text: str) -> str:
    """Drop what XML forbids: lxml reads it from character references but refuses it back."""
    return _ILLEGAL.sub("", text)
