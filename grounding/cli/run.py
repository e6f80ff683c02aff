"""`up`, `serve`, `work`: run the service, or one half of it."""

import os
import signal
import sys
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated

import typer

from grounding.cli.options import AsJson, Context, context_of
from grounding.cli.output import print_json_line, say

if TYPE_CHECKING:
    from grounding.service import Service
    from grounding.settings import Settings

_SETTLED_SECONDS = 10.0
"""After so long nobody waits for the start any more."""

Host = Annotated[str | None, typer.Option(help="Address to listen on.")]
Port = Annotated[
    int | None, typer.Option(min=0, max=65535, help="Port to listen on; 0 takes a free one.")
]


def register(app: typer.Typer) -> None:
    app.command()(up)
    app.command()(serve)
    app.command()(work)


def up(ctx: typer.Context, host: Host = None, port: Port = None, as_json: AsJson = False) -> None:
    """Run everything in one process: read the sources, keep the index, answer over HTTP."""
    _run(context_of(ctx), host, port, reads=True, as_json=as_json)


def serve(
    ctx: typer.Context, host: Host = None, port: Port = None, as_json: AsJson = False
) -> None:
    """Answer over HTTP; leave reading the sources to `grounding work`."""
    _run(context_of(ctx), host, port, reads=False, as_json=as_json)


def work(ctx: typer.Context, as_json: AsJson = False) -> None:
    """Read the sources on their schedules; leave answering to `grounding serve`."""
    from grounding import logs
    from grounding.wiring import build
    from indexer.memory import share_one_heap

    settings = context_of(ctx).settings()
    logs.configure()
    share_one_heap()
    service = build(settings)
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    try:
        service.start(serves=False, reads=True)
        _warm_up_later(service)
        if as_json:
            print_json_line({"pid": os.getpid(), "sources": len(settings.sources)})
        else:
            say(f"grounding is reading its sources ({len(settings.sources)})")
        stop.wait()
    finally:
        service.stop()


def _run(
    context: Context, host: str | None, port: int | None, *, reads: bool, as_json: bool
) -> None:
    from grounding import logs, server
    from grounding.api.app import create_app
    from grounding.wiring import api_key, build
    from indexer.memory import share_one_heap

    settings = context.settings()
    logs.configure()
    share_one_heap()
    key = api_key(settings)
    listener = server.listen(
        host or settings.server.host, settings.server.port if port is None else port
    )
    service = build(settings)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))  # so that `service.stop` runs
    try:
        service.start(serves=True, reads=reads)
        _warm_up_later(service)
        ready = _ready_line(server.address_of(listener), settings, as_json=as_json)
        server.serve(create_app(service, api_key=key), listener, on_ready=ready)
    finally:
        service.stop()


def _warm_up_later(service: "Service") -> None:
    later = threading.Timer(_SETTLED_SECONDS, service.warm_up)
    later.daemon = True
    later.start()


def _ready_line(address: str, settings: "Settings", *, as_json: bool) -> Callable[[], None]:
    def tell() -> None:
        if as_json:
            print_json_line({"url": address, "pid": os.getpid(), "sources": len(settings.sources)})
        else:
            say(f"grounding is ready at {address} (sources: {len(settings.sources)})")

    return tell
