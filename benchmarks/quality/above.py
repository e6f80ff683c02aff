"""What may stand above a passage for the embedder, and samples of collections to try it on.

Each way reads the same passages, cut as the service cuts them; only what stands above them differs.
"""

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias
from urllib.parse import urlsplit

import numpy as np

from benchmarks.quality.collections import Collection, Question, SourceDocument
from benchmarks.quality.metrics import answer_in_evidence, ndcg, per_query
from indexer.chunk import ChunkLimits, Passage, split, text_to_embed
from indexer.embed import Embedder

PLACES = 10
TODAY = "title and section"

Cut: TypeAlias = tuple[SourceDocument, Passage]
Way: TypeAlias = Callable[[Cut], str]


def ways(embedder: Embedder) -> Mapping[str, Way]:
    """Return what is put above passages, by what it is called."""
    limits = ChunkLimits.within(embedder.max_tokens)

    def titled(cut: Cut) -> str:
        document, passage = cut
        return text_to_embed(
            passage.text,
            title=document.title,
            section="",
            token_spans=embedder.token_spans,
            limits=limits,
        )

    return {
        "nothing": lambda cut: cut[1].text,
        "title": titled,
        TODAY: lambda cut: cut[1].embedded_text,
        "title and site": lambda cut: f"{_site(cut[0])}\n{cut[1].embedded_text}",
        "title and date": lambda cut: f"{_date(cut[0])}\n{cut[1].embedded_text}",
    }


def cut(documents: Sequence[SourceDocument], embedder: Embedder) -> list[Cut]:
    """Return the passages that the service cuts the documents into."""
    limits = ChunkLimits.within(embedder.max_tokens)
    return [
        (each, passage)
        for each in documents
        for passage in split(
            each.text or each.title,
            title=each.title,
            token_spans=embedder.token_spans,
            limits=limits,
        )
    ]


@dataclass(frozen=True, slots=True)
class Trial:
    """Passages of one collection, to be found by their vectors alone."""

    collection: Collection
    passages: Sequence[Cut]
    embedder: Embedder

    def values(self, way: Way) -> dict[str, float]:
        """Return how well each question is answered: nDCG@10, or the reciprocal of the first
        place with an answer's words, of 10, where nobody judged.
        """
        found = self._found(way)
        if self.collection.qrels:
            run = {name: _documents(some) for name, some in found.items()}
            return per_query(lambda *each: ndcg(*each, k=PLACES), run, self.collection.qrels)
        return {each.id: _answered(each, found[each.id]) for each in self.collection.questions}

    def _found(self, way: Way) -> dict[str, list[Cut]]:
        """Return the passages that were out by then, best first; all, for documents to be told."""
        vectors = self.embedder.embed_passages([way(each) for each in self.passages])
        found = {}
        for question in self.collection.questions:
            scores = vectors @ self.embedder.embed_query(question.text)
            best = (self.passages[n] for n in np.argsort(-scores, kind="stable"))
            found[question.id] = [each for each in best if _is_out(each[0], question)]
        return found


def sample(collection: Collection, *, every: int, others: int, seed: int) -> Collection:
    """Return every so many-th judged question, what answers one of them, and some other documents.

    others: how many documents that answer none of these questions are drawn.
    """
    asked = [each for each in collection.questions if each.id in collection.qrels][::every]
    qrels = {each.id: collection.qrels[each.id] for each in asked}
    relevant = {name for grades in qrels.values() for name, grade in grades.items() if grade > 0}
    rest = [each for each in collection.documents if each.id not in relevant]
    drawn = random.Random(seed).sample(rest, min(others, len(rest)))
    kept = relevant | {each.id for each in drawn}
    documents = tuple(each for each in collection.documents if each.id in kept)
    return Collection(collection.name, documents, tuple(asked), qrels)


def every_document(collection: Collection, *, every: int) -> Collection:
    """Return every so many-th document, and the questions that only these answer."""
    documents = collection.documents[::every]
    names = {each.id for each in documents}
    qrels = {name: grades for name, grades in collection.qrels.items() if grades.keys() <= names}
    questions = tuple(each for each in collection.questions if each.id in qrels)
    return Collection(collection.name, documents, questions, qrels)


def between(collection: Collection, first_day: str, last_day: str) -> Collection:
    """Return the documents published, and the questions asked, on these days, both included."""

    def is_within(document: SourceDocument) -> bool:
        at = document.published_at
        return at is not None and first_day <= at.date().isoformat() <= last_day

    asked = [
        each
        for each in collection.questions
        if each.asked_at is not None and first_day <= each.asked_at.date().isoformat() <= last_day
    ]
    return Collection(collection.name, tuple(filter(is_within, collection.documents)), tuple(asked))


def _is_out(document: SourceDocument, question: Question) -> bool:
    if question.asked_at is None:
        return True
    return document.published_at is not None and document.published_at <= question.asked_at


def _documents(found: Sequence[Cut]) -> list[str]:
    return list(dict.fromkeys(document.id for document, _ in found))


def _answered(question: Question, found: Sequence[Cut]) -> float:
    texts = [passage.text for _, passage in found[:PLACES]]
    places = range(1, len(texts) + 1)
    return next((1 / k for k in places if answer_in_evidence(texts, question.answers, k=k)), 0.0)


def _site(document: SourceDocument) -> str:
    """Return the host of a document that is named after its address."""
    return (urlsplit(document.id).hostname or "").removeprefix("www.")


def _date(document: SourceDocument) -> str:
    at = document.published_at
    return "" if at is None else f"Published on {at.day} {at:%B %Y}"
