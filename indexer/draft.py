"""What a part will do, decided and cut into passages, before its vectors are there."""

from collections.abc import Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass

from connectors.records import Batch, Document, Span
from indexer.chunk import ChunkLimits, Passage, split
from indexer.decide import Decision
from indexer.embed import Embedder
from indexer.signature import signature
from indexer.store import NewChunk
from indexer.vectors import Vectors, digest


@dataclass(frozen=True, slots=True)
class Draft:
    """A part as it will be stored, but for its vectors.

    passages: those of each new version, by its key. cards: which document keys are the card of
    which series key.
    """

    part: Batch
    decision: Decision
    passages: Mapping[str, Sequence[Passage]]
    cards: Mapping[str, str]

    @property
    def texts(self) -> list[str]:
        """What the embedder is to read."""
        return [passage.embedded_text for some in self.passages.values() for passage in some]

    def chunks(self, vectors: Vectors) -> dict[str, list[NewChunk]]:
        """Return the chunks of each new version by its key; every text has a vector by now."""
        spans = {one.document.key: one.document.spans for one in self.decision.versions}
        return {
            key: [_new_chunk(passage, vectors, spans[key]) for passage in some]
            for key, some in self.passages.items()
        }


@dataclass(frozen=True, slots=True)
class Begun:
    """A draft that waits for its vectors; embedded: None where it needs no new ones."""

    draft: Draft
    vectors: Vectors
    embedded: Future[None] | None


def cut(decision: Decision, embedder: Embedder) -> dict[str, Sequence[Passage]]:
    """Cut the new versions into passages of a length that suits the embedder."""
    return {one.document.key: _split(one.document, embedder) for one in decision.versions}


def _split(document: Document, embedder: Embedder) -> Sequence[Passage]:
    return split(
        document.text,
        title=document.title,
        token_spans=embedder.token_spans,
        limits=ChunkLimits.within(embedder.max_tokens),
        breaks={place for span in document.spans for place in (span.start, span.end)},
    )


def _new_chunk(passage: Passage, vectors: Vectors, spans: Sequence[Span]) -> NewChunk:
    around = [span for span in spans if span.start <= passage.start < span.end]
    return NewChunk(
        ordinal=passage.ordinal,
        text=passage.text,
        section=passage.section,
        start=passage.start,
        end=passage.end,
        token_count=passage.token_count,
        embedded_hash=digest(passage.embedded_text),
        embedder=vectors.embedder.identity,
        vector=vectors.of(passage.embedded_text),
        valid_from=around[0].valid_from if around else None,
        valid_until=around[0].valid_until if around else None,
        signature=signature(passage.text),
    )
