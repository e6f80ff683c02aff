"""Make what a connector returned fit to be stored, in every database, without losing an item.

PostgreSQL refuses U+0000 and indexes no key of many kilobytes; no UTF-8 text holds a lone
surrogate. Such input is hostile or broken, never a reason to lose the rest of a batch. Nor is
text kept that no reader sees, wherever it came from: a language model would read it.
"""

import hashlib
import math
import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime

from connectors.records import Document, JsonValue, Observation, Series, Span
from connectors.text.invisible import visible, without_invisible
from indexer.errors import UnstorableItem

RESERVED_KEYS = "~series/"
"""Keys that begin so are the cards of series; no connector's document may."""

LONGEST_KEY = 500
LONGEST_URL = 4_000
LONGEST_TITLE = 1_000
LONGEST_TEXT = 20_000_000
MOST_DIGITS = 60
_DEEPEST = 40
_SCRIPT = re.compile(r"(javascript|vbscript|data):", re.IGNORECASE)
_IGNORED_IN_URLS = re.compile(r"[\x00-\x20]")  # browsers find a script between them, too


def document(given: Document) -> Document:
    """Return the document with storable texts, a bounded key and UTC times.

    Raises:
        UnstorableItem: it has no key, no text and no title, is too long, or a time is naive.
    """
    identity = _identity(given.key)
    if identity.startswith(RESERVED_KEYS):
        raise UnstorableItem(f"keys beginning {RESERVED_KEYS} are kept for series")
    _require_order(given.valid_from, given.valid_until)
    text, spans = _text_and_spans(given)
    title = _shown(given.title)[:LONGEST_TITLE]
    if not text.strip() and not title.strip():
        raise UnstorableItem("document has neither text nor title")
    if len(text) > LONGEST_TEXT:
        raise UnstorableItem(f"text of {len(text)} characters, at most {LONGEST_TEXT} are stored")
    return replace(
        given,
        key=identity,
        text=text if text.strip() else title,
        title=title,
        url=_address(given.url),
        author=_short(given.author and _shown(given.author), LONGEST_TITLE),
        language=_short(given.language, 40),
        media_type=_short(given.media_type, 120),
        published_at=instant(given.published_at, "published_at"),
        updated_at=instant(given.updated_at, "updated_at"),
        valid_from=instant(given.valid_from, "valid_from"),
        valid_until=instant(given.valid_until, "valid_until"),
        metadata=_metadata(given.metadata),
        time_flags=tuple(clean(flag)[:200] for flag in given.time_flags),
        spans=spans,
        volatile=_volatile(given),
    )


def series(given: Series) -> Series:
    """Return the series with storable texts and a bounded key.

    Raises:
        UnstorableItem: it has no key, or its metadata cannot be stored.
    """
    identity = _identity(given.key)
    return replace(
        given,
        key=identity,
        title=_shown(given.title)[:LONGEST_TITLE] or identity,
        unit=_short(given.unit, LONGEST_TITLE),
        currency=_short(given.currency, LONGEST_TITLE),
        cadence=_short(given.cadence, LONGEST_TITLE),
        zone=_short(given.zone, LONGEST_TITLE),
        venue=_short(given.venue, LONGEST_TITLE),
        description=_shown(given.description),
        url=_address(given.url),
        aliases=tuple(map(_shown, given.aliases)),
        metadata=_metadata(given.metadata),
    )


def observation(given: Observation) -> Observation:
    """Return the observation with a bounded key and UTC times.

    Raises:
        UnstorableItem: the value is not a finite number of sane length, or a time is naive.
    """
    if not given.value.is_finite():
        raise UnstorableItem(f"value {given.value} is not a finite number")
    # The exponent first: written out, 1e999999999 is a gigabyte.
    is_huge = abs(given.value.adjusted()) > MOST_DIGITS
    if is_huge or len(format(given.value, "f")) > MOST_DIGITS:
        raise UnstorableItem(f"value {given.value:e} has more than {MOST_DIGITS} digits")
    begins = instant(given.valid_from, "valid_from")
    if begins is None:
        raise UnstorableItem("observation has no time")
    _require_order(begins, given.valid_until)
    return replace(
        given,
        series=key(given.series),
        valid_from=begins,
        valid_until=instant(given.valid_until, "valid_until"),
        published_at=instant(given.published_at, "published_at"),
    )


