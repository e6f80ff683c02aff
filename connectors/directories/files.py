"""A directory of Markdown, HTML, text, reStructuredText and PDF files, here or behind a URL.

    place ─ listing ─▶ stamps, compared with the cursor ─▶ changed files ─ read_text ─▶ documents

Each read lists everything and reads what changed. A directory that is missing or empty is taken
for one that is not mounted: it removes nothing.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import ClassVar, Self
from urllib.parse import quote

from pydantic import Field, field_validator, model_validator
from pydantic import JsonValue as Json

from connectors.clock import Clock
from connectors.directories.directory import Directory, Listing, Place, Stamp
from connectors.directories.remote import RemoteDirectory, protocols_of
from connectors.errors import ItemFailed
from connectors.http.fetch import Fetcher
from connectors.location import WebAddress, Zone
from connectors.protocol import Options as BaseOptions
from connectors.records import Batch, Cursor, Document, Failure, JsonValue, Semantics
from connectors.text.fields import cut_at_sentence, digest_of
from connectors.text.formats import read_text
from connectors.text.language import language_of
from connectors.text.markup import Page

FILES_PER_BATCH = 50
READ_BY_DEFAULT = ("*.md", "*.markdown", "*.html", "*.htm", "*.txt", "*.rst", "*.pdf")


class FilesConnector:
    kind: ClassVar[str] = "files"
    semantics = Semantics.SNAPSHOT

    class Options(BaseOptions):
        """Exactly one of `path` and `url`; `storage_options` go with `url` and may name secrets.

        base_url: where the files are published, to which their paths are added. zone: of times
        that name none.
        """

        path: Path | None = None
        url: str | None = None
        storage_options: dict[str, Json] = Field(default_factory=dict)
        include: tuple[str, ...] = READ_BY_DEFAULT
        exclude: tuple[str, ...] = ()
        base_url: WebAddress | None = None
        zone: Zone | None = None
        max_bytes: int = Field(default=20_000_000, gt=0)
        max_text_chars: int = Field(default=1_000_000, ge=1_000)

        @field_validator("url")
        @classmethod
        def _is_harmless(cls, url: str | None) -> str | None:
            if url is not None:
                protocols_of(url)
            return url

        @model_validator(mode="after")
        def _is_one_place(self) -> Self:
            if (self.url is None) == (self.path is None):
                raise ValueError("give exactly one of path and url")
            if self.storage_options and self.url is None:
                raise ValueError("storage_options go with url, not with path")
            return self

        @model_validator(mode="after")
        def _patterns_stay_below(self) -> Self:
            for pattern in (*self.include, *self.exclude):
                if not pattern.strip("/") or pattern.startswith("/") or ".." in pattern.split("/"):
                    raise ValueError(f"pattern {pattern!r} is not relative to path")
            return self

    def __init__(self, options: Options, *, source: str, fetcher: Fetcher, clock: Clock) -> None:
        del fetcher, clock  # not the web, and dated by the file system
        self._options = options
        self._source = source

    def read(self, cursor: Cursor) -> Iterator[Batch]:
        options = digest_of(self._options.model_dump_json())
        known = _entries(cursor) if cursor.get("options") == options else {}
        place = self._place()
        listing = place.listing(include=self._options.include, exclude=self._options.exclude)
        if not listing.stamps and not listing.failures:
            cursor = {"options": options, "files": {**known}}
            yield Batch(cursor, is_unmodified=not known)
            return
        changed = [key for key, stamp in listing.stamps.items() if not _has_seen(known, key, stamp)]
        entries = dict(known)
        for start in range(0, len(changed), FILES_PER_BATCH):
            stamps = {key: listing.stamps[key] for key in changed[start : start + FILES_PER_BATCH]}
            batch = self._read(place, stamps, entries)
            yield replace(batch, cursor={"options": options, "files": {**entries}})
        closing = _closing(listing, entries, changed)
        yield replace(closing, cursor={"options": options, **closing.cursor})

    def _place(self) -> Place:
        if self._options.url is not None:
            options = self._options.storage_options
            return RemoteDirectory(self._options.url, options, source=self._source)
        return Directory(self._options.path or Path(), source=self._source)

    def _read(
        self, place: Place, stamps: Mapping[str, Stamp], entries: dict[str, JsonValue]
    ) -> Batch:
        """Read files, and note in `entries` which are not to be read again until they change."""
        documents, failures, bytes_read = [], [], 0
        for key, stamp in stamps.items():
            entries.pop(key, None)
            try:
                body = self._body(place, key, stamp)
                bytes_read += len(body)
                documents.append(self._document(key, stamp, body))
                entries[key] = [stamp.mark, stamp.size]
            except ItemFailed as error:
                failures.append(Failure(key, str(error)))
                entries[key] = [stamp.mark, stamp.size, str(error)]
            except OSError as error:
                failures.append(Failure(key, f"the file cannot be read: {error.strerror}"))
        return Batch(
            {}, documents=tuple(documents), failures=tuple(failures), bytes_read=bytes_read
        )

    def _body(self, place: Place, key: str, stamp: Stamp) -> bytes:
        limit = self._options.max_bytes
        body = place.read(key, max_bytes=limit) if (stamp.size or 0) <= limit else None
        if body is None or len(body) > limit:
            raise ItemFailed(f"the file is larger than max_bytes = {limit}")
        return body

    def _document(self, key: str, stamp: Stamp, body: bytes) -> Document:
        found = read_text(key, body, zone=self._options.zone)
        page, base = found.page, self._options.base_url
        text = cut_at_sentence(page.text, self._options.max_text_chars)
        language = language_of(text, page.language)
        return Document(
            key=key,
            text=text,
            title=page.title,
            url=f"{base.rstrip('/')}/{quote(key)}" if base else None,
            author=page.author,
            language=language.tag,
            media_type=found.media_type,
            published_at=page.published_at,
            updated_at=page.updated_at or stamp.modified_at,
            metadata={
                **found.fields,
                **_remarks(page, is_truncated=text != page.text),
                **language.metadata,
            },
            time_flags=page.time_flags,
            volatile=tuple(language.metadata),
        )


def _remarks(page: Page, *, is_truncated: bool) -> dict[str, JsonValue]:
    remarks: dict[str, JsonValue] = {"date_as_given": page.date_as_given, "truncated": is_truncated}
    return {name: value for name, value in remarks.items() if value}


def _entries(cursor: Cursor) -> dict[str, JsonValue]:
    entries = cursor.get("files")
    return dict(entries) if isinstance(entries, dict) else {}


def _has_seen(known: Mapping[str, JsonValue], key: str, stamp: Stamp) -> bool:
    entry = known.get(key)
    return isinstance(entry, list) and entry[:2] == [stamp.mark, stamp.size]


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
