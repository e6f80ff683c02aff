"""A real service on the loopback interface, for tests: database, index views, HTTP and client."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
from fastapi import FastAPI
from starlette.types import Receive, Scope, Send

from connectors.clock import Clock
from grounding import Client
from grounding.api.app import create_app
from grounding.server import in_background
from grounding.service import Service
from grounding.settings import Settings
from grounding.wiring import build
from indexer.embed import Embedder
from indexer.embedders import Load
from tests.fakes import START, FakeClock, HashEmbedder

DAY = timedelta(days=1)
HOUR = timedelta(hours=1)


@dataclass(frozen=True)
class Running:
    """A started service, and three ways to it: its parts, plain HTTP, and the client."""

    service: Service
    clock: Clock
    url: str
    http: httpx.Client
    client: Client

    def push(self, *documents: Mapping[str, object], **more: Any) -> int:
        """Push documents and return the `seq` that a search must see."""
        return self.client.push_documents(documents, **more).seq

    def ids(self, query: str, **options: Any) -> list[str]:
        """Return the ids of what a search finds, best first."""
        return [each.id for each in self.client.search(query, **options).results]

    def titles(self, query: str, **options: Any) -> list[str]:
        return [each.title for each in self.client.search(query, **options).results]

    def post(self, path: str, body: object) -> httpx.Response:
        return self.http.post(path, json=body)


@dataclass(frozen=True)
class Plan:
    """How a service is to be run; what is not said is as in production."""

    directory: Path
    clock: Clock = field(default_factory=FakeClock)
    embedder: Embedder = field(default_factory=HashEmbedder)
    load: Load | None = None
    database_url: str | None = None
    server: Mapping[str, object] = field(default_factory=dict)
    fetch: Mapping[str, object] = field(default_factory=lambda: {"allow_private_addresses": True})
    sources: Sequence[Mapping[str, object]] = ()
    gateway: Mapping[str, object] = field(default_factory=dict)
    checking: Mapping[str, object] = field(default_factory=dict)
    receipts: Mapping[str, object] = field(default_factory=dict)
    upstreams: Sequence[Mapping[str, object]] = ()
    api_key: str | None = None
    reads: bool = False


def settings_of(plan: Plan) -> Settings:
    url = plan.database_url or f"sqlite:///{plan.directory / 'grounding.db'}"
    return Settings.model_validate(
        {
            "database": {"url": url},
            "index": {"directory": plan.directory / "index", "device": "cpu"},
            "server": dict(plan.server),
            "fetch": dict(plan.fetch),
            "gateway": dict(plan.gateway),
            "checking": dict(plan.checking),
            "receipts": dict(plan.receipts),
            "upstreams": [dict(upstream) for upstream in plan.upstreams],
            "sources": [dict(source) for source in plan.sources],
        }
    )


@contextmanager
def started(plan: Plan) -> Iterator[Service]:
    service = build(settings_of(plan), clock=plan.clock, embedder=plan.embedder, load=plan.load)
    service.start(serves=True, reads=plan.reads)
    try:
        yield service
    finally:
        service.stop()


@contextmanager
def serving(plan: Plan) -> Iterator[Running]:
    with started(plan) as service:
        app = create_app(service, api_key=plan.api_key)
        with in_background(app) as url, callers(url, plan.api_key) as (http, client):
            yield Running(service, plan.clock, url, http, client)


@contextmanager
def callers(url: str, api_key: str | None = None) -> Iterator[tuple[httpx.Client, Client]]:
    headers = {"Connection": "close"}
    if api_key is not None:
        headers["Authorization"] = f"Bearer {api_key}"
    with (
        httpx.Client(
            base_url=url, headers=headers, timeout=30, trust_env=False, verify=False
        ) as http,
        Client(url, api_key=api_key, timeout_seconds=30, attempts=1) as client,
    ):
        yield http, client


class Switchboard:
    """One HTTP server for many tests: each plugs the application of its own service in."""

    app: FastAPI

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self.app(scope, receive, send)


@dataclass(frozen=True)
class Line:
    """A running switchboard and who calls it."""

    board: Switchboard
    url: str
    http: httpx.Client
    client: Client

    @contextmanager
    def connected(self, plan: Plan) -> Iterator[Running]:
        with started(plan) as service:
            self.board.app = create_app(service, api_key=plan.api_key)
            yield Running(service, plan.clock, self.url, self.http, self.client)


@contextmanager
def line() -> Iterator[Line]:
    board = Switchboard()
    with in_background(board) as url, callers(url) as (http, client):
        yield Line(board, url, http, client)


def document(key: str, text: str, **more: object) -> dict[str, object]:
    return {"key": key, "text": text, "title": key, **more}


def before(step: timedelta) -> datetime:
    """Return the instant that long before the start of a `FakeClock`."""
    return START - step
