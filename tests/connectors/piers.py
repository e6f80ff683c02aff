"""A site of numbered pages, and the sitemap that lists them."""

from collections.abc import Iterable

from tests.web import Answer, html

XML = "http://www.sitemaps.org/schemas/sitemap/0.9"


def page(number: int | str) -> Answer:
    return html(
        f"<html lang='en'><head><title>Pier {number}</title></head>"
        f"<body><p>Pier {number} is open again.</p></body></html>"
    )


def xml(body: str) -> Answer:
    return Answer(body=body.encode(), headers={"Content-Type": "application/xml"})


def sitemap(urls: Iterable[str], lastmod: str = "") -> Answer:
    dated = f"<lastmod>{lastmod}</lastmod>" if lastmod else ""
    entries = "".join(f"<url><loc>{url}</loc>{dated}</url>" for url in urls)
    return xml(f"<?xml version='1.0'?><urlset xmlns='{XML}'>{entries}</urlset>")
