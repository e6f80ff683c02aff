"""What a page says of itself in its head: language, own address, and what it asks of robots."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from cssselect import HTMLTranslator, SelectorError
from lxml.html import HtmlElement

from connectors.text.fields import language_tag, web_link
from connectors.text.hidden import drop

# What `none` stands for, and the names under which this service and those like it are addressed.
_NONE = ("noindex", "nofollow")
_ADDRESSED = frozenset({"robots", "grounding"})
_WISH = re.compile(r"[a-z][a-z-]{1,40}")


@dataclass(frozen=True, slots=True)
class PageFacts:
    language: str | None = None
    canonical: str | None = None
    wishes: frozenset[str] = frozenset()


def page_facts(tree: HtmlElement, *, url: str | None = None) -> PageFacts:
    return PageFacts(
        language=_language(tree),
        canonical=_canonical(tree, url or ""),
        wishes=wishes_of(_metas(tree, *_ADDRESSED)),
    )


def wishes_of(values: Iterable[str]) -> frozenset[str]:
    """Return the words of `robots` meta elements or of `X-Robots-Tag` headers.

    A part that names another robot, as in `otherbot: noindex`, is not meant for us.
    """
    found: set[str] = set()
    for value in values:
        agent, colon, rest = value.lower().rpartition(":")
        if not colon or agent.strip() in _ADDRESSED:
            found.update(_WISH.findall(rest))
    return frozenset({*found, *(_NONE if "none" in found else ())})


def drop_selected(tree: HtmlElement, selectors: Sequence[str]) -> None:
    """Take out of `tree` what any of the CSS `selectors` finds; the text after it stays."""
    for selector in selectors:
        drop(tree, tree.xpath(path_of(selector)))


@lru_cache(maxsize=256)
def path_of(selector: str) -> str:
    """Return a CSS selector as XPath.

    Raises:
        ValueError: it is none.
    """
    try:
        return str(HTMLTranslator().css_to_xpath(selector))
    except SelectorError as error:
        raise ValueError(f"{selector!r} is no CSS selector: {error}") from error


def _language(tree: HtmlElement) -> str | None:
    """Return the first declared language that is a language tag."""
    declared = [
        tree.get("lang") or tree.get("xml:lang") or "",
        *_metas(tree, "content-language"),
        *_metas(tree, "og:locale"),
    ]
    tags = (each.partition(",")[0].strip().replace("_", "-") for each in declared)
    return next(filter(None, map(language_tag, tags)), None)


def _canonical(tree: HtmlElement, url: str) -> str | None:
    links = [
        *(each.get("href") or "" for each in tree.iter("link") if _has_relation(each, "canonical")),
        *_metas(tree, "og:url"),
    ]
    return next(filter(None, (web_link(each, base=url) for each in links)), None)


def _has_relation(element: HtmlElement, relation: str) -> bool:
    return relation in (element.get("rel") or "").lower().split()


def _metas(tree: HtmlElement, *names: str) -> Iterator[str]:
    for element in tree.iter("meta"):
        for attribute in ("name", "property", "http-equiv"):
            if (element.get(attribute) or "").lower() in names:
                yield element.get("content") or ""
