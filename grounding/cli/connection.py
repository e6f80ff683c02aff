"""Reach a service: the one that runs where the settings say, or one of our own for a moment."""

import os
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

import typer

from grounding.cli.options import Context
from grounding.client import Client
from grounding.settings import Settings

_PROBE_SECONDS = 1.0
_PATIENCE_SECONDS = 600.0


@contextmanager
def client(context: Context) -> Iterator[Client]:
    """Yield a client of `--url`, else of a running service, else of one opened here."""
    if context.url is not None:
        url, key = place(context)
        with Client(url, api_key=key, timeout_seconds=_PATIENCE_SECONDS) as found:
            yield found
        return
    settings = context.settings()
    from grounding.wiring import api_key

    key = api_key(settings)
    address = _local_address(settings.server.host, settings.server.port)
    if settings.server.port and _is_running(address):
        with Client(address, api_key=key, timeout_seconds=_PATIENCE_SECONDS) as found:
            yield found
        return
    with _own(settings, key) as found:
        yield found


def place(context: Context) -> tuple[str, str | None]:
    """Return the address and the key of `--url`, else of the service that the settings describe."""
    if context.url is not None:
        if not _is_web_address(context.url):
            raise typer.BadParameter(f"--url {context.url}: expected http://... or https://...")
        return context.url, os.environ.get("GROUNDING_API_KEY")
    settings = context.settings()
    from grounding.wiring import api_key

    return _local_address(settings.server.host, settings.server.port), api_key(settings)


@contextmanager
def _own(settings: Settings, key: str | None) -> Iterator[Client]:
    """Open the database and the index in this process and serve them to ourselves."""
    from grounding.api.app import create_app
    from grounding.server import in_background
    from grounding.wiring import build

    service = build(settings)
    try:
        service.start(serves=True, reads=False)
        with (
            in_background(create_app(service, api_key=key)) as address,
            Client(address, api_key=key, timeout_seconds=_PATIENCE_SECONDS) as found,
        ):
            yield found
    finally:
        service.stop()


def _is_web_address(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:  # brackets that do not match, or a port that is no number
        return False


def _local_address(host: str, port: int) -> str:
    """Return where a service that listens on `host` can be asked from this machine."""
    reachable = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104
    return f"http://[{reachable}]:{port}" if ":" in reachable else f"http://{reachable}:{port}"


def _is_running(address: str) -> bool:
    try:
        with urllib.request.urlopen(f"{address}/healthz", timeout=_PROBE_SECONDS) as reply:  # noqa: S310
            return bool(reply.status == 200)
    except (urllib.error.URLError, OSError, ValueError):
        return False
