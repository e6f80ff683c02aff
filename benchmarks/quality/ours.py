"""The real service in this process, asked for documents, for passages, and leg by leg.

documents ─▶ Service.push ─▶ index ─▶ search ─▶ passages ─▶ the documents they are of
                                   └─▶ each leg alone
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from benchmarks.data import cache_folder, environment
from benchmarks.quality.collections import SourceDocument
from benchmarks.quality.peers.records import Found
from benchmarks.remembered import RememberedEmbedder
from connectors.clock import Clock, utc_now
from connectors.records import Batch, Document
from grounding.query.moments import present
from grounding.query.pipeline import augment, search
from grounding.query.question import Filters, Limits
from grounding.query.records import Candidate, Packed
from grounding.query.tokens import CountTokens
from grounding.service import Service
from grounding.settings import Settings
from grounding.wiring import build
from indexer.catalogue import evidence
from indexer.decide import document_uid
from indexer.embed import Embedder, load
from indexer.hits import Hits
from indexer.records import Scope

SOURCE = "collection"
PASSAGES = 40
MOST_ITEMS = 12
HITS_ALONE = 200
SETTINGS = (
    "grounding in this process on SQLite, its defaults: minilm, its own splitter, both legs,"
    " recency, near-duplicates removed"
)
_LONGEST_WAIT_SECONDS = 300


@dataclass(frozen=True, slots=True)
class LegsAlone:
    """What each leg finds without the other and without anything after it, best first."""

    dense: tuple[Found, ...]
    lexical: tuple[Found, ...]


class Ours:
    """A started service that is written to and asked."""

    name = "grounding"
    settings = SETTINGS

    def __init__(self, service: Service) -> None:
        self._service = service
        self._retrieval = service.parts.retrieval
        self._keys: dict[str, str] = {}
        self._seq = 0

    def push(self, batch: Batch, *, source: str = SOURCE) -> None:
        """Store a batch under one source; `settle` waits until searches see it.

        Raises:
            RuntimeError: an item was refused.
        """
        outcome = self._service.push(source, "default", batch)
        if outcome.error or outcome.failures:
            raise RuntimeError(f"source {source}: {outcome.error or outcome.failures[0]}")
        self._keys |= {document_uid(source, each.key): each.key for each in batch.documents}
        self._seq = outcome.seq

    def settle(self) -> None:
        """Return when searches see everything that was pushed."""
        self._service.parts.views.wait_for(self._seq, _LONGEST_WAIT_SECONDS)

    def push_collection(self, documents: Sequence[SourceDocument]) -> None:
        """Store what has a title or a text, and return when searches see it.

        A title without a text is its own text.
        """
        stored = tuple(
            Document(
                key=each.id,
                title=each.title,
                text=each.text or each.title,
                published_at=each.published_at,
            )
            for each in documents
            if each.text or each.title
        )
        self.push(Batch(cursor={}, documents=stored))
        self.settle()

    def candidates(
        self,
        question: str,
        k: int,
        *,
        as_of: datetime | None = None,
        known_at: datetime | None = None,
        interpret: bool = True,
    ) -> tuple[Candidate, ...]:
        filters = Filters(as_of=as_of, known_at=known_at, interpret=interpret)
        return search(question, filters, max_results=k, retrieval=self._retrieval).candidates

    def ranked(self, question: str, k: int, as_of: datetime | None = None) -> list[Found]:
        """Return at most k passages, best first; `as_of` is inclusive, None is the present."""
        return [
            (self.key_of(each), each.evidence.text)
            for each in self.candidates(question, k, as_of=as_of)
        ]

    def prompted(self, question: str, token_budget: int, as_of: datetime | None = None) -> str:
        """Return the evidence that `augment` puts into a prompt, without its headers.

        token_budget: of the embedder's tokens, for headers and all.
        """
        packed = self.packed(question, token_budget, as_of)
        return "\n\n".join(each.evidence.text for each in packed.candidates)

    def packed(
        self,
        question: str,
        token_budget: int,
        as_of: datetime | None = None,
        *,
        max_items: int = MOST_ITEMS,
    ) -> Packed:
        """Return what `augment` chooses for a prompt."""
        made = augment(
            [{"role": "user", "content": question}],
            Filters(as_of=as_of),
            limits=Limits(token_budget, max_items),
            timezone="UTC",
            retrieval=self._retrieval,
        )
        return made.context.packed

    @property
    def count_tokens(self) -> CountTokens:
        """Counts tokens as budgets do where no tokenizer is named."""
        return self._retrieval.tokens.counter(None).count

    def key_of(self, candidate: Candidate) -> str:
        """Return the key under which a document was pushed, "" for a series."""
        return self._keys.get(candidate.evidence.document_id, "")

    def alone(
        self,
        question: str,
        k: int = HITS_ALONE,
        *,
        as_of: datetime | None = None,
        known_at: datetime | None = None,
    ) -> LegsAlone:
        """Return the k best passages of each leg, out of the search that `ranked` fuses."""
        retrieval = self._retrieval
        with retrieval.database.reading() as session:
            now = present(session, retrieval.clock)
        scope = Scope(as_of=as_of or now, known_at=known_at or now)
        legs = retrieval.views.search(retrieval.views.query(question), scope, k)
        return LegsAlone(dense=self._found(legs.dense), lexical=self._found(legs.lexical))

    def _found(self, hits: Hits) -> tuple[Found, ...]:
        with self._retrieval.database.reading() as session:
            rows = list({hit.chunk for hit in hits})
            known = {each.chunk: each for each, _ in evidence.passages(session, rows)}
            ordered = sorted(hits, key=lambda hit: (-hit.score, hit.chunk))
            return tuple(
                (self._keys.get(known[hit.chunk].uid, ""), known[hit.chunk].text) for hit in ordered
            )


@contextmanager
def serving(folder: Path, embedder: Embedder, *, clock: Clock = utc_now) -> Iterator[Ours]:
    """Start a service as `running`, to be written to and asked."""
    with running(folder, embedder, clock=clock) as service:
        yield Ours(service)


@contextmanager
def running(folder: Path, embedder: Embedder, *, clock: Clock = utc_now) -> Iterator[Service]:
    """Start a service that keeps everything in `folder` and reads no source."""
    folder.mkdir(parents=True, exist_ok=True)
    settings = Settings.model_validate(
        {
            "database": {"url": f"sqlite:///{folder / 'grounding.db'}"},
            "index": {"directory": folder / "index", "device": "cpu"},
        }
    )
    service = build(settings, clock=clock, embedder=embedder)
    service.start(serves=True, reads=False)
    try:
        yield service
    finally:
        service.stop()


def remembered() -> RememberedEmbedder:
    """Return the shipped embedder, with the vectors of earlier runs."""
    return RememberedEmbedder(load("minilm", device="cpu"), cache_folder(environment()))
