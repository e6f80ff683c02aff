"""Every suite: its recordings, what is expected of them, and what differs with reason."""

from collections.abc import Callable
from pathlib import Path

from benchmarks.corpus import (
    feed_files,
    filing_files,
    page_files,
    price_files,
    robots_files,
    weather_files,
)
from benchmarks.corpus.feed_rules import FEED_REFUSALS, FEED_RULES
from benchmarks.corpus.other_rules import DATA_REFUSALS, DATA_RULES, PAGE_REFUSALS, PAGE_RULES
from benchmarks.corpus.records import Suite

WEATHER = ("weather_avwx", "weather_gdacs", "weather_gov_api", "weather_pynws", "weather_usgs")
PRICES = (
    "kev",
    "prices_alphavantage",
    "prices_datahub_bonds",
    "prices_datahub_cpi",
    "prices_datahub_fx",
    "prices_datahub_natgas",
    "prices_datahub_oil",
    "prices_ecb_eurofxref",
    "prices_vega",
)
FEEDS = {
    "feeds_feedparser": (feed_files.feedparser_recordings, feed_files.feedparser_expectations),
    "feeds_gofeed": (feed_files.gofeed_recordings, feed_files.gofeed_expectations),
    "feeds_feedrs": (feed_files.feedrs_recordings, feed_files.feedrs_expectations),
    "feeds_rssparser": (feed_files.rssparser_recordings, feed_files.rssparser_expectations),
}
PAGES = {
    "html_readability": (page_files.readability_recordings, page_files.readability_expectations),
    "sitemaps_dates_trafilatura": (
        page_files.trafilatura_recordings,
        page_files.trafilatura_expectations,
    ),
    "robots_half": (robots_files.robots_recordings, robots_files.robots_expectations),
}
FILINGS = {
    "sec_edgar": (filing_files.edgar_recordings, filing_files.edgar_expectations),
    "arxiv_api": (filing_files.arxiv_recordings, filing_files.arxiv_expectations),
}


def suites(archive: Callable[[str], Path]) -> list[Suite]:
    """Gather all suites; `archive` unpacks one by its name."""
    feeds = [
        Suite(name, list_of(archive(name)), expected, FEED_RULES, FEED_REFUSALS)
        for name, (list_of, expected) in FEEDS.items()
    ]
    pages = [
        Suite(name, list_of(archive(name)), expected, PAGE_RULES, PAGE_REFUSALS)
        for name, (list_of, expected) in PAGES.items()
    ]
    filings = [
        Suite(name, list_of(archive(name)), expected, DATA_RULES, DATA_REFUSALS)
        for name, (list_of, expected) in FILINGS.items()
    ]
    return [*feeds, *pages, *_measured(archive), *filings]


def _measured(archive: Callable[[str], Path]) -> list[Suite]:
    weather = [
        Suite(
            name,
            weather_files.weather_recordings(archive(name), name),
            weather_files.weather_expectations,
            DATA_RULES,
            DATA_REFUSALS,
        )
        for name in WEATHER
    ]
    prices = [
        Suite(
            name,
            price_files.price_recordings(archive(name), name),
            price_files.price_expectations,
            DATA_RULES,
            DATA_REFUSALS,
        )
        for name in PRICES
    ]
    return [*weather, *prices]


def names() -> list[str]:
    """Name the archives that hold the recordings."""
    return [*FEEDS, *PAGES, *WEATHER, *PRICES, *FILINGS]
