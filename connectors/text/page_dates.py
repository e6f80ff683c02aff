"""When a web page says it was published and last updated, to the second and with its zone.

Only what is declared counts: meta elements, JSON-LD, microdata, microformats, and a day in the
address. Dates in running text are about something else. Where one kind of declaration names
several different instants, as on a listing, it names none. What JSON-LD says of an article goes
first: the meta elements beside it are made for social networks, and tell some publishers' last
change for the publication.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from lxml.html import HtmlElement

from connectors.dates import read_instant
from connectors.doubts import Reading

_PUBLISHED_META = (
    "article:published_time",
    "og:article:published_time",
    "datepublished",
    "dcterms.issued",
    "dc.date.issued",
    "dcterms.created",
    "citation_publication_date",
    "parsely-pub-date",
    "pubdate",
    "publish-date",
)
_UPDATED_META = (
    "article:modified_time",
    "og:article:modified_time",
    "og:updated_time",
    "datemodified",
    "dcterms.modified",
    "last-modified",
)
_PUBLISHED_CLASSES = frozenset({"dt-published", "entry-date", "published"})
_UPDATED_CLASSES = frozenset({"dt-updated", "updated"})
_ARTICLES = ("Article", "Posting", "Report")
_DAY_IN_URL = re.compile(r"/(20\d\d)[/-]([01]\d)[/-]([0-3]\d)(?![0-9])")


@dataclass(frozen=True, slots=True)
class PageDates:
    """Both dates, and by which declaration each was found: "meta article:published_time"."""

    published: Reading
    updated: Reading
    published_from: str = field(default="", compare=False)
    updated_from: str = field(default="", compare=False)


def page_dates(tree: HtmlElement, *, url: str | None = None, zone: str | None = None) -> PageDates:
    metas = _metas(tree)
    items = list(_json_ld(tree))
    articles = [item for item in items if _is_article(item)]
    published, published_from = _first_agreed(
        [
            ("JSON-LD datePublished", [item.get("datePublished") for item in articles]),
            *((f"meta {name}", [metas[name]]) for name in _PUBLISHED_META if name in metas),
            ("JSON-LD datePublished", [item.get("datePublished") for item in items]),
            ("microdata datePublished", _microdata(tree, "datePublished")),
            ("time element", _classed(tree, _PUBLISHED_CLASSES)),
            ("url", _day_in_address(url or "")),
        ],
        zone,
    )
    updated, updated_from = _first_agreed(
        [
            ("JSON-LD dateModified", [item.get("dateModified") for item in articles]),
            *((f"meta {name}", [metas[name]]) for name in _UPDATED_META if name in metas),
            ("JSON-LD dateModified", [item.get("dateModified") for item in items]),
            ("microdata dateModified", _microdata(tree, "dateModified")),
            ("time element", _classed(tree, _UPDATED_CLASSES)),
        ],
        zone,
    )
    return PageDates(published, updated, published_from, updated_from)


def _first_agreed(
    declarations: Iterable[tuple[str, Iterable[object]]], zone: str | None
) -> tuple[Reading, str]:
    """Return the first kind of declaration that names one instant, else why none does.

    An instant that is declared twice is as certain as the better of the two.
    """
    refused = Reading(None)
    for kind, values in declarations:
        texts = [value for value in values if isinstance(value, str)]
        readings = [read_instant(text, assumed_zone=zone) for text in texts]
        found = [each for each in readings if each.instant is not None]
        if len({each.instant for each in found}) == 1:
            return min(found, key=lambda each: each.doubt or ""), kind
        if not found and refused.doubt is None:
            refused = next((each for each in readings if each.doubt), refused)
    return refused, ""


def _day_in_address(url: str) -> list[str]:
    """Find a day; numbers that only look like one are no declaration, and so no doubt."""
    numbers = _DAY_IN_URL.search(url)
    day = "-".join(numbers.groups()) if numbers else ""
    return [day] if read_instant(day).instant else []


def _metas(tree: HtmlElement) -> dict[str, str]:
    metas: dict[str, str] = {}
    for element in tree.iter("meta"):
        for attribute in ("property", "name", "itemprop"):
            name = (element.get(attribute) or "").lower()
            if name:
                metas.setdefault(name, element.get("content") or "")
    return metas


def _json_ld(tree: HtmlElement) -> Iterator[dict[str, object]]:
    for script in tree.iter("script"):
        if not (script.get("type") or "").lower().startswith("application/ld+json"):
            continue
        try:
            value = json.loads(_json_in(script.text or ""), strict=False)
        except (ValueError, RecursionError):
            continue
        yield from _items(value)


def _json_in(script: str) -> str:
    """Drop the CDATA marks, commented out or not, that readers of XHTML need around a script."""
    text = script.strip()
    start = text.find("<![CDATA[", 0, 20)
    if start < 0:
        return text
    return text[start + len("<![CDATA[") : text.rfind("]]>")].strip("/* \t\r\n")


def _is_article(item: Mapping[str, object]) -> bool:
    """Tell the page's own article from the videos, organisations and lists beside it."""
    kinds = item.get("@type")
    names = kinds if isinstance(kinds, list) else [kinds]
    return any(isinstance(name, str) and name.endswith(_ARTICLES) for name in names)


def _items(value: object) -> Iterator[dict[str, object]]:
    """Yield the objects at the top of a JSON-LD text; deeper ones are about something else."""
    for item in value if isinstance(value, list) else [value]:
        if not isinstance(item, dict):
            continue
        yield item
        graph = item.get("@graph")
        if isinstance(graph, list):
            yield from (each for each in graph if isinstance(each, dict))


def _microdata(tree: HtmlElement, name: str) -> Iterator[str]:
    for element in tree.xpath("descendant::*[@itemprop=$name]", name=name):
        yield element.get("datetime") or element.get("content") or ""


def _classed(tree: HtmlElement, classes: frozenset[str]) -> Iterator[str]:
    for element in tree.iter("time"):
        if classes.intersection((element.get("class") or "").lower().split()):
            yield element.get("datetime") or ""
