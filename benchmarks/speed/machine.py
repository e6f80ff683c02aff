"""What the machine was doing while something was measured: cores, load, and who used them."""

import os
import time
from dataclasses import dataclass
from typing import Self

import psutil

from benchmarks import cpu


@dataclass(frozen=True, slots=True)
class _Instant:
    at: float
    load: float
    busy: float
    ours: float


class Watch:
    """Looks at the machine when made and when told: `processes` are ours beside this one."""

    def __init__(self, *processes: int) -> None:
        self._processes = processes
        self._begun = self._now()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """Nothing to end."""

    def told(self) -> str:
        """Say in a line how many cores there are, their load, and what others took of them."""
        begun, now = self._begun, self._now()
        seconds, busy = now.at - begun.at, now.busy - begun.busy
        others = max(0.0, busy - (now.ours - begun.ours))
        return (
            f"{os.cpu_count()} cores, load {begun.load:.1f} before and {now.load:.1f} after,"
            f" {others / seconds:.2f} cores taken by other processes over {seconds:.0f} s"
        )

    def _now(self) -> _Instant:
        times = psutil.cpu_times()
        idle = times.idle + getattr(times, "iowait", 0.0)
        # What runs in a guest is counted as user time already, stolen time is nobody's here.
        counted = sum(times) - getattr(times, "guest", 0.0) - getattr(times, "guest_nice", 0.0)
        ours = cpu.own_seconds() + sum(cpu.process_seconds(pid) for pid in self._processes)
        return _Instant(time.monotonic(), os.getloadavg()[0], counted - idle, ours)
