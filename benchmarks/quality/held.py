"""A collection held by the real service in this process, and what the service finds in it.

Small and for the sufficiency benchmark alone: it needs candidates with their scores, which the
service does not send over HTTP.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.quality.collections import Collection, Question, SourceDocument
from benchmarks.quality.ours import SOURCE, running
from benchmarks.simulated import SimulatedClock
from connectors.records import Batch, Document
from grounding.query.interpret import interpret
from grounding.query.look import HITS_A_RESULT, Asked, look
from grounding.query.moments import moment, present, zone_of
from grounding.query.question import Choice, Filters
from grounding.query.recency import recency_policy
from grounding.query.records import Candidate
from grounding.query.scope import in_scope, scope_of
from grounding.service import Service
from indexer.catalogue import sources
from indexer.embed import Embedder

NOW = datetime(2026, 1, 1, tzinfo=UTC)
_LONGEST_WAIT_SECONDS = 600.0


@dataclass(frozen=True, slots=True)
class Held:
    """A service that holds one collection; candidates bear the collection's own ids."""

    service: Service

    def found(self, question: Question, *, hits: int) -> tuple[Candidate, ...]:
        """Return all that is ranked of each leg's best `hits`, as of when the question was asked.

        hits: at least 100; more are looked at where these leave too few.
        """
        retrieval = self.service.parts.retrieval
        with retrieval.database.reading() as session:
            now = present(session, retrieval.clock)
            known = sources.all_sources(session, with_removed=True)
        at = moment(question.asked_at, None, now=now)
        scope = scope_of(Filters(), at, known)
        policy = recency_policy(known, bound=retrieval.recency_bound)
        read = interpret(question.text, Filters(), now=at.as_of, zone=zone_of("UTC"))
        asked = Asked(question.text, scope, Filters(), at, in_scope(scope, known), policy, read)
        choice = Choice(hits // HITS_A_RESULT)
        seen = look(asked, choice, passages=retrieval.passages, views=retrieval.views, by=None)
        return seen.kept

    def give(self, documents: Sequence[SourceDocument]) -> None:
        self._push(Batch(cursor={}, documents=tuple(map(_document, documents))))

    def take_away(self, ids: Sequence[str]) -> None:
        self._push(Batch(cursor={}, removed=tuple(ids)))

    def _push(self, batch: Batch) -> None:
        outcome = self.service.push(SOURCE, "default", batch)
        self.service.parts.views.wait_for(outcome.seq, _LONGEST_WAIT_SECONDS)


@contextmanager
def held(collection: Collection, embedder: Embedder, folder: Path) -> Iterator[Held]:
    """Start a service below `folder` and hand the collection to it."""
    with running(folder, embedder, clock=SimulatedClock(NOW)) as service:
        holding = Held(service)
        holding.give(collection.documents)
        yield holding


def document_of(candidate: Candidate) -> str:
    """Return the collection's id of the document that a candidate is from."""
    return str(candidate.evidence.metadata["id"])


def _document(given: SourceDocument) -> Document:
    return Document(
        key=given.id,
        title=given.title,
        text=given.text,
        published_at=given.published_at,
        metadata={"id": given.id},
    )
