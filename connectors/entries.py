"""What a feed says: RSS, Atom, RDF and JSON Feed as one list of entries.

feedparser reads whatever is XML or was meant to be; JSON Feed is read here.
"""

import codecs
import io
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urljoin

import feedparser

from connectors.errors import SourceBroken
from connectors.fields import one_line, storable
from connectors.markup import decode, fragment_to_text

# How "<" begins where a character takes two or four bytes, and "<?xm" in EBCDIC.
UNMARKED_STARTS = {
    b"\0\0\0<": "utf-32-be",
    b"<\0\0\0": "utf-32-le",
    b"\0<": "utf-16-be",
    b"<\0": "utf-16-le",
    b"\x4c\x6f\xa7\x94": "cp037",
}
# An entity this long serves to make a small feed huge, never to name a character.
LONG_ENTITY = re.compile(rb"<!ENTITY[^>]{300}", re.IGNORECASE)
MOST_TAGS = 20
MOST_ENCLOSURES = 5

# What feedparser or a JSON decoder made of an entry: nested, untyped, anything may be missing.
Raw = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry: texts already plain, dates as the feed wrote them, "" for "did not say"."""

    id: str = ""
    link: str = ""
    title: str = ""
    text: str = ""
    author: str = ""
    language: str = ""
    published: str = ""
    updated: str = ""
    expires: str = ""
    tags: tuple[str, ...] = ()
    enclosures: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Feed:
    """A feed's title, and its entries in the feed's own order."""

    title: str
    entries: tuple[Entry, ...]


def parse_feed(body: bytes, *, source: str, address: str = "", charset: str | None = None) -> Feed:
    """Read every entry that can be recovered from `body`; `address` resolves relative links.

    Raises:
        SourceBroken: it is not a feed of any known kind.
    """
    start = body.lstrip(codecs.BOM_UTF8 + b" \t\r\n")
    if not start:
        raise SourceBroken(f"source {source}: not a feed: the reply is empty")
    if start.startswith((b"{", b"[")):
        return _from_json(decode(body, charset), source=source, address=address)
    body = _decoded(body, charset).encode("utf-8", "replace")
    if LONG_ENTITY.search(body):
        raise SourceBroken(f"source {source}: not a feed: it declares oversized entities")
    return _from_xml(body, source=source, address=address)


def _decoded(body: bytes, charset: str | None) -> str:
    for start, unmarked in UNMARKED_STARTS.items():
        if body.startswith(start):
            return body.decode(unmarked, "replace")
    return decode(body, charset)


def _from_xml(body: bytes, *, source: str, address: str) -> Feed:
    headers = {"content-type": "application/xml; charset=utf-8"}
    if address:
        headers["content-location"] = address
    try:
        # Wrapped, because feedparser takes bare bytes for the name of a local file first.
        parsed = feedparser.parse(io.BytesIO(body), response_headers=headers)
    except Exception as error:
        raise SourceBroken(f"source {source}: not a feed: {type(error).__name__}") from error
    if not parsed.entries and not parsed.get("version"):
        raise SourceBroken(f"source {source}: not a feed: {_complaint(body, parsed)}")
    entries = map(_xml_entry, parsed.entries)
    if not str(parsed.get("version")).startswith("atom"):
        entries = map(_with_only_date_as_published, entries)
    return Feed(_title(parsed.feed), tuple(entries))


def _complaint(body: bytes, parsed: Raw) -> str:
    if b"<html" in body[:2_000].lower():
        return "an HTML page"
    return _line(parsed.get("bozo_exception")) or "XML without a feed in it"


def _xml_entry(raw: Raw) -> Entry:
    return Entry(
        id=_line(raw.get("id")),
        link=_line(raw.get("link")),
        title=_title(raw),
        text=_xml_text(raw),
        author=_line(raw.get("author")),
        language=_line(raw.get("language") or _details(raw).get("language")),
        published=_line(raw.get("published") or raw.get("created")),
        # Indexing an entry for "updated" would fall back to "published".
        updated=_line(raw["updated"]) if "updated" in raw else "",
        expires=_line(raw.get("expired")),
        tags=_lines(tag.get("term") for tag in raw.get("tags") or ())[:MOST_TAGS],
        enclosures=_lines(item.get("href") for item in raw["enclosures"])[:MOST_ENCLOSURES]
        if "links" in raw
        else (),
    )


def _with_only_date_as_published(entry: Entry) -> Entry:
    """RSS has no date of change: a lone `dc:date`, which feedparser takes for one, is the date."""
    if entry.published or not entry.updated:
        return entry
    return replace(entry, published=entry.updated, updated="")


def _details(raw: Raw) -> Raw:
    """Return the entry's fullest text: content where there is any, else the summary."""
    details = [*raw.get("content", ()), raw.get("summary_detail") or {"value": raw.get("summary")}]
    texts = [item for item in details if not _is_binary(item) and item.get("value")]
    return max(texts, key=lambda item: len(item["value"]), default={})


