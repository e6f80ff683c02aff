"""Recorded data as configured sources, and questions that its documents answer."""

import re
import shutil
from collections.abc import Iterable
from pathlib import Path

from benchmarks.config import Source
from benchmarks.data import unpacked_inner
from benchmarks.records import Context
from benchmarks.site import serve_files
from grounding.demo.site import Site

DAILY = "every 1d"

QUERIES = (
    "Which brace style and line length does the style guide ask for?",
    "How are type hints written for function annotations?",
    "Who is responsible for accepting or rejecting a proposal?",
    "release schedule of Python 3",
    "How does garbage collection treat weak references?",
    "list comprehension syntax",
    "Why was the proposal for reloading modules rejected?",
    "importing modules from zip archives",
    "unicode literals and source file encoding",
    "How do I package and distribute a module?",
    "What does the standard database interface define for cursors?",
    "decimal arithmetic and rounding",
    "exception chaining and tracebacks",
    "What is the price of Brent crude oil?",
    "oil price per barrel",
    "latest news about climate",
    "election results and politics",
    "podcast episode about video games",
    "software release announcement",
    "security vulnerability in a web browser",
)

FEEDS = ("guardian.rss", "feedburner.atom", "many-links.rss", "craigslist.rss")


def sample(context: Context, site: Site, *, peps: int, schedule: str = DAILY) -> list[Source]:
    """A mixed workload: `peps` documents, a few feeds, a daily price since 1987."""
    inputs = context.archive("feeds_rssparser") / "feeds_rssparser" / "test" / "input"
    urls = serve_files(site, [inputs / name for name in FEEDS], under="news")
    sources = [feed(source_name(file), url, schedule=schedule) for file, url in urls.items()]
    chosen = every_nth(pep_files(context), 736 // peps)[:peps]
    sources.append(folder("peps", copied(chosen, context.workspace / "peps"), schedule=schedule))
    sources.append(brent(context, site, schedule=schedule))
    return sources


def feed(name: str, url: str, *, schedule: str = DAILY) -> Source:
    return {"name": name, "kind": "feed", "url": url, "schedule": schedule}


def folder(name: str, path: Path, *, schedule: str = DAILY) -> Source:
    return {
        "name": name,
        "kind": "files",
        "path": str(path),
        "include": ["**/*.rst"],
        "schedule": schedule,
    }


def brent(context: Context, site: Site, *, schedule: str = DAILY) -> Source:
    [url] = serve_files(site, [brent_file(context)], under="prices").values()
    series = {
        "column": "Price",
        "key": "brent",
        "title": "Brent crude oil spot price",
        "unit": "barrel",
        "currency": "USD",
        "cadence": "daily",
        "description": "Europe Brent spot price, free on board, from the EIA",
    }
    return {
        "name": "brent",
        "kind": "csv",
        "url": url,
        "time": "Date",
        "values": [series],
        "schedule": schedule,
    }


def brent_file(context: Context) -> Path:
    """The newest of the recorded versions."""
    outer = context.archive("series_brent_daily") / "series_brent_daily"
    return max(unpacked_inner(outer / "series.tar.xz").rglob("*.csv"))


def pep_files(context: Context) -> list[Path]:
    return sorted((context.archive("docs_peps") / "docs_peps" / "peps").glob("pep-*.rst"))


def every_nth(files: list[Path], step: int) -> list[Path]:
    return files[::step]


def copied(files: Iterable[Path], into: Path) -> Path:
    into.mkdir(parents=True, exist_ok=True)
    for file in files:
        shutil.copyfile(file, into / file.name)
    return into


def source_name(file: Path, *, prefix: str = "feed") -> str:
    return f"{prefix}-" + re.sub(r"[^a-z0-9]+", "-", file.name.lower()).strip("-")
