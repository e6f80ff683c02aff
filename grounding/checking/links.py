"""Find the addresses in an answer, however they are written, and whether they load by themselves.

    ![alt](url "title")   [text](url)   [text][ref] + [ref]: url   <https://...>   <img src=...>
    https://...   hxxps://evil[.]example/...   www.example.org/...   //example.org/...   mailto:...

What is found is read as a program that shows answers would read it, and rather too much than too
little of it: an address that nobody would follow does no harm in the list.
"""

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

MOST_LINKS: Final = 2_000
"""Of one answer; what follows is not looked at, and an answer of so many links is flagged."""
_LONGEST_TEXT: Final = 2_000


@dataclass(frozen=True, slots=True)
class Link:
    """An address of an answer.

    start, end: where it stands, in code points. url: with its disguises taken off.
    loads_itself: whether showing the answer is enough for it to be asked for.
    """

    start: int
    end: int
    url: str
    loads_itself: bool = False


_TARGET: Final = r"[ \t]*\n?[ \t]*(?:<([^<>\n]{1,4000})>|([^\s()<>]{1,4000}(?:\([^\s()]{0,400}\)[^\s()<>]{0,400}){0,9}))"  # noqa: E501 - one pattern
_INLINE: Final = re.compile(r"\]\(" + _TARGET)
_DEFINITION: Final = re.compile(r"^[ >\t]{0,8}\[([^\[\]\n]{1,200})\]:" + _TARGET, re.MULTILINE)
_IMAGE_REFERENCE: Final = re.compile(r"!\[([^\[\]\n]{0,300})\](?:\[([^\[\]\n]{0,200})\])?")
_ELEMENT: Final = re.compile(r"<\s*([a-z][a-z0-9:-]{0,30})\b([^<>]{0,20000})", re.IGNORECASE)
_ATTRIBUTE: Final = re.compile(
    r"\b(src|srcset|href|xlink:href|data|poster|background|action|formaction|cite|content|style"
    r"|ping|manifest|longdesc|lowsrc|dynsrc)\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s\"'>]+))",
    re.IGNORECASE,
)
_SEVERAL: Final = {
    "style": re.compile(r"(?:url\(|@import)\s*[\"']?\s*([^\"')\s]+)", re.IGNORECASE),
    "srcset": re.compile(r"([^\s,]+)(?=\s+[\d.]+[wx]|,|\s*$)"),
    "content": re.compile(r"url\s*=\s*(\S+)", re.IGNORECASE),
}
"""Attributes whose addresses stand among other words."""
_FOLLOWED_BY_HAND: Final = frozenset(
    {"a", "area", "form", "button", "blockquote", "q", "ins", "del"}
)
_SCHEME: Final = r"(?:h(?:tt|xx|\*\*|__)ps?|ftps?|wss?|file|ipfs)"
_DOT: Final = r"(?:\.|\[\.\]|\(\.\)|\{\.\}|\[dot\]|\(dot\)|。|．)"
_BARE: Final = re.compile(
    rf"\b{_SCHEME}(?::|\[:\]|：)(?:/|\\|／){{2}}[^\s<>\"'`|]{{1,4000}}"
    rf"|\b(?:javascript|vbscript|data|mailto|blob)\s*:(?=\S)[^\s<>\"`|]{{1,4000}}"
    rf"|\bwww{_DOT}[^\s<>\"'`|]{{1,4000}}"
    rf"|(?<![\w@/.:-])//[a-z0-9-]{{1,63}}(?:\.[a-z0-9-]{{1,63}})+[^\s<>\"'`|]{{0,4000}}"
    rf"|(?<![\w@/.-])(?:[^\W_][\w-]{{0,62}}{_DOT}){{1,8}}[^\W\d_]{{2,24}}(?::\d{{1,5}})?"
    rf"(?:[/?#\\][^\s<>\"'`|]{{1,4000}})",
    re.IGNORECASE,
)  # fmt: skip
_LAST_MARKS: Final = ".,;:!?…'\"»”’*_~"
_CLOSING: Final = {")": "(", "]": "[", "}": "{"}
_NOISE: Final = re.compile(
    "[\u00ad\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufe00-\ufe0f\t\r\n]"
)


