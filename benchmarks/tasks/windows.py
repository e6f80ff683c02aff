"""Does an item that leaves a rolling list stay under append_only and go under snapshot, on time?

997 polls of a list of 30 items are read by two sources of one service that differ in nothing but
their semantics; a third reads every third poll with items and whole lists left out at random,
because in the recorded ones nothing comes back. What the database then holds is compared, for
every item after every poll, with what the words of the documentation ask for.
"""

import json
import random
import time
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from benchmarks import cpu
from benchmarks.absence import (
    Span,
    Turn,
    appearances,
    lives,
    removals,
    stands,
    under_append_only,
    under_snapshot,
    version_count,
)
from benchmarks.config import Source
from benchmarks.records import Baseline, Context, Figure
from benchmarks.replay import Poll, Read, Tape, instant, recorded_polls, replay
from benchmarks.simulated import simulated_service
from benchmarks.stored import reading
from grounding.demo.site import Site

ARCHIVE = "series_hn_simonwillison"
SNAPSHOT = "submissions-snapshot"
APPEND_ONLY = "submissions-append-only"
SHAKEN = "submissions-shaken"
SHAKEN_EVERY = 3
SHARE_LEFT_OUT = 0.2
"""Of the items of a poll, in the shaken list."""
SHARE_EMPTY = 0.03
"""Of the polls of the shaken list."""
RULES = {SNAPSHOT: under_snapshot, APPEND_ONLY: under_append_only, SHAKEN: under_snapshot}
VERSIONS = """
    SELECT source.name, document.key, observed_at, superseded_at
    FROM document JOIN source ON source.id = source_id ORDER BY source.name, document.key, version
"""
RULE = "the two-absences rule on the recorded bodies"

Item = tuple[object, ...]
Listing = dict[str, Item]
Stored = Mapping[str, Sequence[Span]]
"""The versions of each item of one source."""


@dataclass(frozen=True, slots=True)
class Kept:
    """One source after all polls: what is stored, and what should have stood after each read."""

    stored: Stored
    reads: Sequence[Read]
    states: Sequence[Listing]

    @property
    def lives(self) -> dict[str, list[Span]]:
        return {key: lives(versions) for key, versions in self.stored.items()}

    @property
    def version_count(self) -> int:
        return sum(map(len, self.stored.values()))


def run(context: Context) -> list[Figure]:
    polls = recorded_polls(context, ARCHIVE)
    some = shaken(polls[::SHAKEN_EVERY], context.workspace / "shaken", random.Random(context.seed))
    polls_of = {SNAPSHOT: polls, APPEND_ONLY: polls, SHAKEN: some}
    tapes = [
        Tape(name, f"{name}.json", "application/json", these) for name, these in polls_of.items()
    ]
    started, cpu_before = time.perf_counter(), cpu.own_seconds()
    with Site() as site:
        sources = [_source(tape.source, site.url(tape.path)) for tape in tapes]
        with simulated_service(
            context.workspace / "service", sources, start=polls[0].at
        ) as service:
            reads = replay(service, site, tapes, say=context.say)
            stored = _stored(service.database)
    seconds, cpu_seconds = time.perf_counter() - started, cpu.own_seconds() - cpu_before
    listings = {name: [_listing(poll.file) for poll in these] for name, these in polls_of.items()}
    kept = {
        name: Kept(stored[name], reads[name], list(RULES[name](listed)))
        for name, listed in listings.items()
    }
    return [
        *_append_only_figures(kept[APPEND_ONLY], kept[SNAPSHOT]),
        *_snapshot_figures("snapshot", kept[SNAPSHOT]),
        *_snapshot_figures("shaken", kept[SHAKEN]),
        Figure("reads replayed", sum(map(len, reads.values())), "reads"),
        Figure("replay", seconds, "s", None, cpu_seconds),
    ]


def shaken(polls: Sequence[Poll], folder: Path, draw: random.Random) -> list[Poll]:
    """Write each poll anew without some of its items, or without any."""
    folder.mkdir(parents=True)
    return [
        Poll(poll.at, _written(folder / poll.file.name, _thinned(poll.file, draw)))
        for poll in polls
    ]


