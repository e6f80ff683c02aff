"""Sources and their runs: list, add, change, remove, read now."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Annotated, Any

from fastapi import APIRouter, Path, Response

from connectors.records import JsonValue, Semantics
from connectors.secrets import reference_in
from grounding.api import readings, replies
from grounding.api.requests import SourceFields, SourceIn, seconds
from grounding.api.routes.deps import Limit, Running, WaitSeconds, require_source, run_reply
from grounding.api.wire import Text
from grounding.errors import NotAllowed, NotFound
from grounding.query.freshness import freshness
from grounding.service import Service
from indexer import sources as source_registry
from indexer.catalogue import dead_letters, runs, sources, subscriptions
from indexer.records import SourceRecord
from indexer.sources import SourceSpec, spec_of

router = APIRouter(prefix="/v1", tags=["sources"])

_COLUMNS = {
    "jitter": "jitter_seconds",
    "warn_after": "warn_after_seconds",
    "error_after": "error_after_seconds",
    "ttl": "ttl_seconds",
    "half_life": "half_life_seconds",
    "enabled": "is_enabled",
}

_INSIDE = frozenset({"files", "singer", "sql"})

RunId = Annotated[int, Path(ge=1, le=2**63 - 1)]


@router.get("/sources")
def list_sources(service: Running) -> replies.Sources:
    with service.parts.database.reading() as session:
        known = sources.all_sources(session)
    return replies.Sources(sources=_described(service, known))


@router.post("/sources", status_code=201)
def add_source(body: SourceIn, service: Running) -> replies.Source:
    """Add a source; it is read on its schedule, or when asked to."""
    fresh = SourceSpec(
        name=body.name, kind=body.kind, semantics=Semantics.KEYED_LATEST, origin="api"
    )
    return _shown(service, service.add_source(_changed(service, fresh, body)))


@router.get("/sources/{name}")
def one_source(name: Text, service: Running) -> replies.Source:
    return _shown(service, _required(service, name))


@router.patch("/sources/{name}")
def change_source(name: Text, body: SourceFields, service: Running) -> replies.Source:
    """Change what is given; a null takes a schedule or a promise away."""
    known = _required(service, name)
    if known.origin == "config":
        raise NotAllowed(f"source {name} is set in grounding.toml: change it there")
    return _shown(service, service.change_source(_changed(service, spec_of(known), body)))


@router.delete("/sources/{name}")
def remove_source(name: Text, service: Running) -> replies.SourceRemoved:
    """Stop reading a source; what it said stays visible to questions about the past."""
    known = _required(service, name)
    if known.origin == "config":
        raise NotAllowed(f"source {name} is set in grounding.toml: remove it there")
    return replies.SourceRemoved(name=name, seq=service.remove_source(name))


@router.post("/sources/{name}/sync", responses={202: {"model": readings.Run}})
def sync_source(
    name: Text,
    service: Running,
    response: Response,
    wait_seconds: WaitSeconds = 30,
) -> readings.Run:
    """Read a source now; 202 if it is not done after `wait_seconds`."""
    return run_reply(service.sync(name, wait_seconds=wait_seconds), response)


@router.get("/sources/{name}/freshness")
def source_freshness(name: Text, service: Running) -> replies.Freshness:
    known = _required(service, name)
    return replies.Freshness.model_validate(freshness(known, now=service.parts.tools.clock()))


@router.get("/runs")
def list_runs(service: Running, source: Text | None = None, limit: Limit = 50) -> readings.Runs:
    with service.parts.database.reading() as session:
        require_source(session, source)
        found = runs.recent(session, source=source, limit=limit)
    return readings.Runs(runs=[readings.Run.of(run) for run in found])


@router.get("/runs/{run_id}")
def one_run(run_id: RunId, service: Running) -> readings.Run:
    with service.parts.database.reading() as session:
        found = runs.by_id(session, run_id)
    if found is None:
        raise NotFound(f"no run is numbered {run_id}")
    return readings.Run.of(found)


def _required(service: Service, name: str) -> SourceRecord:
    with service.parts.database.reading() as session:
        return source_registry.require(session, name)


def _shown(service: Service, source: SourceRecord) -> replies.Source:
    (shown,) = _described(service, [source])
    return shown


def _described(service: Service, known: Sequence[SourceRecord]) -> list[replies.Source]:
    """Return sources with how fresh they are and how much of them is stored."""
    with service.parts.database.reading() as session:
        documents = sources.document_counts(session)
        observations = sources.observation_counts(session)
        unread = dead_letters.counts(session)
        hubs = subscriptions.by_source(session)
    now = service.parts.tools.clock()
    return [
        replies.Source.of(
            source,
            fresh=freshness(source, now=now),
            documents=documents.get(source.id, 0),
            observations=observations.get(source.id, 0),
            dead_letters=unread.get(source.id, 0),
            hub=replies.Hub.of(hubs[source.id], now) if source.id in hubs else None,
        )
        for source in known
    ]


def _changed(service: Service, spec: SourceSpec, body: SourceFields) -> SourceSpec:
    """Return the source as asked for; fields that were not sent stay as they are."""
    if body.options and _reaches_inside(spec.kind, body.options):
        _require_local_access_allowed(service)
    wanted: dict[str, Any] = {  # Any: the fields of SourceSpec, each of its own type
        "options": body.options or {},
        "collection": body.collection or "default",
        "schedule": body.schedule,
        "jitter_seconds": seconds(body.jitter) or 0.0,
        "warn_after_seconds": seconds(body.warn_after),
        "error_after_seconds": seconds(body.error_after),
        "ttl_seconds": seconds(body.ttl),
        "half_life_seconds": body.half_life,
        "is_enabled": body.enabled is not False,
    }
    sent = {_COLUMNS.get(field, field) for field in body.model_fields_set}
    changed = replace(spec, **{name: value for name, value in wanted.items() if name in sent})
    return replace(changed, semantics=service.semantics_of(changed))


def _reaches_inside(kind: str, options: Mapping[str, JsonValue]) -> bool:
    """Whether a read would go where only this machine may: its files, secrets, programs, network.

    What a URL of `files` or `sql` leads to is not checked as a web address is.
    """
    return kind in _INSIDE or "path" in options or _names_secret(options)


def _names_secret(value: object) -> bool:
    """Whether a value refers to a file or a variable here, which a read would send elsewhere."""
    if isinstance(value, dict):
        return any(map(_names_secret, value.values()))
    if isinstance(value, list):
        return any(map(_names_secret, value))
    return reference_in(value) is not None


def _require_local_access_allowed(service: Service) -> None:
    if not service.parts.settings.server.allow_local_paths:
        raise NotAllowed(
            "sources added over HTTP may not read local files, secrets or databases, nor start "
            "programs: set them in grounding.toml, or set [server] allow_local_paths = true"
        )
