"""What the service answers about receipts: how they stand in the chain, then and now."""

from datetime import datetime
from typing import Any

from grounding.api.wire import Reply


class ReceiptStanding(Reply):
    """How a receipt stands in the chain; without faults it is what it was."""

    id: str
    valid: bool
    position: int | None
    is_signed: bool
    key: str | None
    body_sha256: str
    redacted_at: datetime | None
    faults: list[str]


class ReplayedPrompt(Reply):
    """A prompt made again from the stored versions; its parts are null where it cannot be."""

    id: str
    matches: bool
    expected_sha256: str | None
    rendered_sha256: str | None
    reason: str
    dialect: str | None
    messages: list[dict[str, Any]] | None
    text: str | None
    system: list[dict[str, Any]] | None
    documents: list[dict[str, Any]] | None


class ChangedItem(Reply):
    """An item of a prompt then and now: same, changed, added or gone."""

    change: str
    was: str | None
    now: str | None
    title: str
    value_was: str | None
    value_now: str | None


class ReceiptDifference(Reply):
    id: str
    at: datetime
    now_at: datetime
    is_same: bool
    items: list[ChangedItem]