def links(answer: str) -> list[Link]:
    """Return the addresses of an answer in the order of their places, none within another."""
    found: list[Link] = []
    taken = bytearray(len(answer) + 1)
    for link in _all(answer):
        if not any(taken[link.start : link.end]):
            taken[link.start : link.end] = b"\x01" * (link.end - link.start)
            found.append(link)
        if len(found) >= MOST_LINKS:
            break
    return sorted(found, key=lambda link: link.start)


def plain_url(written: str) -> str:
    """Return an address without entities, invisible characters and the usual disguises."""
    url = _NOISE.sub("", html.unescape(html.unescape(written))).strip()
    url = re.sub(r"^h(?:xx|\*\*|__)p", "http", url, flags=re.IGNORECASE)
    url = url.replace("[:]", ":").replace("：", ":").replace("／", "/").replace("\\", "/")
    url = re.sub(r"\[\.\]|\(\.\)|\{\.\}|\[dot\]|\(dot\)|[。．]", ".", url, flags=re.IGNORECASE)
    return f"http://{url}" if re.match(r"(?!data:|mailto:)[\w-]+(\.[\w-]+)+(?![\w@])", url) else url


def _all(answer: str) -> Iterator[Link]:
    """Yield what is more of an address first: images, then links, then what only looks like one."""
    images = {_name(ref or alt) for alt, ref in _IMAGE_REFERENCE.findall(answer)}
    for match in _INLINE.finditer(answer):
        is_image = _is_image(answer, match.start())
        yield _of_group(match, (1, 2), loads_itself=is_image)
    for match in _DEFINITION.finditer(answer):
        yield _of_group(match, (2, 3), loads_itself=_name(match[1]) in images)
    for element in _ELEMENT.finditer(answer):
        yield from _of_element(element)
    for match in _BARE.finditer(answer):
        written = _without_last_marks(match[0])
        yield Link(match.start(), match.start() + len(written), plain_url(written))


def _is_image(answer: str, closing: int) -> bool:
    """Whether the bracket that closes there is opened by `![`."""
    depth = 0
    for place in range(closing, max(-1, closing - _LONGEST_TEXT), -1):
        depth += (answer[place] == "]") - (answer[place] == "[")
        if depth == 0:
            return place > 0 and answer[place - 1] == "!"
    return False


def _of_element(element: re.Match[str]) -> Iterator[Link]:
    name, shift = element[1].lower(), element.start(2)
    for match in _ATTRIBUTE.finditer(element[2]):
        group = next(i for i in (2, 3, 4) if match[i] is not None)
        value, start = match[group], match.start(group) + shift
        attribute = match[1].lower()
        if (inner := _SEVERAL.get(attribute)) is not None:
            for each in inner.finditer(value):
                place = start + each.start(1)
                yield Link(place, place + len(each[1]), plain_url(each[1]), loads_itself=True)
        elif value.strip():
            is_by_hand = name in _FOLLOWED_BY_HAND and attribute != "background"
            yield Link(start, start + len(value), plain_url(value), loads_itself=not is_by_hand)


def _of_group(match: re.Match[str], groups: tuple[int, int], *, loads_itself: bool) -> Link:
    group = next(i for i in groups if match[i] is not None)
    return Link(match.start(group), match.end(group), plain_url(match[group]), loads_itself)


def _without_last_marks(written: str) -> str:
    """Leave out what ends the sentence around an address, and brackets that it does not open."""
    while written:
        last = written[-1]
        opening = _CLOSING.get(last)
        is_outside = opening is not None and written.count(last) > written.count(opening)
        if last not in _LAST_MARKS and not is_outside:
            break
        written = written[:-1]
    return written


def _name(reference: str) -> str:
    return " ".join(reference.split()).casefold()
