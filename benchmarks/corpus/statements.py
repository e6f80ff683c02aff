"""The expectations of feedparser's suite: a Python expression in a comment of each file.

`Expect: not bozo and entries[0]['title'] == 'Example'` states two things, and what is compared is
the second. The expression is taken apart and never run.
"""

import ast
import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field

from benchmarks.corpus.instants import instant_of
from benchmarks.corpus.records import Expectations, Expected, Value

EXPECT = re.compile(r"Expect:\s*(.*?)\s*(?:\n\s*\n|-->|\n[A-Z][\w-]*:|$)", re.DOTALL)
CONTENT_TYPE = re.compile(r"Header:\s*Content-type:[ \t]*(.*?)[ \t]*(?:\r?\n|-->)", re.IGNORECASE)
FIELDS = {
    "id": "id",
    "guid": "id",
    "link": "link",
    "title": "title",
    "title_detail value": "title",
    "description": "text",
    "summary": "text",
    "content 0 value": "text",
    "published": "published",
    "published_parsed": "published",
    "created": "published",
    "created_parsed": "published",
    "updated": "updated",
    "updated_parsed": "updated",
}
DATES = {"published", "updated"}
# How the comment begins where a character takes two or four bytes, or is EBCDIC.
ENCODINGS = {
    b"\x00\x00\xfe\xff": "utf-32-be",
    b"\xff\xfe\x00\x00": "utf-32-le",
    b"\xfe\xff": "utf-16-be",
    b"\xff\xfe": "utf-16-le",
    b"\x00\x00\x00<": "utf-32-be",
    b"<\x00\x00\x00": "utf-32-le",
    b"\x00<": "utf-16-be",
    b"<\x00": "utf-16-le",
    b"\x4c\x6f\xa7\x94": "cp037",
}


@dataclass(slots=True)
class _Found:
    claims: dict[int, dict[str, Value]] = field(default_factory=lambda: defaultdict(dict))
    count: int | None = None
    feed_title: str | None = None
    unusable: int = 0


def commented(body: bytes) -> str:
    """Return the text of a file well enough to read the comment in it."""
    charset = next((name for start, name in ENCODINGS.items() if body.startswith(start)), "utf-8")
    return body.decode(charset, "replace")


def content_type(comment: str, *, default: str) -> str:
    found = CONTENT_TYPE.search(comment)
    return found[1] if found else default


def stated(comment: str) -> Expectations | None:
    """Return what a file's comment states of its entries; None where it states nothing."""
    given = EXPECT.search(comment)
    if given is None or not given[1]:
        return None
    found = _Found()
    try:
        tree = ast.parse(" ".join(given[1].split()), mode="eval")
    except (SyntaxError, ValueError):
        return Expectations(unusable=1)
    for statement in _statements(tree.body):
        _add(statement, found)
    entries = [Expected(claims, position=at) for at, claims in found.claims.items()]
    return Expectations(
        entries, count=found.count, feed_title=found.feed_title, unusable=found.unusable
    )


def _statements(expression: ast.expr) -> Iterator[ast.expr]:
    if isinstance(expression, ast.BoolOp) and isinstance(expression.op, ast.And):
        for part in expression.values:
            yield from _statements(part)
    elif not _says_if_well_formed(expression):
        yield expression


def _says_if_well_formed(expression: ast.expr) -> bool:
    return ast.unparse(expression) in {"bozo", "not bozo"}


def _add(statement: ast.expr, found: _Found) -> None:
    if ast.unparse(statement) == "not entries":
        found.count = 0
        return
    if not isinstance(statement, ast.Compare) or not _is_equality(statement):
        found.unusable += 1
        return
    *paths, last = [statement.left, *statement.comparators]
    try:
        value = ast.literal_eval(last)
    except ValueError:
        found.unusable += 1
        return
    added = [_add_equal(path, value, found) for path in paths]
    found.unusable += not any(added)


def _is_equality(statement: ast.Compare) -> bool:
    return all(isinstance(operator, ast.Eq) for operator in statement.ops)


def _add_equal(path: ast.expr, value: object, found: _Found) -> bool:
    """Add that what `path` names is `value`; False where that is not compared."""
    if ast.unparse(path) == "len(entries)" and isinstance(value, int):
        found.count = value
        return True
    steps = _steps(path)
    if steps == ["feed", "title"] and isinstance(value, str):
        found.feed_title = value
        return True
    at, name = _entry_and_field(steps)
    if name is None:
        return False
    claim = _claim(name, value)
    if claim is not None:
        found.claims[at][name] = claim
    return claim is not None


def _claim(name: str, value: object) -> Value:
    if name in DATES:
        return instant_of(value)
    return value if isinstance(value, str) else None


def _entry_and_field(steps: list[object]) -> tuple[int, str | None]:
    match steps:
        case ["entries", int(at), *keys]:
            return at, FIELDS.get(" ".join(map(str, keys)))
    return 0, None


def _steps(path: ast.expr) -> list[object]:
    """Take `entries[0]['title']` and `entries[0].title` apart: entries, 0, title."""
    match path:
        case ast.Name(id=name):
            return [name]
        case ast.Subscript(value=inner, slice=ast.Constant(value=key)):
            return [*_steps(inner), key]
        case ast.Attribute(value=inner, attr=key):
            return [*_steps(inner), key]
    return []
