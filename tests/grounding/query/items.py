"""Evidence to rank, pack and render; every field has a value unless a test gives another."""

import itertools
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from grounding.query.records import (
    Candidate,
    Evidence,
    EvidenceKind,
    Frame,
    FreshnessStatus,
    PreviousValue,
    Scores,
    ValueAt,
)
from grounding.query.statement import with_value

NOW = datetime(2026, 11, 21, 6, 30, tzinfo=UTC)
NONCE = "5f1c9a2b7d3e4f60"

_chunks = itertools.count(1)


def evidence(text: str = "Rain is expected.", **changes: Any) -> Evidence:
    item = Evidence(
        document_id="0123456789abcdef01234567",
        version=1,
        ordinal=0,
        kind=EvidenceKind.DOCUMENT,
        title="Forecast",
        text=text,
        start=0,
        end=len(text),
        source="weather",
        source_kind="feed",
        collection="default",
        valid_from=NOW - timedelta(hours=2),
        observed_at=NOW - timedelta(hours=1),
        checked_at=NOW,
        published_at=NOW - timedelta(hours=2),
    )
    return replace(item, **changes)


def candidate(text: str = "Rain is expected.", *, score: float = 1.0, **changes: Any) -> Candidate:
    chunk = next(_chunks)
    changes = {"document_id": f"{chunk:024x}"} | changes
    return Candidate(chunk, evidence(text, **changes), Scores(fused=score))


def brent(**changes: Any) -> ValueAt:
    value = ValueAt(
        series="brent",
        title="Brent crude oil spot price",
        value=Decimal("84.12"),
        unit="barrel",
        currency="USD",
        valid_from=datetime(2026, 11, 20, tzinfo=UTC),
        observed_at=datetime(2026, 11, 20, 18, tzinfo=UTC),
        previous=PreviousValue(Decimal("83.90"), datetime(2026, 11, 19, tzinfo=UTC)),
    )
    return replace(value, **changes)


def brent_card(**changes: Any) -> Evidence:
    return evidence(
        "Brent crude oil spot price, USD per barrel, daily", **{"source": "eia"} | changes
    )


def brent_evidence() -> Evidence:
    return with_value(brent_card(), brent())


def frame(**changes: Any) -> Frame:
    usual = Frame(
        as_of=NOW,
        known_at=NOW,
        nonce=NONCE,
        freshness={"weather": FreshnessStatus.PASS, "eia": FreshnessStatus.WARN},
    )
    return replace(usual, **changes)
