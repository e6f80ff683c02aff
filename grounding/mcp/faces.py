"""The two ways to reach the MCP server: standard input and output, and HTTP."""

from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager

from mcp.server.stdio import stdio_server
from mcp.server.transport_security import TransportSecuritySettings
from starlette.applications import Starlette
from starlette.types import ASGIApp

from grounding.client import AsyncClient
from grounding.mcp.server import server_of
from grounding.mcp.tools import Tools

PATH = "/mcp"
_MAX_BODY_BYTES = 1_000_000
_LOOPBACK = ("127.0.0.1", "localhost", "[::1]")


async def serve_stdio(url: str, api_key: str | None) -> None:
    """Serve the process that started this one, until it closes the standard input."""
    async with AsyncClient(url, api_key=api_key) as client, stdio_server() as (given, said):
        server = server_of(Tools(client, url))
        await server.run(given, said, server.create_initialization_options())


def http_app(url: str, api_key: str | None, *, allowed_hosts: Iterable[str] = ()) -> ASGIApp:
    """Return the application that answers at `PATH`; its lifespan must be run.

    Callers present the key of the service, if it has one. Host and Origin headers that name
    neither this machine nor one of allowed_hosts are refused, so that no web page can use a
    visitor's browser to ask (DNS rebinding).
    """
    from grounding.api.guard import Guard  # loads FastAPI, which stdio does without

    client = AsyncClient(url, api_key=api_key)
    hosts = [*_LOOPBACK, *allowed_hosts]
    app = server_of(Tools(client, url)).streamable_http_app(
        streamable_http_path=PATH,
        json_response=True,
        stateless_http=True,
        max_request_body_size=_MAX_BODY_BYTES,
        transport_security=TransportSecuritySettings(
            allowed_hosts=[form for host in hosts for form in (host, f"{host}:*")],
            allowed_origins=[
                f"{scheme}://{host}{port}"
                for scheme in ("http", "https")
                for host in hosts
                for port in ("", ":*")
            ],
        ),
    )
    _close_with(app, client)
    # Names of hosts are checked behind it, and only at `PATH`: there is nothing else.
    return Guard(app, api_key=api_key, allowed_hosts=["*"], max_body_bytes=_MAX_BODY_BYTES)


def _close_with(app: Starlette, client: AsyncClient) -> None:
    inner = app.router.lifespan_context

    @asynccontextmanager
    async def lifespan(of: Starlette) -> AsyncIterator[None]:
        async with client, inner(of):
            yield

    app.router.lifespan_context = lifespan
