"""The real service inside this process, asked over HTTP, on a clock that is told the time."""

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import httpx

from benchmarks.config import Source
from benchmarks.service import Json, json_of
from grounding.api.app import create_app
from grounding.demo.process import ServiceFailed
from grounding.server import in_background
from grounding.settings import Settings
from grounding.wiring import build

LONGEST_WAIT_SECONDS = 120


class SimulatedClock:
    """Stands still until it is told the time."""

    def __init__(self, now: datetime) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now


@dataclass(frozen=True, slots=True)
class SimulatedService:
    """A started service with its workers and its shipped embedder; only its clock is ours."""

    clock: SimulatedClock
    database: Path
    http: httpx.Client

    def sync(self, source: str) -> None:
        """Read a source now.

        Raises:
            ServiceFailed: the read failed, was not over in time, or left an item out.
        """
        run = json_of(self.http.post(f"/v1/sources/{source}/sync"))
        if run["status"] != "ok" or run["failures"]:
            raise ServiceFailed(f"{source} at {self.clock.now}: {run}")

    def search(self, body: Mapping[str, object]) -> Json:
        return json_of(self.http.post("/v1/search", json=body))

    def wait_until_indexed(self) -> None:
        """Return when searches see everything that is stored."""
        deadline = time.monotonic() + LONGEST_WAIT_SECONDS
        while time.monotonic() < deadline:
            ready = json_of(self.http.get("/readyz"))
            if ready["applied_seq"] == ready["seq"]:
                return
            time.sleep(0.05)
        raise ServiceFailed(f"the index did not catch up in {LONGEST_WAIT_SECONDS} s")


@contextmanager
def simulated_service(
    folder: Path,
    sources: Sequence[Source],
    *,
    start: datetime,
    upstreams: Sequence[Mapping[str, object]] = (),
    receipts: Mapping[str, object] | None = None,
) -> Iterator[SimulatedService]:
    """Keep database and index in `folder`; read loopback sources, and those only when asked to."""
    folder.mkdir(parents=True, exist_ok=True)
    database = folder / "grounding.db"
    clock = SimulatedClock(start)
    service = build(_settings(folder, database, sources, upstreams, receipts or {}), clock=clock)
    service.start(serves=True, reads=True)
    try:
        with (
            in_background(create_app(service)) as url,
            httpx.Client(base_url=url, timeout=LONGEST_WAIT_SECONDS, trust_env=False) as http,
        ):
            yield SimulatedService(clock, database, http)
    finally:
        service.stop()


def _settings(
    folder: Path,
    database: Path,
    sources: Sequence[Source],
    upstreams: Sequence[Mapping[str, object]],
    receipts: Mapping[str, object],
) -> Settings:
    return Settings.model_validate(
        {
            "database": {"url": f"sqlite:///{database}"},
            "index": {"directory": folder / "index", "device": "cpu"},
            "embedder": {"name": "minilm", "device": "cpu"},
            "fetch": {"allow_private_addresses": True},
            "receipts": dict(receipts),
            "upstreams": [dict(upstream) for upstream in upstreams],
            "sources": [dict(source) for source in sources],
        }
    )
