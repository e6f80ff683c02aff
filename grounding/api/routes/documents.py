"""What is stored of documents: now, at any instant, version by version; and taking them away."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from sqlalchemy.orm import Session

from grounding.api import stored
from grounding.api.routes.deps import At, Limit, Running, require_source
from grounding.api.wire import Text
from grounding.errors import InvalidQuestion, NotFound
from indexer.catalogue import documents, erasures

router = APIRouter(prefix="/v1", tags=["documents"])

VersionNumber = Annotated[int | None, Query(ge=1, le=2**31 - 1)]


@router.get("/documents")
def list_documents(
    service: Running,
    at: At,
    source: Text | None = None,
    include_history: bool = False,
    limit: Limit = 50,
) -> stored.Documents:
    """List documents as they were then, the newest received first."""
    with service.parts.database.reading() as session:
        require_source(session, source)
        found = documents.recent(
            session,
            source=source,
            as_of=at.as_of,
            known_at=at.known_at,
            include_history=include_history,
            limit=limit,
        )
    return stored.Documents(documents=[stored.Document.of(each, at) for each in found])


@router.get("/documents/{document_id}")
def one_document(
    document_id: Text,
    service: Running,
    at: At,
    request: Request,
    version: VersionNumber = None,
) -> stored.ScreenedDocument:
    """Return a document whole: its newest version, the one asked for, or the one seen then."""
    is_in_time = not request.query_params.keys().isdisjoint(("as_of", "known_at"))
    if is_in_time and version is not None:
        raise InvalidQuestion("version", "goes without as_of and known_at, which choose one")
    with service.parts.database.reading() as session:
        if is_in_time:
            found = documents.version_at(session, document_id, as_of=at.as_of, known_at=at.known_at)
        else:
            found = documents.version(session, document_id, version)
        if found is None:
            raise NotFound(_missing(session, document_id, version, is_in_time=is_in_time))
    flags = service.parts.retrieval.screen.of_document(
        found.row.title, found.row.text, source=found.source, collection=found.collection
    )
    return stored.ScreenedDocument.screened(found, at, flags)


@router.get("/documents/{document_id}/versions")
def document_versions(
    document_id: Text, service: Running, at: At, limit: Limit = 100
) -> stored.Versions:
    """Return the versions of a document, the newest first, each with what it changed."""
    with service.parts.database.reading() as session:
        found = documents.versions(session, document_id, known_at=at.known_at, limit=limit + 1)
        if not found:
            raise NotFound(_missing(session, document_id, None, is_in_time=False))
    return stored.Versions.of(found, limit, at)


@router.delete("/documents/{document_id}", responses={202: {"model": stored.Erasure}})
def remove_document(
    document_id: Text, service: Running, response: Response, erase: bool = False
) -> stored.Erasure | stored.DocumentRemoved:
    """Take a document away: from the present, or with `erase` from everywhere, for good.

    202 if it is erased for every reader but traces may be left in files that are in use.
    """
    if not erase:
        removal = service.parts.eraser.remove(document_id)
        return stored.DocumentRemoved.model_validate(removal)
    record = service.parts.eraser.erase(document_id)
    if record.completed_at is None:
        response.status_code = 202
    return stored.Erasure.model_validate(record)


@router.get("/erasures")
def list_erasures(service: Running, limit: Limit = 50) -> stored.Erasures:
    """List what was erased, the latest first; nothing of what it said."""
    with service.parts.database.reading() as session:
        found = erasures.recent(session, limit=limit)
    return stored.Erasures(erasures=[stored.Erasure.model_validate(each) for each in found])


@router.delete("/erasures/{document_id}", status_code=204)
def lift_erasure(document_id: Text, service: Running) -> Response:
    """Let an erased document be stored again when its source still has it."""
    service.parts.eraser.lift(document_id)
    return Response(status_code=204)


def _missing(session: Session, document_id: str, version: int | None, *, is_in_time: bool) -> str:
    erasure = erasures.by_id(session, document_id)
    if erasure is not None:
        return f"document {document_id} was erased at {erasure.requested_at.isoformat()}"
    if is_in_time:
        return f"document {document_id} has no version that is seen at these instants"
    wanted = document_id if version is None else f"{document_id} version {version}"
    return f"no document is {wanted}"
