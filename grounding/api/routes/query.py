"""Search, and augment: evidence for a question, and a prompt with it."""

from fastapi import APIRouter, Response

from grounding.api import judged, replies
from grounding.api.interpreted import Interpretation
from grounding.api.requests import AugmentIn, FilterFields, SearchIn
from grounding.api.routes.deps import Running
from grounding.api.wire import written
from grounding.query import pipeline
from grounding.query.question import Found

router = APIRouter(prefix="/v1", tags=["query"])


@router.post("/search", response_model=replies.SearchOut)
def search(body: SearchIn, service: Running) -> Response:
    """Find evidence for a question."""
    found = pipeline.search(
        body.query,
        body.filters(),
        max_results=body.max_results,
        max_per_source=body.max_per_source,
        diversity=body.diversity,
        explain=body.explain,
        retrieval=service.parts.retrieval,
        timezone=body.timezone,
    )
    at = found.moment
    reply = replies.SearchOut(
        server_time=at.now,
        as_of=at.as_of,
        known_at=at.known_at,
        seq=found.seq,
        query=body.query,
        interpretation=_interpretation(found, body),
        results=[replies.Evidence.of(each, as_of=at.as_of) for each in found.candidates],
        sources=_sources(found),
        warnings=list(found.warnings),
        sufficiency=judged.sufficiency(found),
        explanation=judged.explanation(found.candidates, found),
    )
    return written(reply)


@router.post("/augment", response_model=replies.AugmentOut)
def augment(body: AugmentIn, service: Running) -> Response:
    """Put evidence into a question or a conversation, and keep a receipt of it."""
    asked = body.messages or [{"role": "user", "content": body.query}]
    done = pipeline.augment(
        asked,
        body.filters(),
        limits=body.limits(),
        timezone=body.timezone,
        tokenizer=body.tokenizer,
        explain=body.explain,
        dialect=body.dialect,
        datamark=body.datamark,
        retrieval=service.parts.retrieval,
    )
    at, context = done.found.moment, done.context
    reply = replies.AugmentOut(
        server_time=at.now,
        as_of=at.as_of,
        known_at=at.known_at,
        seq=done.found.seq,
        dialect=context.rendered.dialect,
        messages=[dict(message) for message in context.rendered.messages],
        text=context.rendered.text,
        system=[dict(block) for block in context.rendered.system],
        documents=[dict(document) for document in context.rendered.documents],
        evidence=[
            replies.CitedEvidence.model_validate(
                replies.evidence_fields(each, as_of=at.as_of) | {"cite": str(number)}
            )
            for number, each in enumerate(context.packed.candidates, start=1)
        ],
        receipt_id=done.receipt_id,
        token_count=context.packed.token_count,
        tokenizer=done.tokenizer,
        interpretation=_interpretation(done.found, body),
        sources=_sources(done.found),
        warnings=list(done.found.warnings),
        sufficiency=judged.sufficiency(done.found),
        explanation=judged.explanation(context.packed.candidates, done.found),
    )
    return written(reply)


def _interpretation(found: Found, body: FilterFields) -> Interpretation | None:
    return Interpretation.model_validate(found.interpretation) if body.interpret else None


def _sources(found: Found) -> list[replies.Freshness]:
    return [replies.Freshness.model_validate(each) for _, each in sorted(found.freshness.items())]
