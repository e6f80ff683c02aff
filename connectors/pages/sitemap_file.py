"""What a sitemap lists: XML, an index of sitemaps, plain text, or a feed taken as a sitemap.

Nothing in it is believed that would cost more than reading it: no entity is expanded, nothing
outside is loaded, and what is compressed is unpacked only so far.
"""

import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from urllib.parse import urljoin, urlsplit

from lxml import etree

from connectors.dates import read_instant
from connectors.errors import ItemFailed, SourceBroken
from connectors.feeds.entries import parse_feed
from connectors.http.wire import most_unpacked
from connectors.pages.page_document import Listed
from connectors.text.decoding import decode
from connectors.text.fields import one_line
from connectors.text.markup_bounds import excess

LARGEST_UNPACKED = 52_428_800
"""The protocol allows a sitemap 50 MB; https://www.sitemaps.org/protocol.html."""
MOST_ENTRIES = 50_000
MOST_MARKS = 1_000_000
LONGEST_ADDRESS = 2_048

_GZIP_START = b"\x1f\x8b"
_FEEDS = ("rss", "feed", "RDF", "channel")


@dataclass(frozen=True, slots=True)
class SitemapFile:
    """The pages that a sitemap lists, or the sitemaps that an index lists.

    is_whole: it was read to its end. One that was cut off says nothing of what it leaves out.
    """

    pages: tuple[Listed, ...] = ()
    sitemaps: tuple[str, ...] = ()
    is_whole: bool = True


def parse_sitemap(body: bytes, *, address: str, charset: str | None = None) -> SitemapFile:
    """Read a sitemap of any form; links in it are resolved against `address`.

    Raises:
        ItemFailed: it is no sitemap, or too large.
    """
    body = _unpacked(body)
    start = body[:1_000].lstrip(b"\xef\xbb\xbf \t\r\n")
    if not start:
        raise ItemFailed("the sitemap is empty")
    if start.startswith(b"{"):
        return _from_feed(body, address, charset)
    if not start.startswith(b"<"):
        return _from_text(decode(body, charset), address)
    root, is_whole = _root(body)
    name = _name(root)
    if name in _FEEDS:
        return _from_feed(body, address, charset)
    if name == "sitemapindex":
        links = (_child(each, "loc") for each in _children(root, "sitemap"))
        return SitemapFile((), tuple(_resolved(links, address)), is_whole)
    if name != "urlset":
        raise ItemFailed(f"not a sitemap: its root is <{name[:40]}>, expected urlset")
    entries = _children(root, "url")
    pages = tuple(_listed(each, address) for each in islice(entries, MOST_ENTRIES))
    is_whole = is_whole and next(entries, None) is None
    return SitemapFile(tuple(filter(None, pages)), is_whole=is_whole)


def _unpacked(body: bytes) -> bytes:
    if not body.startswith(_GZIP_START):
        return body
    unpacker = zlib.decompressobj(wbits=31)
    try:
        unpacked = unpacker.decompress(body, min(LARGEST_UNPACKED, most_unpacked(len(body))))
    except zlib.error as error:
        raise ItemFailed(f"not a sitemap: damaged gzip: {error}") from error
    if unpacker.unconsumed_tail:
        raise ItemFailed(f"the sitemap is larger than {len(unpacked)} bytes")
    return unpacked


def _root(body: bytes) -> tuple[etree._Element, bool]:
    """Return the root of what could be read, and whether that is all."""
    if too_much := excess(body, most_marks=MOST_MARKS):
        raise ItemFailed(f"not a sitemap to be read: {too_much}")
    parser = etree.XMLParser(
        resolve_entities=False,
        load_dtd=False,
        no_network=True,
        huge_tree=False,
        recover=True,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        root = etree.fromstring(body, parser)
    except (etree.LxmlError, ValueError) as error:
        raise ItemFailed(f"not a sitemap: {one_line(str(error))[:200]}") from error
    if root is None:
        raise ItemFailed("not a sitemap: no XML in it")
    return root, not parser.error_log.filter_from_fatals()


def _from_text(text: str, address: str) -> SitemapFile:
    """Read one address a line; a text of which that is not true is something else."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    pages = list(_resolved(islice(_web_lines(lines), MOST_ENTRIES), address))
    if len(pages) * 2 < min(len(lines), MOST_ENTRIES):
        raise ItemFailed("not a sitemap: neither XML nor one address a line")
    return SitemapFile(tuple(map(Listed, pages)))


def _web_lines(lines: list[str]) -> Iterator[str]:
    return (line for line in lines if line.startswith(("http://", "https://")))


def _from_feed(body: bytes, address: str, charset: str | None) -> SitemapFile:
    try:
        feed = parse_feed(body, source="sitemap", address=address, charset=charset)
    except SourceBroken as error:
        raise ItemFailed(str(error)) from error
    pages = []
    for entry in feed.entries:
        for link in _resolved([entry.link], address):
            modified = read_instant(entry.updated or entry.published)
            pages.append(
                Listed(
                    link,
                    modified=entry.updated or entry.published,
                    modified_at=modified.instant if entry.updated else None,
                    published_at=read_instant(entry.published).instant,
                )
            )
    return SitemapFile(tuple(pages))


def _listed(entry: etree._Element, address: str) -> Listed | None:
    link = next(_resolved([_child(entry, "loc")], address), None)
    if link is None:
        return None
    modified = _child(entry, "lastmod")
    news = next(_children(entry, "news"), None)
    published = "" if news is None else _child(news, "publication_date")
    return Listed(
        link,
        modified=modified[:100],
        modified_at=read_instant(modified).instant,
        published_at=read_instant(published).instant,
    )


def _resolved(links: "Iterator[str] | list[str]", address: str) -> Iterator[str]:
    """Yield addresses of web pages; what is none is left out, as are fragments."""
    for link in links:
        try:
            resolved = urljoin(address, link.strip()).partition("#")[0] if link.strip() else ""
            parts = urlsplit(resolved)
        except ValueError:
            continue
        is_web = parts.scheme in ("http", "https") and parts.hostname and "@" not in parts.netloc
        if is_web and len(resolved) <= LONGEST_ADDRESS:
            yield resolved


def _children(element: etree._Element, name: str) -> Iterator[etree._Element]:
    return (each for each in element if _name(each) == name)


def _child(element: etree._Element, name: str) -> str:
    """Return the text of a child, "" where there is none or entities are in it."""
    found = next(_children(element, name), None)
    try:
        return "" if found is None or len(found) else one_line(found.text or "")
    except UnicodeDecodeError:  # a reference to half a character, which only `recover` lets pass
        return ""


def _name(element: etree._Element) -> str:
    """Return an element's name without its namespace, which real sitemaps often get wrong."""
    tag = element.tag
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""
