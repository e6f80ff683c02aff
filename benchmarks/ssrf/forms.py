"""Ways to make a fetcher connect to where it must not."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from benchmarks.ssrf.internet import Answers

PUBLIC = "93.184.216.34"
PUBLIC_IPV6 = "2606:2800:220:1:248:1893:25c8:1946"
DEAD = "93.184.216.35"
"""Public, and nobody answers there."""

INSIDE_IPV4 = """
    0.0.0.0 0.1.2.3 10.0.0.1 10.255.255.254 100.64.0.1 100.100.100.200 100.127.255.254 127.0.0.1
    127.0.1.1 127.8.8.8 127.255.255.254 168.63.129.16 169.254.0.1 169.254.169.254 169.254.170.2
    172.16.0.1 172.31.255.254 192.0.0.1 192.0.0.192 192.0.2.1 192.88.99.1 192.168.0.1
    192.168.255.254 198.18.0.1 198.19.255.254 198.51.100.1 203.0.113.1 224.0.0.1 239.255.255.250
    240.0.0.1 255.255.255.254 255.255.255.255
"""
INSIDE_IPV6 = """
    :: ::1 0:0:0:0:0:0:0:1 0000:0000:0000:0000:0000:0000:0000:0001 ::127.0.0.1 ::7f00:1
    ::ffff:127.0.0.1 ::ffff:7f00:1 0:0:0:0:0:ffff:7f00:1 ::ffff:10.0.0.1 ::ffff:169.254.169.254
    ::ffff:a9fe:a9fe ::ffff:0:7f00:1 64:ff9b::7f00:1 64:ff9b::10.0.0.1 64:ff9b::a9fe:a9fe
    64:ff9b:1::7f00:1 2002:7f00:1:: 2002:a9fe:a9fe::1 2002:c0a8:101::1 2001:0:7f00:1::1
    2001:0:4136:e378:8000:63bf:80ff:fffe 2606:4700::5efe:7f00:1 2606:4700::200:5efe:a9fe:a9fe
    fc00::1 fd00::1 fd00:ec2::254 fd00:ec2::23 fd20:ce::254 fdff:ffff:ffff:ffff::1 fe80::1 febf::1
    fec0::1 ff02::1 ff0e::1 100::1 2001:2::1 2001:10::1 2001:db8::1 3fff::1 5f00::1 4000::1
"""
ENCODED_IPV4 = """
    2130706433 2852039166 167772161 3232235777 0 0x7f000001 0xa9fea9fe 0X7F000001 017700000001
    0177.0.0.1 0177.0000.0000.0001 00000177.0.0.1 0x7f.0x0.0x0.0x1 0x7f.1 0x7f.0.1 127.1 127.0.1
    127.0.0.1. 127.1. 10.1 169.254.43518 169.16689662 0251.0376.0251.0376 0xa9.0xfe.0xa9.0xfe
    0xa9.254.0251.254 192.168.257 6425673729 127.0.0.1%2e %31%32%37.0.0.1 0x00000000000000007f.1
    0x7f000001.
"""
UNICODE_HOSTS = """
    127。0。0。1 127．0．0．1 127｡0｡0｡1 １２７.０.０.１ １２７。０。０。１ ①②⑦.⓪.⓪.①
    ١٢٧.٠.٠.١ 𝟏𝟐𝟕.𝟎.𝟎.𝟏 ⑯⑨。②⑤④。⑯⑨｡②⑤④
    ⓛⓞⓒⓐⓛⓗⓞⓢⓣ ｌｏｃａｌｈｏｓｔ ｌocalhost lo\u00adcalhost local\u200bhost localhoſt
    ʟocalhost 0ｘ7f.1 [：：1] [::ﬀff:7f00:1]
"""
LOCAL_NAMES = """
    localhost LOCALHOST LocalHost localhost. localhost.. .localhost localhost%00 localhost%2e
    ip6-localhost ip6-loopback a.localhost localhost.localdomain
