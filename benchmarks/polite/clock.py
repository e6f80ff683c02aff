"""A clock for a day in minutes: real time passes, and what nobody needs is skipped."""

import time
from datetime import datetime, timedelta


class SkippingClock:
    """Real time plus all that was skipped; what waits a second really waits one."""

    def __init__(self, start: datetime) -> None:
        self.start = start
        self._begun = time.monotonic()
        self._skipped = 0.0

    def __call__(self) -> datetime:
        return self.start + timedelta(seconds=self.monotonic())

    def monotonic(self) -> float:
        """Return seconds since the start."""
        return time.monotonic() - self._begun + self._skipped

    def skip_to(self, seconds: float) -> None:
        """Let it be at least so many seconds after the start."""
        self._skipped += max(0.0, seconds - self.monotonic())
