"""Feeds: RSS 0.9x to 2.0, RSS 1.0 (RDF), Atom, CDF and JSON Feed.

A feed is a window on the newest entries: what rolls out of it is not removed.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import ClassVar

from pydantic import Field

from connectors.clock import Clock
from connectors.dates import read_instant
from connectors.doubts import LONGEST_GIVEN, Reading, date_as_given, time_flags
from connectors.feeds.entries import Entry, Feed, parse_feed
from connectors.feeds.feed_rest import FeedRest, rest_seconds
from connectors.http.fetch import Fetcher
from connectors.http.hub import hub_as_cursor, hub_from_cursor, offered_hub
from connectors.location import Location, Zone, read_content
from connectors.records import Batch, Cursor, Document, Failure, JsonValue, Semantics
from connectors.text.fields import bounded_key, cut_at_sentence, digest_of, web_link
from connectors.text.language import language_of

UNDATED = datetime.min.replace(tzinfo=UTC)
# RFC 822 allows it, RFC 2822 says which century is meant: "1 Jan 04 19:48 GMT".
YEAR_OF_TWO_DIGITS = re.compile(r"((?:\w{3}, *)?\d{1,2} [A-Za-z]{3} )(\d{2})(?= \d{2}:\d{2})")
FIRST_YEAR_OF_OLD_CENTURY = 50


class FeedConnector:
    kind: ClassVar[str] = "feed"
    semantics = Semantics.APPEND_ONLY

    class Options(Location):
        """assumed_zone: for dates that name no zone. max_text_chars: longer texts are cut."""

        assumed_zone: Zone | None = None
        max_text_chars: int = Field(default=200_000, ge=1_000)

    def __init__(self, options: Options, *, source: str, fetcher: Fetcher, clock: Clock) -> None:
        self._options = options
        self._clock = clock
        self._source = source
        self._fetcher = fetcher

    def read(self, cursor: Cursor) -> Iterator[Batch]:
        content = read_content(self._options, cursor, source=self._source, fetcher=self._fetcher)
        if content.is_unmodified:
            yield self._with_wishes(content.unmodified(), content.cursor)
            return
        feed = parse_feed(
            content.body, source=self._source, address=content.address, charset=content.charset
        )
        documents, failures = [], []
        for key, entry in _keyed(feed.entries, self._options.assumed_zone):
            if _words(entry):
                documents.append(self._document(key, entry, feed))
            else:
                failures.append(Failure(key, "the entry has no text"))
        hub = content.hub or offered_hub(feed.hubs, feed.self_link, address=content.address)
        wishes = {**feed.rest.as_cursor(), **hub_as_cursor(hub)}
        content = replace(content, cursor={**content.cursor, **wishes})
        for batch in content.in_batches(documents=documents, failures=failures):
            yield self._with_wishes(batch, content.cursor)

    def _with_wishes(self, batch: Batch, cursor: Cursor) -> Batch:
        """Say what the feed asks for and offers; a feed that is unmodified still does."""
        wish = rest_seconds(FeedRest.from_cursor(cursor), self._clock())
        longest = max(filter(None, (batch.rest_seconds, wish)), default=None)
        return replace(batch, rest_seconds=longest, hub=batch.hub or hub_from_cursor(cursor))

    def _document(self, key: str, entry: Entry, feed: Feed) -> Document:
        published, updated, expires = (
            _reading(date, self._options.assumed_zone)
            for date in (entry.published, entry.updated, entry.expires)
        )
        words = _words(entry)
        text = cut_at_sentence(words, self._options.max_text_chars)
        language = language_of(text, entry.language, feed.language)
        return Document(
            key=key,
            text=text,
            title=entry.title,
            url=web_link(entry.link),
            author=entry.author or None,
            language=language.tag,
            published_at=published.instant,
            updated_at=updated.instant,
            valid_until=expires.instant,
            metadata={
                **_metadata(
                    entry,
                    feed,
                    is_truncated=text != words,
                    unread=date_as_given(published, updated),
                ),
                **language.metadata,
            },
            volatile=tuple(language.metadata),
            time_flags=time_flags(published_at=published, updated_at=updated, valid_until=expires),
        )


def _keyed(entries: Sequence[Entry], zone: str | None) -> list[tuple[str, Entry]]:
    """Give every entry its key: its id, else its link, else what it says.

    Entries that share an id and differ in link, title or undated text are different items of a
    careless feed; those that differ in nothing, or in their dates too, are versions of one.
    """
    sharing: dict[str, list[Entry]] = defaultdict(list)
    for entry in entries:
        sharing[_identity(entry)].append(entry)
    keyed = []
    for identity, group in sharing.items():
        items = _newest_versions(group, zone)
        for entry in items:
            suffix = f"#{digest_of(*_item_of(entry))}" if len(items) > 1 else ""
            keyed.append((identity + suffix, entry))
    return keyed


def _identity(entry: Entry) -> str:
    given = entry.id or entry.link
    return bounded_key(given) if given else digest_of(entry.title, entry.published, entry.text)


def _newest_versions(group: Iterable[Entry], zone: str | None) -> list[Entry]:
    newest: dict[tuple[str, ...], Entry] = {}
    for entry in group:
        rival = newest.get(_item_of(entry))
        if rival is None or _last_dated(entry, zone) > _last_dated(rival, zone):
            newest[_item_of(entry)] = entry
    return list(newest.values())


def _item_of(entry: Entry) -> tuple[str, ...]:
    is_dated = bool(entry.published or entry.updated)
    return (entry.link, entry.title, "" if is_dated else entry.text)


def _last_dated(entry: Entry, zone: str | None) -> datetime:
    updated, published = (_reading(date, zone) for date in (entry.updated, entry.published))
    return updated.instant or published.instant or UNDATED


def _reading(given: str, zone: str | None) -> Reading:
    short = YEAR_OF_TWO_DIGITS.match(given)
    if short is None:
        return _in_any_language(given, zone)
    century = 1900 if int(short[2]) >= FIRST_YEAR_OF_OLD_CENTURY else 2000
    year = century + int(short[2])
    reading = _in_any_language(f"{short[1]}{year}{given[short.end() :]}", zone)
    if reading.instant is None:
        return replace(reading, given=given[:LONGEST_GIVEN])
    return reading.doubted(f"has a year of two digits, read as {year}")


def _in_any_language(given: str, zone: str | None) -> Reading:
    """Read a date, at need without its weekday, which says nothing that the date does not."""
    reading = read_instant(given, assumed_zone=zone)
    if reading.instant is not None:
        return reading
    without_weekday = read_instant(given.rpartition(",")[2], assumed_zone=zone)
    return without_weekday if without_weekday.instant else reading


def _words(entry: Entry) -> str:
    """Return the entry's text, or the most telling of the little that it has."""
    stand_ins = (entry.title, entry.link, *entry.enclosures, ", ".join(entry.tags))
    last = (entry.author, entry.id, entry.published, entry.updated)
    return next(filter(None, (entry.text, *stand_ins, *last)), "")


def _metadata(entry: Entry, feed: Feed, *, is_truncated: bool, unread: str) -> dict[str, JsonValue]:
    found: dict[str, JsonValue] = {
        "feed": feed.title,
        "tags": list(entry.tags),
        "enclosures": list(entry.enclosures),
        "date_as_given": unread,
        "truncated": is_truncated,
    }
    return {name: value for name, value in found.items() if value}
