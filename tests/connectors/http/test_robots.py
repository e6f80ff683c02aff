"""robots.txt: what it allows, how long it is believed, and what happens when it cannot be read."""

from collections.abc import Callable

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.errors import Disallowed, NotNow, Refused, RetryLater, SourceGone
from connectors.http.reply import Reply, Validators
from connectors.http.robots import (
    LONGEST_CRAWL_DELAY_SECONDS,
    MAX_BYTES,
    MOST_HOSTS_KEPT,
    MOST_SITEMAPS,
    Robots,
    Rules,
)

PAGE = httpx.URL("https://docs.example/guide/start?lang=en")


class Site:
    """Answers for /robots.txt, counts how often it is asked, and has a clock."""

    def __init__(
        self, answer: str | Exception = "", fresh_for_seconds: float | None = None
    ) -> None:
        self.answer = answer
        self.fresh_for_seconds = fresh_for_seconds
        self.asked: list[str] = []
        self.now = 0.0
        self.robots = Robots(self.read, monotonic=lambda: self.now)

    def read(self, url: httpx.URL) -> Reply:
        self.asked.append(str(url))
        if isinstance(self.answer, Exception):
            raise self.answer
        body = self.answer.encode()
        return Reply(
            str(url), 200, body, "text/plain", None, Validators(), len(body), False,
            fresh_for_seconds=self.fresh_for_seconds,
        )  # fmt: skip


def rules(text: str) -> Rules:
    return Rules(text.encode())


def allows(text: str, path: str = "/guide/start") -> bool:
    return rules(text).allows(httpx.URL("https://docs.example").join(path))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", True),
        ("User-agent: *\nDisallow: /", False),
        ("User-agent: *\nDisallow:", True),
        ("User-agent: *\nDisallow: /guide", False),
        ("User-agent: *\nDisallow: /guides", True),
        ("User-agent: *\nDisallow: /\nAllow: /guide/", True),
        ("User-agent: Grounding\nDisallow: /guide\n\nUser-agent: *\nDisallow:", False),
        ("User-agent: *\nDisallow: /\n\nUser-agent: grounding\nDisallow: /private", True),
        ("User-agent: otherbot\nDisallow: /", True),
        ("user-agent:*\r\ndisallow:/*start$\r\n", False),
        ("\ufeffUser-agent: *\nDisallow: /", False),
        ("<!doctype html><p>Not found</p>", True),
    ],
)
def test_rules_say_what_may_be_read(text: str, expected: bool) -> None:
    assert allows(text) is expected


def test_robots_txt_itself_may_always_be_read() -> None:
    assert allows("User-agent: *\nDisallow: /", "/robots.txt")


def test_query_counts() -> None:
    text = "User-agent: *\nDisallow: /*?sort="

    assert not allows(text, "/list?sort=up")
    assert allows(text, "/list")


def test_delay_is_that_for_us_and_bounded() -> None:
    text = "User-agent: *\nCrawl-delay: {}\n"

    assert rules(text.format("2.5")).crawl_delay_seconds == 2.5
    assert rules(text.format("86400")).crawl_delay_seconds == LONGEST_CRAWL_DELAY_SECONDS
    assert rules(text.format("soon")).crawl_delay_seconds == 0
    assert rules("User-agent: other\nCrawl-delay: 5\n").crawl_delay_seconds == 0


def test_sitemaps_are_addresses_and_bounded() -> None:
    text = (
        "Sitemap: https://docs.example/a.xml\nSitemap: /b.xml\nSitemap: https://docs.example/a.xml"
        "\nSitemap: ftp://docs.example/c.xml\nSitemap: http://[bad/\n"
    )

    assert rules(text).sitemaps(PAGE) == (
        "https://docs.example/a.xml",
        "https://docs.example/b.xml",
    )
    many = "".join(f"Sitemap: /{number}.xml\n" for number in range(2 * MOST_SITEMAPS))
    assert len(rules(many).sitemaps(PAGE)) == MOST_SITEMAPS


def test_what_comes_after_500_kib_is_ignored_and_no_rule_is_cut() -> None:
    start = "User-agent: *\n"
    filler = "#" * (MAX_BYTES - len(start) - 20) + "\n"
    text = start + filler + "Disallow: /other/very/long/path\nDisallow: /guide\n"
    assert len(start + filler) < MAX_BYTES < len(text)

    cut = Rules(text.encode()[:MAX_BYTES])

    assert cut.allows(PAGE)
    assert cut.allows(PAGE.join("/other"))


