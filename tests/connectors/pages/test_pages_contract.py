"""The kinds that read pages keep what every connector promises."""

from dataclasses import replace
from typing import ClassVar

from connectors.testing import Answer, ConnectorContract, Site


def page(words: str) -> Answer:
    body = (
        "<html lang='en'><head><title>Harbour</title><meta property='article:published_time' "
        f"content='2026-03-01T10:30:00+01:00'></head><body><p>{words}</p></body></html>"
    )
    return Answer(body.encode())


class TestWeb(ConnectorContract):
    kind = "web"
    good = page("The harbour is open.")
    changed = page("The harbour is closed.")
    media_type: ClassVar[str] = "text/html"

    def options(self, site: Site) -> dict[str, object]:
        return {"urls": [f"{site.url}{number}" for number in range(12)]}


class TestSitemap(ConnectorContract):
    kind = "sitemap"
    good = page("The harbour is open.")
    changed = page("The harbour is closed.")
    empty = Answer(b"<urlset></urlset>")
    media_type: ClassVar[str] = "text/html"

    def options(self, site: Site) -> dict[str, object]:
        return {"url": f"{site.url}sitemap.xml"}

    def prepare(self, site: Site, answer: Answer) -> None:
        """Answer so at every page; what is no page is the sitemap's own answer."""
        entries = (f"<url><loc>{site.url}{number}</loc></url>" for number in range(27))
        listing = Answer(f"<urlset>{''.join(entries)}</urlset>".encode())
        is_page = answer.body.startswith(b"<html lang")
        site.answer = self._typed(answer)
        site.answers["/sitemap.xml"] = listing if is_page else answer
        site.answers["/robots.txt"] = replace(answer, body=b"") if is_page else answer
