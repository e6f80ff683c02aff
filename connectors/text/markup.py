"""Plain text out of HTML and Markdown, as `Document.text` wants it.

Headings become lines that start with `#`, list items lines that start with `- `, code is
indented, and what a browser would not show is dropped. Nothing here fails: hostile or broken
input yields less text, at worst none.
"""

import logging
import re
from collections.abc import Sequence
from copy import deepcopy
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

import html_text
from lxml import etree
from lxml.html import HtmlElement
from trafilatura import bare_extraction, extract_metadata
from trafilatura.settings import Document

from connectors.dates import read_instant
from connectors.doubts import date_as_given, time_flags
from connectors.text.decoding import decode, tidied
from connectors.text.hidden import drop, drop_hidden
from connectors.text.markdown import indented, plain_text, split_front_matter
from connectors.text.page_dates import page_dates
from connectors.text.page_facts import drop_selected, page_facts

__all__ = ["Page", "decode", "fragment_to_text", "html_to_text", "markdown_to_text", "tidied"]

logger = logging.getLogger(__name__)

# Telling an article from its page takes about half a second a megabyte; larger pages are data.
_LARGEST_ANALYSED = 4_000_000
# A page of so many elements is one long text, to be had in a tenth of the time: it is believed
# where it says that its main part is, and who wrote it is looked for near its beginning. With
# even more it is data, and taken as a whole, at last without its layout.
_MANY_ELEMENTS = 6_000
_MOST_ANALYSED = 15_000
_MOST_LAID_OUT = 50_000
# Of a page with less text than this there is no other opinion to be had than the first.
_FEWEST_CHARACTERS = 1_500
_BEGINNING = 150_000
_BESIDE_THE_TEXT = ("aside", "button", "footer", "form", "nav", "select")

# Its dates are not used (see page_dates), so let it search for as few as it can.
_FEWEST_DATES = {"extensive_search": False}

_HEADINGS = {"h1": 1, "h2": 2, "h3": 3, "h4": 4, "h5": 5, "h6": 6}
_NEWLINE_TAGS = html_text.NEWLINE_TAGS | {"item", "lb", "row"}
_DOUBLE_NEWLINE_TAGS = html_text.DOUBLE_NEWLINE_TAGS | {"head", "list", "quote"}
_BLOCKS = _NEWLINE_TAGS | _DOUBLE_NEWLINE_TAGS
_NEVER_SHOWN = ("head", "iframe", "noscript", "object", "script", "style", "template")
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
    published_from, updated_from: which declaration a date is from.
    canonical: the address that the page gives itself, resolved; it may be of another site.
    wishes: what it asks of robots: "noindex", "noarchive", …
    """

    title: str
    text: str
    language: str | None = None
    published_at: datetime | None = None
    updated_at: datetime | None = None
    author: str | None = None
    date_as_given: str = ""
    time_flags: tuple[str, ...] = ()
    published_from: str = ""
    updated_from: str = ""
    canonical: str | None = None
    wishes: frozenset[str] = frozenset()


def html_to_text(
    html: str | bytes,
    *,
    base_url: str | None = None,
    charset: str | None = None,
    ignore: Sequence[str] = (),
    zone: str | None = None,
) -> Page:
    """Return the main text of a web page, without navigation and the like.

    charset: as declared beside bytes. ignore: CSS selectors of what is no part of the page.
    zone: an IANA name, of the dates that name none.
    """
    html = decode(html, charset) if isinstance(html, bytes) else html
    tree = _tree(html)
    size = _elements(tree)
    is_large = size > _MANY_ELEMENTS
    is_analysed = len(html) <= _LARGEST_ANALYSED
    about = _about(_tree(html[:_BEGINNING]) if is_large else deepcopy(tree), base_url)
    dates = page_dates(tree, url=base_url, zone=zone)
    facts = page_facts(tree, url=base_url)
    drop_hidden(tree)
    drop_selected(tree, ignore)
    return Page(
        title=tidied(about.title or ""),
        text=_text(tree, base_url, size=size if is_analysed else max(size, _MOST_ANALYSED + 1)),
        language=facts.language,
        published_at=dates.published.instant,
        updated_at=dates.updated.instant,
        author=tidied(about.author or "") or None,
        date_as_given=date_as_given(dates.published, dates.updated),
        time_flags=time_flags(published_at=dates.published, updated_at=dates.updated),
        published_from=dates.published_from,
        updated_from=dates.updated_from,
        canonical=facts.canonical,
        wishes=facts.wishes,
    )


def fragment_to_text(html: str) -> str:
    """Return all text of a piece of HTML, or of text that may or may not be HTML."""
    if not _MARKUP.search(html):
        return tidied(html)
    tree = _tree(html)
    drop_hidden(tree)
    return _all_text(tree)


def markdown_to_text(markdown: str, *, zone: str | None = None) -> Page:
    """Return Markdown without its markup; title and dates come from its front matter."""
    fields, body = split_front_matter(tidied(markdown))
    text = tidied(plain_text(body, html_to_text=fragment_to_text))

    def first(*names: str) -> object:
        return next((fields[name] for name in names if fields.get(name)), None)

    heading = re.search(r"^# +(.+)$", text, re.MULTILINE)
    title, author, language = first("title"), first("author"), first("language", "lang")
    published, updated = (
        read_instant(first(*names), assumed_zone=zone)
        for names in (
            ("date", "published", "published_at", "pubdate"),
            ("updated", "updated_at", "lastmod", "last_modified"),
        )
    )
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


def _elements(tree: HtmlElement) -> int:
    return sum(1 for _ in islice(tree.iter("*"), _MOST_LAID_OUT + 1))


def _text(tree: HtmlElement, base_url: str | None, *, size: int) -> str:
    """Return the text of a page of so many elements, with as much care as there is time for."""
    if size > _MOST_LAID_OUT:
        return _bare_text(tree)
    text = _marked_text(tree) if size > _MANY_ELEMENTS else ""
    if not text and size <= _MOST_ANALYSED:
        is_short = len(tree.text_content()) < _FEWEST_CHARACTERS
        text = _main_text(tree, base_url, is_fast=is_short or size > _MANY_ELEMENTS)
    return text or _all_text(tree)


def _bare_text(tree: HtmlElement) -> str:
    etree.strip_elements(tree, *_NEVER_SHOWN, with_tail=False)
    pieces = (" ".join(str(piece).split()) for piece in tree.itertext())
    return tidied("\n".join(piece for piece in pieces if piece))


def _about(tree: HtmlElement, base_url: str | None) -> Document:
    try:
        return extract_metadata(tree, default_url=base_url, date_config=_FEWEST_DATES)
    except _EXTRACTION_FAULTS as error:
        logger.debug("page metadata unreadable", extra={"url": base_url, "error": repr(error)})
        return Document()


def _marked_text(tree: HtmlElement) -> str:
    """Return the text of the only element that is marked as the page's main part, else ""."""
    marked = tree.xpath("//main | //*[@role='main']") or tree.xpath("//article")
    if len(marked) != 1:
        return ""
    main = deepcopy(marked[0])
    main.tail = None
    etree.strip_elements(main, *_NEVER_SHOWN, *_BESIDE_THE_TEXT, with_tail=False)
    drop(main, main.xpath("descendant::*[@role='navigation' or @role='complementary']"))
    return _text_of(main)


def _main_text(tree: HtmlElement, base_url: str | None, *, is_fast: bool) -> str:
    try:
        found = bare_extraction(
            tree,
            url=base_url,
            fast=is_fast,
            include_comments=False,
            include_formatting=True,
            output_format="txt",  # not "python": its text would be laid out twice
        )
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
