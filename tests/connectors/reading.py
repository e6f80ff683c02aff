"""Reading a source to the end in one call, and files of formats that take some building."""

import io
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from connectors import registry
from connectors.http.fetch import Fetcher
from connectors.protocol import Connector
from connectors.records import Batch, Cursor, Document, Failure, Observation, Series
from tests.fakes import FakeClock


@dataclass(frozen=True)
class Read:
    """All batches of one read, and what they hold together."""

    batches: tuple[Batch, ...]

    @property
    def cursor(self) -> Cursor:
        return self.batches[-1].cursor

    @property
    def documents(self) -> list[Document]:
        return [each for batch in self.batches for each in batch.documents]

    @property
    def document(self) -> Document:
        (only,) = self.documents
        return only

    @property
    def series(self) -> list[Series]:
        return [each for batch in self.batches for each in batch.series]

    @property
    def observations(self) -> list[Observation]:
        return [each for batch in self.batches for each in batch.observations]

    @property
    def failures(self) -> list[Failure]:
        return [each for batch in self.batches for each in batch.failures]

    @property
    def remarks(self) -> list[str]:
        return [each for batch in self.batches for each in batch.remarks]

    @property
    def unchanged(self) -> list[str]:
        return [each for batch in self.batches for each in batch.unchanged]

    @property
    def keys(self) -> list[str]:
        return [each.key for each in self.documents]

    @property
    def values(self) -> dict[tuple[str, str], str]:
        """Values by series and start, both as text."""
        return {
            (each.series, each.valid_from.isoformat()): str(each.value)
            for each in self.observations
        }

    @property
    def is_unmodified(self) -> bool:
        return self.batches[-1].is_unmodified

    @property
    def is_complete(self) -> bool:
        return self.batches[-1].is_complete


def connector(kind: str, fetcher: Fetcher | None = None, **options: Any) -> Connector:
    """Build a connector of source "here" as the service does."""
    return registry.build(
        kind, options, source="here", fetcher=fetcher or Fetcher(), clock=FakeClock()
    )


def read(connector: Connector, cursor: Cursor | None = None) -> Read:
    return Read(tuple(connector.read(cursor or {})))


def zipped(members: Mapping[str, str]) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in members.items():
            archive.writestr(name, text)
    return target.getvalue()


def pdf(text: str, *, title: str = "") -> bytes:
    """A PDF of one page that says `text`."""
    drawing = f"BT /F1 12 Tf 72 720 Td ({text}) Tj ET".encode("latin-1")
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents 4 0 R"
        b" /Resources << /Font << /F1 5 0 R >> >> >>",
        b"<< /Length %d >>\nstream\n%b\nendstream" % (len(drawing), drawing),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
        b"<< /Title (%b) >>" % title.encode("latin-1"),
    ]
    body, offsets = b"%PDF-1.4\n", []
    for number, content in enumerate(objects, 1):
        offsets.append(len(body))
        body += b"%d 0 obj\n%b\nendobj\n" % (number, content)
    table = b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    trailer = b"trailer << /Size %d /Root 1 0 R /Info 6 0 R >>" % (len(objects) + 1)
    start = len(body)
    head = b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    return body + head + table + trailer + b"\nstartxref\n%d\n%%%%EOF" % start
