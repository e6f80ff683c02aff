"""Lists of feeds in OPML, the format in which feed readers hand them over.

Written is OPML 2.0. Read is whatever listparser understands, from ASCII with character references:
it takes UTF-8 for Latin-1 otherwise. Entities that a document declares stay as they are written.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby

import listparser
from lxml import etree

from connectors.errors import ItemFailed
from connectors.text.decoding import decode, tidied
from connectors.text.fields import one_line

MOST_BYTES = 10_000_000
MOST_FEEDS = 20_000
_DECLARATION_END = "?>"


@dataclass(frozen=True, slots=True)
class Subscription:
    """A feed that somebody reads. folder: the outermost it lies in, "" for none."""

    url: str
    title: str = ""
    folder: str = ""


@dataclass(frozen=True, slots=True)
class FeedList:
    """What a file subscribes to. lists: addresses of other lists, which are not followed."""

    feeds: tuple[Subscription, ...]
    lists: tuple[str, ...] = ()


def read_opml(body: bytes) -> FeedList:
    """Read a list of feeds, each address once.

    Raises:
        ItemFailed: it is no such list, or too long.
    """
    if len(body) > MOST_BYTES:
        raise ItemFailed(f"larger than {MOST_BYTES} bytes")
    text = decode(body).lstrip("\ufeff \t\r\n")
    if text.startswith("<?xml"):
        text = text.partition(_DECLARATION_END)[2]
    # Bytes always: a text that begins like an address would be fetched.
    found = listparser.parse(text.encode("ascii", "xmlcharrefreplace"))
    if not found["version"]:
        raise ItemFailed("no OPML")
    if len(found["feeds"]) > MOST_FEEDS:
        raise ItemFailed(f"more than {MOST_FEEDS} feeds")
    return FeedList(
        tuple(
            Subscription(one_line(each["url"]), one_line(each["title"]), _folder(each))
            for each in found["feeds"]
        ),
        tuple(one_line(each["url"]) for each in found["lists"]),
    )


def write_opml(feeds: Iterable[Subscription], *, title: str) -> bytes:
    opml = etree.Element("opml", version="2.0")
    etree.SubElement(etree.SubElement(opml, "head"), "title").text = _legal(title)
    body = etree.SubElement(opml, "body")
    ordered = sorted(feeds, key=lambda each: (each.folder, each.title, each.url))
    for folder, inside in groupby(ordered, key=lambda each: each.folder):
        parent = etree.SubElement(body, "outline", text=_legal(folder)) if folder else body
        for each in inside:
            name = _legal(each.title or each.url)
            url = _legal(each.url)
            etree.SubElement(parent, "outline", type="rss", text=name, title=name, xmlUrl=url)
    return etree.tostring(opml, xml_declaration=True, encoding="UTF-8", pretty_print=True)


def _folder(found: dict[str, list[list[str]]]) -> str:
    """Return the folder that the feed lies in, else the last category it names."""
    folders = [list(filter(None, path)) for path in found.get("categories", [])]
    return one_line(next((path[0] for path in reversed(folders) if path), ""))


def _legal(text: str) -> str:
    return one_line(tidied(text))
