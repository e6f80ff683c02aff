"""What a feed says: RSS, Atom, RDF and JSON Feed as one list of entries.

feedparser reads whatever is XML or was meant to be; JSON Feed is read here.
"""

import codecs
import io
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import urljoin

import feedparser

from connectors.errors import SourceBroken
from connectors.feeds.feed_rest import FeedRest, wish_of
from connectors.text.fields import one_line, storable
from connectors.text.markup import decode, fragment_to_text, tidied
from connectors.text.markup_bounds import excess, has_oversized_entities

# How "<" begins where a character takes two or four bytes, and "<?xm" in EBCDIC.
UNMARKED_STARTS = {
    b"\0\0\0<": "utf-32-be",
    b"<\0\0\0": "utf-32-le",
    b"\0<": "utf-16-be",
    b"<\0": "utf-16-le",
    b"\x4c\x6f\xa7\x94": "cp037",
}
# The roots of RDF and CDF, by which a feed is known that has no entry; prolog and comments before.
FEED_ROOT = re.compile(
    rb"\s*(?:<(?:\?[^>]*|!--(?:(?!-->).)*--|!doctype[^>]*)>\s*)*<(?:rdf:rdf|channel)[\s>]",
    re.IGNORECASE | re.DOTALL,
)
ROOT_WITHIN_BYTES = 2_000
ABSOLUTE = re.compile(r"[a-z][a-z0-9+.-]*:", re.IGNORECASE)
# An id names its entry and leads nowhere (RFC 4287, 4.2.6): resolved against whatever base is
# near, it would be another one wherever the feed is read from. feedparser has no option for that.
feedparser.api.StrictFeedParser.can_be_relative_uri.discard("id")
# An item's address in the AT protocol, beside the one on the web, which feedparser would drop.
AT_LINK = re.compile(rb"""(<link\b[^<>]{0,500}?)\suri\s?=\s?(?:"at:[^"<>]*"|'at:[^'<>]*')""")
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
    """A feed's title, and its entries in the feed's own order.

    hubs and self_link: where it offers to push its changes, and the name that it has there.
    """

    title: str
    entries: tuple[Entry, ...]
    language: str = ""
    hubs: tuple[str, ...] = ()
    self_link: str = ""
    rest: FeedRest = field(default_factory=FeedRest)


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
    _require_bounded(body, source=source)
    encoded = _decoded(body, charset).encode("utf-8", "replace")
    if encoded != body:  # what stood there in UTF-16 or EBCDIC was not seen before
        _require_bounded(encoded, source=source)
    return _from_xml(AT_LINK.sub(rb"\1", encoded), source=source, address=address)


def _require_bounded(body: bytes, *, source: str) -> None:
    too_much = excess(body)
    if not too_much and has_oversized_entities(body):
        too_much = "it declares oversized entities"
    if too_much:
        raise SourceBroken(f"source {source}: not a feed that can be read: {too_much}")


def _decoded(body: bytes, charset: str | None) -> str:
    for start, unmarked in UNMARKED_STARTS.items():
        if body.startswith(start):
            return body.decode(unmarked, "replace")
    return decode(body, charset)


def _from_xml(body: bytes, *, source: str, address: str) -> Feed:
    headers = {"content-type": "application/xml; charset=utf-8"}
    try:
        # Wrapped, because feedparser takes bare bytes for the name of a local file first.
        # Markup in texts is left as it is: only its words are kept, and some of the patterns that
        # would tidy it take time by the square of what they are given.
        parsed = feedparser.parse(
            io.BytesIO(body),
            response_headers=headers,
            resolve_relative_uris=False,
            sanitize_html=False,
        )
    except Exception as error:
        raise SourceBroken(f"source {source}: not a feed: {type(error).__name__}") from error
    if not (parsed.entries or parsed.get("version") or FEED_ROOT.match(body[:ROOT_WITHIN_BYTES])):
        raise SourceBroken(f"source {source}: not a feed: {_complaint(body, parsed)}")
    entries = [_xml_entry(raw, address) for raw in parsed.entries]
    if not str(parsed.get("version")).startswith("atom"):
        entries = [_with_only_date_as_published(entry) for entry in entries]
    return Feed(
        _title(parsed.feed),
        tuple(entries),
        language=_line(parsed.feed.get("language")),
        hubs=_links(parsed.feed, "hub"),
        self_link=next(iter(_links(parsed.feed, "self")), ""),
        rest=wish_of(
            ttl=_line(parsed.feed.get("ttl")),
            period=_line(parsed.feed.get("sy_updateperiod")),
            frequency=_line(parsed.feed.get("sy_updatefrequency")),
            xml=body,
        ),
    )


