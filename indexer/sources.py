"""Add, change and remove sources, and keep those of the configuration file in step with it.

A removed source keeps its history: its current documents are retired, so that questions about
the past still find them.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime

from sqlalchemy.orm import Session

from connectors.records import JsonValue, Semantics
from indexer.catalogue import changes, documents, sources
from indexer.errors import InvalidSource, SourceExists, UnknownSource
from indexer.records import SourceRecord
from indexer.schedule import parse_schedule
from indexer.store import remove_rows

_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,99}")


@dataclass(frozen=True, slots=True)
class SourceSpec:
    """A source as somebody asks for it; times in seconds, `schedule` as `parse_schedule` reads.

    half_life_seconds: infinite where its items never age, None where its kind decides.
    """

    name: str
    kind: str
    semantics: Semantics
    origin: str
    options: Mapping[str, JsonValue] = field(default_factory=dict)
    collection: str = "default"
    schedule: str | None = None
    jitter_seconds: float = 0.0
    warn_after_seconds: float | None = None
    error_after_seconds: float | None = None
    is_enabled: bool = True
    ttl_seconds: float | None = None
    half_life_seconds: float | None = None


def require(session: Session, name: str) -> SourceRecord:
    """Return the source of that name.

    Raises:
        UnknownSource: there is none, or it was removed.
    """
    found = sources.named(session, name)
    if found is None:
        raise UnknownSource(f"no source is named {name}")
    return found


def add(session: Session, spec: SourceSpec, *, now: datetime) -> SourceRecord:
    """Add a source, or bring a removed one of that name back with its history.

    Raises:
        SourceExists: there is one already.
        InvalidSource: its name, schedule or promise makes no sense.
    """
    require_sensible(spec)
    known = sources.named(session, spec.name, with_removed=True)
    if known is None:
        sources.add(session, _columns(spec), now=now)
    elif known.removed_at is not None:
        fresh: dict[str, object] = {
            "created_at": now,  # a read that began before the removal is not of this source
            "removed_at": None,
            "cursor": {},
            "failures_in_row": 0,
            "last_error": None,
            "remedy": None,
            "failing_since": None,
            "interval_seconds": None,
            "resume_at": None,
            "last_attempt_at": None,
            "last_success_at": None,
            "listed_at": None,
            "confirmed_at": None,
            "was_listing_whole": None,
        }
        sources.change(session, known.id, _columns(spec) | fresh)
    else:
        raise SourceExists(f"a source named {spec.name} exists already")
    return require(session, spec.name)


def change(session: Session, spec: SourceSpec) -> SourceRecord:
    """Give a source these settings; read from the beginning if what is read changed.

    Raises:
        UnknownSource: there is none.
        InvalidSource: its schedule or promise makes no sense.
    """
    require_sensible(spec)
    known = require(session, spec.name)
    columns = _columns(spec)
    if (known.kind, dict(known.options)) != (spec.kind, dict(spec.options)):
        columns |= {"cursor": {}, "resume_at": None, "interval_seconds": None}
    sources.change(session, known.id, columns)
    return require(session, spec.name)


def remove(session: Session, name: str, *, now: datetime) -> SourceRecord:
    """Stop reading a source and retire its current documents."""
    known = require(session, name)
    at = changes.next_instant(session, now)
    remove_rows(session, known.id, documents.current_rows(session, known.id), at=at)
    sources.change(session, known.id, {"removed_at": at, "is_enabled": False, "next_read_at": None})
    return known


def apply(session: Session, specs: Sequence[SourceSpec], *, now: datetime) -> None:
    """Make the sources that came from the configuration file those of `specs`."""
    wanted = {spec.name: spec for spec in specs}
    for known in sources.all_sources(session):
        if known.name in wanted:
            spec = wanted.pop(known.name)
            if asdict(spec) != asdict(spec_of(known)):
                change(session, spec)
        elif known.origin == "config":
            remove(session, known.name, now=now)
    for spec in wanted.values():
        add(session, spec, now=now)


def spec_of(record: SourceRecord) -> SourceSpec:
    return SourceSpec(
        name=record.name,
        kind=record.kind,
        semantics=record.semantics,
        origin=record.origin,
        options=record.options,
        collection=record.collection,
        schedule=record.schedule,
        jitter_seconds=record.jitter_seconds,
        warn_after_seconds=record.warn_after_seconds,
        error_after_seconds=record.error_after_seconds,
        is_enabled=record.is_enabled,
        ttl_seconds=record.ttl_seconds,
        half_life_seconds=record.half_life_seconds,
    )


def require_sensible(spec: SourceSpec) -> None:
    if not _NAME.fullmatch(spec.name):
        raise InvalidSource(
            f"source name {spec.name!r}: expected up to 100 of a-z, 0-9, '.', '_', '-', "
            "beginning with a letter or digit"
        )
    _require_jitter_within_interval(spec)
    warn, error = spec.warn_after_seconds, spec.error_after_seconds
    if warn is not None and error is not None and warn > error:
        raise InvalidSource(f"source {spec.name}: warn_after is longer than error_after")


def _require_jitter_within_interval(spec: SourceSpec) -> None:
    interval = parse_schedule(spec.schedule).interval if spec.schedule is not None else None
    if spec.jitter_seconds and interval is None:
        raise InvalidSource(f"source {spec.name}: jitter goes with a schedule `every ...` only")
    if interval is not None and spec.jitter_seconds >= interval.total_seconds():
        raise InvalidSource(f"source {spec.name}: jitter must be shorter than the interval")


def _columns(spec: SourceSpec) -> dict[str, object]:
    return asdict(spec) | {"semantics": spec.semantics.value, "options": dict(spec.options)}
