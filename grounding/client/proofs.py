"""What the service says about receipts: how they stand, their prompts again, and now."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from connectors.records import JsonValue


@dataclass(frozen=True, slots=True)
class ReceiptStanding:
    """How a receipt stands in the chain; valid: it is what it was when it was made."""

    id: str
    valid: bool
    position: int | None
    is_signed: bool
    key: str | None
    body_sha256: str
    redacted_at: datetime | None
    faults: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ReplayedPrompt:
    """A prompt made again; matches: it is the same, byte for byte. reason: why it is not."""

    id: str
    matches: bool
    expected_sha256: str | None
    rendered_sha256: str | None
    reason: str
    dialect: str | None
    messages: tuple[Mapping[str, JsonValue], ...] | None
    text: str | None
    system: tuple[Mapping[str, JsonValue], ...] | None
    documents: tuple[Mapping[str, JsonValue], ...] | None


@dataclass(frozen=True, slots=True)
class ChangedItem:
    """An item of a prompt then and now; change: "same", "changed", "added" or "gone"."""

    change: str
    was: str | None
    now: str | None
    title: str
    value_was: str | None
    value_now: str | None


@dataclass(frozen=True, slots=True)
class ReceiptDifference:
    """A prompt, and what its question would be answered with now."""

    id: str
    at: datetime
    now_at: datetime
    is_same: bool
    items: tuple[ChangedItem, ...]
