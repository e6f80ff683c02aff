"""Is it a good guest: 200 hosts polled through a day, what did they see, and what did it save?

Hosts change at rates from ten minutes to four days, validate or do not, wish intervals, rest,
hours and delays, and refuse now and then for as long as they say. The poller that it is compared
with asks for everything every 15 minutes, unconditionally, and embeds what it gets.
"""

import statistics
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from benchmarks import cpu
from benchmarks.histories.fakes import WordEmbedder
from benchmarks.polite.clock import SkippingClock
from benchmarks.polite.day import Day, live_through, pages_of, source_of
from benchmarks.polite.hosts import DAY_SECONDS, PAGES, Host, Shape, hosts
from benchmarks.polite.server import Seen, Web
from benchmarks.records import Baseline, Context, Figure
from indexer.chunk import ChunkLimits, split

HOSTS = 200
TWINS = 20
"""So many hosts are read by two sources, which must not meet there."""
NAIVE_SECONDS = 900.0
NAIVE = "a poller that asks for everything every 15 minutes and embeds what it gets"
START = datetime(2026, 3, 2, tzinfo=UTC)


def run(context: Context) -> list[Figure]:
    world = hosts(context.seed, HOSTS)
    clock = SkippingClock(START)
    folder = context.workspace / "service"
    folder.mkdir(parents=True)
    started, cpu_before = time.perf_counter(), cpu.own_seconds()
    with Web(world, START, clock.monotonic) as web:
        urls = web.urls()
        configured = [source_of(host, urls[host.name]) for host in world]
        configured += [source_of(host, urls[host.name], twin=True) for host in world[:TWINS]]
        day = live_through(folder, configured, clock, say=context.say)
        seen = web.seen()
    seconds, cpu_seconds = time.perf_counter() - started, cpu.own_seconds() - cpu_before
    return [
        *_requests(world, seen),
        *_rudeness(seen),
        _embeddings(world, day),
        *_lags(world, day),
        *(Figure(f"reads: {status}", count, "reads") for status, count in day.reads.items()),
        Figure("the day took", seconds, "s", None, cpu_seconds),
    ]


def _requests(world: Sequence[Host], seen: Mapping[str, Seen]) -> list[Figure]:
    by_host = [each.requests for each in seen.values()]
    statuses: Counter[int] = sum((each.statuses for each in seen.values()), Counter())
    naive = [DAY_SECONDS / NAIVE_SECONDS * pages_of(host) for host in world]
    can_validate = {host.name for host in world if host.validator.value in ("etag", "date")}
    validated: Counter[int] = sum((seen[name].statuses for name in can_validate), Counter())
    asked = statuses[200] + statuses[304]
    return [
        Figure("hosts", len(world), "hosts"),
        Figure("requests", sum(by_host), "requests", Baseline(NAIVE, sum(naive))),
        Figure("requests of a host, median", statistics.median(by_host), "requests"),
        Figure("requests of a host, most", max(by_host), "requests"),
        Figure("share of 304s", 100 * statuses[304] / asked, "%"),
        Figure(
            "share of 304s, hosts that validate",
            100 * validated[304] / (validated[200] + validated[304]),
            "%",
        ),
        Figure("bytes sent to us", sum(each.bytes_sent for each in seen.values()) / 1e6, "MB"),
    ]


def _rudeness(seen: Mapping[str, Seen]) -> list[Figure]:
    every = list(seen.values())
    return [
        Figure("most requests at once to a host", max(each.most_in_flight for each in every), ""),
        Figure("requests before Retry-After was over", sum(each.within_rest for each in every), ""),
        Figure("refusals with Retry-After", sum(map(_refusals, every)), ""),
        Figure("requests that robots.txt forbids", sum(each.forbidden for each in every), ""),
        Figure("requests sooner than Crawl-delay", sum(each.too_soon for each in every), ""),
    ]


def _refusals(seen: Seen) -> int:
    return seen.statuses[429] + seen.statuses[503]


def _embeddings(world: Sequence[Host], day: Day) -> Figure:
    naive = Baseline(NAIVE, sum(map(_naive_embeddings, world)))
    return Figure("passages embedded", day.embeddings, "passages", naive)


def _naive_embeddings(host: Host) -> int:
    """Count the passages of all that is shown at each poll of the naive poller."""
    polls = [number * NAIVE_SECONDS for number in range(int(DAY_SECONDS / NAIVE_SECONDS))]
    passages = {number: _passages(host.text(number)) for number in range(len(host.changes))}
    if host.shape in (Shape.FEED, Shape.LIST):
        return sum(passages[number] for at in polls for number in host.shown(at))
    pages = range(PAGES) if host.shape is Shape.SITE else range(1)
    return sum(_passages(host.page_text(page, at)) for at in polls for page in pages)


def _passages(text: str) -> int:
    embedder = WordEmbedder()
    limits = ChunkLimits.within(embedder.max_tokens)
    return len(split(text, title="", token_spans=embedder.token_spans, limits=limits))


def _lags(world: Sequence[Host], day: Day) -> list[Figure]:
    """Return how long after they appeared items were stored, of feeds and lists."""
    lags, missed = [], 0
    for host in world:
        if host.shape not in (Shape.FEED, Shape.LIST):
            continue
        prefix = f"{host.name}-" if host.shape is Shape.FEED else "i"
        for number, at in enumerate(host.changes):
            stored = day.first_seen.get((host.name, f"{prefix}{number}"))
            if at < 0:
                continue
            if stored is None:
                missed += at < DAY_SECONDS - 6 * 3600
            else:
                lags.append((stored - at) / 60)
    naive = Baseline("half of 15 minutes", NAIVE_SECONDS / 120)
    return [
        Figure("items that appeared and were stored", len(lags), "items"),
        Figure("items that appeared six hours before the end and were not", missed, "items"),
        Figure("from appearing to stored, median", statistics.median(lags), "min", naive),
        Figure("from appearing to stored, 95 %", statistics.quantiles(lags, n=20)[-1], "min"),
    ]
