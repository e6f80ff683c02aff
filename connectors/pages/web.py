"""Single pages of the web, named one by one.

    urls ─ visit, a few at a time ─▶ Batch: documents, unchanged, removed, failures

The cursor moves with every batch, so a read that was cut short goes on where it was. A page that
fails keeps what was read before; when no page can be read, the source has failed.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import ClassVar, Self

from pydantic import Field, field_validator, model_validator

from connectors.clock import Clock
from connectors.http.fetch import Fetcher
from connectors.location import WebAddress
from connectors.pages.page_document import Listed
from connectors.pages.pages import (
    Known,
    PageOptions,
    PageReader,
    Visit,
    batch_of,
    confirm_all,
    known_pages,
    pages_cursor,
    require_one,
)
from connectors.records import Batch, Cursor, JsonValue, Semantics
from connectors.text.fields import bounded_key

PAGES_PER_BATCH = 10
MOST_PAGES = 1_000


class WebConnector:
    kind: ClassVar[str] = "web"
    semantics = Semantics.KEYED_LATEST

    class Options(PageOptions):
        """`urls`, or `url` where there is only one."""

        url: WebAddress | None = None
        urls: tuple[WebAddress, ...] = Field(default=(), max_length=MOST_PAGES)

        @field_validator("urls")
        @classmethod
        def _are_different(cls, urls: tuple[str, ...]) -> tuple[str, ...]:
            return tuple(dict.fromkeys(urls))

        @model_validator(mode="after")
        def _names_pages(self) -> Self:
            if bool(self.url) == bool(self.urls):
                raise ValueError("give exactly one of url and urls")
            return self

        def addresses(self) -> tuple[str, ...]:
            return self.urls or (self.url or "",)

    def __init__(self, options: Options, *, source: str, fetcher: Fetcher, clock: Clock) -> None:
        self._options = options
        self._source = source
        self._reader = PageReader(options, source=source, fetcher=fetcher, clock=clock)

    def read(self, cursor: Cursor) -> Iterator[Batch]:
        pages = {bounded_key(address): address for address in self._options.addresses()}
        known = known_pages(cursor, self._options)
        left = _from_place([*pages], cursor.get("next"))
        dropped = tuple(key for key, each in known.items() if key not in pages and each.digest)
        known = {key: known.get(key, Known()) for key in pages}
        visits: list[Visit] = []
        while left:
            some, left = left[:PAGES_PER_BATCH], left[PAGES_PER_BATCH:]
            seen = [self._reader.visit(key, Listed(pages[key]), known[key]) for key in some]
            visits += seen
            # When a page was looked at is of no use here, and would make every read a change.
            known.update((each.key, replace(each.known, looked_at=0)) for each in seen)
            is_unmodified = not left and not dropped and confirm_all(visits)
            place: dict[str, JsonValue] = {"next": left[0]} if left else {}
            batch = batch_of(
                seen,
                {**pages_cursor(known, self._options), **place},
                removed=dropped,
                is_unmodified=is_unmodified,
            )
            yield batch if left else replace(batch, rest_seconds=_shortest_rest(visits))
            dropped = ()
        if len(visits) == len(pages):
            require_one(visits, source=self._source)


def _from_place(keys: Sequence[str], place: object) -> Sequence[str]:
    """Return the keys from where an earlier read was cut short."""
    return keys[keys.index(place) :] if isinstance(place, str) and place in keys else keys


def _shortest_rest(visits: Sequence[Visit]) -> float | None:
    """Return how long all pages still hold; None if of one nothing is known."""
    rests = [each.rest_seconds for each in visits]
    known = [each for each in rests if each is not None]
    return min(known) if len(known) == len(rests) else None
