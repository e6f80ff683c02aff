"""The official MCP client drives the server, over stdio and over HTTP, against a real service."""

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import httpx
import pytest

pytest.importorskip("mcp", reason="the extra mcp is not installed")

import httpx2
from mcp import Client, StdioServerParameters
from mcp.client.streamable_http import streamable_http_client

from tests.fakes import START
from tests.grounding.mcp.conftest import ORDER
from tests.grounding.serving import DAY, Plan, Running, serving

T = TypeVar("T")
NOBODY = "http://127.0.0.1:9"


def environment(key: str | None = None) -> dict[str, str]:
    kept = {name: said for name, said in os.environ.items() if not name.startswith("GROUNDING_")}
    return kept if key is None else {**kept, "GROUNDING_API_KEY": key}


def over_stdio(url: str, ask: Callable[[Client], Awaitable[T]], key: str | None = None) -> T:
    started = StdioServerParameters(
        command=sys.executable,
        args=["-m", "grounding.cli.main", "--url", url, "mcp"],
        env=environment(key),
    )

    async def run() -> T:
        async with Client(started) as client:
            return await ask(client)

    return asyncio.run(run())


def over_http(address: str, ask: Callable[[Client], Awaitable[T]], key: str | None = None) -> T:
    headers = {} if key is None else {"Authorization": f"Bearer {key}"}

    async def run() -> T:
        async with (
            httpx2.AsyncClient(headers=headers) as http,
            Client(streamable_http_client(address, http_client=http)) as client,
        ):
            return await ask(client)

    return asyncio.run(run())


@contextmanager
def listening(url: str, *options: str, key: str | None = None) -> Iterator[str]:
    """Run the HTTP face as a process of its own; yield its address."""
    command = [sys.executable, "-m", "grounding.cli.main", "--url", url]
    process = subprocess.Popen(
        [*command, "mcp", "--http", "--port", "0", "--json", *options],
        stdout=subprocess.PIPE,
        text=True,
        env=environment(key),
    )
    try:
        assert process.stdout is not None
        yield json.loads(process.stdout.readline())["url"]
    finally:
        process.terminate()
        assert process.wait(20) == 0
        process.stdout and process.stdout.close()


@pytest.fixture(scope="module")
def address(filled: Running) -> Iterator[str]:
    with listening(filled.url, "--allowed-host", "mcp.example") as one:
        yield one


def said(result: Any) -> Any:
    """Return the JSON of an answer: one text item, and no error."""
    (item,) = result.content
    assert (item.type, result.is_error) == ("text", False)
    return json.loads(item.text)


def refusal(result: Any) -> str:
    (item,) = result.content
    assert result.is_error
    return str(item.text)


def asking(tool: str, **arguments: object) -> Callable[[Client], Awaitable[Any]]:
    return lambda client: client.call_tool(tool, arguments)


async def search_and_fetch(client: Client) -> tuple[Any, Any]:
    found = said(await client.call_tool("search", {"query": "When does the ferry leave?"}))
    return found, said(await client.call_tool("fetch", {"id": found["results"][0]["id"]}))


@pytest.mark.parametrize("way", ["stdio", "http"])
def test_what_search_finds_is_fetched_whole(filled: Running, address: str, way: str) -> None:
    found, shown = (
        over_stdio(filled.url, search_and_fetch)
        if way == "stdio"
        else over_http(address, search_and_fetch)
    )

    first = found["results"][0]
    assert set(found) == {"results"}
    assert all(set(each) == {"id", "title", "url"} for each in found["results"])
    assert (first["title"], first["url"]) == ("ferry", "https://ferry.example/times")
    assert set(shown) == {"id", "title", "text", "url", "metadata"}
    assert (shown["id"], shown["text"]) == (first["id"], "The ferry leaves at 9:45.")
    assert shown["metadata"]["published_at"] == (START - DAY).isoformat().replace("+00:00", "Z")
    assert (shown["metadata"]["version"], shown["metadata"]["source"]) == (2, "push")
    assert shown["metadata"]["freshness"] == "unknown"


def test_tools_take_one_string_and_only_read(address: str) -> None:
    listed = over_http(address, lambda client: client.list_tools())

    tools = {each.name: each for each in listed.tools}
    assert {name: list(each.input_schema["properties"]) for name, each in tools.items()} == {
        "search": ["query"],
        "fetch": ["id"],
        "freshness": ["source"],
    }
    assert all(each.annotations and each.annotations.read_only_hint for each in tools.values())
    assert all(f"{name}:" in (tools["search"].description or "") for name in ("as_of", "since"))


def test_an_older_version_is_fetched_by_its_id(filled: Running, address: str) -> None:
    (evidence,) = filled.client.search("ferry", max_results=1).results

    shown = said(over_http(address, asking("fetch", id=f"{evidence.document_id}@1")))

    assert shown["text"] == "The ferry leaves at 9:15."
    assert shown["metadata"]["superseded_at"]


def test_a_document_without_address_and_title_has_both(filled: Running, address: str) -> None:
    found = said(over_http(address, asking("search", query="silver metal")))
    (bare,) = [each for each in found["results"] if each["title"].startswith("Silver is")]

    shown = said(over_http(address, asking("fetch", id=bare["id"])))

    assert bare["url"] == shown["url"]
    assert filled.http.get(bare["url"]).json()["text"] == shown["text"]


