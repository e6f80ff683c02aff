from contextlib import suppress

from hypothesis import given
from hypothesis import strategies as st

from connectors.errors import ItemFailed
from connectors.pages.sitemap_file import parse_sitemap

PARTS = st.sampled_from(
    ["<urlset>", "</urlset>", "<url>", "</url>", "<loc>", "</loc>", "https://a.example/1", "<",
     "<sitemapindex>", "<sitemap>", "</sitemap>", "<lastmod>2026</lastmod>", "&amp;", "&x;", "\x00",
     "<!DOCTYPE a [<!ENTITY x 'y'>]>", "<?xml version='1.0' encoding='utf-16'?>", "]]>", "\ufeff"]
)  # fmt: skip


@given(
    st.binary(max_size=400) | st.lists(PARTS, max_size=30).map(lambda all_: "".join(all_).encode())
)
def test_any_bytes_are_a_sitemap_or_refused(body: bytes) -> None:
    with suppress(ItemFailed):
        for page in parse_sitemap(body, address="https://a.example/sitemap.xml").pages:
            assert page.address.startswith(("http://", "https://"))


@given(st.binary(max_size=400))
def test_any_bytes_after_a_gzip_mark_are_refused(body: bytes) -> None:
    with suppress(ItemFailed):
        parse_sitemap(b"\x1f\x8b\x08" + body, address="https://a.example/sitemap.xml")


def test_a_reference_to_half_a_character_costs_its_page_only() -> None:
    body = (
        b"<urlset><url><loc>https://a.example/&#xD800;</loc></url>"
        b"<url><loc>https://a.example/b</loc></url></urlset>"
    )

    found = parse_sitemap(body, address="https://a.example/sitemap.xml")

    assert [each.address for each in found.pages] == ["https://a.example/b"]
