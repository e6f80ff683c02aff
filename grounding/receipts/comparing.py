"""Compare a prompt with what the same question would be answered with now."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from connectors.records import JsonValue
from grounding.query.pipeline import Composed, Retrieval, composed
from grounding.query.question import Filters, Limits, Share
from grounding.query.records import DialectName, Evidence
from grounding.query.replay import entries_of, messages_of
from grounding.query.statement import plain
from grounding.query.times import instant


class Change(StrEnum):
    """What became of an item since."""

    SAME = "same"
    CHANGED = "changed"
    """Another version of the document, or another value of the series, is shown now."""
    ADDED = "added"
    GONE = "gone"


@dataclass(frozen=True, slots=True)
class Item:
    """An item then and now. was, now: evidence ids; None where it was or is not shown.

    value_was, value_now: for a series, with the time from which on each holds.
    """

    change: Change
    was: str | None
    now: str | None
    title: str
    value_was: str | None = None
    value_now: str | None = None


@dataclass(frozen=True, slots=True)
class Difference:
    """A prompt then and now. at: when it was made; now_at: the present."""

    id: str
    at: datetime
    now_at: datetime
    items: tuple[Item, ...]

    @property
    def is_same(self) -> bool:
        return all(item.change is Change.SAME for item in self.items)


def difference(receipt_id: str, receipt: Mapping[str, JsonValue], using: Retrieval) -> Difference:
    """Ask the question of a receipt again, now, with everything else as it was.

    Raises:
        InvalidQuestion: it cannot be asked any more, such as of a source that is gone.
    """
    made = again(receipt, using)
    return Difference(
        id=receipt_id,
        at=datetime.fromisoformat(str(receipt["created_at"])),
        now_at=made.found.moment.now,
        items=tuple(_items(entries_of(receipt), _shown(made))),
    )


def again(receipt: Mapping[str, JsonValue], using: Retrieval) -> Composed:
    """Compose the prompt of a receipt anew at the present."""
    options: Mapping[str, Any] = receipt["options"]  # type: ignore[assignment]  # JSON, ours
    return composed(
        messages_of(receipt),
        filters_of(options),
        limits=limits_of(options),
        timezone=str(receipt["timezone"]),
        tokenizer=_tokenizer(options, using),
        question=options.get("question"),
        dialect=DialectName(str(receipt.get("dialect", "openai"))),
        retrieval=using,
    )


def filters_of(options: Mapping[str, Any]) -> Filters:  # Any: JSON
    """Return the filters of a receipt, but for the instants: those are the present."""
    age = options.get("max_age_seconds")
    return Filters(
        published_after=_time(options.get("published_after")),
        published_before=_time(options.get("published_before")),
        max_age=None if age is None else timedelta(seconds=age),
        sources=_set(options.get("sources")),
        collections=_set(options.get("collections")),
        include_domains=_set(options.get("include_domains")),
        include_history=bool(options.get("include_history")),
        interpret=bool(options.get("interpret", True)),
        exact=bool(options.get("exact")),
    )


def limits_of(options: Mapping[str, Any]) -> Limits:  # Any: JSON
    return Limits(
        token_budget=options["token_budget"],
        max_items=options["max_items"],
        max_per_source=options.get("max_per_source"),
        per_source={
            name: Share(least=share["min"], most=share["max"])
            for name, share in (options.get("per_source") or {}).items()
        },
        diversity=options.get("diversity") or 0.0,
    )


def _tokenizer(options: Mapping[str, Any], using: Retrieval) -> str | None:
    """Return the tokenizer of then; None if it was the one that is taken anyway."""
    name = options.get("tokenizer")
    return None if name == using.tokens.counter(None).name else name


def _shown(made: Composed) -> list[Evidence]:
    return [candidate.evidence for candidate in made.context.packed.candidates]


def _items(before: Sequence[Mapping[str, JsonValue]], after: Sequence[Evidence]) -> list[Item]:
    """Pair items by document, each once, in the order of then; what is new comes last."""
    left = list(after)
    found = []
    for entry in before:
        document = str(entry["id"]).partition("@")[0]
        same = [each for each in left if each.document_id == document]
        exact = [each for each in same if each.id == entry["id"]]
        now = next(iter(exact or same), None)
        if now is not None:
            left.remove(now)
        found.append(_item(entry, now))
    return [*found, *(_added(each) for each in left)]


def _item(entry: Mapping[str, JsonValue], now: Evidence | None) -> Item:
    was, value = str(entry["id"]), entry.get("observation")
    then = _value_of(value) if isinstance(value, dict) else None
    if now is None:
        title = str(value["title"]) if isinstance(value, dict) else ""
        return Item(Change.GONE, was, None, title, then, None)
    today = _value_now(now)
    version = was.partition("#")[0]
    is_same = now.id.partition("#")[0] == version and then == today
    return Item(Change.SAME if is_same else Change.CHANGED, was, now.id, now.title, then, today)


def _added(now: Evidence) -> Item:
    return Item(Change.ADDED, None, now.id, now.title, None, _value_now(now))


def _value_of(value: Mapping[str, JsonValue]) -> str:
    at = instant(datetime.fromisoformat(str(value["valid_from"])))
    return f"{value['value']} from {at}"


def _value_now(evidence: Evidence) -> str | None:
    value = evidence.observation
    return None if value is None else f"{plain(value.value)} from {instant(value.valid_from)}"


def _time(written: str | None) -> datetime | None:
    return None if written is None else datetime.fromisoformat(written)


def _set(names: Sequence[str] | None) -> frozenset[str] | None:
    return None if names is None else frozenset(names)