def test_what_is_kept_out_of_prompts_is_not_fetched(filled: Running, address: str) -> None:
    found = filled.client.search("tide tables and previous instructions").results
    (orders,) = [each for each in found if each.title == "orders"]

    shown = said(over_http(address, asking("fetch", id=f"{orders.document_id}@1")))

    assert ORDER not in str(shown)
    assert shown["text"].startswith("The words of this document are kept out of prompts, for")
    assert "sets earlier instructions aside" in shown["metadata"]["flags"]


def test_a_series_is_its_value_with_the_one_before(filled: Running, address: str) -> None:
    found = said(over_http(address, asking("search", query="Gold price")))
    (gold,) = [each for each in found["results"] if each["title"] == "Gold price"]

    shown = said(over_http(address, asking("fetch", id=gold["id"])))

    assert shown["text"].startswith("Gold price: 2010.60 USD per ounce, valid from")
    assert "previous 2000.10" in shown["text"]
    facts = shown["metadata"]
    assert (facts["value"], facts["previous_value"], facts["change"]) == (
        "2010.60", "2000.10", "10.50",
    )  # fmt: skip
    assert filled.http.get(gold["url"]).json()["series"] == "metals/gold"


def test_a_series_of_the_past_keeps_its_instant(address: str) -> None:
    then = (START - DAY / 2).isoformat()
    found = said(over_http(address, asking("search", query=f"Gold price as_of:{then}")))
    (gold,) = [each for each in found["results"] if each["title"] == "Gold price"]

    shown = said(over_http(address, asking("fetch", id=gold["id"])))

    assert shown["metadata"]["value"] == "2000.10"
    assert shown["id"] == gold["id"]


def test_operators_narrow_what_is_found(address: str) -> None:
    def titles(query: str) -> set[str]:
        answer = said(over_http(address, asking("search", query=query)))
        return {each["title"] for each in answer["results"]}

    assert "notes" in titles("gold river")
    assert "notes" not in titles("gold river since:2d")
    assert titles("gold known_at:2020-01-01") == set()
    assert "notes" in titles("gold river collection:default")
    assert "notes" in titles('gold river source:"push"')


def test_freshness_tells_of_sources(filled: Running, address: str) -> None:
    every = said(over_http(address, asking("freshness")))["sources"]
    (one,) = said(over_http(address, asking("freshness", source="push")))["sources"]

    assert {each["source"] for each in every} == {each.name for each in filled.client.sources()}
    assert one in every
    assert (one["source"], one["freshness"]) == ("push", "unknown")


@pytest.mark.parametrize(
    ("tool", "arguments", "reason"),
    [
        ("search", {"query": "  "}, "query: expected text that is not empty"),
        ("search", {}, "query: expected text that is not empty"),
        ("search", {"query": 7}, "query: expected text that is not empty"),
        ("search", {"query": "x", "limit": 3}, "limit: expected nothing but query"),
        ("search", {"query": "gold as_of:soon"}, "as_of:soon: expected a date"),
        ("search", {"query": "gold source:nobody"}, "nobody"),
        ("search", {"query": "gold collection:other"}, "other"),
        ("search", {"query": "x" * 5_000}, "4000"),
        ("fetch", {"id": "nothing"}, "no document is nothing"),
        ("fetch", {"id": "series:push/lead"}, "no series of source push is known as 'lead'"),
        ("fetch", {"id": "series:nobody/lead"}, "nobody"),
        ("freshness", {"source": "nobody"}, "nobody"),
        ("delete", {"id": "x"}, "no tool is called 'delete'"),
    ],
)
def test_what_cannot_be_done_is_a_tool_error_that_says_why(
    address: str, tool: str, arguments: dict[str, object], reason: str
) -> None:
    assert reason in refusal(over_http(address, asking(tool, **arguments)))


def test_a_service_out_of_reach_is_an_error_and_not_an_empty_list() -> None:
    assert "cannot connect" in refusal(over_stdio(NOBODY, asking("search", query="gold")))


def test_the_key_of_the_service_is_asked_of_callers_over_http(tmp_path: Path) -> None:
    with serving(Plan(tmp_path, api_key="secret")) as one, listening(one.url, key="secret") as at:
        none = httpx.post(at, json={}).status_code
        wrong = httpx.post(at, json={}, headers={"Authorization": "Bearer no"}).status_code
        answer = said(over_http(at, asking("search", query="gold"), key="secret"))

    assert (none, wrong) == (401, 401)
    assert answer == {"results": []}


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Host": "evil.example"}, 421),
        ({"Origin": "https://evil.example"}, 403),
        ({"Host": "mcp.example", "Origin": "https://mcp.example"}, 200),
    ],
)
def test_other_hosts_and_origins_are_refused(
    address: str, headers: dict[str, str], status: int
) -> None:
    hello = {"protocolVersion": "2025-06-18", "capabilities": {}}
    asked = {
        "jsonrpc": "2.0",
        "id": 1,
        "method": "initialize",
        "params": {**hello, "clientInfo": {"name": "test", "version": "1"}},
    }
    accepted = {"Accept": "application/json, text/event-stream"}

    reply = httpx.post(address, json=asked, headers={**accepted, **headers})

    assert reply.status_code == status