def key(given: str) -> str:
    """Return a key of at most `LONGEST_KEY` characters; a longer one ends in its digest."""
    cleaned = clean(given)
    if len(cleaned) <= LONGEST_KEY:
        return cleaned
    digest = hashlib.sha256(cleaned.encode()).hexdigest()
    return f"{cleaned[: LONGEST_KEY - 72]}#sha256:{digest}"


def clean(text: str) -> str:
    if text.isascii():
        return text.replace("\x00", "")
    return text.replace("\x00", "").encode("utf-8", "replace").decode("utf-8")


def _shown(text: str) -> str:
    return without_invisible(clean(text))


def instant(given: datetime | None, name: str) -> datetime | None:
    if given is None:
        return None
    if given.tzinfo is None:
        raise UnstorableItem(f"{name} {given.isoformat()} has no time zone")
    try:
        return given.astimezone(UTC)
    except OverflowError as error:
        raise UnstorableItem(f"{name} {given.isoformat()} is outside the calendar") from error


def _require_order(begins: datetime | None, ends: datetime | None) -> None:
    start, end = instant(begins, "valid_from"), instant(ends, "valid_until")
    if start is not None and end is not None and end < start:
        raise UnstorableItem(
            f"valid_until {end.isoformat()} is before valid_from {start.isoformat()}"
        )


def _text_and_spans(given: Document) -> tuple[str, tuple[Span, ...]]:
    """Return the text as a reader sees it, and its spans where they are in that text."""
    text = clean(given.text)
    spans = _spans(given, text)
    if not spans:
        return without_invisible(text), ()
    shown = visible(text)
    moved = (
        replace(span, start=shown.place(span.start), end=shown.place(span.end)) for span in spans
    )
    return shown.text, tuple(span for span in moved if span.start < span.end)


def _spans(given: Document, text: str) -> tuple[Span, ...]:
    """Return the spans with UTC times.

    Raises:
        UnstorableItem: they are out of order, overlap, lie outside the text, or count characters
            that were taken out of it.
    """
    if not given.spans:
        return ()
    if len(text) != len(given.text):
        raise UnstorableItem("spans of a text that holds U+0000 cannot be placed")
    for span in given.spans:
        _require_order(span.valid_from, span.valid_until)
    bounds = [0, *(place for span in given.spans for place in (span.start, span.end)), len(text)]
    if bounds != sorted(bounds) or any(span.start == span.end for span in given.spans):
        raise UnstorableItem("spans must be in order, not overlap and lie inside the text")
    return tuple(
        replace(
            span,
            valid_from=instant(span.valid_from, "valid_from of a span"),
            valid_until=instant(span.valid_until, "valid_until of a span"),
        )
        for span in given.spans
    )


def _identity(given: str) -> str:
    identity = key(given)
    if not identity:
        raise UnstorableItem("item has no key")
    return identity


def _short(text: str | None, most: int) -> str | None:
    return None if text is None else clean(text)[:most]


def _address(given: str | None) -> str | None:
    """Return an address to show as a link.

    Raises:
        UnstorableItem: whoever follows it would run a script.
    """
    address = _short(given, LONGEST_URL)
    if address is not None and _SCRIPT.match(_IGNORED_IN_URLS.sub("", address)):
        raise UnstorableItem("url is a script, not an address")
    return address


def _metadata(given: Mapping[str, JsonValue]) -> dict[str, JsonValue]:
    return {clean(name): _json(value, _DEEPEST) for name, value in given.items()}


def _volatile(given: Document) -> tuple[str, ...]:
    """Return the names, as they are stored, of metadata that count as no change."""
    if isinstance(given.volatile, str):
        raise UnstorableItem(f"volatile {given.volatile!r} is a text, not names of metadata")
    return tuple(sorted({clean(name) for name in given.volatile}))


def _json(value: JsonValue, depth: int) -> JsonValue:
    if depth == 0:
        raise UnstorableItem("metadata is nested too deeply")
    if isinstance(value, str):
        return _shown(value)
    if isinstance(value, list):
        return [_json(item, depth - 1) for item in value]
    if isinstance(value, dict):
        return {clean(name): _json(item, depth - 1) for name, item in value.items()}
    if isinstance(value, float) and not math.isfinite(value):
        return None  # JSON has no other word for it
    return value
