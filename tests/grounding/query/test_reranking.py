"""A configured reranker orders what a question finds, and its failure costs only that."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from connectors.records import Batch, Document
from grounding.errors import RerankerUnusable
from grounding.query import pipeline
from grounding.query.pipeline import Retrieval
from grounding.query.question import Filters, Found
from grounding.query.rerank import Reranker, Reranking
from grounding.query.sufficiency import sufficiency
from tests.grounding.serving import Plan, started

TEXTS = ("gold gold gold", "gold in London", "the price of gold in London on Friday")


class LongestFirst:
    """Takes the longest text for the most relevant."""

    identity = "longest-first"

    def score(self, question: str, texts: Sequence[str]) -> NDArray[np.float32]:
        return np.array([len(text) for text in texts], dtype=np.float32)


class Broken:
    identity = "broken"

    def score(self, question: str, texts: Sequence[str]) -> NDArray[np.float32]:
        raise RerankerUnusable("out of memory")


@pytest.fixture(scope="module")
def retrieval(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Retrieval]:
    with started(Plan(tmp_path_factory.mktemp("reranking"))) as service:
        documents = tuple(Document(f"k{n}", text) for n, text in enumerate(TEXTS))
        service.push("desk", "press", Batch({}, documents))
        service.parts.views.catch_up()
        yield service.parts.retrieval


def ask(
    retrieval: Retrieval, reranker: Reranker | None, *, top: int = 10, max_results: int = 3
) -> Found:
    reranking = None if reranker is None else Reranking(reranker, top)
    using = replace(retrieval, reranking=reranking)
    return pipeline.search(
        "gold", Filters(), max_results=max_results, retrieval=using, explain=True
    )


def texts(found: Found) -> list[str]:
    return [each.evidence.text for each in found.candidates]


def test_the_reranker_orders_and_its_scores_are_told(retrieval: Retrieval) -> None:
    found = ask(retrieval, LongestFirst())

    assert texts(found) == sorted(TEXTS, key=len, reverse=True)
    assert [each.scores.reranked for each in found.candidates] == sorted(
        (float(len(text)) for text in TEXTS), reverse=True
    )
    assert found.warnings == ()


def test_only_the_best_are_reranked(retrieval: Retrieval) -> None:
    plain, found = ask(retrieval, None), ask(retrieval, LongestFirst(), top=1)

    assert texts(found) == texts(plain)
    assert [each.scores.reranked is None for each in found.candidates] == [False, True, True]


def test_a_broken_reranker_leaves_the_order_and_is_told(retrieval: Retrieval) -> None:
    plain, found = ask(retrieval, None), ask(retrieval, Broken())

    assert texts(found) == texts(plain)
    assert found.warnings == ("not reranked: out of memory",)


def test_what_is_left_out_has_its_reranked_score_too(retrieval: Retrieval) -> None:
    found = ask(retrieval, LongestFirst(), max_results=1)

    assert texts(found) == [max(TEXTS, key=len)]
    assert found.left_out is not None
    assert [each.candidate.scores.reranked for each in found.left_out] == sorted(
        (float(len(text)) for text in TEXTS), reverse=True
    )[1:]


def test_the_evidence_is_judged_in_the_order_of_the_reranker(retrieval: Retrieval) -> None:
    plain, found, broken = (ask(retrieval, by) for by in (None, LongestFirst(), Broken()))
    judged = [
        sufficiency("gold", each.candidates, embedder=retrieval.views.embedder.identity)
        for each in (plain, found)
    ]

    assert [plain.sufficiency, found.sufficiency] == judged
    assert broken.sufficiency == plain.sufficiency
