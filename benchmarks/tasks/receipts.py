"""Do receipts replay byte for byte whatever happens since, and is any change of them found?

Wildfires of 2022 and an oil price are read at the times at which they were recorded; meanwhile
prompts are made in all dialects, with random filters and budgets. Documents are edited and removed
by what is read, some are erased, and the index is built anew. Then every prompt is made again from
its receipt and compared with what was answered at the time; exports are flipped byte by byte.
"""

import hashlib
import io
import json
import random
import shutil
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from benchmarks import brent, cpu, fires
from benchmarks.records import Baseline, Context, Figure
from benchmarks.replay import Poll, recorded_polls
from benchmarks.service import Json, json_of
from benchmarks.simulated import SimulatedService, simulated_service
from grounding.demo.site import Site
from grounding.query.receipt_book import KeptReceipt, ReceiptBook
from grounding.receipts.chain import Chain
from grounding.receipts.errors import ExportUnreadable
from grounding.receipts.export import verify_export, write_export
from grounding.receipts.keys import KeyRing, new_key
from grounding.receipts.service import links
from grounding.receipts.verify import verified
from indexer.catalogue import receipts as stored
from indexer.database import Database, open_database

RECEIPTS: Final = 10_000
FIRES: Final = "fires.json"
BRENT: Final = "brent.csv"
_DIALECTS: Final = ("openai", "anthropic", "cohere", "plain")
_READS: Final = 100
"""At which of the recorded polls receipts are made, evenly spread."""
_ENTRIES: Final = 6
"""Of the exports of which every byte is flipped."""
_FLIPS: Final = 60
"""Random ones, of the export of everything."""
_KEPT: Final = 2_000
"""Receipts that are stored in each way, for what the chain costs."""
_TOLD_EVERY: Final = 1_000
_AT: Final = datetime(2022, 6, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Made:
    """A prompt as it was answered: its receipt's id, and a digest of all of it."""

    receipt: str
    digest: str


def run(context: Context) -> list[Figure]:
    keys = context.workspace / "keys"
    new_key(keys)
    folder = context.workspace / "service"
    polls = [recorded_polls(context, archive) for archive in (fires.ARCHIVE, brent.ARCHIVE)]
    before = cpu.own_seconds()
    with Site() as site:
        sources = [fires.fires_source(site.url(FIRES)), brent.brent_source(site.url(BRENT))]
        start = min(some[0].at for some in polls)
        with _service(folder, sources, start, keys) as service:
            made = _made(service, site, polls, context)
            last = service.clock.now
        shutil.rmtree(folder / "index")
        with _service(folder, sources, last, keys) as service:
            same = _replayed(service, made, context)
            erased = _erased(service, made)
            valid = json_of(service.http.post(f"/v1/receipts/{made[0].receipt}/verify"))
    spent = cpu.own_seconds() - before
    return [
        Figure(
            "receipts that replay byte for byte",
            same,
            f"of {len(made):,}",
            notes=f"after edits, removals and an index built anew; {spent:.0f} CPU s with polls",
        ),
        Figure("one of them verifies", int(valid["valid"]), ""),
        *erased,
        *_verified(folder / "grounding.db", context),
        *_costs(context, keys),
    ]


@contextmanager
def _service(
    folder: Path, sources: Sequence[Any], start: datetime, keys: Path
) -> Iterator[SimulatedService]:
    with simulated_service(folder, sources, start=start, receipts={"keys": keys}) as service:
        yield service


def _made(
    service: SimulatedService, site: Site, polls: Sequence[Sequence[Poll]], context: Context
) -> list[Made]:
    """Read what was recorded, and make prompts all the while."""
    draw, made = random.Random(context.seed), list[Made]()
    count = RECEIPTS
    times = sorted(
        [(poll.at, FIRES, poll) for poll in _spread(polls[0])]
        + [(poll.at, BRENT, poll) for poll in _spread(polls[1])],
        key=lambda each: each[0],
    )
    for number, (at, path, poll) in enumerate(times):
        service.clock.now = max(at, service.clock.now)
        media = "application/json" if path == FIRES else "text/csv"
        site.put(path, poll.file.read_bytes(), media_type=media)
        service.sync(fires.SOURCE if path == FIRES else brent.SOURCE)
        service.wait_until_indexed()
        known = list(fires.listed_fires(poll.file).values()) if path == FIRES else []
        for _ in range(count * (number + 1) // len(times) - count * number // len(times)):
            made.append(_prompt(service, known, draw))
            if len(made) % _TOLD_EVERY == 0:
                context.say(f"{len(made):,} of {count:,} receipts made")
    return made


def _spread(polls: Sequence[Poll]) -> list[Poll]:
    step = max(1, len(polls) // _READS)
    return list(polls[::step])


def _prompt(service: SimulatedService, known: Sequence[fires.Fire], draw: random.Random) -> Made:
    """Make a prompt of a random kind."""
    question = "What does Brent crude oil cost, and which fires burn?"
    if known and draw.random() < 0.8:
        question = fires.question(draw.choice(known))
    body: dict[str, Any] = {
        "query": question,
        "dialect": draw.choice(_DIALECTS),
        "max_items": draw.randint(1, 12),
        "token_budget": draw.choice([200, 600, 2_000]),
        "include_history": draw.random() < 0.2,
        "timezone": draw.choice(["UTC", "America/Los_Angeles", "Asia/Tokyo"]),
        "diversity": draw.choice([0.0, 0.0, 0.4]),
        "datamark": draw.random() < 0.2,
    }
    if draw.random() < 0.2:
        body["sources"] = [draw.choice([fires.SOURCE, brent.SOURCE])]
    answer = json_of(service.http.post("/v1/augment", json=body))
    return Made(answer["receipt_id"], _digest(answer))


def _digest(prompt: Mapping[str, Any]) -> str:
    """Digest everything that a caller sends on; members of objects have no order in JSON."""
    names = ("dialect", "messages", "text", "system", "documents")
    written = json.dumps([prompt[name] for name in names], ensure_ascii=False, sort_keys=True)
    return hashlib.sha256(written.encode()).hexdigest()


def _replayed(service: SimulatedService, made: Sequence[Made], context: Context) -> int:
    same = 0
    for number, one in enumerate(made, start=1):
        again = json_of(service.http.post(f"/v1/receipts/{one.receipt}/replay"))
        same += again["matches"] is True and _digest(again) == one.digest
        if number % _TOLD_EVERY == 0:
            context.say(f"{number:,} replayed, {same:,} the same")
    return same


def _erased(service: SimulatedService, made: Sequence[Made]) -> list[Figure]:
    """Erase a document that a receipt shows: it no longer replays, says why, and stays valid."""
    shown = _with_document(service, made)
    receipt, document = shown
    reply = service.http.delete(f"/v1/documents/{document}", params={"erase": "true"})
    reply.raise_for_status()
    again = json_of(service.http.post(f"/v1/receipts/{receipt}/replay"))
    valid = json_of(service.http.post(f"/v1/receipts/{receipt}/verify"))
    is_right = not again["matches"] and again["reason"] and valid["valid"]
    return [Figure("a receipt of an erased document says so and stays valid", int(is_right), "")]


def _with_document(service: SimulatedService, made: Sequence[Made]) -> tuple[str, str]:
    for one in reversed(made):
        receipt = json_of(service.http.get(f"/v1/receipts/{one.receipt}"))
        for each in receipt["evidence"]:
            if each["kind"] == "document":
                return one.receipt, each["id"].partition("@")[0]
    raise ValueError("no receipt shows a document")


def _verified(path: Path, context: Context) -> list[Figure]:
    """Verify everything, and flip bytes of exports."""
    database = open_database(f"sqlite:///{path}")
    try:
        began = time.perf_counter()
        with database.reading() as session:
            report = verified(links(session))
        seconds = time.perf_counter() - began
        whole = _export(database, 1, None)
        small = _small(database)
    finally:
        database.close()
    flips, found = _flipped(small, context, places=lambda content: range(len(content)))
    draw = random.Random(context.seed)
    more, also = _flipped(
        [whole], context, places=lambda content: draw.sample(range(len(content)), _FLIPS)
    )
    return [
        Figure(
            "entries verified",
            report.entries / seconds,
            "a second",
            notes=f"{report.entries:,}, {report.signed:,} of them signed, "
            f"{report.redacted} redactions, {len(report.faults)} faults",
        ),
        Figure("faults of the untouched chain", len(report.faults), "faults"),
        Figure(
            "flipped bytes found",
            (found + also) / (flips + more) * 100,
            "%",
            notes=f"{flips:,} flips, every byte of {len(small)} exports of {_ENTRIES} entries, and "
            f"{more} of the export of all, {len(whole) / 1e6:.0f} MB",
        ),
    ]


def _small(database: Database) -> list[bytes]:
    """Export a few entries each from the start, the middle and the end of the chain.

    Entries of receipts that were redacted later are passed over: what was done to those stands in
    other entries, so that only the whole chain vouches for them.
    """
    with database.reading() as session:
        last = (stored.head(session) or (0, ""))[0]
        redacted = {
            each.receipt_id for each in stored.entries(session) if b'"redaction"' in each.content
        }
        usable = [
            each.position
            for each in stored.entries(session, last=last - _ENTRIES)
            if each.receipt_id not in redacted
        ]
    free = set(usable)
    firsts = [p for p in usable if all(p + step in free for step in range(_ENTRIES))]
    chosen = [firsts[0], firsts[len(firsts) // 2], firsts[-1]]
    return [_export(database, first, first + _ENTRIES - 1) for first in chosen]


def _export(database: Database, first: int, last: int | None) -> bytes:
    file = io.BytesIO()
    with database.reading() as session:
        before = stored.entry_at(session, first - 1)
        start = {} if before is None else {"previous": before.digest}
        write_export(file, links(session, first=first, last=last), first=first, **start)
    return file.getvalue()


def _flipped(
    contents: Sequence[bytes], context: Context, *, places: Callable[[bytes], Sequence[int]]
) -> tuple[int, int]:
    """Flip a bit at each of some places of exports, one at a time; return how many were found."""
    draw, path = random.Random(context.seed), context.workspace / "flipped.jsonl"
    flips = found = 0
    for content in contents:
        public = _public(content, context)
        for place in places(content):
            flipped = bytearray(content)
            flipped[place] ^= 1 << draw.randrange(8)
            path.write_bytes(flipped)
            flips += 1
            try:
                found += not verify_export(path, trusted=public).is_valid
            except ExportUnreadable:
                found += 1
    return flips, found


def _public(content: bytes, context: Context) -> dict[str, str]:
    """Return the public key, after seeing that what is not flipped is valid."""
    key = KeyRing(context.workspace / "keys").current()
    path = context.workspace / "whole.jsonl"
    path.write_bytes(content)
    public = {key.name: key.public}
    report = verify_export(path, trusted=public)
    if not report.is_valid:
        raise ValueError(f"an export is not valid: {report.faults[:3]}")
    return public


def _costs(context: Context, keys: Path) -> list[Figure]:
    """Store receipts one by one: alone, chained, and chained and signed, in turns."""
    body = json.dumps({"text": "a" * 6_000}).encode()
    database = open_database(f"sqlite:///{context.workspace / 'costs.db'}")
    taken: dict[str, float] = {"alone": 0.0, "chained": 0.0, "signed": 0.0}
    chains = {"chained": Chain(), "signed": Chain(KeyRing(keys))}
    books = {name: ReceiptBook(database, chain) for name, chain in chains.items()}
    try:
        for number in range(_KEPT):
            for name in taken:
                one = KeptReceipt(
                    f"rcpt_{name}_{number}", datetime.fromtimestamp(0).astimezone(), 1, body
                )
                began = time.process_time()
                if name == "alone":
                    with database.writing() as session:
                        stored.add(session, [_values(one)])
                else:
                    books[name].keep(one)
                taken[name] += time.process_time() - began
    finally:
        for book in books.values():
            book.close()
        database.close()
    each = {name: seconds / _KEPT * 1_000 for name, seconds in taken.items()}
    return [
        Figure(
            "a receipt chained and signed",
            each["signed"],
            "CPU ms",
            Baseline("stored alone, in a transaction of its own", each["alone"]),
            notes=f"chained, not signed {each['chained']:.3f}; one by one on SQLite",
        )
    ]


def _values(receipt: KeptReceipt) -> Json:
    return {
        "id": receipt.id,
        "created_at": receipt.created_at,
        "seq": receipt.seq,
        "body": receipt.body,
        "of": None,
    }
