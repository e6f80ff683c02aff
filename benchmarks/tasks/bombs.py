"""Does a source built to exhaust its reader slow the service, fill its memory, or outstay its time?

Each bomb is a source of the real service, with 5 s to fetch it, beside good feeds that are read
every second: their lag is the time from when a read is due to its end. First the bombs are read one
at a time, for the time and the memory of each; then eight at a time, again and again without a
pause, which no schedule would do; with calms between. Documents of megabytes, which would take a
processor's time if they meant well, are tried apart.
"""

import sqlite3
import statistics
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import cycle
from pathlib import Path

from benchmarks import cpu
from benchmarks.bombs.bomb import Bomb
from benchmarks.bombs.compressed import compressed_bombs
from benchmarks.bombs.documents import document_bombs
from benchmarks.bombs.good import GoodFeeds
from benchmarks.bombs.memory import Memory
from benchmarks.bombs.runs import planned_runs, within
from benchmarks.bombs.site import BombSite
from benchmarks.bombs.transport import transport_bombs
from benchmarks.records import Baseline, Context, Figure
from benchmarks.service import Json, Service

TIMEOUT_SECONDS = 5
GRACE_SECONDS = 2
MOST_MEBIBYTES = 32
GOOD_FEEDS = 4
BOMBS_AT_ONCE = 8
STEADY_SECONDS = 10
STEADY_MEBIBYTES = 2
LONGEST_WARM_UP_SECONDS = 90
ROUNDS = 4
ROUND_SECONDS = 8
PATIENCE_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Burst:
    """What became of one bomb that was read alone."""

    bomb: Bomb
    seconds: float
    mebibytes: float
    error: str | None


@dataclass(slots=True)
class Lags:
    """Lags of the good feeds in seconds: calm between single bombs, and while one is read; calm
    between rounds of eight at a time, and under such that are not large, and that are.
    """

    between: list[float] = field(default_factory=list)
    beside_one: list[float] = field(default_factory=list)
    calm: list[float] = field(default_factory=list)
    under_fire: list[float] = field(default_factory=list)
    beside_large: list[float] = field(default_factory=list)


def run(context: Context) -> list[Figure]:
    bombs = [*transport_bombs(), *compressed_bombs(), *document_bombs()]
    context.say(f"{len(bombs)} bombs")
    with BombSite(bombs) as site, GoodFeeds(GOOD_FEEDS) as good:
        sources = [*good.sources(schedule="every 1s"), *map(site.source, bombs)]
        fetch = {"timeout": f"{TIMEOUT_SECONDS}s"}
        with Service(context.workspace / "service", sources, fetch=fetch) as service:
            service.start()
            memory = Memory(service.process.pid)
            start_mebibytes = _warmed_up(memory, context)
            lags = Lags()
            bursts = _one_at_a_time(service, memory, bombs, lags, context)
            end_mebibytes = memory.now
            _under_fire(service, bombs, lags, context)
            used = cpu.process_seconds(service.process.pid)
            leaks = _leaked(service.database)
    return [
        *_alone(bursts, used),
        Figure("memory kept after all of them", end_mebibytes - start_mebibytes, "MiB"),
        Figure("documents with the text of local files", leaks, "documents"),
        *_together(lags),
    ]


def _warmed_up(memory: Memory, context: Context) -> float:
    """Wait until the good feeds have filled every cache; return what is resident then."""
    started, before = time.monotonic(), 0.0
    while memory.now - before > STEADY_MEBIBYTES:
        before = memory.now
        time.sleep(STEADY_SECONDS)
        if time.monotonic() - started > LONGEST_WARM_UP_SECONDS:
            break
    context.say(f"warm after {time.monotonic() - started:.0f} s: {memory.now:.0f} MiB")
    return memory.now


def _one_at_a_time(
    service: Service, memory: Memory, bombs: Sequence[Bomb], lags: Lags, context: Context
) -> list[Burst]:
    """Read every bomb once, in several parts with a calm before each."""
    bursts = list[Burst]()
    for number in range(ROUNDS):
        lags.between += _round(service, [], context)
        with _noted(service, lags.beside_one):
            bursts += [_burst(service, memory, bomb, context) for bomb in bombs[number::ROUNDS]]
    return bursts


def _burst(service: Service, memory: Memory, bomb: Bomb, context: Context) -> Burst:
    memory.reset_peak()
    before = memory.now
    started = time.monotonic()
    ended = _read(service, bomb)
    waited = time.monotonic() - started
    seconds = _seconds(ended) if ended["finished_at"] else waited
    burst = Burst(bomb, seconds, memory.peak - before, ended["error"])
    context.say(
        f"{bomb.name}: {burst.seconds:.2f} s, {burst.mebibytes:.1f} MiB "
        f"(of {memory.now:.0f}), {burst.error}"
    )
    return burst


