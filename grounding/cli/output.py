"""How commands speak: tables and sentences for people, one JSON value for machines."""

import dataclasses
import json
import sys
from collections.abc import Iterable, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

console = Console(highlight=False, emoji=False)
errors = Console(stderr=True, highlight=False, emoji=False)


def print_json(value: object) -> None:
    sys.stdout.write(json.dumps(_plain(value), ensure_ascii=False, indent=2) + "\n")


def print_json_line(value: object) -> None:
    """Print at once and on one line, for a reader that waits for it."""
    print(json.dumps(_plain(value), ensure_ascii=False), flush=True)  # noqa: T201


def print_table(
    title: str, columns: Sequence[str], rows: Iterable[Sequence[object]], *, to: Console = console
) -> None:
    table = Table(title=escape(printable(title)) or None, title_justify="left")
    for column in columns:
        table.add_column(column, overflow="fold")
    for row in rows:
        table.add_row(*("" if cell is None else escape(printable(str(cell))) for cell in row))
    to.print(table)


def say(text: str) -> None:
    """Print text that may come from anywhere, never read as markup."""
    console.print(escape(printable(text)), soft_wrap=True)


def age(seconds: float | None, *, unknown: str = "never") -> str:
    """Return an age as a short word, such as "5m"."""
    if seconds is None:
        return unknown
    for name, length in (("d", 86_400), ("h", 3_600), ("m", 60)):
        if seconds >= length:
            return f"{int(seconds // length)}{name}"
    return f"{int(seconds)}s"


def instant(at: datetime | None) -> str:
    """Return an instant in UTC to the second, "" where there is none."""
    return "" if at is None else f"{at:%Y-%m-%d %H:%M:%S}Z"


def printable(text: str) -> str:
    """Return text without the control characters that a terminal would obey."""
    return "".join(c for c in text if c in {"\n", "\t"} or c.isprintable())


def _plain(value: object) -> Any:  # Any: JSON
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {
            field.name: _plain(getattr(value, field.name)) for field in dataclasses.fields(value)
        }
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, datetime):
        return value.isoformat()
    return str(value) if isinstance(value, Decimal) else value
