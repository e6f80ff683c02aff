"""A chain in a file: JSON lines that anybody can verify who has the file and a public key.

    {"grounding_receipts":1,"first":1,"previous":"000..."}
    {"body":...,"digest":"...","entry":...,"key":"...","signature":"..."}      one for each entry
    {"count":2,"head":"..."}

Each line is canonical JSON, so that there is one way to write it and any changed byte is noticed;
the last line says how many entries there are, so that a file that was cut off is.
"""

import base64
import json
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, BinaryIO, Final

import rfc8785

from connectors.records import JsonValue
from grounding.receipts.entries import START, Sealed
from grounding.receipts.errors import ExportUnreadable
from grounding.receipts.verify import Link, Report, Verifier

FORMAT: Final = 1
_LONGEST_LINE: Final = 64_000_000


def write_export(
    file: BinaryIO, links: Iterable[Link], *, first: int = 1, previous: str = START
) -> tuple[int, str]:
    """Write a chain; return how many entries it has, and the digest of the last."""
    _write(file, {"grounding_receipts": FORMAT, "first": first, "previous": previous})
    count, head = 0, previous
    for link in links:
        _write(file, _line(link))
        count, head = count + 1, link.sealed.digest
    _write(file, {"count": count, "head": head})
    return count, head


def verify_export(
    path: Path, *, trusted: dict[str, str] | None = None, must_contain: str | None = None
) -> Report:
    """Verify a file, offline.

    trusted: public keys by name, from elsewhere. must_contain: a digest that was written down.

    Raises:
        ExportUnreadable: it cannot be read, or is no export; a tampered one is one with faults.
    """
    try:
        with path.open("rb") as file:
            return _verified(file, trusted or {}, must_contain)
    except OSError as error:
        raise ExportUnreadable(f"{path}: cannot be read: {error}") from error


def _verified(file: BinaryIO, trusted: dict[str, str], must_contain: str | None) -> Report:
    lines = _lines(file)
    header = next(lines, None)
    if not isinstance(header, dict) or header.get("grounding_receipts") != FORMAT:
        raise ExportUnreadable(
            "no export of receipts: its first line is not that of `grounding receipts export`"
        )
    faults: list[str] = []
    start = _start(header)
    if start is None:
        faults.append("line 1: is not as it was written")
    first, previous = start or (1, START)
    verifier = Verifier(trusted, first=first, previous=previous, must_contain=must_contain)
    count, last = 0, None
    for number, line in enumerate(lines, start=2):
        if last is not None:
            faults.append(f"line {number}: follows the last line")
            break
        link = _link(line)
        if link is not None:
            count += 1
            verifier.take(link)
        elif isinstance(line, dict) and line.keys() == {"count", "head"}:
            last = line
        else:
            faults.append(f"line {number}: is not as it was written")
    faults += _at_end(last, count)
    named = last.get("head") if last else None
    report = verifier.report(expected_head=str(named) if last else None)
    return replace(report, faults=(*faults, *report.faults))


def _start(header: dict[str, Any]) -> tuple[int, str] | None:  # Any: JSON
    """Return where a file begins: the position, and the digest before it."""
    first, previous = header.get("first"), header.get("previous")
    if header.keys() != {"grounding_receipts", "first", "previous"} or type(first) is not int:
        return None
    return (first, previous) if isinstance(previous, str) and len(previous) == 64 else None


def _at_end(last: dict[str, Any] | None, count: int) -> list[str]:
    if last is None:
        return [f"the file ends after {count} entries, without its last line: it was cut off"]
    if last["count"] != count or type(last["count"]) is not int:
        return [f"the file says that it has {last['count']} entries, and has {count}"]
    return []


def _line(link: Link) -> dict[str, JsonValue]:
    sealed = link.sealed
    return {
        "body": None if link.body is None else link.body.decode(),
        "digest": sealed.digest,
        "entry": sealed.content.decode(),
        "key": sealed.key,
        "signature": None
        if sealed.signature is None
        else base64.b64encode(sealed.signature).decode(),
    }


def _link(line: Any) -> Link | None:  # Any: JSON
    names = {"body", "digest", "entry", "key", "signature"}
    if not isinstance(line, dict) or line.keys() != names:
        return None
    if not isinstance(line["entry"], str) or not isinstance(line["digest"], str):
        return None
    rest = [line[name] for name in ("body", "key", "signature")]
    if not all(each is None or isinstance(each, str) for each in rest):
        return None
    body, key, signature = rest
    try:
        signed = None if signature is None else base64.b64decode(signature, validate=True)
    except ValueError:
        return None
    if signed is not None and base64.b64encode(signed).decode() != signature:
        return None  # base64 can write the same bytes in more ways than one
    sealed = Sealed(line["entry"].encode(), line["digest"], key, signed)
    return Link(sealed, None if body is None else body.encode())


def _write(file: BinaryIO, value: dict[str, JsonValue]) -> None:
    file.write(rfc8785.dumps(value) + b"\n")


def _lines(file: BinaryIO) -> Iterator[Any]:  # Any: JSON
    """Yield what each line holds; None for one that is not written as it was."""
    while content := file.readline(_LONGEST_LINE):
        yield _parsed(content)


def _parsed(content: bytes) -> Any:
    if not content.endswith(b"\n"):
        return None
    try:
        found = json.loads(content)
        return found if rfc8785.dumps(found) + b"\n" == content else None
    except (ValueError, RecursionError):  # among them what is not UTF-8
        return None
