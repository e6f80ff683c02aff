"""Kind `notices`: a page of lines such as `n17 | 2026-03-01T10:00:00Z | The bridge is closed.`

Copy this file, rename it, and make it read something else.
"""

from collections.abc import Iterator
from typing import ClassVar

from connectors.clock import Clock
from connectors.dates import read_instant
from connectors.doubts import time_flags
from connectors.errors import ItemFailed, SourceBroken
from connectors.http.fetch import Fetcher
from connectors.location import Location, Zone, read_content
from connectors.records import Batch, Cursor, Document, Failure, Semantics
from connectors.text.decoding import decode


class NoticesConnector:
    kind: ClassVar[str] = "notices"
    semantics = Semantics.KEYED_LATEST

    class Options(Location):
        """zone: of times that name none. `Location` brings url, path, headers and params."""

        zone: Zone | None = None

    def __init__(self, options: Options, *, source: str, fetcher: Fetcher, clock: Clock) -> None:
        del clock  # every time comes from the notices
        self._options = options
        self._source = source
        self._fetcher = fetcher

    def read(self, cursor: Cursor) -> Iterator[Batch]:
        content = read_content(self._options, cursor, source=self._source, fetcher=self._fetcher)
        if content.is_unmodified:
            yield content.unmodified()
            return
        documents: dict[str, Document] = {}
        failures = []
        for number, line in enumerate(decode(content.body, content.charset).splitlines(), 1):
            try:
                document = _document(line, self._options.zone)
            except ItemFailed as error:
                failures.append(Failure(None, f"line {number}: {error}"))
            else:
                documents[document.key] = document
        if failures and not documents:
            raise SourceBroken(f"source {self._source}: no notices: {failures[0].reason}")
        yield from content.in_batches(documents=[*documents.values()], failures=failures)


def _document(line: str, zone: str | None) -> Document:
    parts = [part.strip() for part in line.split("|", 2)]
    if len(parts) < 3 or not all(parts):
        raise ItemFailed(f"expected id | time | text, not {line[:40]!r}")
    key, given, text = parts
    published = read_instant(given, assumed_zone=zone)
    return Document(
        key=key,
        text=text,
        published_at=published.instant,
        time_flags=time_flags(published_at=published),
    )
