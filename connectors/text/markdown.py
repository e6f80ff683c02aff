"""Markdown without its markup: headings stay `#` lines, lists and tables stay readable lines."""

import re
import tomllib
from collections.abc import Callable, Iterator, Sequence
from itertools import chain

from markdown_it import MarkdownIt
from markdown_it.token import Token

_FRONT_MATTER = re.compile(
    r"\A(?P<fence>---|\+\+\+)[ \t]*\n(?P<body>.{0,20000}?)^(?P=fence)[ \t]*$\n?", re.M | re.S
)
_YAML_SCALAR = re.compile(r"^(\w[\w-]*)[ \t]*:[ \t]*(.*?)[ \t]*$", re.M)
_YAML_COMMENT = re.compile(r"\s+#.*$")

# Beyond this size lists and quotes are left as they are written: parsing would take minutes.
_LARGEST_PARSED = 2_000_000
_DEEPEST_NESTING = 60
_CODE_INDENT = "    "


def split_front_matter(markdown: str) -> tuple[dict[str, object], str]:
    """Separate the fields between `---` (YAML) or `+++` (TOML) lines from the text below.

    Of YAML only top-level `name: value` lines are read. What is not front matter stays text.
    """
    found = _FRONT_MATTER.match(markdown)
    if found is None:
        return {}, markdown
    fields = _toml(found["body"]) if found["fence"] == "+++" else _yaml_scalars(found["body"])
    return (fields, markdown[found.end() :]) if fields else ({}, markdown)


def plain_text(markdown: str, *, html_to_text: Callable[[str], str]) -> str:
    """Return `markdown` as plain text; blocks of HTML in it go through `html_to_text`."""
    if len(markdown) > _LARGEST_PARSED:
        return markdown
    parser = MarkdownIt("commonmark", {"maxNesting": _DEEPEST_NESTING}).enable(
        ["table", "strikethrough"]
    )
    parts = chain.from_iterable(_parts(parser.parse(markdown), html_to_text))
    return "".join(parts)


def _parts(
    tokens: Sequence[Token], html_to_text: Callable[[str], str]
) -> Iterator[tuple[str, str]]:
    """Yield the gap before each block, and the block."""
    mark = ""
    cells: list[str] = []
    for token in tokens:
        mark = _mark(token) or mark
        if token.type in {"td_open", "th_open"}:
            cells.append("")
        elif token.type == "tr_close":
            yield "\n", " | ".join(cells)
            cells = []
        elif token.type != "inline":
            yield from _block(token, html_to_text)
        elif cells:
            cells[-1] = _inline_text(token, line_break=" ")
        else:
            yield ("\n" if mark and mark[0] != "#" else "\n\n"), mark + _inline_text(token)
            mark = ""


def _mark(token: Token) -> str:
    """Return what the first line below `token` starts with."""
    if token.type == "heading_open":
        return "#" * int(token.tag[1:]) + " "
    if token.type == "list_item_open":
        return f"{token.info}. " if token.info else "- "
    return ""


def _block(token: Token, html_to_text: Callable[[str], str]) -> Iterator[tuple[str, str]]:
    if token.type in {"fence", "code_block"}:
        yield "\n\n", indented(token.content)
    elif token.type == "html_block":
        yield "\n\n", html_to_text(token.content)
    elif token.type in {"bullet_list_open", "ordered_list_open", "table_open"} and not token.level:
        yield "\n", ""


def indented(code: str) -> str:
    """Set code apart, so that a `#` that begins a line of it is no heading."""
    return "\n".join(_CODE_INDENT + line for line in code.rstrip("\n").split("\n"))


def _inline_text(token: Token, line_break: str = "\n") -> str:
    parts = []
    for child in token.children or ():
        if child.type in {"text", "code_inline"}:
            parts.append(child.content)
        elif child.type == "softbreak":
            parts.append(" ")
        elif child.type == "hardbreak":
            parts.append(line_break)
        elif child.type == "image":
            parts.append(_inline_text(child, " "))
    return "".join(parts).strip()


def _yaml_scalars(body: str) -> dict[str, object]:
    return {name.lower(): _unquoted(value) for name, value in _YAML_SCALAR.findall(body)}


def _unquoted(value: str) -> str:
    if len(value) > 1 and value[0] in "\"'" and value[-1] == value[0]:
        return value[1:-1]
    return _YAML_COMMENT.sub("", value)


def _toml(body: str) -> dict[str, object]:
    try:
        return {name.lower(): value for name, value in tomllib.loads(body).items()}
    except (tomllib.TOMLDecodeError, RecursionError):
        return {}
