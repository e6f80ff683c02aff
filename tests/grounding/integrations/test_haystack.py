import asyncio
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("haystack", reason="the extra haystack is not installed")

from haystack import Pipeline
from haystack.core.errors import PipelineRuntimeError
from haystack.utils import Secret

from grounding import Unreachable
from grounding.integrations.haystack import GroundingRetriever
from tests.fakes import START
from tests.grounding.integrations.conftest import NOBODY, THEN, example
from tests.grounding.serving import DAY, HOUR, Plan, Running, document, serving


def titles(answer: dict[str, Any]) -> list[str]:
    return [each.meta["title"] for each in answer["documents"]]


def test_the_pipeline_of_the_page_puts_evidence_into_the_prompt(filled: Running) -> None:
    names: dict[str, Any] = {"base_url": filled.url}

    exec(example("haystack"), names)

    prompt = names["answer"]["prompt"]["prompt"]
    assert "The ferry leaves at 9:15. (https://ferry.example/times)" in prompt
    assert prompt.endswith("Question: When does the ferry leave?")


def test_documents_have_id_score_and_metadata(filled: Running) -> None:
    (found,) = GroundingRetriever(filled.url, top_k=1).run("ferry leaves")["documents"]

    assert found.content == "The ferry leaves at 9:15."
    assert (found.id, found.score) == (found.meta["id"], found.meta["score"])


def test_options_of_a_run_come_first(filled: Running) -> None:
    retriever = GroundingRetriever(filled.url, top_k=1, search_kwargs={"max_age": "2d"})

    assert titles(retriever.run("ferry")) == ["ferry"]
    wider = retriever.run("ferry", top_k=5, search_kwargs={"max_age": "200d"})
    assert set(titles(wider)) == {"ferry", "river"}
    assert titles(retriever.run("ferry", search_kwargs={"known_at": THEN})) == []


def test_it_runs_in_a_coroutine_and_in_an_asynchronous_pipeline(filled: Running) -> None:
    pipeline = Pipeline()
    pipeline.add_component("retriever", GroundingRetriever(filled.url, top_k=1))
    asked = {"retriever": {"query": "ferry leaves"}}

    alone = asyncio.run(GroundingRetriever(client=filled.client, top_k=1).run_async("ferry leaves"))
    piped = asyncio.run(pipeline.run_async(asked))

    assert titles(alone) == titles(piped["retriever"]) == ["ferry"]


def test_a_pipeline_is_written_down_and_read_again_without_its_key(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MY_KEY", "secret")
    options = {"published_after": START - DAY, "max_age": timedelta(days=2), "sources": ("push",)}
    with serving(Plan(tmp_path, api_key="secret")) as one:
        seq = one.push(document("ferry", "The ferry leaves.", published_at=START - HOUR))
        one.titles("ferry", min_seq=seq)
        pipeline = Pipeline()
        key = Secret.from_env_var("MY_KEY")
        retriever = GroundingRetriever(one.url, api_key=key, top_k=2, search_kwargs=options)
        pipeline.add_component("retriever", retriever)

        written = pipeline.dumps()
        again = Pipeline.loads(written, allowed_modules=["grounding.integrations.haystack"])
        found = again.run({"retriever": {"query": "ferry"}})

    assert "secret" not in written
    assert again.get_component("retriever").search_kwargs == {
        "published_after": (START - DAY).isoformat(),
        "max_age": "172800.000000s",
        "sources": ["push"],
    }
    assert titles(found["retriever"]) == ["ferry"]


def test_what_cannot_be_written_down_is_refused(filled: Running) -> None:
    with pytest.raises(ValueError, match="ready client"):
        GroundingRetriever(client=filled.client).to_dict()
    with pytest.raises(ValueError, match="Cannot serialize token-based secret"):
        GroundingRetriever(api_key=Secret.from_token("x")).to_dict()


def test_a_service_out_of_reach_is_no_empty_list() -> None:
    retriever = GroundingRetriever(NOBODY)
    pipeline = Pipeline()
    pipeline.add_component("retriever", retriever)

    with pytest.raises(Unreachable, match="cannot connect"):
        retriever.run("ferry")
    with pytest.raises(PipelineRuntimeError, match="cannot connect"):
        pipeline.run({"retriever": {"query": "ferry"}})


def test_an_option_that_a_search_does_not_have_is_refused() -> None:
    with pytest.raises(TypeError, match="k: no option of a search"):
        GroundingRetriever(search_kwargs={"k": 3})
