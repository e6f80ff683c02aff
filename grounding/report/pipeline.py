"""From a stored receipt, an answer and what is stored now to a report.

receipt ── recalled ──▶ items as shown ── standings ──▶ what has changed ┐
answer ─── check ─────▶ verdict ──────── marks ───────▶ claims ──────────┴──▶ Report
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from connectors.records import JsonValue
from grounding.checking.checker import Checker
from grounding.checking.evidence import shown
from grounding.checking.records import Shown, Standing
from grounding.checking.standing import standings
from grounding.checking.wire import as_json
from grounding.query.messages import question_of, text_of
from grounding.query.moments import Moment, present
from grounding.query.recall import Gone, recalled
from grounding.query.receipt import Receipt
from grounding.query.records import Evidence
from grounding.query.replay import entries_of, frame_of, messages_of
from grounding.query.statement import plain
from grounding.receipts.service import Receipts, prompt_of
from grounding.receipts.service import Standing as ReceiptStanding
from grounding.report.marks import checked
from grounding.report.records import Answer, Item, Newer, Report, Said, Seal, Since
from indexer.catalogue import receipts as stored_receipts


@dataclass(frozen=True, slots=True)
class _Found:
    """A receipt with what is stored of its evidence, and how that stands.

    kept: the last answer that was kept beside it, if one was.
    """

    receipt: Receipt
    items: tuple[Item, ...]
    made_at: datetime
    kept: str | None


def report(checker: Checker, receipts: Receipts, name: str, answer: str | None = None) -> Report:
    """Tell what became of a prompt.

    name: of its receipt. answer: an answer to it; None for the last that was kept, if one was. It
        is checked now.

    Raises:
        NotFound: there is no such receipt, or it is that of an answer.
    """
    found = _found(checker, name)
    frame = frame_of(found.receipt)
    messages = messages_of(found.receipt)
    seal = _seal(receipts.verified(name), found)
    text = found.kept if answer is None else answer
    told = None if text is None else _answer(checker, name, text)
    return Report(
        receipt_id=name,
        made_at=found.made_at,
        created_at=datetime.fromisoformat(str(found.receipt["created_at"])),
        as_of=frame.as_of,
        known_at=frame.known_at,
        timezone=frame.timezone,
        question=_question(messages),
        conversation=tuple(Said(str(each.get("role", "")), text_of(each)) for each in messages),
        evidence=found.items,
        answer=told,
        seal=seal,
        notes=tuple(_notes(found.items, told, seal)),
    )


def _found(checker: Checker, name: str) -> _Found:
    with checker.database.reading() as session:
        receipt: Receipt = prompt_of(session, name)
        kept = [json.loads(body)["answer"] for _, body in stored_receipts.answers_of(session, name)]
        again = recalled(session, receipt)
        items = shown(again, frame_of(receipt).freshness)
        now = present(session, checker.clock)
        standing = standings(session, items, Moment(now, now, now))
    as_of = frame_of(receipt).as_of
    return _Found(
        receipt,
        tuple(
            _item(entry, each, standing[item.number], as_of)
            for entry, each, item in zip(entries_of(receipt), again, items, strict=True)
        ),
        now,
        next(iter(kept), None),
    )


def _item(
    entry: Mapping[str, JsonValue], each: Evidence | Gone, now: Standing, as_of: datetime
) -> Item:
    """Tell of an item what its receipt says, and its words as far as they are stored."""
    again = None if isinstance(each, Gone) else each
    times = {name: _time(entry.get(name)) for name in _TIMES}
    observation = entry.get("observation")
    value = observation if isinstance(observation, Mapping) else None
    dated = _dated(times, value)
    return Item(
        number=now.number,
        id=str(entry["id"]),
        title="" if again is None else again.title,
        source=str(entry["source"]),
        kind=str(entry["kind"]),
        url=None if again is None else again.url,
        text=None if again is None else again.text,
        gone=_why(entry, each) if isinstance(each, Gone) else "",
        value=None if value is None else str(value["value"]),
        **times,
        age_seconds=None if dated is None else max(0.0, (as_of - dated).total_seconds()),
        freshness=str(entry["freshness"]),
        state=str(entry["state"]),
        flags=_texts(entry.get("time_flags")),
        corroborated_by=_texts(entry.get("corroborated_by")),
        now=_since(now),
    )


_TIMES = ("published_at", "updated_at", "observed_at", "valid_from", "valid_until")


def _dated(
    times: Mapping[str, datetime | None], value: Mapping[str, JsonValue] | None
) -> datetime | None:
    """Return the latest time that the source itself gives to what an item says."""
    if value is not None:
        return _time(value.get("valid_from"))
    return times["updated_at"] or times["published_at"]


def _why(entry: Mapping[str, JsonValue], gone: Gone) -> str:
    return "its document was erased on demand" if entry.get("is_erased") else gone.reason


def _since(now: Standing) -> Since:
    newer = None if now.newer is None else _newer(now.newer)
    return Since(now.status, now.reason, now.since, newer, now.doubt)


def _newer(item: Shown) -> Newer:
    return Newer(
        id=item.id,
        title=item.title,
        text=item.text,
        value=None if item.value is None else str(plain(item.value.value)),
        published_at=item.published_at,
        valid_from=item.valid_from,
        observed_at=item.observed_at,
    )


def _answer(checker: Checker, name: str, answer: str) -> Answer:
    verdict = checker.of_receipt(answer, name)
    return Answer(answer, checked(as_json(verdict)))


def _seal(standing: ReceiptStanding, found: _Found) -> Seal:
    """Say whether the receipt is what it was when it was made, as far as the chain tells."""
    redacted_at = standing.redacted_at or _time(found.receipt.get("redacted_at"))
    if standing.faults:
        return Seal(False, redacted_at, "; ".join(standing.faults) + ".")
    signed = f"signed by key {standing.key}" if standing.is_signed else "not signed"
    reason = f"It is entry {standing.position} of the chain of receipts, {signed}"
    if redacted_at is not None:
        reason += ", and is as it was made, but for the words of a document that was erased"
    else:
        reason += ", and is as it was made"
    return Seal(True, redacted_at, f"{reason}.")


def _notes(items: tuple[Item, ...], answer: Answer | None, seal: Seal) -> list[str]:
    notes = []
    if answer is None:
        notes.append("No answer is given here, so no claims are marked.")
    if not items:
        notes.append("No evidence was shown.")
    if gone := sum(item.text is None for item in items):
        notes.append(f"{gone} of {len(items)} items cannot be shown again.")
    if not seal.is_whole or seal.redacted_at is not None:
        notes.append(seal.reason)
    return notes


def _question(messages: list[Mapping[str, JsonValue]]) -> str:
    try:
        return question_of(messages)
    except ValueError:  # what it said may have been erased
        return ""


def _time(value: JsonValue) -> datetime | None:
    return None if value is None else datetime.fromisoformat(str(value))


def _texts(value: JsonValue) -> tuple[str, ...]:
    return tuple(map(str, value)) if isinstance(value, list) else ()