def _read(service: Service, bomb: Bomb) -> Json:
    path = f"/v1/sources/{bomb.source_name}/sync?wait_seconds={PATIENCE_SECONDS}"
    return service.post(path, {})


def _seconds(ended: Json) -> float:
    start, end = (datetime.fromisoformat(ended[name]) for name in ("started_at", "finished_at"))
    return (end - start).total_seconds()


def _under_fire(service: Service, bombs: Sequence[Bomb], lags: Lags, context: Context) -> None:
    large = [bomb for bomb in bombs if bomb.is_large]
    others = [bomb for bomb in bombs if not bomb.is_large]
    for number in range(ROUNDS):
        lags.calm += _round(service, [], context)
        lags.under_fire += _round(service, others[number::ROUNDS], context)
        lags.calm += _round(service, [], context)
        lags.beside_large += _round(service, large[number::ROUNDS], context)


def _round(service: Service, bombs: Sequence[Bomb], context: Context) -> list[float]:
    """Have these bombs read, again and again for a while; return the lags of the good feeds."""
    lags = list[float]()
    with _noted(service, lags):
        _bombed(service, bombs)
    context.say(f"{len(bombs)} bombs: {statistics.mean(lags):.3f} s over {len(lags)} reads")
    return lags


def _bombed(service: Service, bombs: Sequence[Bomb]) -> None:
    ends = time.monotonic() + ROUND_SECONDS

    def read_on(mine: Sequence[Bomb]) -> None:
        for bomb in cycle(mine):
            if time.monotonic() >= ends:
                return
            _read(service, bomb)

    if bombs:
        shares = [bombs[n::BOMBS_AT_ONCE] for n in range(min(BOMBS_AT_ONCE, len(bombs)))]
        with ThreadPoolExecutor(BOMBS_AT_ONCE) as pool:
            list(pool.map(read_on, shares))
    else:
        time.sleep(ROUND_SECONDS)


@contextmanager
def _noted(service: Service, lags: list[float]) -> Iterator[None]:
    """Add the lags of the reads of good feeds that were due within the block.

    Raises:
        RuntimeError: one of them failed.
    """
    started_at = datetime.now(UTC)
    yield
    over_at = datetime.now(UTC)
    time.sleep(GRACE_SECONDS)
    runs = within(planned_runs(service.database), started_at, over_at)
    failed = sum(not run.is_ok for run in runs)
    if failed:
        raise RuntimeError(f"{failed} of {len(runs)} reads of good feeds failed")
    lags += [run.lag_seconds for run in runs]


def _alone(bursts: Sequence[Burst], used: float) -> list[Figure]:
    slowest = max(bursts, key=lambda burst: burst.seconds)
    largest = max(bursts, key=lambda burst: burst.mebibytes)
    late = [b for b in bursts if b.seconds > TIMEOUT_SECONDS + GRACE_SECONDS]
    heavy = [b for b in bursts if b.mebibytes >= MOST_MEBIBYTES]
    return [
        Figure("bombs", len(bursts), "bombs"),
        Figure(
            f"not over {GRACE_SECONDS} s after their deadline",
            len(late),
            "bombs",
            notes=", ".join(burst.bomb.name for burst in late),
        ),
        Figure("longest", slowest.seconds, "s", Baseline("the deadline", TIMEOUT_SECONDS), used,
               slowest.bomb.name),
        Figure(
            f"that take {MOST_MEBIBYTES} MiB or more",
            len(heavy),
            "bombs",
            notes=", ".join(burst.bomb.name for burst in heavy),
        ),
        Figure("most memory", largest.mebibytes, "MiB", notes=largest.bomb.name),
    ]  # fmt: skip


def _together(lags: Lags) -> list[Figure]:
    return [
        *_grown("one", lags.beside_one, lags.between),
        *_grown("eight", lags.under_fire, lags.calm),
        *_grown("eight documents of megabytes", lags.beside_large, lags.calm),
    ]


def _grown(bombs: str, lags: Sequence[float], calm: Sequence[float]) -> list[Figure]:
    """Tell the lags beside so many bombs at a time."""
    mean = statistics.mean(lags)
    without = Baseline(f"no bombs, {len(calm)} reads", statistics.mean(calm))
    return [
        Figure(f"reads of good feeds beside {bombs}", len(lags), "reads"),
        Figure(f"lag beside {bombs}", mean, "s", without),
        Figure(f"lag beside {bombs}, p95", _p95(lags), "s", Baseline("no bombs", _p95(calm))),
        Figure(f"growth of the lag beside {bombs}", mean / without.value, "times"),
    ]


def _p95(lags: Sequence[float]) -> float:
    return statistics.quantiles(lags, n=20)[-1]


def _leaked(database: Path) -> int:
    with closing(sqlite3.connect(database)) as opened:
        found = opened.execute("SELECT count(*) FROM document WHERE text LIKE '%root:%'")
        return int(found.fetchone()[0])
