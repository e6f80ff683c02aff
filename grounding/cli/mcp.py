"""`mcp`: the tools of the service for assistants that speak the Model Context Protocol."""

import asyncio
import os
from typing import Annotated

import typer

from grounding.cli.connection import place
from grounding.cli.options import AsJson, context_of
from grounding.cli.output import print_json_line, say
from grounding.errors import InvalidSettings

_MISSING = "grounding mcp needs the extra `mcp`: pip install 'grounding[mcp]'"


def register(app: typer.Typer) -> None:
    app.command()(mcp)


def mcp(
    ctx: typer.Context,
    http: Annotated[
        bool, typer.Option("--http", help="Answer over HTTP instead of standard input and output.")
    ] = False,
    host: Annotated[str, typer.Option(help="With --http: address to listen on.")] = "127.0.0.1",
    port: Annotated[
        int, typer.Option(min=0, max=65535, help="With --http: port; 0 takes a free one.")
    ] = 8081,
    allowed_host: Annotated[
        list[str] | None,
        typer.Option("--allowed-host", help="With --http: a further name of this host; repeat."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Offer search, fetch and freshness of a running service to assistants (MCP)."""
    try:
        from grounding.mcp import faces
    except ModuleNotFoundError as error:
        if error.name is None or error.name.partition(".")[0] != "mcp":
            raise
        raise InvalidSettings(_MISSING) from error
    url, key = place(context_of(ctx))
    if http:
        _serve_http(url, key, (host, port), allowed_host or [], as_json=as_json)
        return
    asyncio.run(faces.serve_stdio(url, key))


def _serve_http(
    url: str, key: str | None, at: tuple[str, int], allowed_hosts: list[str], *, as_json: bool
) -> None:
    from grounding import server
    from grounding.mcp.faces import PATH, http_app

    listener = server.listen(*at)
    address = server.address_of(listener) + PATH

    def tell() -> None:
        if as_json:
            print_json_line({"url": address, "service": url, "pid": os.getpid()})
        else:
            say(f"grounding mcp answers at {address} for {url}")

    host = f"[{at[0]}]" if ":" in at[0] else at[0]
    app = http_app(url, key, allowed_hosts=[host, *allowed_hosts])
    server.serve(app, listener, on_ready=tell, has_lifespan=True)
