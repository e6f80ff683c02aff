"""All pages that the sitemaps of a site list: indexes followed, bounded, of this site only.

roots ─ fetch ─ parse_sitemap ─┬▶ pages that are wanted ─▶ Listing
                ▲              └▶ further sitemaps ─┐
                └───────────────────────────────────┘
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from urllib.parse import urlsplit

from connectors.errors import ItemFailed, RetryLater, SourceBroken
from connectors.http.reply import Reply, Validators
from connectors.pages.page_document import Listed
from connectors.pages.sitemap_file import SitemapFile, parse_sitemap
from connectors.records import Failure
from connectors.text.fields import bounded_key
from connectors.text.links import site_of

MOST_SITEMAPS = 500
DEEPEST_INDEX = 3

Ask = Callable[[str], Reply]


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which listed pages are read: of these sites, chosen by their path, at most so many."""

    sites: frozenset[str]
    is_chosen: Callable[[str], bool]
    most: int


@dataclass(frozen=True, slots=True)
class Listing:
    """Listed pages by their key.

    is_whole: no sitemap failed and nothing was cut off. validators: of each sitemap by address.
    """

    pages: Mapping[str, Listed] = field(default_factory=dict)
    validators: Mapping[str, Validators] = field(default_factory=dict)
    is_whole: bool = True
    failures: tuple[Failure, ...] = ()
    remarks: tuple[str, ...] = ()
    bytes_read: int = 0


def list_pages(roots: Sequence[str], ask: Ask, wanted: Wanted) -> Listing:
    """Read the sitemaps `roots` and those that they name.

    Raises:
        RetryLater, SourceBroken: none of `roots` can be read.
    """
    crawl = _Crawl(wanted)
    errors = [error for root in roots if (error := crawl.read(root, ask, depth=0)) is not None]
    if len(errors) == len(roots):
        raise errors[0]
    return crawl.listing()


class _Crawl:
    """One walk through sitemaps: what was found, and what went wrong."""

    def __init__(self, wanted: Wanted) -> None:
        self._wanted = wanted
        self._pages: dict[str, Listed] = {}
        self._seen: set[str] = set()
        self._validators: dict[str, Validators] = {}
        self._failures: list[Failure] = []
        self._elsewhere: list[str] = []
        self._is_cut = False
        self._bytes_read = 0

    def read(self, address: str, ask: Ask, *, depth: int) -> SourceBroken | RetryLater | None:
        """Read a sitemap and those below it; return why it cannot be read itself."""
        if address in self._seen:
            return None
        if len(self._seen) >= MOST_SITEMAPS or depth >= DEEPEST_INDEX:
            self._is_cut = True
            return None
        self._seen.add(address)
        try:
            found = self._asked(address, ask)
        except (SourceBroken, RetryLater) as error:
            self._failures.append(Failure(None, f"sitemap {address}: {error}"))
            return error
        for page in found.pages:
            self._take(page)
        for sitemap in found.sitemaps:
            if site_of(sitemap) in self._wanted.sites:
                self.read(sitemap, ask, depth=depth + 1)
            else:
                self._elsewhere.append(sitemap)
        return None

    def _asked(self, address: str, ask: Ask) -> SitemapFile:
        reply = ask(address)
        self._bytes_read += reply.bytes_received
        self._validators[address] = reply.validators
        try:
            found = parse_sitemap(reply.body, address=reply.url, charset=reply.charset)
        except ItemFailed as error:
            raise SourceBroken(str(error)) from error
        if not found.is_whole:
            self._failures.append(Failure(None, f"sitemap {address}: it is cut off or ill-formed"))
        return found

    def listing(self) -> Listing:
        remarks = []
        if self._elsewhere:
            remarks.append(
                f"{len(self._elsewhere)} listed addresses are of other sites and not read, such as "
                f"{self._elsewhere[0]}; name their hosts in allow_hosts"
            )
        if self._is_cut:
            remarks.append(
                f"the sitemap lists more than is read: {self._wanted.most} pages (max_pages) of "
                f"{MOST_SITEMAPS} sitemaps"
            )
        return Listing(
            self._pages,
            self._validators,
            is_whole=not (self._failures or self._is_cut),
            failures=tuple(self._failures),
            remarks=tuple(remarks),
            bytes_read=self._bytes_read,
        )

    def _take(self, page: Listed) -> None:
        if site_of(page.address) not in self._wanted.sites:
            self._elsewhere.append(page.address)
        elif not self._wanted.is_chosen(urlsplit(page.address).path or "/"):
            return
        elif len(self._pages) < self._wanted.most:
            key = bounded_key(page.address)
            self._pages.setdefault(key, replace(page, sites=self._wanted.sites))
        else:
            self._is_cut = True
