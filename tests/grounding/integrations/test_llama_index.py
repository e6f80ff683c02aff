import asyncio
from typing import Any

import pytest

pytest.importorskip("llama_index.core", reason="the extra llama-index is not installed")

from llama_index.core.llms import MockLLM
from llama_index.core.schema import MetadataMode, NodeWithScore, QueryBundle

from grounding import Unreachable
from grounding.integrations.llama_index import GroundingRetriever
from tests.grounding.integrations.conftest import NOBODY, THEN, example
from tests.grounding.serving import Running


def titles(nodes: list[NodeWithScore]) -> list[str]:
    return [each.node.metadata["title"] for each in nodes]


def test_the_engine_of_the_page_puts_evidence_into_the_prompt(filled: Running) -> None:
    names: dict[str, Any] = {"base_url": filled.url, "llm": MockLLM()}  # it repeats its prompt

    exec(example("llama_index"), names)

    assert "The ferry leaves at 9:15." in str(names["answer"])
    assert "url: https://ferry.example/times" in str(names["answer"])
    assert titles(names["answer"].source_nodes)[0] == "ferry"


def test_nodes_have_score_id_and_metadata_of_which_an_llm_sees_a_part(filled: Running) -> None:
    (found,) = GroundingRetriever(filled.url, max_results=1).retrieve("ferry leaves")

    assert found.score == found.node.metadata["score"]
    assert found.node.node_id == found.node.metadata["id"]
    assert "document_id" not in found.node.get_content(MetadataMode.LLM)
    assert "published_at" in found.node.get_content(MetadataMode.LLM)
    assert found.node.get_content(MetadataMode.NONE) == "The ferry leaves at 9:15."


def test_options_narrow_what_is_found(filled: Running) -> None:
    recent = GroundingRetriever(filled.url, max_age="2d")
    none = GroundingRetriever(client=filled.client, known_at=THEN)

    assert titles(recent.retrieve(QueryBundle("ferry"))) == ["ferry"]
    assert none.retrieve("ferry") == []


def test_it_can_be_asked_from_any_event_loop(filled: Running) -> None:
    retriever = GroundingRetriever(filled.url)
    expected = titles(retriever.retrieve("ferry leaves"))

    for _ in range(2):
        assert titles(asyncio.run(retriever.aretrieve("ferry leaves"))) == expected


def test_a_service_out_of_reach_is_no_empty_list() -> None:
    retriever = GroundingRetriever(NOBODY)

    with pytest.raises(Unreachable, match="cannot connect"):
        retriever.retrieve("ferry")
    with pytest.raises(Unreachable, match="cannot connect"):
        asyncio.run(retriever.aretrieve("ferry"))


def test_an_option_that_a_search_does_not_have_is_refused() -> None:
    with pytest.raises(TypeError, match="similarity_top_k: no option of a search"):
        GroundingRetriever(similarity_top_k=3)
