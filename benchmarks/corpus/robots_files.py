"""robots.txt of 2,100 hosts, and what RFC 9309 makes of them, written here a second time.

What a file says to us is turned into a document: the answers for some paths, the delay and the
sitemaps. The same is expected of a reference that shares no code with what is tested.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote, urljoin, urlsplit

import httpx

from benchmarks.corpus.records import Expectations, Expected, Recording
from connectors.http.robots import TOKEN, Rules
from connectors.records import Batch, Document

ROBOTS = "robots"
SUITE = "robots_half"
BASE = "http://robots.invalid"
PROBES = (
    "/",
    "/index.html",
    "/search?q=rain",
    "/admin/",
    "/wp-admin/admin.php",
    "/cgi-bin/x",
    "/news/2024/01/a.html",
    "/robots.txt",
)
MOST_OWN_PROBES = 20
LINE = re.compile(r"\s*([A-Za-z][A-Za-z _-]*?)\s*:\s*(.*?)\s*$")
WITHOUT_COLON = re.compile(r"\s*sitemap\s+https?:", re.IGNORECASE)

Rule = tuple[bool, str]
_Compiled = tuple[int, bool, re.Pattern[str]]


def robots_recordings(folder: Path) -> list[Recording]:
    root = folder / "robots_protego" / "tests" / "test_data"
    return [
        Recording(SUITE, str(file.relative_to(folder)), file, ROBOTS, "text/plain")
        for file in sorted(root.iterdir())
    ]


def rules_as_batches(body: bytes, recording: Recording) -> Iterator[Batch]:
    """Say in a document what our reader makes of the file."""
    rules, base = Rules(body), httpx.URL(BASE)
    answers = ["01"[rules.allows(httpx.URL(BASE + path))] for path in _probes(body)]
    metadata = {
        "allowed": "".join(answers),
        "delay": f"{rules.crawl_delay_seconds:g}",
        "sitemaps": "\n".join(rules.sitemaps(base)),
    }
    yield Batch({}, documents=(Document(recording.name, "robots", metadata={**metadata}),))


def robots_expectations(recording: Recording) -> Expectations:
    body = recording.served()
    given, delay = _group(_lines(body))
    rules = [_compiled(rule) for rule in given]
    claims = {
        "allowed": "".join("01"[_allows(rules, path)] for path in _probes(body)),
        "delay": f"{min(delay, 60.0):g}",
        "sitemaps": "\n".join(_sitemaps(body)),
    }
    return Expectations([Expected({**claims})], count=1)


def _lines(body: bytes) -> list[tuple[str, str]]:
    text = body.decode("utf-8", "replace").removeprefix("\ufeff")
    matches = (LINE.match(line.partition("#")[0]) for line in text.splitlines())
    return [(each[1].lower(), each[2]) for each in matches if each]


def _sitemaps(body: bytes) -> list[str]:
    found = [urljoin(BASE, value) for name, value in _lines(body) if name == "sitemap" and value]
    spelt = [each.replace(":80/", "/").replace(" ", "%20") for each in found]
    plain = [each for each in spelt if urlsplit(each).netloc]
    return [*dict.fromkeys(plain)]


def _probes(body: bytes) -> list[str]:
    """Return paths to ask for: some of everywhere, and those that the rules are about."""
    paths = [value for name, value in _lines(body) if name in {"allow", "disallow"}]
    own = [each.replace("*", "x").replace("$", "") for each in paths if each.startswith("/")]
    plain = [each for each in dict.fromkeys(own) if each.isascii() and each.isprintable()]
    return [*PROBES, *(each for each in plain[:MOST_OWN_PROBES] if " " not in each)]


def _group(lines: list[tuple[str, str]]) -> tuple[list[Rule], float]:
    """Return the rules for us: those of groups that name us, else those for everybody."""
    named: dict[str, list[Rule]] = {}
    delays: dict[str, float] = {}
    agents: list[str] = []
    is_open = False
    for name, value in lines:
        if name == "user-agent":
            agents = [*agents, value.lower()] if is_open else [value.lower()]
            named.setdefault(value.lower(), [])
            is_open = True
        elif name in {"allow", "disallow", "crawl-delay"}:
            is_open = False
            for agent in agents:
                if name == "crawl-delay":
                    delays[agent] = _number(value)
                elif value:
                    named[agent].append((name == "allow", value))
    ours = TOKEN if TOKEN in named else "*"
    return named.get(ours, []), delays.get(ours, 0.0)


def _number(text: str) -> float:
    try:
        return max(float(text), 0.0)
    except ValueError:
        return 0.0


def _allows(rules: list[_Compiled], path: str) -> bool:
    """The longest rule that matches counts; of two equally long ones that which allows.

    The file with the rules itself may always be read (RFC 9309, 2.2.2).
    """
    path = _escaped(path)
    matching = [(size, is_allowed) for size, is_allowed, pattern in rules if pattern.match(path)]
    return path == "/robots.txt" or max(matching, default=(0, True))[1]


def _compiled(rule: Rule) -> _Compiled:
    is_allowed, pattern = rule
    parts = map(re.escape, map(_escaped, pattern.removesuffix("$").split("*")))
    end = "$" if pattern.endswith("$") else ""
    return len(_escaped(pattern)), is_allowed, re.compile(".*".join(parts) + end, re.DOTALL)


def _escaped(text: str) -> str:
    return quote(text, safe="/%?=&:;,+!@()'~$[]|{}<>\"^`\\#-._*")
