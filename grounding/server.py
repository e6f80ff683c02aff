"""Run a service behind HTTP: until stopped, or in the background for one command."""

import signal
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

import uvicorn
from starlette.types import ASGIApp

from grounding.errors import InvalidSettings

_START_SECONDS = 10.0


def listen(host: str, port: int, *, is_shared: bool = False) -> socket.socket:
    """Take the address to serve on; port 0 takes a free one.

    Nobody can connect before `serve`: until then a probe is refused, not left waiting.
    is_shared: other processes may `listen_beside` on it.

    Raises:
        InvalidSettings: the address is taken, or not this machine's.
    """
    listener = _bound(host, port)
    if not is_shared:
        return listener
    with listener:  # alone: two services that share theirs would else take the same one
        address = listener.getsockname()
    return listen_beside(*address[:2])


def listen_beside(host: str, port: int) -> socket.socket:
    """Take an address that other processes of this service have, too.

    The system deals new connections out to those that serve on it, and to none that has ended.

    Raises:
        InvalidSettings: as `listen`.
    """
    return _bound(host, port, socket.SO_REUSEPORT)


def _bound(host: str, port: int, *options: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family)
    for option in (socket.SO_REUSEADDR, *options):
        listener.setsockopt(socket.SOL_SOCKET, option, 1)
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


def serve(
    app: ASGIApp,
    listener: socket.socket,
    *,
    on_ready: Callable[[], None],
    on_stop: Callable[[], None] = lambda: None,
    has_lifespan: bool = False,
) -> None:
    """Serve until SIGINT or SIGTERM, finishing the requests under way, and return.

    on_stop: called by the signal, before the requests are finished.
    has_lifespan: the application is told when serving begins and ends.
    """
    # Uvicorn raises the signal again once it has stopped: let it end nothing, so that the
    # caller can stop what it started.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: None)
    server = _Server(_config(app, has_lifespan=has_lifespan), on_ready, on_stop)
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
    """Uvicorn, telling when it accepts connections, and when a signal ends that."""

    def __init__(
        self,
        config: uvicorn.Config,
        on_ready: Callable[[], None],
        on_stop: Callable[[], None] = lambda: None,
    ) -> None:
        super().__init__(config)
        self._on_ready = on_ready
        self._on_stop = on_stop

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets=sockets)
        if self.started:
            self._on_ready()

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        super().handle_exit(sig, frame)
        self._on_stop()


def _config(app: ASGIApp, *, has_lifespan: bool = False) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        log_config=None,
        access_log=False,
        lifespan="on" if has_lifespan else "off",
        server_header=False,
        backlog=2048,
        timeout_graceful_shutdown=10,
        timeout_keep_alive=30,
    )
