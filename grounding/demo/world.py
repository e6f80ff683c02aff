"""The town of Halden as four live sources: a feed, a price file, a folder, and a weather JSON.

Each change takes effect at once and returns the instant at which it was public.
"""

import json
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from xml.sax.saxutils import escape

from grounding.demo import content
from grounding.demo.site import Site

NEWS, PRICES, WEATHER = "news.rss", "electricity.csv", "weather.json"


class World:
    """What can be read of the town now. Pages live in `folder`, the rest on a loopback site."""

    def __init__(self, site: Site, folder: Path) -> None:
        self.site = site
        self.folder = folder
        self._began = datetime.now(UTC).replace(microsecond=0)
        self._stories = [(story, self._began - story.age) for story in content.STORIES]
        self._prices = _hourly(content.PRICES, self._began)
        self._bulletins = list(content.BULLETINS)
        for name, text in content.PAGES.items():
            self._write_page(name, text)
        self._publish_news()
        self._publish_prices()
        self._publish_weather()

    def add_headline(self) -> datetime:
        self._stories.insert(0, (content.FERRY_RESUMES, datetime.now(UTC).replace(microsecond=0)))
        return self._publish_news()

    def add_price(self) -> datetime:
        self._prices.append((datetime.now(UTC).replace(microsecond=0), content.NEW_PRICE))
        return self._publish_prices()

    def edit_page(self) -> datetime:
        old, new = content.EDIT
        return self._write_page(
            content.EDITED_PAGE, content.PAGES[content.EDITED_PAGE].replace(old, new)
        )

    def withdraw_bulletin(self) -> datetime:
        self._bulletins = [b for b in self._bulletins if b.slug != content.WITHDRAWN]
        return self._publish_weather()

    def _publish_news(self) -> datetime:
        items = "".join(_item(story, at) for story, at in self._stories)
        body = (
            '<?xml version="1.0" encoding="utf-8"?>\n<rss version="2.0"><channel>'
            "<title>The Halden Courier</title><link>http://courier.example/</link>"
            f"<description>News from Halden</description>{items}</channel></rss>\n"
        )
        return self._put(NEWS, body, media_type="application/rss+xml")

    def _publish_prices(self) -> datetime:
        rows = "".join(f"{at.isoformat()},{price}\n" for at, price in self._prices)
        return self._put(PRICES, f"time,price\n{rows}", media_type="text/csv")

    def _publish_weather(self) -> datetime:
        bulletins = [
            {
                "id": bulletin.slug,
                "headline": bulletin.title,
                "text": bulletin.text,
                "issued": (self._began - bulletin.age).isoformat(),
                "until": (self._began - bulletin.age + bulletin.lasts).isoformat(),
            }
            for bulletin in self._bulletins
        ]
        body = json.dumps({"station": "Halden harbour", "bulletins": bulletins}, indent=2)
        return self._put(WEATHER, body, media_type="application/json")

    def _put(self, path: str, body: str, *, media_type: str) -> datetime:
        published_at = datetime.now(UTC)
        self.site.put(path, body.encode(), media_type=media_type)
        return published_at

    def _write_page(self, name: str, text: str) -> datetime:
        """Replace a page in one step, so that nobody ever reads half of it."""
        self.folder.mkdir(parents=True, exist_ok=True)
        draft = self.folder / f".{name}.draft"
        draft.write_text(text, encoding="utf-8")
        published_at = datetime.now(UTC)
        draft.replace(self.folder / name)
        return published_at


def _hourly(prices: tuple[str, ...], last: datetime) -> list[tuple[datetime, str]]:
    """Give each price its hour; the last one has held for less than an hour, or just began."""
    latest = last.replace(minute=0, second=0)
    ages = range(len(prices) - 1, -1, -1)
    return [(latest - timedelta(hours=age), price) for age, price in zip(ages, prices, strict=True)]


def _item(story: content.Story, at: datetime) -> str:
    link = f"http://courier.example/{story.slug}"
    return (
        f"<item><title>{escape(story.title)}</title><link>{link}</link>"
        f'<guid isPermaLink="true">{link}</guid><pubDate>{format_datetime(at)}</pubDate>'
        f"<description>{escape(story.text)}</description></item>"
    )
