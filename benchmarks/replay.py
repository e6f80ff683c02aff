"""Recorded polls of one address, read again by the service at the times they were made.

    manifest.tsv ─▶ Poll, Poll, … ─ clock to its time, body on the site, sync ─▶ Read, Read, …

What a poll said is current from when it was stored until the next poll of the same source.
"""

import csv
import random
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from benchmarks.data import unpacked_inner
from benchmarks.records import Context
from benchmarks.simulated import SimulatedService
from benchmarks.stored import reading
from grounding.demo.site import Site

LAST_LIFE = timedelta(days=1)
"""How long the last poll counts as current: none follows it."""
TOLD_EVERY = 200
MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Poll:
    """One recorded body, and when it was fetched from its source."""

    at: datetime
    file: Path


@dataclass(frozen=True, slots=True)
class Read:
    """A poll that the service has read.

    stored_at: the last instant that rows of this read carry; the poll's own if there are none.
    ends_at: when the next poll was made; not part of this one's life.
    """

    poll: Poll
    stored_at: datetime
    ends_at: datetime

    def instant(self, draw: random.Random) -> datetime:
        """Return a moment at which this poll was the current one, all equally likely."""
        lasts = (self.ends_at - self.stored_at) // MICROSECOND
        return self.stored_at + draw.randrange(lasts) * MICROSECOND


@dataclass(frozen=True, slots=True)
class Tape:
    """The polls of one source in the order they were made, and where to serve their bodies."""

    source: str
    path: str
    media_type: str
    polls: Sequence[Poll]


def recorded_polls(context: Context, archive: str) -> list[Poll]:
    folder = context.archive(archive) / archive
    bodies = unpacked_inner(folder / "series.tar.xz") / "series"
    with (folder / "manifest.tsv").open(newline="") as file:
        rows = csv.DictReader(file, delimiter="\t")
        return [
            Poll(datetime.fromisoformat(row["committed_at_utc"]), bodies / row["file"])
            for row in rows
        ]


def replay(
    service: SimulatedService, site: Site, tapes: Sequence[Tape], *, say: Callable[[str], None]
) -> dict[str, list[Read]]:
    """Read every poll of every tape in the order of their times; of equal times, of the tapes.

    Afterwards the clock stands where the last life ends, and every read can be searched.
    """
    due = sorted(((poll.at, tape, poll) for tape in tapes for poll in tape.polls), key=_time)
    stored: dict[str, list[datetime]] = {tape.source: [] for tape in tapes}
    for number, (at, tape, poll) in enumerate(due, start=1):
        service.clock.now = at
        site.put(tape.path, poll.file.read_bytes(), media_type=tape.media_type)
        service.sync(tape.source)
        stored[tape.source].append(max(at, newest_change(service.database)))
        if number % TOLD_EVERY == 0:
            say(f"{number} of {len(due)} polls replayed")
    service.clock.now = due[-1][0] + LAST_LIFE
    service.wait_until_indexed()
    return {tape.source: reads_of(tape.polls, stored[tape.source]) for tape in tapes}


def reads_of(polls: Sequence[Poll], stored_at: Sequence[datetime]) -> list[Read]:
    ends = [*(poll.at for poll in polls[1:]), polls[-1].at + LAST_LIFE]
    return [
        Read(poll, stored, end) for poll, stored, end in zip(polls, stored_at, ends, strict=True)
    ]


def newest_change(database: Path) -> datetime:
    """Return the newest instant that any row was stored at."""
    with reading(database) as connection:
        [newest] = connection.execute("SELECT max(at) FROM change").fetchone()
    return datetime.min.replace(tzinfo=UTC) if newest is None else instant(newest)


def instant(written: str) -> datetime:
    """Read an instant as SQLite holds it: UTC, without saying so."""
    return datetime.fromisoformat(written).replace(tzinfo=UTC)


def longest_delay(reads: Mapping[str, Iterable[Read]]) -> timedelta:
    """Return by how much rows may be later than their poll: what storing took of the clock."""
    return max(read.stored_at - read.poll.at for some in reads.values() for read in some)


def _time(due: tuple[datetime, Tape, Poll]) -> datetime:
    return due[0]
