"""An RSS feed of passages put together, on a loopback web site."""

from html import escape

from benchmarks.speed.prose import Made
from grounding.demo.site import Site


def published(site: Site, name: str, made: Made, *, remark: str = "") -> str:
    """Publish the passages as the items of a feed, in place of any under that name; its URL."""
    items = "".join(
        f"<item><guid>{escape(title)}</guid><title>{escape(title)}</title>"
        f"<description>{escape(text)}</description></item>"
        for title, text in zip(made.titles, made.texts, strict=True)
    )
    body = (
        '<?xml version="1.0" encoding="utf-8"?><rss version="2.0"><channel>'
        f"<title>{name}</title><description>{remark}</description>{items}</channel></rss>"
    )
    return site.put(f"{name}.rss", body.encode(), media_type="application/rss+xml")