"""
NAMES = {
    "metadata.google.internal": "169.254.169.254",
    "metadata.goog": "169.254.169.254",
    "instance-data.ec2.internal": "169.254.169.254",
    "metadata.oraclecloud.example": "192.0.0.192",
    "metadata.aliyun.example": "100.100.100.200",
    "wireserver.azure.example": "168.63.129.16",
    "kubernetes.default.svc": "10.96.0.1",
    "host.docker.internal": "192.168.65.2",
    "localtest.example": "127.0.0.1",
    "127.0.0.1.wildcard.example": "127.0.0.1",
    "7f000001.wildcard.example": "127.0.0.1",
    "xn--lhost-9na.example": "127.0.0.1",
    "loopback6.example": "::1",
    "router": "192.168.0.1",
}
SCHEMES = """
    file:///etc/passwd file://{h}/etc/passwd FILE:///etc/passwd gopher://{h}/_GET Gopher://{h}/
    ftp://{h}/x ftps://{h}/x sftp://{h}/x tftp://{h}/x dict://{h}/d ldap://{h}/x ldaps://{h}/
    jar:http://{h}!/x data:text/plain,x javascript:alert(1) JavaScript:alert(1) telnet://{h}/
    ssh://{h}/ smb://{h}/x imap://{h}/ pop3://{h}/ smtp://{h}/ rtsp://{h}/ ws://{h}/ wss://{h}/
    netdoc:///etc/passwd php://input phar://x expect://id view-source:http://{h}/ feed:http://{h}/
    url:http://{h}/ http+unix://%2Frun%2Fx.sock/ unix:/run/x.sock s3://{h}/x about:blank
