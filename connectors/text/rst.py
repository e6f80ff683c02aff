"""reStructuredText as plain text: sections become `#` lines, roles and links their words."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

ADORNMENT = re.compile(r"([!-/:-@\[-`{-~])\1{2,}\s*")
FIELD = re.compile(r":?([A-Za-z][\w -]{0,40}?):(?:[ \t]+(.*))?")
FIELD_LIST = re.compile(r":[A-Za-z][\w -]{0,40}?:(\s|$)")
DROPPED = re.compile(r"\.\. (_[^:]+:.*|\|.*|(contents|toctree|index|highlight|image|figure)::.*)")
DIRECTIVE = re.compile(r"^(\s*)\.\. [\w:-]+::[ \t]*(.*)$", re.MULTILINE)
INLINE = (
    (re.compile(r":pep:`(\d+)[^`]*`"), r"PEP \1"),
    (re.compile(r":rfc:`(\d+)[^`]*`"), r"RFC \1"),
    (re.compile(r":[\w:+.-]+:`([^`<\n]+?)(?:\s*<[^`>]+>)?`"), r"\1"),
    (re.compile(r"``([^`\n]+)``"), r"\1"),
    (re.compile(r"`([^`<]+?)\s*<[^`>]+>`__?"), r"\1"),
    (re.compile(r"(?<!`)`([^`\n]+)`(__?)?(?!`)"), r"\1"),
)
DEEPEST = 6


@dataclass(frozen=True, slots=True)
class RstText:
    """title is the first section's; fields are those above the text (`Created: …`, `:Date: …`)."""

    title: str
    text: str
    fields: Mapping[str, str]


def rst_to_text(rst: str) -> RstText:
    """Return the text with its sections marked; what is not understood stays as it is."""
    lines = [line.rstrip() for line in rst.expandtabs(8).split("\n")]
    fields = _fields(lines)
    text = "\n".join(_with_headings(lines))
    text = DIRECTIVE.sub(r"\1\2", text)
    for pattern, replacement in INLINE:
        text = pattern.sub(replacement, text)
    heading = re.search(r"^#+ (.+)$", text, re.MULTILINE)
    return RstText(heading[1] if heading else "", text.strip("\n"), fields)


def _with_headings(lines: list[str]) -> Iterator[str]:
    """Replace a title and its adornment; styles count as deeper in order of appearance."""
    styles: list[str] = []
    position = 0
    while position < len(lines):
        above, title, below = (*lines[position : position + 3], "", "")[:3]
        if _is_overlined(above, title, below):
            yield _heading(title, above[0] * 2, styles)
            position += 3
        elif _is_underlined(above, title) and not (position and lines[position - 1]):
            yield _heading(above, title[0], styles)
            position += 2
        else:
            if not DROPPED.fullmatch(above):
                yield above
            position += 1


def _heading(title: str, style: str, styles: list[str]) -> str:
    if style not in styles:
        styles.append(style)
    level = min(styles.index(style) + 1, DEEPEST)
    return f"{'#' * level} {title.strip()}"


def _is_overlined(above: str, title: str, below: str) -> bool:
    return bool(ADORNMENT.fullmatch(above)) and above == below and bool(title.strip())


def _is_underlined(title: str, below: str) -> bool:
    is_title = bool(title.strip()) and not title[0].isspace() and not ADORNMENT.fullmatch(title)
    return is_title and bool(ADORNMENT.fullmatch(below)) and len(below) + 1 >= len(title)


def _fields(lines: list[str]) -> dict[str, str]:
    """Read mail-like headers at the very top, or the first field list (`:Name: value`)."""
    headers = _field_block(lines)
    if len(headers) > 1:
        return headers
    start = next((at for at, line in enumerate(lines[:40]) if FIELD_LIST.match(line)), None)
    return {} if start is None else _field_block(lines[start:])


def _field_block(lines: list[str]) -> dict[str, str]:
    fields: dict[str, str] = {}
    name = ""
    for line in lines:
        field = FIELD.fullmatch(line)
        if field:
            name = field[1].strip().lower()
            fields[name] = (field[2] or "").strip()
        elif name and line[:1].isspace():
            fields[name] = f"{fields[name]} {line.strip()}".strip()
        else:
            break
    return fields
