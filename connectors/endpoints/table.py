"""Tables of text: CSV in any dialect and encoding, plain, gzipped or in a zip archive."""

import csv
import io
import re
import zipfile
import zlib
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass

from connectors.errors import ItemFailed
from connectors.http.wire import most_unpacked
from connectors.text.markup import decode

DELIMITERS = (",", ";", "\t", "|")
GZIP_SIGNATURE = b"\x1f\x8b"
ZIP_SIGNATURES = (b"PK\x03\x04", b"PK\x05\x06")
NAMES_SHOWN = 30
LONGEST_LINE = 1_000_000
MOST_LINE_ENDS = 2_000_000
_LONG_LINE = re.compile(rb"(?<![^\r\n])[^\r\n]{%d}" % LONGEST_LINE)
_LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n|\Z)")


@dataclass(frozen=True, slots=True)
class TableFormat:
    """How to find the table in a body. delimiter "" means the one that the header shows.

    skip_lines: above the header. skip_footer: rows at the end that are notes, blank ones aside.
    """

    member: str | None = None
    delimiter: str = ""
    skip_lines: int = 0
    skip_footer: int = 0
    max_bytes: int = 50_000_000


@dataclass(frozen=True, slots=True)
class Table:
    """A header and the rows under it, which can be gone through any number of times."""

    text: str
    delimiter: str
    skip_lines: int
    names: tuple[str, ...]
    skip_footer: int = 0

    def position(self, column: str) -> int:
        """Return where `column` stands.

        Raises:
            ItemFailed: there is no such column, or more than one.
        """
        if self.names.count(column) == 1:
            return self.names.index(column)
        problem = "appears twice" if column in self.names else "is missing"
        found = ", ".join(filter(None, self.names[:NAMES_SHOWN]))
        raise ItemFailed(f"column {column!r} {problem}; found: {found or 'none'}")

    def rows(self) -> Iterator[tuple[int, list[str]]]:
        """Yield the line number and the stripped cells of every row that is not blank.

        Raises:
            ItemFailed: from there on it is no CSV.
        """
        held: deque[tuple[int, list[str]]] = deque()
        for line, row in _records(self.text, self.delimiter, self.skip_lines + 1):
            cells = [cell.strip() for cell in row]
            if not any(cells):
                continue
            held.append((line, cells))
            if len(held) > self.skip_footer:
                yield held.popleft()


def read_table(body: bytes, form: TableFormat, *, charset: str | None) -> Table:
    """Find the table in `body`.

    Raises:
        ItemFailed: the archive is unreadable or too large, or there is no header.
    """
    if body.startswith(GZIP_SIGNATURE):
        body = _gunzipped(body, form.max_bytes)
    if body.startswith(ZIP_SIGNATURES):
        body = _unzipped(body, form)
    elif form.member:
        raise ItemFailed(f"member {form.member!r} was asked for, but this is no zip archive")
    _require_lines(body)
    text = decode(body, charset).removeprefix("\ufeff")
    headers = {
        delimiter: next(_records(text, delimiter, form.skip_lines), (0, []))[1]
        for delimiter in ([form.delimiter] if form.delimiter else DELIMITERS)
    }
    delimiter = max(headers, key=lambda each: len(headers[each]))
    names = tuple(name.strip() for name in headers[delimiter])
    if not any(names):
        raise ItemFailed("there is no header row")
    return Table(text, delimiter, form.skip_lines, names, form.skip_footer)


def _records(text: str, delimiter: str, skip: int) -> Iterator[tuple[int, list[str]]]:
    reader = csv.reader(_lines(text), delimiter=delimiter)
    try:
        for index, row in enumerate(reader):
            if index >= skip:
                yield reader.line_num, row
    except csv.Error as error:
        raise ItemFailed(f"line {reader.line_num}: {error}") from error


def _lines(text: str) -> Iterator[str]:
    """Cut into lines with their ends; `io.StringIO` would take four bytes for every character."""
    return (line[0] for line in _LINE.finditer(text) if line[0])


def _require_lines(body: bytes) -> None:
    """Refuse what is too much in bytes already: as text it would take as much again."""
    if body.count(b"\n") + body.count(b"\r") > MOST_LINE_ENDS:
        raise ItemFailed(f"more than {MOST_LINE_ENDS} line ends")
    if _LONG_LINE.search(body):
        raise ItemFailed(f"a line is longer than {LONGEST_LINE} bytes")


def _gunzipped(body: bytes, max_bytes: int) -> bytes:
    unpacking = zlib.decompressobj(wbits=31)
    try:
        content = unpacking.decompress(body, max_bytes + 1)
    except zlib.error as error:
        raise ItemFailed(f"the gzip archive cannot be read: {error}") from error
    if len(content) > max_bytes:
        raise ItemFailed(f"what is gzipped is larger than max_bytes = {max_bytes}")
    if not unpacking.eof:
        raise ItemFailed("the gzip archive cannot be read: it ends too early")
    return content


def _unzipped(body: bytes, form: TableFormat) -> bytes:
    try:
        with zipfile.ZipFile(io.BytesIO(body)) as archive:
            member = _member(archive, form.member)
            _require_unpackable(archive.getinfo(member), form)
            with archive.open(member) as file:
                content = file.read(form.max_bytes + 1)
    except (
        zipfile.BadZipFile,
        zlib.error,
        EOFError,
        OSError,
        ValueError,
        RuntimeError,  # encrypted; as NotImplementedError, an unknown compression
    ) as error:
        raise ItemFailed(f"the zip archive cannot be read: {error}") from error
    return content


def _require_unpackable(member: zipfile.ZipInfo, form: TableFormat) -> None:
    """Refuse by the sizes that the archive states; no more than those is unpacked."""
    if member.file_size > form.max_bytes:
        raise ItemFailed(f"{member.filename} is larger than max_bytes = {form.max_bytes}")
    if member.file_size > most_unpacked(member.compress_size):
        raise ItemFailed(f"{member.filename} would be far larger than its compressed size")


def _member(archive: zipfile.ZipFile, wanted: str | None) -> str:
    names = [name for name in archive.namelist() if not name.endswith("/")]
    shown = ", ".join(names[:NAMES_SHOWN]) or "none"
    if wanted is not None:
        if wanted not in names:
            raise ItemFailed(f"the zip archive has no member {wanted!r}; found: {shown}")
        return wanted
    tables = [name for name in names if name.lower().endswith(".csv")]
    tables = [name for name in tables if not name.startswith("__MACOSX/")] or names
    if len(tables) != 1:
        raise ItemFailed(f"name one of the zip archive's members with `member`; found: {shown}")
    return tables[0]