"""
SPELLINGS = [
    "http:{h}/",
    "http:/{h}/",
    "http:///{h}/",
    "http:////{h}/",
    "http:\\\\{h}\\",
    "http:/\\{h}/",
    "//{h}/",
    "\\\\{h}\\x",
    "{h}/",
    " http://{h}/",
    "\thttp://{h}/",
    "\x00http://{h}/",
    "\ufeffhttp://{h}/",
    "ht\ntp://{h}/",
    "http://{h} /",
    "http://{h}\t/",
    "http://{h}\r\nHost: good.example/",
    "http://{h}\x00.good.example/",
    "http://{h}%00.good.example/",
    "http://{h}%20.good.example/",
    "http://{h}%2f.good.example/",
    "http://{h}%23.good.example/",
    "http://{h}\\.good.example/",
    "http://{h};good.example/",
    "http://{h},good.example/",
    "http://{h}:80:80/",
    "http://{h}:0x50/",
    "http://{h}:０/",
    "http://{h}:99999/",
    "http://{h}:-1/",
    "HTTP://{h}/",
    "hTTps://{h}/",
    "http://[{h}]/",
    "http://[v1.{h}]/",
    "http://good.example@{h}/",
    "http://good.example:80@{h}/",
    "http://good.example%40{h}/",
    "http://good.example\\@{h}/",
    "http://good.example%23@{h}/",
    "http://good.example%2f@{h}/",
    "http://a@good.example@{h}/",
    "http://@{h}/",
    "http://:@{h}/",
    "http://[::1]@{h}/",
    "http://good.example\t@{h}/",
    "http://good.example\uff20{h}/",
    "http://good.example\uff0f@{h}/",
]
ZONES = ["[fe80::1%25lo]", "[fe80::1%lo]", "[::1%25lo]", "[::1%lo]", "[::ffff:127.0.0.1%25lo]"]
TARGETS = ["http://{h}/", "http://169.254.169.254/latest/meta-data/", "http://[::1]:{p}/"]
REDIRECTS = [
    "//{h}/",
    "http:{h}/",
    "\\\\{h}\\",
    "http://good.example@{h}/",
    "http://localhost:{p}/",
    "http://2130706433:{p}/",
    "http://0x7f.1:{p}/",
    "http://[::ffff:127.0.0.1]:{p}/",
    "http://[64:ff9b::7f00:1]/",
    "http://１２７.０.０.１:{p}/",
    "http://inside.example/",
    "https://inside.example/",
    "file:///etc/passwd",
    "gopher://{h}/_x",
    "ftp://{h}/x",
    "javascript:alert(1)",
    "data:text/plain,x",
    " http://{h}/",
    "http://{h}\\@good.example/",
]
STATUSES = (301, 302, 303, 307, 308)
PROXY_VARIABLES = (
    "HTTP_PROXY",
    "HTTPS_PROXY",
    "ALL_PROXY",
    "http_proxy",
    "https_proxy",
    "all_proxy",
)


@dataclass(frozen=True, slots=True)
class Form:
    """One attempt.

    url: what is asked for. Names that are not in `names` are resolved by this machine.
    hops: what the public site redirects to in turn, as (status, location); the first answers `url`.
    asked: how often `url` is asked for, one time after the other.
    environment: variables set meanwhile.
    """

    group: str
    url: str
    names: Mapping[str, Answers] = field(default_factory=dict)
    hops: Sequence[tuple[int, str]] = ()
    asked: int = 1
    environment: Mapping[str, str] = field(default_factory=dict)


def forms(port: int) -> list[Form]:
    """Return every form; `port` is a port of 127.0.0.1 at which the canary listens."""
    return [
        *_literal(port),
        *_named(port),
        *_spelled(port),
        *_redirected(port),
        *_rebound(),
        *_by_environment(port),
    ]


def _literal(port: int) -> Iterator[Form]:
    for address in INSIDE_IPV4.split():
        yield Form("IPv4 addresses", f"http://{address}/")
        yield _resolving("names at IPv4 addresses", [address])
    for address in INSIDE_IPV6.split():
        yield Form("IPv6 addresses", f"http://[{address}]/")
        yield _resolving("names at IPv6 addresses", [address])
    yield from (Form("IPv6 zones", f"http://{host}:{port}/") for host in ZONES)
    yield from (
        Form("other notations of IPv4", f"http://{host}:{port}/") for host in ENCODED_IPV4.split()
    )


def _resolving(group: str, addresses: Sequence[str], *, asked: int = 1) -> Form:
    host = "inside-" + addresses[0].replace(":", "-").replace(".", "-") + ".example"
    return Form(group, f"http://{host}/", {host: [addresses]}, asked=asked)


def _named(port: int) -> Iterator[Form]:
    for host in LOCAL_NAMES.split():
        yield Form("names of this machine", f"http://{host}:{port}/")
    for host in UNICODE_HOSTS.split():
        yield Form("Unicode hosts", f"http://{host}:{port}/")
    for host, address in NAMES.items():
        yield Form("names of inner services", f"http://{host}/", {host: [[address]]})
        upper = host.upper() + "."
        yield Form("names of inner services", f"http://{upper}/", {host: [[address]]})


def _spelled(port: int) -> Iterator[Form]:
    here = f"127.0.0.1:{port}"
    names: Mapping[str, Answers] = {"good.example": [[PUBLIC]]}
    for url in SCHEMES.split():
        yield Form("schemes", url.format(h=here))
    for url in SPELLINGS:
        yield Form("spellings", url.format(h=here), names)


def _redirected(port: int) -> Iterator[Form]:
    here = {"h": f"127.0.0.1:{port}", "p": port}
    for status in STATUSES:
        for location in TARGETS:
            yield _redirecting([(status, location.format(**here))])
    for location in REDIRECTS:
        yield _redirecting([(302, location.format(**here))])
    for address in ("10.0.0.1", "100.100.100.200", "168.63.129.16", "192.168.0.1", "0.0.0.0"):
        yield _redirecting([(307, f"http://{address}/")])
    for length in range(2, 7):  # the longest is over what is followed
        onward = [(302, f"/hop-{number}") for number in range(1, length)]
        yield _redirecting([*onward, (302, f"http://127.0.0.1:{port}/")])
    elsewhere = [(302, "http://other.example/hop-1"), (302, f"http://127.0.0.1:{port}/")]
    yield _redirecting(elsewhere)


def _redirecting(hops: Sequence[tuple[int, str]]) -> Form:
    names: Mapping[str, Answers] = {
        "start.example": [[PUBLIC]],
        "other.example": [[PUBLIC_IPV6]],
        "good.example": [[PUBLIC]],
        "inside.example": [["127.0.0.1"]],
    }
    return Form("redirects", "http://start.example/start", names, hops)


def _rebound() -> Iterator[Form]:
    """Names whose answer changes between lookups, or holds public and other addresses."""
    for inside in ("127.0.0.1", "169.254.169.254", "10.0.0.1", "::1", "::ffff:127.0.0.1"):
        public, within = [PUBLIC], [inside]
        for answers in (
            [public, within],
            [within, public, within],
            [public, public, within],
            [[PUBLIC, inside]],
            [[inside, PUBLIC]],
            [[DEAD, inside]],
            [[DEAD], within],
        ):
            host = "rebinding.example"
            yield Form("rebinding", f"http://{host}/", {host: answers}, asked=3)
        hops = [(302, "http://again.example/hop")]
        names = {"again.example": [public, within]}
        yield Form("rebinding", "http://again.example/start", names, hops)
    yield _resolving("rebinding", INSIDE_IPV4.split())


def _by_environment(port: int) -> Iterator[Form]:
    proxy = f"http://127.0.0.1:{port}"
    for variable in PROXY_VARIABLES:
        for url in _public_urls():
            yield _with_environment(url, {variable: proxy})
    for url in _public_urls():
        everything = dict.fromkeys(PROXY_VARIABLES, proxy)
        yield _with_environment(url, everything)
        yield _with_environment(url, {**everything, "NO_PROXY": "", "no_proxy": ""})
        yield _with_environment(url, {**everything, "NO_PROXY": "*.other.example"})
        yield _with_environment(url, {"ALL_PROXY": f"socks5://127.0.0.1:{port}"})


def _with_environment(url: str, variables: Mapping[str, str]) -> Form:
    return Form("environment", url, {"proxied.example": [[PUBLIC]]}, environment=variables)


def _public_urls() -> Iterable[str]:
    return ("http://proxied.example/", "https://proxied.example/")
