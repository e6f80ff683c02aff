from typing import Any

import pytest

from indexer.catalogue import evidence
from tests.grounding.api.problem import fields_of
from tests.grounding.serving import Running, document


@pytest.fixture
def two_sources(running: Running) -> Running:
    running.push(document("a", "Gold rose. It is yellow."), document("b", "Gold fell."), source="a")
    seq = running.push(document("c", "Gold is a metal."), source="b")
    running.titles("gold", min_seq=seq)
    return running


@pytest.mark.parametrize(
    "body",
    [
        {"per_source": {"nobody": {"min": 1}}},
        {"per_source": {"a": {"min": 3, "max": 2}}},
        {"per_source": {"a": {"min": 2}}, "max_per_source": 1},
        {"per_source": {"a": {"min": 2}, "b": {"min": 2}}, "max_items": 3},
        {"per_source": {"a": {"min": 1}}, "sources": ["b"]},
    ],
)
def test_shares_that_no_prompt_can_have_are_refused(
    two_sources: Running, body: dict[str, Any]
) -> None:
    reply = two_sources.post("/v1/augment", {"query": "gold", **body})

    assert fields_of(reply) == ["per_source"]


def test_a_source_has_no_more_than_its_max(two_sources: Running) -> None:
    made = two_sources.client.augment("gold", max_per_source=1)

    assert sorted(each.source for each in made.evidence) == ["a", "b"]


def test_shares_are_in_the_receipt(two_sources: Running) -> None:
    made = two_sources.client.augment("gold", per_source={"b": {"min": 1, "max": 2}}, max_items=1)

    receipt: Any = two_sources.client.receipt(made.receipt_id)
    assert [each.source for each in made.evidence] == ["b"]
    assert receipt["options"]["per_source"] == {"b": {"min": 1, "max": 2}}
    assert (receipt["evidence"][0]["start"], receipt["evidence"][0]["passages"]) == (0, [0])


def test_the_sentence_nearest_to_the_question_is_highlighted(two_sources: Running) -> None:
    (best, *_) = two_sources.client.search("Is it yellow?", sources=["a"]).results
    made = two_sources.client.augment("Is it yellow?", sources=["a"])

    for each in [best, *(item for item in made.evidence if "yellow" in item.text)]:
        assert each.highlight is not None
        assert each.highlight.text == "It is yellow."
        assert each.text[each.highlight.start : each.highlight.end] == each.highlight.text


def test_passages_that_were_merged_are_a_slice_of_the_stored_text(running: Running) -> None:
    text = "\n\n".join(f"# Part {i}\n\n" + f"Gold number {i} is here. " * 60 for i in range(3))
    seq = running.push({"key": "long", "title": "Long", "text": text})
    made = running.client.augment("gold number", min_seq=seq, token_budget=3_000)

    (item, *_) = made.evidence
    with running.service.parts.database.reading() as session:
        name = (item.document_id, item.version)
        stored = evidence.texts(session, {name})[name]
    assert len(item.passages) > 1
    assert item.text == stored[item.start : item.end]
