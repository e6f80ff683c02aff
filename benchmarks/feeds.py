"""Recorded feeds, and what an independent reader finds in them."""

import json
from dataclasses import dataclass
from pathlib import Path

import feedparser

from benchmarks.records import Context

NOT_FEEDS = (".md", ".serde.json")


@dataclass(frozen=True, slots=True)
class RecordedFeed:
    """One file, and what feedparser (for JSON Feed: the JSON itself) says about it.

    entries: without exact duplicates.
    defect: why it is not a well-formed feed; None if it is one.
    """

    file: Path
    entries: int
    defect: str | None


def recorded_feeds(context: Context) -> list[RecordedFeed]:
    inputs = context.archive("feeds_rssparser") / "feeds_rssparser" / "test" / "input"
    fixtures = context.archive("feeds_feedrs") / "feeds_feedrs" / "feed-rs" / "fixture"
    files = [file for folder in (inputs, fixtures) for file in sorted(folder.rglob("*.*"))]
    return [_read(file) for file in files if not file.name.endswith(NOT_FEEDS)]


def _read(file: Path) -> RecordedFeed:
    return _read_json(file) if file.suffix == ".json" else _read_xml(file)


def _read_xml(file: Path) -> RecordedFeed:
    parsed = feedparser.parse(file.read_bytes())
    entries = len({json.dumps(entry, sort_keys=True, default=str) for entry in parsed.entries})
    if parsed.bozo:
        return RecordedFeed(file, entries, str(parsed.bozo_exception))
    return RecordedFeed(file, entries, None if parsed.version else "not a feed")


def _read_json(file: Path) -> RecordedFeed:
    items = json.loads(file.read_bytes())["items"]
    return RecordedFeed(file, len({json.dumps(item, sort_keys=True) for item in items}), None)
