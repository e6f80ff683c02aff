"""Addresses of the public internet in all the forms in which people write them."""

from collections.abc import Mapping

from benchmarks.ssrf.forms import DEAD, PUBLIC, PUBLIC_IPV6, Form
from benchmarks.ssrf.internet import Answers

LITERALS = """
    1.1.1.1 8.8.8.8 9.9.9.9 11.0.0.1 93.184.216.34 100.63.255.255 100.128.0.1 126.1.1.1 128.0.0.1
    151.101.1.69 168.63.129.17 169.253.1.1 172.15.1.1 172.32.0.1 185.199.108.153 192.0.1.1
    192.88.98.1 192.167.1.1 192.169.1.1 198.17.1.1 198.20.1.1 203.0.112.1 223.255.255.254
"""
LITERALS_IPV6 = """
    2606:4700:4700::1111 2001:4860:4860::8888 2a00:1450:4001:82a::200e 2620:fe::fe
    2400:cb00:2048:1::c629:d7a2 2606:2800:220:1:248:1893:25c8:1946 2a04:4e42::81 64:ff9b::808:808
    2002:808:808::1 ::ffff:8.8.8.8
"""
NAMES: Mapping[str, Answers] = {
    "example.org": [[PUBLIC]],
    "www.example.org": [[PUBLIC, PUBLIC_IPV6]],
    "six.example.org": [[PUBLIC_IPV6]],
    "two.example.org": [[PUBLIC_IPV6, PUBLIC]],
    "second.example.org": [[DEAD, PUBLIC]],
    "nat64.example.org": [["64:ff9b::5db8:d822"]],
    "localhost.example.org": [[PUBLIC]],
    "127.0.0.1.example.org": [[PUBLIC]],
    "10.example.org": [[PUBLIC]],
    "under_score.example.org": [[PUBLIC]],
    "a--b.example.org": [[PUBLIC]],
    "xn--bcher-kva.example": [[PUBLIC]],
    "xn--mnchen-3ya.example": [[PUBLIC]],
    "xn--fsqu00a.xn--0zwm56d": [[PUBLIC]],
    "xn--e1afmkfd.xn--e1afmkfd": [[PUBLIC]],
    "xn--strae-oqa.example": [[PUBLIC]],
    "changes.example.org": [[PUBLIC], [PUBLIC_IPV6], [PUBLIC]],
}
URLS = [
    "http://example.org/",
    "https://example.org/",
    "HTTP://EXAMPLE.ORG/",
    "https://Example.Org:443/",
    "http://example.org:80/feed",
    "http://example.org:8080/feed",
    "https://example.org:8443/feed",
    "http://example.org./",
    "https://www.example.org/",
    "http://six.example.org/",
    "https://six.example.org/",
    "http://two.example.org/",
    "http://second.example.org/",
    "http://nat64.example.org/",
    "http://localhost.example.org/",
    "http://127.0.0.1.example.org/",
    "http://10.example.org/",
    "http://under_score.example.org/",
    "http://a--b.example.org/",
    "http://bücher.example/",
    "http://BÜCHER.example/",
    "http://xn--bcher-kva.example/",
    "https://münchen.example/",
    "http://例子.测试/",
    "http://пример.пример/",
    "http://straße.example/",
    "http://changes.example.org/",
    "http://ann:secret@example.org/",
    "https://ann:p%40ss@example.org/",
    "http://ann@example.org/",
    "http://example.org",
    "http://example.org?x=1",
    "http://example.org/#part",
    "http://example.org/a?to=http://127.0.0.1/",
    "http://example.org/a?to=//169.254.169.254",
    "http://example.org/@127.0.0.1/",
    "http://example.org/%2e%2e/a",
    "http://example.org/a//b",
    "http://example.org/ä",
    "http://example.org/a b",
    "http://[2606:2800:220:1:248:1893:25c8:1946]:8080/feed",
    "http://93.184.216.34:8080/feed",
]
REDIRECTS = [
    [(301, "https://example.org/new")],
    [(302, "/new")],
    [(303, "../new?x=1")],
    [(307, "//www.example.org/new")],
    [(308, "http://six.example.org/new")],
    [(302, "http://93.184.216.34/new")],
    [(302, "http://bücher.example/new")],
    [(302, "/hop-1"), (302, "/hop-2"), (302, "/hop-3"), (302, "/hop-4"), (302, "/new")],
]


def good_forms() -> list[Form]:
    literals = [*LITERALS.split(), *(f"[{each}]" for each in LITERALS_IPV6.split())]
    return [
        *(Form("addresses", f"http://{each}/") for each in literals),
        *(Form("urls", url, NAMES) for url in URLS),
        *(Form("redirects", "http://example.org/start", NAMES, hops) for hops in REDIRECTS),
        Form("environment", "http://example.org/", NAMES, environment={"NO_PROXY": "*"}),
    ]


def public_addresses() -> list[str]:
    """Return every address that is public here, and no other."""
    return [PUBLIC, PUBLIC_IPV6, "64:ff9b::5db8:d822", *LITERALS.split(), *LITERALS_IPV6.split()]


TLS_HOSTS = [
    "example.org",
    "www.example.org",
    "six.example.org",
    "proxied.example",
    "xn--mnchen-3ya.example",
]
