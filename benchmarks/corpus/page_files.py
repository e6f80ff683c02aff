"""Web pages, sitemaps and robots.txt: what is served, and what is expected of it."""

import gzip
import json
import re
from datetime import datetime
from pathlib import Path

from benchmarks.corpus.instants import instant_of
from benchmarks.corpus.records import SITE, Expectations, Expected, Recording, Value

READABILITY = "html_readability"
TRAFILATURA = "sitemaps_dates_trafilatura"
HTML = "text/html"
# Two of the pages ask not to be indexed, which is obeyed unless one is told otherwise.
ALL = {"obeys_robots": False}
TRAFILATURA_KINDS = {
    ".html": ("web", HTML),
    ".html.gz": ("web", HTML),
    ".txt": ("web", "text/plain"),
    ".cfg": ("web", "text/plain"),
    ".atom": ("feed", "application/atom+xml"),
    ".rss": ("feed", "application/rss+xml"),
    ".json": ("feed", "application/feed+json"),
    ".xml": ("sitemap", "application/xml"),
    ".xml.gz": ("sitemap", "application/gzip"),
}
HOST = re.compile(rb"(<loc>\s*(?:<!\[CDATA\[)?)https?://[^/<]*/?")
LOCATION = re.compile(rb"<loc>\s*(?:<!\[CDATA\[)?\s*(.*?)\s*</loc>", re.DOTALL)
LAST_MODIFIED = re.compile(rb"<lastmod>\s*(.*?)\s*</")
PAGE = "<html><body><p>What stands at {path}</p></body></html>"


def readability_recordings(folder: Path) -> list[Recording]:
    """Every page, and the article cut out of each as a page of its own."""
    root = folder / READABILITY / "test" / "test-pages"
    return [
        Recording(READABILITY, str(file.relative_to(folder)), file, "web", HTML, options=ALL)
        for file in sorted(root.rglob("*.html"))
    ]


def readability_expectations(recording: Recording) -> Expectations | None:
    """Of the article cut out nothing is said but that it can be read."""
    if recording.file.name != "source.html":
        return None
    stated = json.loads(recording.file.with_name("expected-metadata.json").read_text("utf-8"))
    claims: dict[str, Value] = {
        "title": stated["title"],
        "author": stated["byline"],
        "language": stated.get("lang"),
        "published": instant_of(stated["publishedTime"]),
    }
    return Expectations([Expected({name: each for name, each in claims.items() if each})], count=1)


def trafilatura_recordings(folder: Path) -> list[Recording]:
    """Pages, feeds and sitemaps, each by its ending; what is listed in a sitemap is served too."""
    root = folder / TRAFILATURA / "tests" / "resources"
    return [_trafilatura_recording(file, folder) for file in sorted(root.glob("*.*"))]


def trafilatura_expectations(recording: Recording) -> Expectations | None:
    """Of a sitemap every page with its date, of a feed how many entries it has."""
    if recording.kind == "feed":
        body = recording.served()
        marks = re.findall(rb"<(?:entry|item)\b", body) or re.findall(rb'"date_published"', body)
        return Expectations(count=len(marks))
    if recording.kind != "sitemap":
        return Expectations(count=1)
    body = recording.served()
    if b"<sitemapindex" in body:
        return Expectations(count=len(_locations(body)))
    listed = _listed(gzip.decompress(body) if recording.name.endswith(".gz") else body)
    pages = [
        Expected({"text": f"What stands at {path}"} | ({"updated": at} if at else {}))
        for path, at in listed.items()
    ]
    return Expectations(pages, count=len(listed))


def _trafilatura_recording(file: Path, folder: Path) -> Recording:
    name = str(file.relative_to(folder))
    ending = next(each for each in TRAFILATURA_KINDS if file.name.endswith(each))
    kind, media_type = TRAFILATURA_KINDS[ending]
    body = file.read_bytes()
    if ending == ".html.gz":
        return Recording(TRAFILATURA, name, file, kind, media_type, body=gzip.decompress(body))
    if kind != "sitemap":
        return Recording(TRAFILATURA, name, file, kind, media_type)
    plain = _moved(gzip.decompress(body) if ending == ".xml.gz" else body)
    return Recording(
        TRAFILATURA,
        name,
        file,
        kind,
        media_type,
        body=gzip.compress(plain) if ending == ".xml.gz" else plain,
        pages=_pages(plain),
    )


def _moved(sitemap: bytes) -> bytes:
    """Let the sitemap list pages of the site that it is served from."""
    return HOST.sub(lambda found: found[1] + SITE, sitemap)


def _pages(sitemap: bytes) -> dict[str, bytes]:
    """Return something to read at every address that the sitemap lists."""
    if b"<sitemapindex" in sitemap:
        inner = {path: _sitemap_of_one(path) for path in _locations(sitemap)}
        return inner | {f"in-{path}.html": _page(f"in-{path}.html") for path in inner}
    return {path: _page(path) for path in _listed(sitemap)}


def _page(path: str) -> bytes:
    return PAGE.format(path=path).encode()


def _sitemap_of_one(path: str) -> bytes:
    return b"<urlset><url><loc>" + SITE + f"in-{path}.html</loc></url></urlset>".encode()


def _listed(sitemap: bytes) -> dict[str, datetime | None]:
    """Return the paths of all pages and when each was changed, as the last entry for it says."""
    found: dict[str, datetime | None] = {}
    for entry in re.findall(rb"<url>.*?</url>", sitemap, re.DOTALL):
        changed = LAST_MODIFIED.search(entry)
        at = instant_of(changed[1].decode()) if changed else None
        found.update(dict.fromkeys(_locations(entry), at))
    return found


def _locations(sitemap: bytes) -> list[str]:
    found = [each.removeprefix(SITE).decode() for each in LOCATION.findall(sitemap)]
    return [each.removesuffix("]]>") for each in found]
