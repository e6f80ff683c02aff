"""When a web page says it was published and last updated, to the second and with its zone.

Only what is declared counts: meta elements, JSON-LD, microdata, microformats, and a day in the
address. Dates in running text are about something else. Where one kind of declaration names
several different instants, as on a listing, it names none.
"""

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

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
_DAY_IN_URL = re.compile(r"/(20\d\d)[/-]([01]\d)[/-]([0-3]\d)(?![0-9])")


@dataclass(frozen=True, slots=True)
class PageDates:
    published: Reading
    updated: Reading


def page_dates(tree: HtmlElement, *, url: str | None = None) -> PageDates:
    metas = _metas(tree)
    items = list(_json_ld(tree))
    return PageDates(
        published=_first_agreed(
            [
                *([metas[name]] for name in _PUBLISHED_META if name in metas),
                [item.get("datePublished") for item in items],
                _microdata(tree, "datePublished"),
                _classed(tree, _PUBLISHED_CLASSES),
                _day_in_address(url or ""),
            ]
        ),
        updated=_first_agreed(
            [
                *([metas[name]] for name in _UPDATED_META if name in metas),
                [item.get("dateModified") for item in items],
                _microdata(tree, "dateModified"),
                _classed(tree, _UPDATED_CLASSES),
            ]
        ),
    )


def _first_agreed(declarations: Iterable[Iterable[object]]) -> Reading:
    """Return the first kind of declaration that names one instant, else why none does.

    An instant that is declared twice is as certain as the better of the two.
    """
    refused = Reading(None)
    for values in declarations:
        readings = [read_instant(value) for value in values if isinstance(value, str)]
        found = [each for each in readings if each.instant is not None]
        if len({each.instant for each in found}) == 1:
            return min(found, key=lambda each: each.doubt or "")
        if not found and refused.doubt is None:
            refused = next((each for each in readings if each.doubt), refused)
    return refused


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
        if (script.get("type") or "").lower() != "application/ld+json":
            continue
        try:
            value = json.loads(script.text or "", strict=False)
        except (ValueError, RecursionError):
            continue
        yield from _items(value)


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
    for element in tree.xpath("//*[@itemprop=$name]", name=name):
        yield element.get("datetime") or element.get("content") or ""


def _classed(tree: HtmlElement, classes: frozenset[str]) -> Iterator[str]:
    for element in tree.iter("time"):
        if classes.intersection((element.get("class") or "").lower().split()):
            yield element.get("datetime") or ""
