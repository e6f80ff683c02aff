"""A directory of Markdown, HTML, text, reStructuredText and PDF files.

    root ─ list_files ─▶ stamps, compared with the cursor ─▶ changed files ─ read_text ─▶ documents

Each read lists everything and reads what changed. A directory that is missing or empty is taken
for one that is not mounted: it removes nothing.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import ClassVar, Self
from urllib.parse import quote

from pydantic import Field, model_validator

from connectors.clock import Clock
from connectors.directory import Listing, Stamp, list_files
from connectors.errors import ItemFailed, RetryLater, SourceBroken
from connectors.fetch import Fetcher
from connectors.fields import cut_at_sentence, digest_of, language_tag
from connectors.formats import read_text
from connectors.location import WebAddress
from connectors.markup import Page
from connectors.protocol import Options as BaseOptions
from connectors.records import Batch, Cursor, Document, Failure, JsonValue, Semantics

FILES_PER_BATCH = 50
READ_BY_DEFAULT = ("*.md", "*.markdown", "*.html", "*.htm", "*.txt", "*.rst", "*.pdf")


class FilesConnector:
    kind: ClassVar[str] = "files"
    semantics = Semantics.SNAPSHOT

    class Options(BaseOptions):
        """base_url: where the files are published, to which their paths are added."""

        path: Path
        include: tuple[str, ...] = READ_BY_DEFAULT
        exclude: tuple[str, ...] = ()
        base_url: WebAddress | None = None
        max_bytes: int = Field(default=20_000_000, gt=0)
        max_text_chars: int = Field(default=1_000_000, ge=1_000)

        @model_validator(mode="after")
        def _patterns_stay_below(self) -> Self:
            for pattern in (*self.include, *self.exclude):
                if not pattern.strip("/") or pattern.startswith("/") or ".." in pattern.split("/"):
                    raise ValueError(f"pattern {pattern!r} is not relative to path")
            return self

    def __init__(self, options: Options, *, source: str, fetcher: Fetcher, clock: Clock) -> None:
        del fetcher, clock  # local, and dated by the file system
        self._options = options
        self._source = source

    def read(self, cursor: Cursor) -> Iterator[Batch]:
        options = digest_of(self._options.model_dump_json())
        known = _entries(cursor) if cursor.get("options") == options else {}
        listing = self._listing()
        if not listing.stamps and not listing.failures:
            cursor = {"options": options, "files": {**known}}
            yield Batch(cursor, is_unmodified=not known)
            return
        changed = [key for key, stamp in listing.stamps.items() if not _has_seen(known, key, stamp)]
        entries = dict(known)
        for start in range(0, len(changed), FILES_PER_BATCH):
            batch = self._read(changed[start : start + FILES_PER_BATCH], listing, entries)
            yield replace(batch, cursor={"options": options, "files": {**entries}})
        closing = _closing(listing, entries, changed)
        yield replace(closing, cursor={"options": options, **closing.cursor})

    def _listing(self) -> Listing:
        root = self._options.path
        try:
            return list_files(root, include=self._options.include, exclude=self._options.exclude)
        except NotADirectoryError as error:
            raise SourceBroken(f"source {self._source}: {root} is not a directory") from error
        except OSError as error:
            reason = error.strerror or "unreadable"
            raise RetryLater(f"source {self._source}: cannot list {root}: {reason}") from error

    def _read(self, keys: Sequence[str], listing: Listing, entries: dict[str, JsonValue]) -> Batch:
        """Read files, and note in `entries` which are not to be read again until they change."""
        documents, failures = [], []
        for key in keys:
            stamp = listing.stamps[key]
            entries.pop(key, None)
            try:
                documents.append(self._document(key, stamp))
                entries[key] = [stamp.modified_ns, stamp.size]
            except ItemFailed as error:
                failures.append(Failure(key, str(error)))
                entries[key] = [stamp.modified_ns, stamp.size, str(error)]
            except OSError as error:
                failures.append(Failure(key, f"the file cannot be read: {error.strerror}"))
        return Batch(
            {},
            documents=tuple(documents),
            failures=tuple(failures),
            bytes_read=sum(listing.stamps[key].size for key in keys),
        )

    def _document(self, key: str, stamp: Stamp) -> Document:
        limit = self._options.max_bytes
        if stamp.size > limit:
            raise ItemFailed(f"the file is larger than max_bytes = {limit}")
        with (self._options.path / key).open("rb") as file:
            found = read_text(key, file.read(limit))
        page, base = found.page, self._options.base_url
        text = cut_at_sentence(page.text, self._options.max_text_chars)
        return Document(
            key=key,
            text=text,
            title=page.title,
            url=f"{base.rstrip('/')}/{quote(key)}" if base else None,
            author=page.author,
            language=language_tag(page.language),
            media_type=found.media_type,
            published_at=page.published_at,
            updated_at=page.updated_at or _modified_at(stamp),
            metadata={**found.fields, **_remarks(page, is_truncated=text != page.text)},
            time_flags=page.time_flags,
        )


def _remarks(page: Page, *, is_truncated: bool) -> dict[str, JsonValue]:
    remarks: dict[str, JsonValue] = {"date_as_given": page.date_as_given, "truncated": is_truncated}
    return {name: value for name, value in remarks.items() if value}


def _entries(cursor: Cursor) -> dict[str, JsonValue]:
    entries = cursor.get("files")
    return dict(entries) if isinstance(entries, dict) else {}


def _has_seen(known: Mapping[str, JsonValue], key: str, stamp: Stamp) -> bool:
    entry = known.get(key)
    return isinstance(entry, list) and entry[:2] == [stamp.modified_ns, stamp.size]


def _closing(listing: Listing, known: Mapping[str, JsonValue], changed: Sequence[str]) -> Batch:
    """Say what else was seen: files that are as they were, and those still unreadable.

    `known` tells of every file that was ever read; its cursor keeps those that are still there.
    """
    there = listing.stamps if listing.is_whole else {**known, **listing.stamps}
    standing = sorted(listing.stamps.keys() - set(changed))
    reasons = {key: _reason(known[key]) for key in standing}
    return Batch(
        {"files": {key: entry for key, entry in known.items() if key in there}},
        unchanged=tuple(key for key, reason in reasons.items() if not reason),
        failures=(
            *listing.failures,
            *(Failure(key, reason) for key, reason in reasons.items() if reason),
        ),
        is_complete=listing.is_whole,
        is_unmodified=not changed and known.keys() == there.keys(),
    )


def _reason(entry: JsonValue) -> str:
    return str(entry[2]) if isinstance(entry, list) and len(entry) > 2 else ""


def _modified_at(stamp: Stamp) -> datetime:
    return datetime.fromtimestamp(stamp.modified_ns / 1e9, tz=UTC)
