"""All pages that a site lists in its sitemap.

    sitemaps ─▶ listing ─ what is due ─▶ some pages, a few at a time ─▶ Batch …, one that closes

A page is due that was never read, whose `lastmod` is another than when it was read, that has none,
or that was not looked at for days: a `lastmod` that is wrong hides a change no longer than that.
Of a large site each read takes a part. `changefreq` and `priority` are wishes and not followed.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from fnmatch import fnmatchcase
from typing import ClassVar, Self
from urllib.parse import urljoin, urlsplit

from pydantic import Field, field_validator, model_validator

from connectors.clock import Clock
from connectors.errors import RetryLater
from connectors.http.fetch import Fetcher
from connectors.http.reply import NO_VALIDATORS, Reply, Validators
from connectors.location import WebAddress
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
from connectors.pages.sitemap_listing import Listing, Wanted, list_pages
from connectors.pages.sitemap_memory import listing_cursor, remembered_listing
from connectors.records import Batch, Cursor, Semantics
from connectors.secrets import revealed
from connectors.text.fields import digest_of
from connectors.text.links import site_of

PAGES_PER_BATCH = 25
UNREACHABLE_IN_A_ROW = 5
"""After so many pages that the site is too busy for, the others are left to the next read."""
SECONDS_PER_DAY = 86_400

_SITEMAP_ENDINGS = (".xml", ".gz", ".txt", ".rss", ".atom")


class SitemapConnector:
    kind: ClassVar[str] = "sitemap"
    semantics = Semantics.SNAPSHOT

    class Options(PageOptions):
        """`url` of a site or of its sitemap, or `sitemaps`.

        include, exclude: patterns on the path of a page, `*` standing for anything, slashes too.
        allow_hosts: hosts besides the site's own whose pages are read.
        recheck_days: after so long a page is asked for although its `lastmod` is the same.
        """

        url: WebAddress | None = None
        sitemaps: tuple[WebAddress, ...] = ()
        include: tuple[str, ...] = ()
        exclude: tuple[str, ...] = ()
        allow_hosts: tuple[str, ...] = ()
        max_pages: int = Field(default=5_000, gt=0, le=50_000)
        pages_per_read: int = Field(default=200, gt=0)
        recheck_days: float = Field(default=7, gt=0)

        @field_validator("include", "exclude")
        @classmethod
        def _begin_at_the_root(cls, patterns: tuple[str, ...]) -> tuple[str, ...]:
            for pattern in patterns:
                if not pattern.startswith(("/", "*")):
                    raise ValueError(f"pattern {pattern!r} begins with neither / nor *")
            return patterns

        @field_validator("allow_hosts")
        @classmethod
        def _are_hosts(cls, hosts: tuple[str, ...]) -> tuple[str, ...]:
            for host in hosts:
                if "/" in host or not site_of(f"https://{host}"):
                    raise ValueError(f"{host!r} is no host name such as docs.example.org")
            return hosts

        @model_validator(mode="after")
        def _names_a_site(self) -> Self:
            if bool(self.url) == bool(self.sitemaps):
                raise ValueError("give exactly one of url and sitemaps")
            return self

    def __init__(self, options: Options, *, source: str, fetcher: Fetcher, clock: Clock) -> None:
        self._options = options
        self._source = source
        self._fetcher = fetcher
        self._clock = clock
        self._reader = PageReader(options, source=source, fetcher=fetcher, clock=clock)

    def read(self, cursor: Cursor) -> Iterator[Batch]:
        known = known_pages(cursor, self._options)
        roots = self._roots()
        listing = self._listing(cursor, known, roots)
        if not listing.pages:
            yield _nothing_listed(listing, pages_cursor(known, self._options))
            return
        before = {**known}
        visits: list[Visit] = []
        due = self._due(listing, known)
        while due and not _is_unreachable(visits):
            some, due = due[:PAGES_PER_BATCH], due[PAGES_PER_BATCH:]
            seen = list(self._visits(some, listing, known))
            visits += seen
            known.update((each.key, _after(each)) for each in seen)
            yield batch_of(seen, pages_cursor(known, self._options))
        closing = self._closing(listing, known, before, visits)
        memory = listing_cursor(listing, known, self._listing_digest(roots))
        yield replace(closing, cursor={**closing.cursor, **memory})
        if _is_unreachable(visits) or not any(each.digest for each in known.values()):
            require_one(visits[-UNREACHABLE_IN_A_ROW:], source=self._source)

    def _listing(
        self, cursor: Cursor, known: Mapping[str, Known], roots: tuple[str, ...]
    ) -> Listing:
        """Read the sitemaps, unless each of them says that it is as it was."""
        remembered = remembered_listing(
            cursor, known, digest=self._listing_digest(roots), ask=self._sitemap
        )
        if isinstance(remembered, Listing):
            pages = {
                key: replace(page, sites=self._sites()) for key, page in remembered.pages.items()
            }
            return replace(remembered, pages=pages)
        wanted = Wanted(self._sites(), self._is_chosen, self._options.max_pages)
        return list_pages(
            roots, lambda address: remembered.get(address) or self._sitemap(address), wanted
        )

    def _listing_digest(self, roots: tuple[str, ...]) -> str:
        """Return what the listing depends on, besides the sitemaps themselves."""
        return digest_of(self._options.model_dump_json(), *roots)

    def _roots(self) -> tuple[str, ...]:
        """Return the sitemaps that are named, else those that robots.txt names, else a guess."""
        site = self._options.url
        if site is None:
            return self._options.sitemaps
        if urlsplit(site).path.lower().endswith(_SITEMAP_ENDINGS):
            return (site,)
        return self._fetcher.sitemaps(site) or (urljoin(site, "/sitemap.xml"),)

    def _sites(self) -> frozenset[str]:
        named = [self._options.url] if self._options.url else self._options.sitemaps
        allowed = (f"https://{host}" for host in self._options.allow_hosts)
        return frozenset(map(site_of, (*named, *allowed)))

    def _sitemap(self, address: str, validators: Validators = NO_VALIDATORS) -> Reply:
        headers = revealed(self._options.headers, option=f"source {self._source}: headers")
        return self._fetcher.fetch(
            address,
            validators=validators,
            headers=headers,
            obeys_robots=self._options.obeys_robots,
        )

    def _is_chosen(self, path: str) -> bool:
        options = self._options
        folder = "/" if options.url is None else _folder(options.url)
        is_below = f"{path.rstrip('/')}/".startswith(folder)
        is_included = not options.include or _matches(path, options.include)
        return is_below and is_included and not _matches(path, options.exclude)

    def _due(self, listing: Listing, known: Mapping[str, Known]) -> list[str]:
        """Return the keys to visit now: new ones first, then those longest not looked at."""
        now = int(self._clock().timestamp())
        oldest = now - self._options.recheck_days * SECONDS_PER_DAY
        due: list[tuple[int, int, str]] = []
        for key, page in listing.pages.items():
            each = known.get(key, Known())
            is_undated = not (page.modified or each.is_left_out)
            is_open = is_undated or page.modified != each.listed or each.gone
            if is_open or each.looked_at <= oldest:
                due.append((each.looked_at, len(due), key))
        return [key for *_, key in sorted(due)][: self._options.pages_per_read]

    def _visits(
        self, keys: list[str], listing: Listing, known: Mapping[str, Known]
    ) -> Iterator[Visit]:
        for key in keys:
            yield self._reader.visit(key, listing.pages[key], known.get(key, Known()))

    def _closing(
        self,
        listing: Listing,
        known: Mapping[str, Known],
        before: Mapping[str, Known],
        visits: list[Visit],
    ) -> Batch:
        """Say which pages are listed and were not asked for, and whether that was all."""
        visited = {each.key for each in visits}
        waiting = [key for key in listing.pages if not known.get(key, Known()).looked_at]
        remarks = [*listing.remarks]
        if waiting:
            remarks.append(
                f"{len(waiting)} of {len(listing.pages)} listed pages are not read yet; each read "
                f"takes {self._options.pages_per_read} (pages_per_read)"
            )
        is_same = listing.is_whole and before.keys() == listing.pages.keys()
        kept = {
            key: each for key, each in known.items() if key in listing.pages or not listing.is_whole
        }
        return Batch(
            pages_cursor(kept, self._options),
            unchanged=tuple(
                key
                for key in listing.pages
                if key not in visited and key in known and known[key].digest
            ),
            failures=listing.failures,
            is_complete=listing.is_whole,
            is_unmodified=is_same and confirm_all(visits),
            bytes_read=listing.bytes_read,
            remarks=tuple(remarks),
        )


def _nothing_listed(listing: Listing, cursor: Cursor) -> Batch:
    """An empty sitemap is a mistake of the site more often than an empty site."""
    remark = "the sitemap lists no page that is wanted; what was read before is kept"
    return Batch(
        cursor,
        failures=listing.failures,
        bytes_read=listing.bytes_read,
        remarks=(*listing.remarks, remark),
    )


def _after(visit: Visit) -> Known:
    """A page that may not be read is none of ours any more, whatever was read before."""
    return replace(visit.known, digest="") if visit.is_left_out else visit.known


def _is_unreachable(visits: list[Visit]) -> bool:
    last = visits[-UNREACHABLE_IN_A_ROW:]
    return len(last) == UNREACHABLE_IN_A_ROW and all(
        isinstance(each.error, RetryLater) for each in last
    )


def _folder(site: str) -> str:
    """Return the path that all pages below `site` share; a sitemap lists what it lists."""
    path = urlsplit(site).path
    if path.lower().endswith(_SITEMAP_ENDINGS):
        return "/"
    last = path.rpartition("/")[2]
    return path[: len(path) - len(last)] or "/" if "." in last else f"{path.rstrip('/')}/"


def _matches(path: str, patterns: tuple[str, ...]) -> bool:
    return any(fnmatchcase(path, pattern) for pattern in patterns)
