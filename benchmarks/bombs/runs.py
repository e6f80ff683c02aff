"""Runs as the service's database tells of them."""

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

_SCHEDULED = """
    SELECT source.name, slot, finished_at, status
    FROM run JOIN source ON source.id = source_id
    WHERE run."trigger" = 'schedule' AND finished_at IS NOT NULL
"""


@dataclass(frozen=True, slots=True)
class Planned:
    """A run that was due at one instant and over at another."""

    source: str
    due_at: datetime
    ended_at: datetime
    is_ok: bool

    @property
    def lag_seconds(self) -> float:
        return (self.ended_at - self.due_at).total_seconds()


def planned_runs(database: Path) -> list[Planned]:
    """Return every scheduled run that has ended and that the service still knows of."""
    with closing(sqlite3.connect(database)) as opened:
        rows = opened.execute(_SCHEDULED).fetchall()
    return [
        Planned(source, _instant(slot), _instant(ended), status == "ok")
        for source, slot, ended, status in rows
        if slot[:2] == "20"  # a nominal time; others are named for why they were queued
    ]


def within(runs: Sequence[Planned], start: datetime, end: datetime) -> list[Planned]:
    return [run for run in runs if start <= run.due_at < end]


def _instant(text: str) -> datetime:
    read = datetime.fromisoformat(text)
    return read if read.tzinfo else read.replace(tzinfo=UTC)
