"""The tools as the MCP protocol has them: descriptions, schemas, and how failures are told."""

import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from importlib import metadata
from typing import Any

from mcp import types
from mcp.server.lowlevel import Server

from grounding.client.errors import GroundingError
from grounding.mcp.answers import JsonObject
from grounding.mcp.errors import InvalidInput
from grounding.mcp.tools import Tools

_INSTRUCTIONS = """\
Current, time-stamped evidence from sources that are read all the time.
Call `search` before answering about anything that changes, `fetch` what it found, and cite the url.
`freshness` says how old what a source told may be."""

_SEARCH = """\
Search live sources for evidence: news, prices, weather, documents.
Give the question in plain words; answers are ids, titles and urls, best first, for `fetch`.
An empty list means that nothing was found.

The query may hold operators:
as_of:2024-01-05 or as_of:2024-01-05T08:00:00Z - what held in the world then (a date is its first \
instant in UTC)
known_at:2024-01-05 - only what had been received by then
since:2024-01-05, since:2d or since:12h - only what was published since
source:NAME - only this source; may be repeated
collection:NAME - only this collection; may be repeated
Put values with spaces in double quotes: source:"my feed"."""

_FETCH = """\
Show one thing that `search` found, by its id: the whole text of a document as of the version \
found, or the value of a series with the one before it, its unit, and when it holds.
metadata has its times (published_at, observed_at, valid_from, valid_until) and how fresh its \
source is."""

_FRESHNESS = """\
Tell how sources stand: when each was last read, and whether it keeps its promise of freshness \
(pass, warn, error; unknown if it makes none).
Give the name of a source, or nothing for all."""


@dataclass(frozen=True, slots=True)
class _Offer:
    """A tool, and the one string it takes."""

    title: str
    description: str
    parameter: str
    about: str
    is_required: bool
    call: Callable[[str], Awaitable[JsonObject]]

    def listed(self, name: str) -> types.Tool:
        return types.Tool(
            name=name,
            title=self.title,
            description=self.description,
            input_schema={
                "type": "object",
                "properties": {self.parameter: {"type": "string", "description": self.about}},
                "required": [self.parameter] if self.is_required else [],
                "additionalProperties": False,
            },
            annotations=types.ToolAnnotations(
                read_only_hint=True,
                destructive_hint=False,
                idempotent_hint=True,
                open_world_hint=False,
            ),
        )

    def given(self, arguments: Mapping[str, object]) -> str:
        """Return the string among the arguments.

        Raises:
            InvalidInput: it is missing or empty, no string, or not all that was given.
        """
        others = sorted(arguments.keys() - {self.parameter})
        if others:
            raise InvalidInput(f"{', '.join(others)}: expected nothing but {self.parameter}")
        value = arguments.get(self.parameter, None if self.is_required else "")
        if not isinstance(value, str) or (self.is_required and not value.strip()):
            raise InvalidInput(f"{self.parameter}: expected text that is not empty")
        return value


def server_of(tools: Tools) -> Server[Any]:  # Any: this server keeps no state
    """Return an MCP server that offers the tools."""
    offers = _offers(tools)

    async def list_tools(_: object, __: object) -> types.ListToolsResult:
        return types.ListToolsResult(tools=[each.listed(name) for name, each in offers.items()])

    async def call_tool(_: object, asked: types.CallToolRequestParams) -> types.CallToolResult:
        offer = offers.get(asked.name)
        if offer is None:
            return _failed(f"no tool is called {asked.name!r}; expected {', '.join(offers)}")
        try:
            answer = await offer.call(offer.given(asked.arguments or {}))
        except (GroundingError, InvalidInput) as error:
            return _failed(str(error))
        return types.CallToolResult(content=[_text(json.dumps(answer, ensure_ascii=False))])

    return Server(
        "grounding",
        version=metadata.version("grounding"),
        title="grounding",
        description="Fresh, time-stamped evidence for language models.",
        instructions=_INSTRUCTIONS,
        on_list_tools=list_tools,
        on_call_tool=call_tool,
    )


def _offers(tools: Tools) -> dict[str, _Offer]:
    query = "The question, with operators if wanted."
    name = "The name of a source; empty for all."
    return {
        "search": _Offer("Search", _SEARCH, "query", query, True, tools.search),
        "fetch": _Offer("Fetch", _FETCH, "id", "An id from `search`.", True, tools.fetch),
        "freshness": _Offer("Freshness", _FRESHNESS, "source", name, False, tools.freshness),
    }


def _failed(reason: str) -> types.CallToolResult:
    return types.CallToolResult(content=[_text(reason)], is_error=True)


def _text(said: str) -> types.TextContent:
    return types.TextContent(type="text", text=said)
