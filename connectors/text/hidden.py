"""What a page holds and no reader sees, taken out of its tree before anything reads it.

Only what the page itself says beside the text counts: attributes and inline styles. What a style
sheet or a script hides is not known here. Comments, `template` and `noscript` go too.
"""

import colorsys
import re
from collections.abc import Iterable, Mapping

from lxml import etree
from lxml.html import HtmlElement

_NEVER_SHOWN = ("datalist", "noscript", "template")
_DROPPED = "dropped-part"
_LONGEST_STYLE = 10_000

_CSS_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
_CSS_ESCAPE = re.compile(r"\\([0-9a-fA-F]{1,6})\s?")
_LENGTH = re.compile(r"(-?[0-9]*\.?[0-9]+)(px|pt|pc|em|rem|ex|ch|in|cm|mm|%|vw|vh)?")
_PIXELS = {
    None: 1.0, "px": 1.0, "pt": 1.3, "pc": 16.0, "em": 16.0, "rem": 16.0, "ex": 8.0, "ch": 8.0,
    "in": 96.0, "cm": 38.0, "mm": 3.8, "%": 4.0, "vw": 10.0, "vh": 10.0,
}  # fmt: skip
_FAR_AWAY = -400
_UNREADABLY_SMALL = 1
_FAINTEST = 0.05

_NO_AREA = re.compile(
    r"rect\((?:[01](?:px)?[, ]*){4}\)|inset\((?:50|100)%|circle\(0(?:px|%)?[ )]"
    r"|polygon\((?:0(?:px|%)?[ ,]*)+\)"
)
_MOVED = re.compile(r"translate(?:x|y|3d)?\(([^)]{1,60})\)")
_NO_SIZE = re.compile(r"scale(?:x|y|3d)?\(0(?:\.0*)?[,)]|rotate[xy]\((?:90|270)deg\)")
_FONT_SIZE = re.compile(
    r"(?:^|\s)(0|[0-9]*\.?[0-9]+(?:px|pt|pc|em|rem|ex|ch|in|cm|mm|%|vw|vh))(?=[\s/])"
)
_NAMED_COLOURS = {
    "black": "000000", "white": "ffffff", "red": "ff0000", "lime": "00ff00", "blue": "0000ff",
    "yellow": "ffff00", "gray": "808080", "grey": "808080", "silver": "c0c0c0", "green": "008000",
    "snow": "fffafa", "ivory": "fffff0", "whitesmoke": "f5f5f5",
}  # fmt: skip
_RGB = re.compile(r"rgba?\(\s*(\d{1,3})[\s,]+(\d{1,3})[\s,]+(\d{1,3})(?:[\s,/]+([\d.]+%?))?\s*\)")
_HSL = re.compile(r"hsla?\(\s*([\d.]{1,9})(?:deg)?[\s,]+([\d.]{1,9})%[\s,]+([\d.]{1,9})%")
_HEX = re.compile(r"#([0-9a-f]{8}|[0-9a-f]{6}|[0-9a-f]{3,4})(?![0-9a-f])")
_INDISTINCT = 12
"""Colours that differ by less in each of red, green and blue look the same."""

Style = Mapping[str, str]
Colour = tuple[int, int, int]


def drop_hidden(tree: HtmlElement) -> None:
    """Take out of `tree` what is hidden; the text after it stays."""
    etree.strip_elements(
        tree, *_NEVER_SHOWN, etree.Comment, etree.ProcessingInstruction, with_tail=False
    )
    styled = tree.xpath("descendant::*[@hidden or @style or @color or (self::dialog[not(@open)])]")
    drop(tree, [each for each in styled if each.tag != "body" and _is_hidden(each)])


def drop(tree: HtmlElement, elements: Iterable[HtmlElement]) -> None:
    """Take `elements` out of `tree`, which stays itself; the text after each stays.

    They are renamed and taken out together: moving the text after one by hand fails where it
    holds a character that XML forbids and HTML can spell.
    """
    for element in elements:
        if element is not tree:
            element.tag = _DROPPED
    etree.strip_elements(tree, _DROPPED, with_tail=False)


def _is_hidden(element: HtmlElement) -> bool:
    if element.get("hidden") not in (None, "until-found"):
        return True
    if element.tag == "dialog" and element.get("open") is None:
        return True
    style = _style(element)
    if style and (_is_not_rendered(style) or _is_out_of_sight(style) or _has_no_size(style)):
        return True
    return _is_camouflaged(element, style)


def _style(element: HtmlElement) -> dict[str, str]:
    given = (element.get("style") or "")[:_LONGEST_STYLE]
    given = _CSS_ESCAPE.sub(_escaped, _CSS_COMMENT.sub("", given)).lower().replace("!important", "")
    pairs = (each.partition(":") for each in given.split(";"))
    return {name.strip(): " ".join(value.split()) for name, _, value in pairs if value}


def _escaped(escape: re.Match[str]) -> str:
    code = int(escape[1], 16)
    return chr(code) if 0 < code < 0x110000 else ""


