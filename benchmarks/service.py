"""The real service under measurement: its own folder, configuration, process and HTTP client."""

import time
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeAlias

import httpx

from benchmarks.config import Setting, Source, grounding_toml
from grounding.demo.process import ServiceFailed, ServiceProcess, free_port

Json: TypeAlias = dict[str, Any]  # Any: a reply as it came over the wire

_LONGEST_START_SECONDS = 120


class Service:
    """`grounding up` on `sources`, keeping database (unless given), index and log in `folder`."""

    def __init__(
        self,
        folder: Path,
        sources: Sequence[Source],
        *,
        database: str | None = None,
        snapshot_every: str = "5m",
        fetch: Mapping[str, Setting] | None = None,
        processes: int = 1,
        upstreams: Sequence[Mapping[str, Setting]] = (),
    ) -> None:
        self._processes = processes
        folder.mkdir(parents=True, exist_ok=True)
        self.database = folder / "grounding.db"
        self.index = folder / "index"
        self.source_names = [str(source["name"]) for source in sources]
        port = free_port()
        config = folder / "grounding.toml"
        config.write_text(
            grounding_toml(
                folder,
                port=port,
                database=database or f"sqlite:///{self.database}",
                sources=sources,
                snapshot_every=snapshot_every,
                fetch=fetch or {},
                server={"processes": processes},
                upstreams=upstreams,
            )
        )
        self.process = ServiceProcess(config, port=port, log=folder / "service.log")
        self._http = httpx.Client(base_url=self.process.url, timeout=120, trust_env=False)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._http.close()
        self.process.stop()

    def start(self) -> float:
        """Start and return the seconds until every process is ready."""
        started = time.monotonic()
        self.process.start()
        self.process.wait_until_ready()
        while self._processes > 1 and not self._have_all_said_something():
            if time.monotonic() - started > _LONGEST_START_SECONDS:
                raise ServiceFailed(f"not every process is ready\n{self.process.log_tail()}")
            time.sleep(0.1)
        return time.monotonic() - started

    def _have_all_said_something(self) -> bool:
        told = self._http.get("/metrics").text
        return all(f'{{process="{each}"}}' in told for each in range(1, self._processes + 1))

    def reply(self, path: str, **parameters: str | int) -> Json:
        """What GET `path` answers.

        Raises:
            ServiceFailed: it answered with an error.
        """
        return json_of(self._http.get(path, params=parameters))

    def post(self, path: str, body: Mapping[str, object]) -> Json:
        return json_of(self._http.post(path, json=body))

    def delete(self, path: str) -> Json:
        return json_of(self._http.delete(path))

    def sources(self) -> list[Json]:
        listed: list[Json] = self.reply("/v1/sources")["sources"]
        return listed

    def last_run(self, source: str) -> Json:
        """The newest run of a source that has ended."""
        runs: list[Json] = self.reply("/v1/runs", source=source, limit=20)["runs"]
        ended = [run for run in runs if run["finished_at"] is not None]
        if not ended:
            raise ServiceFailed(f"source {source}: no run has ended")
        newest: Json = max(ended, key=lambda run: str(run["finished_at"]))
        return newest

    def search(self, query: str, *, at: datetime) -> Json:
        instant = at.isoformat()
        body = {"query": query, "max_results": 10, "as_of": instant, "known_at": instant}
        return self.post("/v1/search", body)

    def wait_until_read(
        self, *, timeout_seconds: float, say: Callable[[str], None] = lambda _: None
    ) -> float:
        """Return the seconds until every source was read once, successfully or not."""
        started = time.monotonic()
        waiting = set(self.source_names)
        while time.monotonic() - started < timeout_seconds:
            if not self.process.is_alive:
                raise ServiceFailed(f"the service ended\n{self.process.log_tail()}")
            left = {s["name"] for s in self.sources() if not _was_read(s)}
            if len(left) != len(waiting):
                say(f"{len(self.source_names) - len(left)} of {len(self.source_names)} read")
            if not left:
                return time.monotonic() - started
            waiting = left
            time.sleep(0.25)
        raise ServiceFailed(f"not read in {timeout_seconds:g} s: {', '.join(sorted(waiting))}")


def _was_read(source: Json) -> bool:
    succeeded = source["freshness"]["last_success_at"] is not None
    return succeeded or bool(source["failures_in_row"])


def json_of(response: httpx.Response) -> Json:
    if response.is_error:
        raise ServiceFailed(f"{response.request.url}: {response.status_code} {response.text[:500]}")
    body: Json = response.json()
    return body
