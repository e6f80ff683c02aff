"""`up`, `serve`, `work`: run the service, or one half of it."""

import os
import signal
import sys
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated

import typer

from grounding.cli.options import AsJson, context_of
from grounding.cli.output import print_json_line, say

if TYPE_CHECKING:
    from grounding.settings import Settings


Host = Annotated[str | None, typer.Option(help="Address to listen on.")]
Port = Annotated[
    int | None, typer.Option(min=0, max=65535, help="Port to listen on; 0 takes a free one.")
]
Processes = Annotated[
    int | None, typer.Option(min=1, max=64, help="Processes that answer on the address.")
]


def register(app: typer.Typer) -> None:
    app.command()(up)
    app.command()(serve)
    app.command()(work)


def up(
    ctx: typer.Context,
    host: Host = None,
    port: Port = None,
    processes: Processes = None,
    as_json: AsJson = False,
) -> None:
    """Run everything in one process: read the sources, keep the index, answer over HTTP."""
    _run(_settings(ctx, host, port, processes), reads=True, as_json=as_json)


def serve(
    ctx: typer.Context,
    host: Host = None,
    port: Port = None,
    processes: Processes = None,
    as_json: AsJson = False,
) -> None:
    """Answer over HTTP; leave reading the sources to `grounding work`."""
    _run(_settings(ctx, host, port, processes), reads=False, as_json=as_json)


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
        service.warm_up_later()
        if as_json:
            print_json_line({"pid": os.getpid(), "sources": len(settings.sources)})
        else:
            say(f"grounding is reading its sources ({len(settings.sources)})")
        stop.wait()
    finally:
        service.stop()


def _settings(
    ctx: typer.Context, host: str | None, port: int | None, processes: int | None
) -> "Settings":
    """Return the settings, with what the command line says instead."""
    settings = context_of(ctx).settings()
    given = {"host": host, "port": port, "processes": processes}
    said = {name: value for name, value in given.items() if value is not None}
    return settings.model_copy(update={"server": settings.server.model_copy(update=said)})


def _run(settings: "Settings", *, reads: bool, as_json: bool) -> None:
    from indexer.memory import lasting, share_one_heap

    share_one_heap()
    with lasting():
        from grounding import loading, logs

        logs.configure()
        load = loading.begun(settings.embedder)

        from grounding import server
        from grounding.api.app import create_app
        from grounding.processes.crew import Crew, places
        from grounding.wiring import api_key, build

        key = api_key(settings)
        given = settings.server
        listener = server.listen(given.host, given.port, is_shared=given.processes > 1)
        address = listener.getsockname()
        seat, others = places(settings, (address[0], address[1]), api_key=key, is_read=reads)
        crew = Crew(others)
        service = build(settings, load=load)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))  # so that `service.stop` runs
    try:
        service.start(serves=True, reads=reads)
        service.warm_up_later()
        ready = _ready_line(server.address_of(listener), settings, as_json=as_json)
        app = create_app(service, api_key=key, seat=seat)
        crew.start(before=service.snapshot)
        with app.state.metrics.told():
            server.serve(app, listener, on_ready=ready, on_stop=crew.begin_stop)
    finally:
        crew.stop()
        service.stop()


def _ready_line(address: str, settings: "Settings", *, as_json: bool) -> Callable[[], None]:
    def tell() -> None:
        if as_json:
            print_json_line({"url": address, "pid": os.getpid(), "sources": len(settings.sources)})
        else:
            say(f"grounding is ready at {address} (sources: {len(settings.sources)})")

    return tell
