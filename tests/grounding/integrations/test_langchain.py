import asyncio
import subprocess
import sys
from typing import Any

import pytest

pytest.importorskip("langchain_core", reason="the extra langchain is not installed")

from langchain_core.language_models import FakeListChatModel
from langchain_core.runnables import RunnableLambda
from pydantic import SecretStr

from grounding import AsyncClient, Unauthorized, Unreachable
from grounding.integrations.langchain import GroundingRetriever
from tests.fakes import START
from tests.grounding.integrations.conftest import NOBODY, THEN, example
from tests.grounding.serving import DAY, Running


def titles(documents: list[Any]) -> list[str]:
    return [each.metadata["title"] for each in documents]


def test_the_chain_of_the_page_puts_evidence_into_the_prompt(filled: Running) -> None:
    prompts: list[str] = []
    answers = FakeListChatModel(responses=["at 9:15"])
    llm = RunnableLambda(
        lambda prompt: prompts.append(prompt.to_string()) or answers.invoke(prompt)
    )
    names = {"base_url": filled.url, "llm": llm}

    exec(example("langchain"), names)

    assert names["answer"] == "at 9:15"
    assert "The ferry leaves at 9:15. (https://ferry.example/times)" in prompts[0]


def test_documents_have_text_id_times_and_score(filled: Running) -> None:
    (found,) = GroundingRetriever(base_url=filled.url, max_results=1).invoke("ferry leaves")

    assert found.page_content == "The ferry leaves at 9:15."
    assert found.id == found.metadata["id"]
    assert found.metadata["url"] == "https://ferry.example/times"
    assert found.metadata["published_at"] == (START - DAY).isoformat()
    assert found.metadata["source"] == "push"
    assert found.metadata["freshness"] == "unknown"
    assert found.metadata["score"] > 0


def test_what_has_no_address_is_shown_by_the_service(filled: Running) -> None:
    (found,) = GroundingRetriever(client=filled.client, max_results=1).invoke("old ferry sank")

    assert found.metadata["url"].startswith(filled.url)
    assert filled.http.get(found.metadata["url"]).json()["title"] == "river"


def test_options_come_from_fields_then_search_kwargs_then_the_call(filled: Running) -> None:
    retriever = GroundingRetriever(base_url=filled.url, max_age="2d")

    assert titles(retriever.invoke("ferry")) == ["ferry"]
    assert set(titles(retriever.invoke("ferry", max_age="200d"))) == {"ferry", "river"}
    assert titles(retriever.bind(as_of=THEN).invoke("ferry")) == []
    wider = GroundingRetriever(base_url=filled.url, max_age="2d", search_kwargs={"max_age": "200d"})
    assert set(titles(wider.invoke("ferry"))) == {"ferry", "river"}


def test_nothing_found_is_an_empty_list(filled: Running) -> None:
    assert GroundingRetriever(base_url=filled.url, known_at=THEN).invoke("ferry") == []


def test_it_can_be_asked_from_any_event_loop(filled: Running) -> None:
    of_its_own = GroundingRetriever(base_url=filled.url)
    in_a_thread = GroundingRetriever(client=filled.client)

    async def with_a_client() -> list[Any]:
        async with AsyncClient(filled.url) as client:
            return await GroundingRetriever(async_client=client).ainvoke("ferry leaves")

    expected = titles(of_its_own.invoke("ferry leaves"))
    for retriever in (of_its_own, of_its_own, in_a_thread):
        assert titles(asyncio.run(retriever.ainvoke("ferry leaves"))) == expected
    assert titles(asyncio.run(with_a_client())) == expected


def test_an_asynchronous_client_alone_is_not_asked_without_await(filled: Running) -> None:
    retriever = GroundingRetriever(async_client=AsyncClient(filled.url))

    with pytest.raises(ValueError, match="give client too"):
        retriever.invoke("ferry")


def test_a_service_out_of_reach_is_no_empty_list() -> None:
    retriever = GroundingRetriever(base_url=NOBODY, api_key=SecretStr("secret"))

    with pytest.raises(Unreachable, match="cannot connect"):
        retriever.invoke("ferry")
    with pytest.raises(Unreachable, match="cannot connect"):
        asyncio.run(retriever.ainvoke("ferry"))
    assert "secret" not in repr(retriever)


def test_the_key_is_sent(tmp_path: Any) -> None:
    from tests.grounding.serving import Plan, serving

    with serving(Plan(tmp_path, api_key="secret")) as one:
        assert GroundingRetriever(base_url=one.url, api_key=SecretStr("secret")).invoke("x") == []
        with pytest.raises(Unauthorized):
            GroundingRetriever(base_url=one.url).invoke("x")


def test_an_option_that_a_search_does_not_have_is_refused() -> None:
    with pytest.raises(TypeError, match="k: no option of a search"):
        GroundingRetriever(search_kwargs={"k": 3})


@pytest.mark.parametrize(
    ("file", "module", "extra"),
    [
        ("langchain", "langchain_core", "langchain"),
        ("llama_index", "llama_index", "llama-index"),
        ("haystack", "haystack", "haystack"),
    ],
)
def test_without_the_extra_the_error_says_what_to_install(
    file: str, module: str, extra: str
) -> None:
    program = f"import sys\nsys.modules[{module!r}] = None\nimport grounding.integrations.{file}"

    done = subprocess.run(
        [sys.executable, "-c", program], check=False, capture_output=True, text=True
    )

    assert done.returncode == 1
    assert done.stderr.splitlines()[-1] == (
        f"ImportError: {module} is not installed: pip install 'grounding[{extra}]'"
    )
