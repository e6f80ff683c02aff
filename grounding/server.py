"""Run a service behind HTTP: until stopped, or in the background for one command."""

import signal
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import uvicorn
from starlette.types import ASGIApp

from grounding.errors import InvalidSettings

_START_SECONDS = 10.0


def listen(host: str, port: int) -> socket.socket:
    """Take the address to serve on; port 0 takes a free one.

    Nobody can connect before `serve`: until then a probe is refused, not left waiting.

    Raises:
        InvalidSettings: the address is taken, or not this machine's.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OSError as error:
        listener.close()
        raise InvalidSettings(
            f"cannot listen on {host} port {port}: {error.strerror}; set [server] host or port"
        ) from error
    return listener


def address_of(listener: socket.socket) -> str:
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def serve(app: ASGIApp, listener: socket.socket, *, on_ready: Callable[[], None]) -> None:
    """Serve until SIGINT or SIGTERM, finishing the requests under way, and return."""
    # Uvicorn raises the signal again once it has stopped: let it end nothing, so that the
    # caller can stop what it started.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: None)
    server = _Server(_config(app), on_ready)
    server.run(sockets=[listener])


@contextmanager
def in_background(app: ASGIApp) -> Iterator[str]:
    """Serve on a free loopback port while the block runs; yield the address."""
    ready = threading.Event()
    server = _Server(_config(app), ready.set)
    listener = listen("127.0.0.1", 0)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    try:
        if not ready.wait(_START_SECONDS):
            raise InvalidSettings("the HTTP server did not start")
        yield address_of(listener)
    finally:
        server.should_exit = True
        thread.join(_START_SECONDS)
        listener.close()


class _Server(uvicorn.Server):
    """Uvicorn, telling when it accepts connections."""

    def __init__(self, config: uvicorn.Config, on_ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._on_ready = on_ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets=sockets)
        if self.started:
            self._on_ready()


def _config(app: ASGIApp) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        log_config=None,
        access_log=False,
        lifespan="off",
        server_header=False,
        backlog=2048,
        timeout_graceful_shutdown=10,
        timeout_keep_alive=30,
    )