@given(st.binary(max_size=500))
def test_any_bytes_are_rules(body: bytes) -> None:
    found = Rules(body)

    found.allows(PAGE)
    assert 0 <= found.crawl_delay_seconds <= LONGEST_CRAWL_DELAY_SECONDS
    found.sitemaps(PAGE)


@given(
    st.lists(
        st.tuples(
            st.sampled_from(
                ["User-agent", "Disallow", "Allow", "Crawl-delay", "Sitemap", "Request-rate"]
            ),
            st.text(alphabet="/*$?%[]:# grounding0123e-.\x00é", max_size=30),
        ),
        max_size=20,
    )
)
def test_any_lines_are_rules(lines: list[tuple[str, str]]) -> None:
    found = rules("".join(f"{name}: {value}\n" for name, value in lines))

    found.allows(PAGE)
    assert 0 <= found.crawl_delay_seconds <= LONGEST_CRAWL_DELAY_SECONDS
    found.sitemaps(PAGE)


def test_each_host_is_asked_once_without_the_password() -> None:
    site = Site("User-agent: *\nCrawl-delay: 3\nDisallow: /private")

    assert site.robots.permitted_delay(httpx.URL("https://ann:s3cret@docs.example/a?b#c")) == 3
    with pytest.raises(Disallowed, match=r"docs.example/private/x: its robots.txt asks"):
        site.robots.permitted_delay(httpx.URL("https://docs.example/private/x"))
    site.robots.permitted_delay(httpx.URL("http://docs.example:8080/"))

    assert site.asked == [
        "https://docs.example/robots.txt",
        "http://docs.example:8080/robots.txt",
    ]


@pytest.mark.parametrize(
    ("fresh_for_seconds", "lifetime"),
    [(None, 86_400), (0, 600), (3_600, 3_600), (1e9, 86_400)],
)
def test_rules_are_believed_as_long_as_they_say_within_reason(
    fresh_for_seconds: float | None, lifetime: float
) -> None:
    site = Site("", fresh_for_seconds)
    site.robots.rules(PAGE)

    site.now = lifetime - 1
    site.robots.rules(PAGE)
    before = len(site.asked)
    site.now = lifetime
    site.robots.rules(PAGE)

    assert (before, len(site.asked)) == (1, 2)


@pytest.mark.parametrize("refusal", [Refused("404", status=404), SourceGone("410")])
def test_where_there_are_no_rules_all_is_allowed(refusal: Exception) -> None:
    site = Site(refusal)

    assert site.robots.permitted_delay(PAGE) == 0
    assert site.robots.permitted_delay(PAGE) == 0
    assert len(site.asked) == 1


def test_unreadable_rules_allow_nothing_and_are_asked_for_again_later() -> None:
    site = Site(RetryLater("docs.example: answered 503"))

    with pytest.raises(RetryLater, match="answered 503") as caught:
        site.robots.permitted_delay(PAGE)
    site.now = 100
    with pytest.raises(RetryLater, match="could not be read, so nothing is allowed") as again:
        site.robots.permitted_delay(PAGE)

    assert (caught.value.retry_after_seconds, again.value.retry_after_seconds) == (300, 200)
    assert len(site.asked) == 1
    site.now, site.answer = 300, ""
    assert site.robots.permitted_delay(PAGE) == 0


def test_a_wish_of_the_host_is_passed_on() -> None:
    site = Site(RetryLater("busy", retry_after_seconds=77))

    with pytest.raises(RetryLater) as caught:
        site.robots.permitted_delay(PAGE)

    assert not isinstance(caught.value, NotNow)
    assert caught.value.retry_after_seconds == 77


def test_a_host_that_was_not_asked_is_asked_the_next_time() -> None:
    site = Site(NotNow("not its turn"))
    with pytest.raises(NotNow, match="not its turn"):
        site.robots.permitted_delay(PAGE)

    site.answer = ""

    assert site.robots.permitted_delay(PAGE) == 0


def read_many(site: Site, url: Callable[[int], str], number: int) -> None:
    for each in range(number):
        site.robots.rules(httpx.URL(url(each)))


def test_rules_of_many_hosts_are_forgotten() -> None:
    site = Site("User-agent: *\nDisallow: /private")

    read_many(site, lambda each: f"https://host-{each}.example/", MOST_HOSTS_KEPT + 1)
    read_many(site, lambda each: f"https://host-{each}.example/", 1)

    assert len(site.asked) == MOST_HOSTS_KEPT + 2


def test_large_rules_are_forgotten_sooner() -> None:
    site = Site("#" * (MAX_BYTES - 1))

    read_many(site, lambda each: f"https://host-{each % 10}.example/", 20)

    assert len(site.asked) == 20