def _links(raw: Raw, relation: str) -> tuple[str, ...]:
    links = [each for each in raw.get("links") or () if isinstance(each, Mapping)]
    named = [each for each in links if relation in str(each.get("rel")).lower().split()]
    return _lines(each.get("href") for each in named)


def _complaint(body: bytes, parsed: Raw) -> str:
    if b"<html" in body[:2_000].lower():
        return "an HTML page"
    return _line(parsed.get("bozo_exception")) or "XML without a feed in it"


def _xml_entry(parsed: Raw, address: str) -> Entry:
    # A plain dict, because feedparser's answers with "published" where "updated" is missing.
    raw: Raw = dict(parsed)
    return Entry(
        id=_identifier(raw.get("id")),
        link=_resolved(address, _xml_link(raw)),
        title=_title(raw),
        text=_xml_text(raw),
        author=_line(raw.get("author")),
        language=_line(raw.get("language") or _details(raw).get("language")),
        published=_line(raw.get("published") or raw.get("created")),
        updated=_line(raw.get("updated")),
        expires=_line(raw.get("expired")),
        tags=_lines(tag.get("term") for tag in raw.get("tags") or ())[:MOST_TAGS],
        enclosures=_xml_enclosures(raw, address),
    )


def _xml_link(raw: Raw) -> str:
    """Return the entry's own page, and not what feedparser may take for it: an enclosure, an id."""
    link = _line(raw.get("link"))
    rels = {_line(item.get("href")): item.get("rel") for item in reversed(raw.get("links") or ())}
    if link not in rels:
        return link if ABSOLUTE.match(link) else ""
    if rels[link] == "alternate":
        return link
    return next((href for href, rel in rels.items() if href and rel == "alternate"), link)


def _xml_enclosures(raw: Raw, address: str) -> tuple[str, ...]:
    links = [item for item in raw.get("links") or () if item.get("rel") == "enclosure"]
    found = _lines(item.get("href") for item in links)[:MOST_ENCLOSURES]
    return tuple(_resolved(address, link) for link in found)


def _resolved(base: str, link: str) -> str:
    try:
        return urljoin(base, link) if link else ""
    except ValueError:
        return link


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
    """Return the title as plain text; its details may be those of an image within the entry."""
    return _line(_plain({**(raw.get("title_detail") or {}), "value": raw.get("title")}))


def _plain(details: Raw) -> str:
    value = storable(str(details.get("value") or ""))
    is_markup = "<" in value or "&" in value
    if details.get("type") == "text/plain" or not is_markup:
        return tidied(value).strip()
    return fragment_to_text(value)


def _from_json(text: str, *, source: str, address: str) -> Feed:
    try:
        feed = json.loads(text.lstrip("\ufeff"))
    except (ValueError, RecursionError) as error:
        raise SourceBroken(f"source {source}: not a feed: ill-formed JSON: {error}") from error
    items = feed.get("items") if isinstance(feed, dict) else None
    if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
        raise SourceBroken(f"source {source}: not a feed: JSON without a list of items")
    base = _resolved(address, _line(feed.get("home_page_url"))) or address
    language = _line(feed.get("language"))
    return Feed(
        _line(feed.get("title")),
        tuple(_json_entry(item, base=base, language=language) for item in items),
        hubs=_lines(
            hub.get("url")
            for hub in _dicts(feed.get("hubs"))
            if str(hub.get("type")).lower() in {"websub", "pubsubhubbub"}
        ),
        self_link=_line(feed.get("feed_url")),
    )


def _json_entry(item: Raw, *, base: str, language: str) -> Entry:
    link = _line(item.get("url") or item.get("external_url"))
    html, text = item.get("content_html"), item.get("content_text") or item.get("summary")
    authors = [item.get("author"), *_dicts(item.get("authors"))]
    return Entry(
        id=_identifier(item.get("id")),
        link=_resolved(base, link),
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


def _identifier(value: object) -> str:
    """Return an id as it is written: cleaned of what nobody sees it would be another one."""
    return "" if value is None or isinstance(value, Mapping | list) else one_line(str(value))


def _line(value: object) -> str:
    """Return `value` as one line, "" for nothing and for structures."""
    if value is None or isinstance(value, Mapping | list):
        return ""
    text = str(value)
    return one_line(text if text.isprintable() else tidied(text))


def _lines(values: Iterable[object]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(filter(None, map(_line, values))))


def _list(value: object) -> Sequence[object]:
    return value if isinstance(value, list) else ()


def _dicts(value: object) -> list[dict[str, Any]]:
    return [item for item in _list(value) if isinstance(item, dict)]
