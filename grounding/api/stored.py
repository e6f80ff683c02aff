"""What the service answers about what is stored: documents, versions, series, erasures."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from grounding.api.replies import ObservedValue, ScreeningFlag
from grounding.api.wire import ExactNumber, Json, Reply
from grounding.query import records
from grounding.query.candidates import known_check, standing_at
from grounding.query.moments import Moment
from grounding.versions import changed_fields, text_diff
from indexer.catalogue.documents import DocumentVersion
from indexer.tables import ObservationRow


class Document(Reply):
    """One version of a document, whole, as it stood at the instants asked for."""

    document_id: str
    version: int
    source: str
    collection: str
    key: str
    title: str
    text: str
    url: str | None
    author: str | None
    language: str | None
    media_type: str | None
    metadata: Json
    published_at: datetime | None
    updated_at: datetime | None
    valid_from: datetime
    valid_until: datetime | None
    observed_at: datetime
    superseded_at: datetime | None
    checked_at: datetime
    state: str
    time_flags: list[str]

    @classmethod
    def of(cls, stored: DocumentVersion, at: Moment) -> "Document":
        return cls.model_validate(_document_fields(stored, at))


class ScreenedDocument(Document):
    """A document with what screening says against its words; they are shown all the same."""

    flags: list[ScreeningFlag]

    @classmethod
    def screened(
        cls, stored: DocumentVersion, at: Moment, flags: Sequence[records.ScreeningFlag]
    ) -> "ScreenedDocument":
        said = [ScreeningFlag.model_validate(each) for each in flags]
        return cls.model_validate({**_document_fields(stored, at), "flags": said})


class FieldChange(Reply):
    field: str
    before: Any
    after: Any


class Version(Document):
    """A version, and how it differs from the one before; `diff` of the texts, line by line."""

    changes: list[FieldChange]
    diff: str | None


class Documents(Reply):
    documents: list[Document]


class Versions(Reply):
    versions: list[Version]

    @classmethod
    def of(cls, stored: Sequence[DocumentVersion], limit: int, at: Moment) -> "Versions":
        """Describe versions, newest first; one beyond `limit` serves to compare with."""
        olds = [*stored[1:], None][: len(stored)]
        return cls(
            versions=[
                Version.model_validate(
                    _document_fields(new, at)
                    | {
                        "changes": changed_fields(old.row, new.row) if old else [],
                        "diff": text_diff(old.row.text, new.row.text) if old else None,
                    }
                )
                for new, old in list(zip(stored, olds, strict=True))[:limit]
            ]
        )


class DocumentRemoved(Reply):
    document_id: str
    seq: int
    was_current: bool


class Erasure(Reply):
    """That a document was erased; `completed_at` is null while traces may be left in files."""

    document_id: str
    source: str
    requested_at: datetime
    completed_at: datetime | None
    seq: int
    versions: int
    chunks: int
    receipts: int


class Erasures(Reply):
    erasures: list[Erasure]


class Series(Reply):
    source: str
    key: str
    title: str
    unit: str | None
    currency: str | None
    cadence: str | None
    zone: str | None
    venue: str | None
    description: str
    url: str | None
    aliases: list[str]
    value: ObservedValue | None


class AllSeries(Reply):
    series: list[Series]


class Observation(Reply):
    value: ExactNumber
    valid_from: datetime
    valid_until: datetime | None
    published_at: datetime | None
    observed_at: datetime
    superseded_at: datetime | None

    @classmethod
    def of(cls, row: ObservationRow, at: Moment) -> "Observation":
        """Describe a value as it was known then: a later revision is not told of."""
        ended = row.superseded_at
        shown = ended if ended is not None and ended <= at.known_at else None
        fields = {name: getattr(row, name) for name in cls.model_fields}
        return cls.model_validate(fields | {"superseded_at": shown})


class Observations(Reply):
    source: str
    series: str
    title: str
    unit: str | None
    currency: str | None
    observations: list[Observation]


def _document_fields(stored: DocumentVersion, at: Moment) -> dict[str, Any]:
    """Return the wire fields of a version, without what came to be known later."""
    row = stored.row
    standing = standing_at(row, at, valid_until=row.valid_until)
    fields = {name: getattr(row, name) for name in Document.model_fields if hasattr(row, name)}
    return fields | {
        "document_id": row.uid,
        "source": stored.source,
        "collection": stored.collection,
        "metadata": row.details,
        "superseded_at": standing.superseded_at,
        "state": standing.state.value,
        "checked_at": known_check(stored.checked_at, row, at),
    }
