"""JSON endpoints and files: JMESPath expressions say where items are and what they mean.

A reply of several pages is read page by page: `next` finds the address of the page that follows,
or a `Link` header does.
"""

from collections.abc import Iterator
from typing import ClassVar
from urllib.parse import urljoin, urlsplit

from pydantic import Field

from connectors.clock import Clock
from connectors.endpoints.expressions import Expression, as_text, decoded, evaluate
from connectors.endpoints.mapped import Decoded, MappedOptions, mapped_batches, semantics_of
from connectors.errors import ItemFailed
from connectors.http.fetch import Fetcher
from connectors.location import Content, read_content
from connectors.records import Batch, Cursor, Semantics
from connectors.text.markup import decode

MOST_PAGES = 1_000


class JsonConnector:
    kind: ClassVar[str] = "json"
    semantics: Semantics

    class Options(MappedOptions):
        """next: finds the address of the next page in a reply. pages: how many to read at most."""

        next: Expression | None = None
        pages: int = Field(default=1, ge=1, le=MOST_PAGES)

    def __init__(self, options: Options, *, source: str, fetcher: Fetcher, clock: Clock) -> None:
        del clock  # every time comes from the items
        self._options = options
        self._source = source
        self._fetcher = fetcher
        self.semantics = semantics_of(options)

    def read(self, cursor: Cursor) -> Iterator[Batch]:
        content = read_content(self._options, cursor, source=self._source, fetcher=self._fetcher)
        if content.is_unmodified:
            yield content.unmodified()
            return
        yield from mapped_batches(
            content, self._options, source=self._source, decoded=self._decoded
        )

    def _decoded(self, first: Content) -> Decoded:
        pages = [_value(first)]
        further, address, content = 0, self._options.url or "", first
        while self._options.pages > 1 and (link := self._next(content, pages[-1], address)):
            if len(pages) == self._options.pages:
                return Decoded(pages, is_whole=False, bytes_read=further)
            # What the link needs of the parameters it has; the headers may hold a credential.
            place = self._options.model_copy(update={"url": link, "params": {}})
            content = read_content(place, {}, source=self._source, fetcher=self._fetcher)
            pages.append(_value(content))
            further, address = further + content.bytes_read, link
        return Decoded(pages, bytes_read=further)

    def _next(self, content: Content, value: object, address: str) -> str:
        """Return the address of the page after this one, "" after the last.

        Raises:
            ItemFailed: it is on another server, to which no credential may go.
        """
        if self._options.next is not None:
            link = as_text(evaluate(self._options.next, value))
        else:
            link = next((each.url for each in content.links if "next" in each.rels), "")
        link = urljoin(address, link) if link else ""
        if link and urlsplit(link)[:2] != urlsplit(address)[:2]:
            raise ItemFailed("next leads to another server than that of url")
        return "" if link == address else link


def _value(content: Content) -> object:
    try:
        return decoded(decode(content.body, content.charset))
    except ValueError as error:
        raise ItemFailed(f"not JSON: {error}") from error
