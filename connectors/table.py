"""Tables of text: CSV in any dialect and encoding, plain or as a member of a zip archive."""

import csv
import io
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass

from connectors.errors import ItemFailed
from connectors.markup import decode

DELIMITERS = (",", ";", "\t", "|")
ZIP_SIGNATURES = (b"PK\x03\x04", b"PK\x05\x06")
NAMES_SHOWN = 30


@dataclass(frozen=True, slots=True)
class TableFormat:
    """How to find the table in a body. delimiter "" means the one that the header shows."""

    member: str | None = None
    delimiter: str = ""
    skip_lines: int = 0
    max_bytes: int = 50_000_000


@dataclass(frozen=True, slots=True)
class Table:
    """A header and the rows under it, which can be gone through any number of times."""

    text: str
    delimiter: str
    skip_lines: int
    names: tuple[str, ...]

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
        for line, row in _records(self.text, self.delimiter, self.skip_lines + 1):
            cells = [cell.strip() for cell in row]
            if any(cells):
                yield line, cells


def read_table(body: bytes, form: TableFormat, *, charset: str | None) -> Table:
    """Find the table in `body`.

    Raises:
        ItemFailed: the archive is unreadable or too large, or there is no header.
    """
    if body.startswith(ZIP_SIGNATURES):
        body = _unzipped(body, form)
    elif form.member:
        raise ItemFailed(f"member {form.member!r} was asked for, but this is no zip archive")
    text = decode(body, charset).removeprefix("\ufeff")
    headers = {
        delimiter: next(_records(text, delimiter, form.skip_lines), (0, []))[1]
        for delimiter in ([form.delimiter] if form.delimiter else DELIMITERS)
    }
    delimiter = max(headers, key=lambda each: len(headers[each]))
    names = tuple(name.strip() for name in headers[delimiter])
    if not any(names):
        raise ItemFailed("there is no header row")
    return Table(text, delimiter, form.skip_lines, names)


def _records(text: str, delimiter: str, skip: int) -> Iterator[tuple[int, list[str]]]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    try:
        for index, row in enumerate(reader):
            if index >= skip:
                yield reader.line_num, row
    except csv.Error as error:
        raise ItemFailed(f"line {reader.line_num}: {error}") from error


def _unzipped(body: bytes, form: TableFormat) -> bytes:
    try:
        with zipfile.ZipFile(io.BytesIO(body)) as archive:
            member = _member(archive, form.member)
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
    if len(content) > form.max_bytes:
        raise ItemFailed(f"{member} is larger than max_bytes = {form.max_bytes}")
    return content


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
