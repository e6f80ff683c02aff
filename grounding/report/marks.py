"""A verdict as a report tells it, read from its JSON: a check's own, or one that was stored."""

from collections.abc import Mapping
from datetime import datetime

from connectors.records import JsonValue
from grounding.checking.records import Outcome, StandingStatus
from grounding.report.records import Checked, Clash, Marked, Outward, Place, Then

_Object = Mapping[str, JsonValue]


def checked(verdict: _Object) -> Checked:
    """Read a verdict.

    Raises:
        KeyError, TypeError, ValueError: it is none that `checking.wire` has written.
    """
    return Checked(
        outcome=Outcome(str(verdict["outcome"])),
        score=_number(verdict["support_score"]),
        checked_at=datetime.fromisoformat(str(verdict["checked_at"])),
        reasons=_texts(verdict["reasons"]),
        claims=tuple(_marked(each, verdict) for each in _objects(verdict["claims"])),
        outward=tuple(_outward(each) for each in _objects(verdict.get("flags"))),
    )


def _marked(claim: _Object, verdict: _Object) -> Marked:
    chunks = _objects(verdict["cited_chunks"])
    outcome, still_true = claim["outcome"], claim["still_true"]
    return Marked(
        start=_int(claim["start_pos"]),
        end=_int(claim["end_pos"]),
        text=str(claim["claim_text"]),
        outcome=None if outcome is None else Outcome(str(outcome)),
        score=_number(claim["score"]),
        reasons=_texts(claim["reasons"]),
        citations=tuple(map(int, _texts(claim["citations"]))),
        supported_by=tuple(
            _int(chunks[_int(each)]["cite"]) for each in _list(claim["citation_indices"])
        ),
        places=_places(claim),
        standings=tuple(map(_then, _objects(claim["standings"]))),
        conflicts=tuple(map(_clash, _objects(claim["conflicts"]))),
        still_true=None if still_true is None else bool(still_true),
    )


def _places(claim: _Object) -> tuple[Place, ...]:
    """Return where in the evidence a claim was found, each place once."""
    support = claim["support"]
    aligned = _objects(support["aligned"]) if isinstance(support, Mapping) else []
    found = [each for each in _objects(claim["findings"]) if each["chunk_start_pos"] is not None]
    return tuple(dict.fromkeys(_place(each) for each in [*aligned, *found]))


def _place(found: _Object) -> Place:
    start, end = found["chunk_start_pos"], found["chunk_end_pos"]
    return Place(_int(found["cite"]), _int(start), _int(end))


def _then(standing: _Object) -> Then:
    status = StandingStatus(str(standing["status"]))
    return Then(_int(standing["cite"]), status, str(standing["reason"]))


def _clash(conflict: _Object) -> Clash:
    first, second = (_int(each) for each in _list(conflict["cites"]))
    earlier, later = (_time(each) for each in _list(conflict["at"]))
    one, other = _texts(conflict["says"])
    agreeing, reason = _int(conflict["agrees"]), str(conflict["reason"])
    return Clash((first, second), (earlier, later), (one, other), agreeing, reason)


def _outward(flag: _Object) -> Outward:
    start, end = _int(flag["start_pos"]), _int(flag["end_pos"])
    return Outward(str(flag["kind"]), start, end, str(flag["reason"]))


def _list(value: JsonValue) -> list[JsonValue]:
    return list(value) if isinstance(value, list) else []


def _objects(value: JsonValue) -> list[_Object]:
    return [each for each in _list(value) if isinstance(each, Mapping)]


def _texts(value: JsonValue) -> tuple[str, ...]:
    return tuple(map(str, _list(value)))


def _int(value: JsonValue) -> int:
    if isinstance(value, int | str):
        return int(value)
    raise ValueError(f"verdict: expected a whole number, not {value!r}")


def _number(value: JsonValue) -> float | None:
    return float(value) if isinstance(value, int | float) else None


def _time(value: JsonValue) -> datetime | None:
    return None if value is None else datetime.fromisoformat(str(value))
