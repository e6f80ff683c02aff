"""Whether and when to try again: growing, jittered delays within one deadline for all attempts."""

import random
import time
from dataclasses import dataclass

from grounding.client.call import Call
from grounding.client.errors import Busy, GroundingError, TimedOut, Unreachable

_FIRST_DELAY_SECONDS = 0.1
_MAX_DELAY_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Patience:
    """How long and how often to try, for every call of a client."""

    timeout_seconds: float
    attempts: int

    def __post_init__(self) -> None:
        if self.timeout_seconds <= 0:
            raise ValueError(f"timeout_seconds: expected more than 0, got {self.timeout_seconds}")
        if self.attempts < 1:
            raise ValueError(f"attempts: expected at least 1, got {self.attempts}")


class Course:
    """One call on its way through its attempts."""

    def __init__(self, call: Call[object], patience: Patience) -> None:
        self._call = call
        self._attempts_left = patience.attempts
        self._delay = _FIRST_DELAY_SECONDS
        self._deadline = time.monotonic() + patience.timeout_seconds + call.extra_seconds

    def seconds_left(self) -> float:
        """Time that the next attempt may take.

        Raises:
            TimedOut: there is none.
        """
        left = self._deadline - time.monotonic()
        if left <= 0:
            raise TimedOut(f"{self._call.method} {self._call.path}: no answer in time")
        return left

    def pause_after(self, error: GroundingError) -> float:
        """Seconds to wait before the next attempt.

        Raises:
            GroundingError: the one given, if there is to be no other attempt.
        """
        self._attempts_left -= 1
        if self._attempts_left == 0 or not self._may_repeat(error):
            raise error
        pause = self._delay * random.uniform(0.5, 1.0)  # noqa: S311 - spreads load, hides nothing
        self._delay = min(2 * self._delay, _MAX_DELAY_SECONDS)
        if isinstance(error, Busy) and error.retry_after_seconds is not None:
            pause = max(pause, error.retry_after_seconds)
        if time.monotonic() + pause >= self._deadline:
            raise error
        return pause

    def _may_repeat(self, error: GroundingError) -> bool:
        if isinstance(error, Unreachable) and not error.was_sent:
            return True
        return self._call.is_repeatable and isinstance(error, (Unreachable, Busy))
