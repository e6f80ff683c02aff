"""What is stored: documents with their versions, series with their observations."""

from typing import Annotated

from fastapi import APIRouter, Query

from grounding.api import replies
from grounding.api.routes.deps import Running
from grounding.api.wire import Text
from grounding.errors import NotFound
from indexer.catalogue import documents, observations, sources

router = APIRouter(prefix="/v1", tags=["documents"])

Limit = Annotated[int, Query(ge=1, le=1_000)]


@router.get("/documents")
def list_documents(
    service: Running, source: Text | None = None, limit: Limit = 50
) -> replies.Documents:
    """List current documents, the newest received first."""
    with service.parts.database.reading() as session:
        found = documents.recent(session, source=source, limit=limit)
    return replies.Documents(documents=[replies.Document.of(each) for each in found])


@router.get("/documents/{document_id}")
def one_document(
    document_id: Text,
    service: Running,
    version: Annotated[int | None, Query(ge=1, le=2**31 - 1)] = None,
) -> replies.Document:
    """Return a document whole: its newest version, or the one asked for."""
    with service.parts.database.reading() as session:
        found = documents.version(session, document_id, version)
    if found is None:
        wanted = document_id if version is None else f"{document_id} version {version}"
        raise NotFound(f"no document is {wanted}")
    return replies.Document.of(found)


@router.get("/documents/{document_id}/versions")
def document_versions(document_id: Text, service: Running) -> replies.Versions:
    """Return every version of a document, the newest first."""
    with service.parts.database.reading() as session:
        found = documents.versions(session, document_id)
    if not found:
        raise NotFound(f"no document is {document_id}")
    return replies.Versions(versions=[replies.Document.of(each) for each in found])


@router.get("/series")
def list_series(service: Running, source: Text | None = None) -> replies.AllSeries:
    with service.parts.database.reading() as session:
        found = observations.all_series(session, source=source)
    return replies.AllSeries(
        series=[
            replies.Series(
                source=name,
                aliases=list(each.series.aliases),
                **{
                    field: getattr(each.series, field)
                    for field in replies.Series.model_fields.keys() - {"source", "aliases"}
                },
            )
            for name, each in found
        ]
    )


@router.get("/series/{source}/{key:path}/observations")
def series_observations(
    source: Text, key: Text, service: Running, limit: Limit = 100
) -> replies.Observations:
    """Return the current values of a series, the newest first."""
    with service.parts.database.reading() as session:
        read = sources.named(session, source, with_removed=True)
        known = {} if read is None else observations.series_of(session, read.id, [key])
        if key not in known:
            raise NotFound(f"source {source} has no series {key}")
        found = observations.newest(session, known[key].row, limit=limit)
    return replies.Observations(
        source=source,
        series=key,
        observations=[replies.Observation.of(row) for row in found],
    )
