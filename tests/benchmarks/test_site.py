from pathlib import Path

import httpx

from benchmarks.site import serve_files
from grounding.demo.site import Site


def test_a_file_is_served_with_its_media_type_and_bytes(tmp_path: Path) -> None:
    file = tmp_path / "a.rss"
    file.write_bytes(b"<rss/>")

    with Site() as site:
        urls = serve_files(site, [file], under="feeds")
        reply = httpx.get(urls[file], trust_env=False)

    assert reply.content == b"<rss/>"
    assert reply.headers["content-type"] == "application/rss+xml"


def test_an_unchanged_page_is_not_sent_again_and_a_replaced_one_is() -> None:
    with Site() as site, httpx.Client(trust_env=False) as http:
        url = site.put("page", b"one", media_type="text/plain")
        known = {"If-None-Match": http.get(url).headers["etag"]}

        unchanged = http.get(url, headers=known)
        site.put("page", b"two", media_type="text/plain")
        replaced = http.get(url, headers=known)

    assert unchanged.status_code == 304
    assert replaced.text == "two"


def test_an_unknown_path_is_not_found() -> None:
    with Site() as site:
        assert httpx.get(site.url("nothing"), trust_env=False).status_code == 404