def turn_of(key: str, at: datetime, reads: Sequence[Read]) -> Turn:
    """Return during which read something happened; -1 if during none.

    Transactions of one read differ by a microsecond each on a clock that stands still.
    """
    read = bisect_right(reads, at, key=lambda each: each.poll.at) - 1
    is_within = read >= 0 and at <= reads[read].stored_at
    return Turn(key, read if is_within else -1)


def _append_only_figures(kept: Kept, snapshot: Kept) -> list[Figure]:
    ever = len(kept.states[-1])
    lost = Baseline("the same polls under snapshot", ever - _current(snapshot.stored))
    return [
        Figure("items ever listed", ever, "items"),
        Figure("append_only: lost", ever - _current(kept.stored), "items", lost),
        _differing("append_only", kept),
        _versions("append_only", kept),
    ]


def _snapshot_figures(name: str, kept: Kept) -> list[Figure]:
    expected, found = set(removals(kept.states)), _removed(kept)
    came = [turn.key for turn in appearances(kept.states)]
    came_back = Baseline(RULE, len(came) - len(set(came)))
    found_back = sum(len(some) - 1 for some in kept.lives.values())
    wrong = len(expected ^ found)
    return [
        Figure(f"{name}: removals", len(found), "removals", Baseline(RULE, len(expected))),
        Figure(f"{name}: removals missing or at another poll", wrong, "removals"),
        Figure(f"{name}: came back after removal", found_back, "items", came_back),
        _differing(name, kept),
        _versions(name, kept),
    ]


def _removed(kept: Kept) -> set[Turn]:
    return {
        turn_of(key, ended, kept.reads)
        for key, some in kept.lives.items()
        for _, ended in some
        if ended is not None
    }


def _differing(name: str, kept: Kept) -> Figure:
    """Count, over all items and reads, where an item stands and should not, or the reverse."""
    keys = {key for state in kept.states for key in state} | kept.stored.keys()
    differing = sum(
        (key in state) != stands(kept.stored.get(key, ()), read.stored_at)
        for read, state in zip(kept.reads, kept.states, strict=True)
        for key in keys
    )
    compared = f"of {len(keys) * len(kept.reads):,}"
    return Figure(f"{name}: items after polls that differ", differing, compared)


def _versions(name: str, kept: Kept) -> Figure:
    changes = Baseline("changes counted in the bodies", version_count(kept.states))
    return Figure(f"{name}: versions stored", kept.version_count, "versions", changes)


def _current(stored: Stored) -> int:
    return sum(versions[-1][1] is None for versions in stored.values())


def _stored(database: Path) -> dict[str, dict[str, list[Span]]]:
    """Read the versions of every item, oldest first, behind the service's back."""
    found: dict[str, dict[str, list[Span]]] = defaultdict(lambda: defaultdict(list))
    with reading(database) as connection:
        for source, key, begun, ended in connection.execute(VERSIONS):
            span = (instant(begun), None if ended is None else instant(ended))
            found[source][key].append(span)
    return found


def _listing(file: Path) -> Listing:
    items = json.loads(file.read_bytes())
    fields = ("title", "url", "submitter", "dt", "points", "numComments")
    return {item["id"]: tuple(item[field] for field in fields) for item in items}


def _thinned(file: Path, draw: random.Random) -> list[object]:
    if draw.random() < SHARE_EMPTY:
        return []
    return [item for item in json.loads(file.read_bytes()) if draw.random() >= SHARE_LEFT_OUT]


def _written(file: Path, items: list[object]) -> Path:
    file.write_text(json.dumps(items))
    return file


def _source(name: str, url: str) -> Source:
    """Text of what stays, metadata of what moves: a point more embeds nothing."""
    documents: Source = {
        "key": "id",
        "title": "title",
        "template": "{title}\n{url}\nsubmitted by {submitter}",
        "url": "url",
        "published_at": "dt",
        "metadata": {"points": "points", "comments": "numComments"},
    }
    semantics = "append_only" if name == APPEND_ONLY else "snapshot"
    return {
        "name": name,
        "kind": "json",
        "url": url,
        "semantics": semantics,
        "documents": documents,
    }