def _is_binary(details: Raw) -> bool:
    kind = str(details.get("type") or "text/html")
    return not (kind.startswith("text/") or kind.endswith(("xml", "html")))


def _xml_text(raw: Raw) -> str:
    details = _details(raw)
    text = _plain(details)
    if not text and details is not raw.get("summary_detail"):
        text = _plain(raw.get("summary_detail") or {})
    return text or _line(raw.get("subtitle"))


def _title(raw: Raw) -> str:
    return _line(_plain(raw.get("title_detail") or {"value": raw.get("title")}))


def _plain(details: Raw) -> str:
    value = storable(str(details.get("value") or ""))
    is_markup = "<" in value or "&" in value
    if details.get("type") == "text/plain" or not is_markup:
        return value.strip()
    return fragment_to_text(value)


def _from_json(text: str, *, source: str, address: str) -> Feed:
    try:
        feed = json.loads(text.lstrip("\ufeff"))
    except (ValueError, RecursionError) as error:
        raise SourceBroken(f"source {source}: not a feed: ill-formed JSON: {error}") from error
    items = feed.get("items") if isinstance(feed, dict) else None
    if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
        raise SourceBroken(f"source {source}: not a feed: JSON without a list of items")
    base = urljoin(address, _line(feed.get("home_page_url")))
    language = _line(feed.get("language"))
    return Feed(
        _line(feed.get("title")),
        tuple(_json_entry(item, base=base, language=language) for item in items),
    )


def _json_entry(item: Raw, *, base: str, language: str) -> Entry:
    link = _line(item.get("url") or item.get("external_url"))
    html, text = item.get("content_html"), item.get("content_text") or item.get("summary")
    authors = [item.get("author"), *_dicts(item.get("authors"))]
    return Entry(
        id=_line(item.get("id")),
        link=urljoin(base, link) if link else "",
        title=_line(item.get("title")),
        text=_plain({"value": html, "type": "text/html"} if html else {"value": text}),
        author=", ".join(_lines(each.get("name") for each in _dicts(authors))),
        language=_line(item.get("language")) or language,
        published=_line(item.get("date_published")),
        updated=_line(item.get("date_modified")),
        tags=_lines(_list(item.get("tags")))[:MOST_TAGS],
        enclosures=_lines(each.get("url") for each in _dicts(item.get("attachments")))[
            :MOST_ENCLOSURES
        ],
    )


def _line(value: object) -> str:
    """Return `value` as one line, "" for nothing and for structures."""
    if value is None or isinstance(value, Mapping | list):
        return ""
    return one_line(str(value))


def _lines(values: Iterable[object]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(filter(None, map(_line, values))))


def _list(value: object) -> Sequence[object]:
    return value if isinstance(value, list) else ()


def _dicts(value: object) -> list[dict[str, Any]]:
    return [item for item in _list(value) if isinstance(item, dict)]