def _is_not_rendered(style: Style) -> bool:
    return (
        style.get("display") == "none"
        or style.get("visibility") in ("hidden", "collapse")
        or style.get("content-visibility") == "hidden"
        or _share(style.get("opacity", "1")) < _FAINTEST
        or "opacity(0" in style.get("filter", "")
    )


def _is_out_of_sight(style: Style) -> bool:
    shifts = [style.get("text-indent", ""), style.get("margin-left", "")]
    if style.get("position") in ("absolute", "fixed", "relative"):
        shifts += [style.get(side, "") for side in ("left", "right", "top", "bottom")]
        shifts += [style.get("inset", "").partition(" ")[0], style.get("margin-top", "")]
    for moved in _MOVED.findall(style.get("transform", "")):
        shifts += moved.split(",")
    is_far = any(_pixels(each) <= _FAR_AWAY for each in shifts)
    is_clipped = any(_NO_AREA.match(style.get(name, "")) for name in ("clip", "clip-path"))
    return is_far or is_clipped


def _has_no_size(style: Style) -> bool:
    if _pixels(_font_size(style)) <= _UNREADABLY_SMALL:
        return True
    if _NO_SIZE.search(style.get("transform", "")) or style.get("zoom") == "0":
        return True
    sides = ("width", "height", "max-width", "max-height")
    is_a_dot = any(_pixels(style.get(side, "auto")) <= _UNREADABLY_SMALL for side in sides)
    is_a_dot = is_a_dot or style.get("line-height") in ("0", "0px")
    return is_a_dot and "hidden" in (style.get("overflow", "") + style.get("overflow-y", ""))


def _font_size(style: Style) -> str:
    """Return the size of letters, which the shorthand `font` gives before a slash or the family."""
    short = _FONT_SIZE.search(style.get("font", ""))
    return style.get("font-size") or (short[1] if short else "16px")


def _is_camouflaged(element: HtmlElement, style: Style) -> bool:
    """Tell text in the colour of its ground, where the page says both beside the text."""
    given = style.get("-webkit-text-fill-color") or style.get("color")
    given = given or (element.get("color") or "").lower()
    if not given or "text" in style.get(
        "-webkit-background-clip", style.get("background-clip", "")
    ):
        return False
    if _is_transparent(given):
        return "text-shadow" not in style
    colour, ground = _colour(given), _ground(element, style)
    return (
        colour is not None
        and ground is not None
        and max(abs(one - other) for one, other in zip(colour, ground, strict=True)) < _INDISTINCT
    )


def _ground(element: HtmlElement, style: Style) -> Colour | None:
    """Return the nearest background that the element or one around it names for itself."""
    place: HtmlElement | None = element
    while place is not None:
        given = style.get("background-color") or style.get("background")
        given = given or (place.get("bgcolor") or "").lower()
        if given:
            return _colour(given)
        place = place.getparent()
        style = {} if place is None else _style(place)
    return None


def _colour(given: str) -> Colour | None:
    if rgb := _RGB.match(given):
        return int(rgb[1]), int(rgb[2]), int(rgb[3])
    if hsl := _HSL.match(given):
        parts = colorsys.hls_to_rgb(_number(hsl[1]) / 360 % 1, _of_100(hsl[3]), _of_100(hsl[2]))
        return round(255 * parts[0]), round(255 * parts[1]), round(255 * parts[2])
    hexadecimal = _HEX.match(given)
    digits = hexadecimal[1] if hexadecimal else _NAMED_COLOURS.get(given.partition(" ")[0], "")
    if len(digits) in (3, 4):
        digits = "".join(digit * 2 for digit in digits)
    if not digits:
        return None
    return int(digits[:2], 16), int(digits[2:4], 16), int(digits[4:6], 16)


def _of_100(given: str) -> float:
    return min(1.0, _number(given) / 100)


def _number(given: str) -> float:
    """Return a number; what only looks like one is 0."""
    try:
        return float(given)
    except ValueError:
        return 0.0


def _is_transparent(colour: str) -> bool:
    if colour == "transparent":
        return True
    rgb, hexadecimal = _RGB.match(colour), _HEX.fullmatch(colour)
    if rgb and rgb[4]:
        return _share(rgb[4]) < _FAINTEST
    alpha = hexadecimal[1][3:] if hexadecimal and len(hexadecimal[1]) == 4 else ""
    alpha = hexadecimal[1][6:] if hexadecimal and len(hexadecimal[1]) == 8 else alpha
    return bool(alpha) and not alpha.strip("0")


def _share(given: str) -> float:
    number = _LENGTH.match(given)
    if number is None:
        return 1.0
    return float(number[1]) / (100 if number[2] == "%" else 1)


def _pixels(given: str) -> float:
    """Return a length in pixels, near enough to tell a dot from a line; others are long."""
    number = _LENGTH.match(given.strip().removeprefix("calc("))
    return float(number[1]) * _PIXELS[number[2]] if number else float("inf")
