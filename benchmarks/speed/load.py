"""Callers in a process of their own: `python -m benchmarks.speed.load`, orders in, figures out.

The process reads one JSON object from standard input (see `Order`) and prints one (see `Served`).
It stays cheap: bytes are put together beforehand, and answers are read but not parsed.
"""

import asyncio
import json
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from urllib.parse import urlsplit

OK, BUSY = 200, 503
_LONGEST_PAUSE_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class Order:
    """What to send to `path` below `url`: each body once, by so many callers.

    a_second: how many bodies fall due each second, whether or not earlier ones were answered;
        None is as fast as the callers are served.
    """

    url: str
    path: str
    bodies: Sequence[Mapping[str, object]]
    callers: int
    a_second: float | None = None


@dataclass(frozen=True, slots=True)
class Served:
    """What became of an order; seconds: from when each body fell due or was sent to its answer.

    refused: how often a caller was told to come back, and did. failed: other answers, by status.
    cpu_seconds: of the callers' process, from the first body to the last answer.
    """

    seconds: list[float]
    refused: int
    failed: dict[str, int]
    wall_seconds: float
    cpu_seconds: float

    @property
    def a_second(self) -> float:
        return len(self.seconds) / self.wall_seconds


class Callers:
    """The process at work on one order; `wait` gives what became of it."""

    def __init__(self, order: Order) -> None:
        # Not a pipe, which could fill: then the process would wait for us and seem to be asking.
        self._told = tempfile.TemporaryFile("w+")  # noqa: SIM115 - closed by `wait`
        self._process = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.speed.load"],
            stdin=subprocess.PIPE,
            stdout=self._told,
            text=True,
        )
        assert self._process.stdin is not None  # narrows what subprocess leaves open
        self._process.stdin.write(json.dumps(asdict(order)))
        self._process.stdin.close()

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def is_done(self) -> bool:
        return self._process.poll() is not None

    def wait(self) -> Served:
        """Return when every body was answered.

        Raises:
            RuntimeError: a connection broke, or the process ended in another error.
        """
        with self._told:
            if self._process.wait() != 0:
                raise RuntimeError("the callers' process failed; see its message above")
            self._told.seek(0)
            return Served(**json.load(self._told))


def served(order: Order) -> Served:
    return Callers(order).wait()


async def _carried_out(order: Order) -> Served:
    waiting = iter(_requests(order))
    begun, begun_cpu = time.perf_counter(), time.process_time()
    seconds: list[float] = []
    statuses: Counter[int] = Counter()
    due = _due(order.a_second, begun)
    callers = [_Caller(order.url, seconds, statuses) for _ in range(order.callers)]
    await asyncio.gather(*(caller.call(waiting, due) for caller in callers))
    wall, spent = time.perf_counter() - begun, time.process_time() - begun_cpu
    refused = statuses.pop(BUSY, 0)
    statuses.pop(OK, None)
    return Served(seconds, refused, {str(k): v for k, v in statuses.items()}, wall, spent)


class _Caller:
    """One connection that sends whatever is next as soon as it may."""

    def __init__(self, url: str, seconds: list[float], statuses: "Counter[int]") -> None:
        parts = urlsplit(url)
        self._host, self._port = parts.hostname, parts.port
        self._seconds, self._statuses = seconds, statuses

    async def call(self, waiting: Iterator[bytes], due: Iterator[float | None]) -> None:
        reader, writer = await asyncio.open_connection(self._host, self._port)
        for request in waiting:
            at = next(due)
            if at is not None:
                await asyncio.sleep(max(0.0, at - time.perf_counter()))
            begun = time.perf_counter() if at is None else at
            while (status := await _sent(reader, writer, request)) == BUSY:
                self._statuses[status] += 1
                await asyncio.sleep(_LONGEST_PAUSE_SECONDS)
            self._statuses[status] += 1
            if status == OK:
                self._seconds.append(time.perf_counter() - begun)
        writer.close()


async def _sent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, request: bytes) -> int:
    writer.write(request)
    head = (await reader.readuntil(b"\r\n\r\n")).lower()
    length = int(head.partition(b"content-length:")[2].split(b"\r\n", 1)[0])
    await reader.readexactly(length)
    return int(head.split(b" ", 2)[1])


def _due(a_second: float | None, begun: float) -> Iterator[float | None]:
    number = 0
    while True:
        yield None if a_second is None else begun + number / a_second
        number += 1


def _requests(order: Order) -> list[bytes]:
    host = urlsplit(order.url).netloc
    made = []
    for body in order.bodies:
        sent = json.dumps(body).encode()
        head = (
            f"POST {order.path} HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/json\r\n"
            f"Content-Length: {len(sent)}\r\n\r\n"
        )
        made.append(head.encode() + sent)
    return made


if __name__ == "__main__":
    print(json.dumps(asdict(asyncio.run(_carried_out(Order(**json.load(sys.stdin)))))))
