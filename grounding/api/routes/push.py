"""Push: hand documents and observations over instead of having them read."""

from fastapi import APIRouter

from connectors.records import Batch
from grounding.api import replies
from grounding.api.requests import DocumentsIn, ObservationsIn
from grounding.api.routes.deps import Running

router = APIRouter(prefix="/v1", tags=["push"])


@router.post("/documents")
def push_documents(body: DocumentsIn, service: Running) -> replies.Pushed:
    """Store documents; pass the `seq` of the reply as `min_seq` to a search to find them."""
    batch = Batch(
        cursor={},
        documents=tuple(each.document() for each in body.documents),
        removed=tuple(body.removed),
    )
    outcome = service.push(body.source, body.collection, batch)
    return replies.Pushed.of(outcome, body.source)


@router.post("/observations")
def push_observations(body: ObservationsIn, service: Running) -> replies.Pushed:
    """Store values of series; a value for a time already stored revises it."""
    batch = Batch(
        cursor={},
        series=tuple(each.series() for each in body.series),
        observations=tuple(each.observation() for each in body.observations),
    )
    outcome = service.push(body.source, body.collection, batch)
    return replies.Pushed.of(outcome, body.source)
