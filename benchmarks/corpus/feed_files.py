"""The four feed suites: which files they hold, and what each says should be read of them."""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from benchmarks.corpus.instants import instant_of
from benchmarks.corpus.records import Expectations, Expected, Recording, Value
from benchmarks.corpus.statements import commented, content_type, stated

MEDIA_TYPES = {
    ".atom": "application/atom+xml",
    ".json": "application/feed+json",
    ".rss": "application/rss+xml",
    ".xml": "application/xml",
}
NO_FEEDS = ("_expected.json", ".serde.json")

# An object out of a suite's JSON: nested, untyped, anything may be missing.
Raw = Mapping[str, Any]


def feedparser_recordings(folder: Path) -> list[Recording]:
    """Take the content types from the comments, where there is one."""
    return [
        Recording(
            "feeds_feedparser",
            str(file.relative_to(folder)),
            file,
            "feed",
            content_type(commented(file.read_bytes()), default=MEDIA_TYPES[file.suffix]),
        )
        for file in _files(folder / "feeds_feedparser" / "tests")
    ]


def gofeed_recordings(folder: Path) -> list[Recording]:
    """Every XML file, and the JSON files that are feeds themselves."""
    root = folder / "feeds_gofeed" / "testdata"
    return [
        _recording("feeds_gofeed", file, folder)
        for file in _files(root)
        if file.suffix == ".xml" or (file.parent.name in {"json", "invalid"} and _is_feed(file))
    ]


def feedrs_recordings(folder: Path) -> list[Recording]:
    root = folder / "feeds_feedrs" / "feed-rs" / "fixture"
    return [_recording("feeds_feedrs", file, folder) for file in _files(root) if _is_feed(file)]


def rssparser_recordings(folder: Path) -> list[Recording]:
    root = folder / "feeds_rssparser" / "test" / "input"
    return [_recording("feeds_rssparser", file, folder) for file in _files(root)]


def feedparser_expectations(recording: Recording) -> Expectations | None:
    return stated(commented(recording.served()))


def gofeed_expectations(recording: Recording) -> Expectations | None:
    file = recording.file
    beside = file.with_suffix(".json") if file.suffix == ".xml" else _expected_beside(file)
    found = _loaded(beside)
    if found is None:
        return None
    items = found.get("items") or found.get("entries") or ()
    return _expectations(items, id="guid id", link="link url", title="title")


def feedrs_expectations(recording: Recording) -> Expectations | None:
    found = _loaded(recording.file.with_suffix(".serde.json"))
    if found is None:
        return None
    items = [{**item, "link": _first(item.get("links"))} for item in found["entries"]]
    return _expectations(items, id="id", link="link", title="title")


def rssparser_expectations(recording: Recording) -> Expectations | None:
    output = recording.file.parent.parent / "output" / f"{recording.file.stem}.json"
    found = _loaded(output)
    if found is None:
        return None
    return _expectations(found["feed"].get("items") or (), id="guid id", link="link", title="title")


def _expectations(items: Iterable[Raw], **names: str) -> Expectations:
    entries = [Expected(_claims(item, names)) for item in items]
    return Expectations(entries, count=len(entries))


def _claims(item: Raw, names: Mapping[str, str]) -> dict[str, Value]:
    texts = {
        name: next(filter(None, (_text(item.get(key)) for key in keys.split())), None)
        for name, keys in names.items()
    }
    dates = {
        "published": _date(
            item, "publishedParsed", "pubDateParsed", "isoDate", "published", "date_published"
        ),
        "updated": _date(item, "updatedParsed", "updated", "date_modified"),
    }
    return {name: value for name, value in {**texts, **dates}.items() if value is not None}


def _date(item: Raw, *keys: str) -> Value:
    return next(filter(None, (instant_of(item.get(key)) for key in keys)), None)


def _text(given: object) -> str | None:
    """Return a text, or the text in one of the shapes that the suites wrap it in."""
    if isinstance(given, Mapping):
        return _text(given.get("content") or given.get("value") or given.get("href"))
    return given if isinstance(given, str) and given else None


def _first(links: list[Raw] | None) -> object:
    return links[0] if links else None


def _recording(suite: str, file: Path, folder: Path) -> Recording:
    return Recording(suite, str(file.relative_to(folder)), file, "feed", MEDIA_TYPES[file.suffix])


def _files(folder: Path) -> list[Path]:
    return sorted(file for file in folder.rglob("*.*") if file.suffix in MEDIA_TYPES)


def _is_feed(file: Path) -> bool:
    return not file.name.endswith(NO_FEEDS)


def _expected_beside(file: Path) -> Path:
    return file.with_name(f"{file.stem}_expected.json")


def _loaded(file: Path) -> Raw | None:
    if not file.is_file():
        return None
    found: Raw = json.loads(file.read_text(encoding="utf-8", errors="replace"))
    return found
