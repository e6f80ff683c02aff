"""Make the prompt of a receipt again, from the receipt and the stored versions it names."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import TypeAlias

from connectors.records import JsonValue
from grounding.query import neutralise
from grounding.query.dialects.registry import DIALECTS
from grounding.query.records import (
    DialectName,
    Evidence,
    EvidenceState,
    Frame,
    FreshnessStatus,
    Message,
    PreviousValue,
    Rendered,
    ScreeningFlag,
    ValueAt,
)
from grounding.query.statement import with_value

_Entry: TypeAlias = Mapping[str, JsonValue]


def replay(
    receipt: _Entry,
    stored: Mapping[str, Evidence],
    texts: Mapping[tuple[str, int], str] | None = None,
) -> Rendered:
    """Render a receipt again; compare `receipt.rendered_sha256` of the result with the receipt's.

    stored: by evidence id, what the stored versions say: passages of documents, cards of series.
    texts: by document id and version, whole texts; a receipt whose items are more or less than
        one passage needs them.

    Raises:
        ValueError: an item is missing or its text is another one, or the receipt was made under
            another policy version, whose wording is no longer known, or in a dialect or with a
            neutraliser that is not.
    """
    dialect = DIALECTS[_dialect(receipt)]
    if receipt["policy_version"] != dialect.policy_version:
        raise ValueError(f"receipt: policy version {receipt['policy_version']} is not known here")
    entries = entries_of(receipt)
    evidence = [restored(entry, stored, texts or {}) for entry in entries]
    return dialect.render(evidence, frame=frame_of(receipt), messages=messages_of(receipt))


def _dialect(receipt: _Entry) -> DialectName:
    """Receipts before format 3 name none."""
    return DialectName(_text(receipt, "dialect")) if "dialect" in receipt else DialectName.OPENAI


def restored(
    entry: _Entry, stored: Mapping[str, Evidence], texts: Mapping[tuple[str, int], str]
) -> Evidence:
    """Return one item of a receipt as it was shown; arguments and failures as of `replay`."""
    name = _text(entry, "id")
    if name not in stored:
        raise ValueError(f"evidence {name}: not stored")
    item = stored[name]
    observation = entry["observation"]
    if isinstance(observation, dict):
        item = with_value(item, _value(observation))
    else:
        item = _sliced(item, entry, texts)
    if item.digest != entry["digest"]:
        raise ValueError(f"evidence {name}: the stored text is not the one that was shown")
    return replace(
        item,
        corroborated_by=_texts(entry, "corroborated_by"),
        superseded_at=_time_or_none(entry, "superseded_at"),
        state=EvidenceState(_text(entry, "state")),
        time_flags=_texts(entry, "time_flags"),
        flags=tuple(_flag(each) for each in _objects(entry.get("flags"))),
    )


def _flag(entry: _Entry) -> ScreeningFlag:
    score = entry["score"]
    return ScreeningFlag(
        rule=_text(entry, "rule"),
        action=_text(entry, "action"),
        label=_text(entry, "label"),
        reason=_text(entry, "reason"),
        score=float(score) if isinstance(score, int | float) else None,
    )


def _sliced(item: Evidence, entry: _Entry, texts: Mapping[tuple[str, int], str]) -> Evidence:
    """Return the stretch of the document that was shown; receipts of format 1 name none."""
    start, end = entry.get("start"), entry.get("end")
    if not isinstance(start, int) or not isinstance(end, int):
        return item
    if item.start <= start and end <= item.end:
        text = item.text[start - item.start : end - item.start]
    elif (text_of_version := texts.get((item.document_id, item.version))) is not None:
        text = text_of_version[start:end]
    else:
        raise ValueError(f"evidence {item.id}: the text of its document is not given")
    return replace(item, text=text, start=start, end=end)


def _value(entry: _Entry) -> ValueAt:
    previous = entry["previous"]
    return ValueAt(
        series=_text(entry, "series"),
        title=_text(entry, "title"),
        value=Decimal(_text(entry, "value")),
        unit=_text_or_none(entry, "unit"),
        currency=_text_or_none(entry, "currency"),
        valid_from=_time(entry, "valid_from"),
        valid_until=_time_or_none(entry, "valid_until"),
        published_at=_time_or_none(entry, "published_at"),
        observed_at=_time(entry, "observed_at"),
        previous=_previous(previous) if isinstance(previous, dict) else None,
    )


def _previous(entry: _Entry) -> PreviousValue:
    return PreviousValue(Decimal(_text(entry, "value")), _time(entry, "valid_from"))


def frame_of(receipt: _Entry) -> Frame:
    """Return the instants, the zone and the freshness that a receipt's prompt was made under."""
    rendering = receipt.get("rendering")
    rendering = rendering if isinstance(rendering, dict) else {}
    version = rendering.get("neutraliser", 1)
    if version not in (1, neutralise.VERSION):
        raise ValueError(f"receipt: neutraliser {version} is not known here")
    return Frame(
        as_of=_time(receipt, "as_of"),
        known_at=_time(receipt, "known_at"),
        nonce=_text(receipt, "nonce"),
        timezone=_text(receipt, "timezone"),
        freshness={
            _text(entry, "source"): FreshnessStatus(_text(entry, "freshness"))
            for entry in entries_of(receipt)
        },
        base_url=_text_or_none(receipt, "base_url") if "base_url" in receipt else None,
        datamark=rendering.get("datamark") is True,
        neutraliser=1 if version == 1 else neutralise.VERSION,
    )


def entries_of(receipt: _Entry) -> list[_Entry]:
    """Return what a receipt says of each item that was shown, in the order of their numbers."""
    return _objects(receipt["evidence"])


def _objects(value: JsonValue) -> list[_Entry]:
    return [entry for entry in value if isinstance(entry, dict)] if isinstance(value, list) else []


def messages_of(receipt: _Entry) -> list[Message]:
    """Return the conversation as it was asked, without evidence."""
    return [*_objects(receipt["messages"])]


def _text(entry: _Entry, name: str) -> str:
    value = entry[name]
    if not isinstance(value, str):
        raise ValueError(f"receipt: {name}: expected a string")  # noqa: TRY004 - it is bad data
    return value


def _texts(entry: _Entry, name: str) -> tuple[str, ...]:
    value = entry[name]
    return tuple(map(str, value)) if isinstance(value, list) else ()


def _text_or_none(entry: _Entry, name: str) -> str | None:
    return None if entry[name] is None else _text(entry, name)


def _time(entry: _Entry, name: str) -> datetime:
    return datetime.fromisoformat(_text(entry, name))


def _time_or_none(entry: _Entry, name: str) -> datetime | None:
    return None if entry[name] is None else _time(entry, name)
