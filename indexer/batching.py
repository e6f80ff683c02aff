"""Batches across threads: whoever waits when the last batch is done forms the next.

    submit ─▶ nobody works? ─▶ lead: take who waits, run, hand the lead on, wake the others
                  │ no                                       │
                  └──▶ wait ─▶ woken with a result ◀─────────┤
                           └─▶ woken to lead ◀───────────────┘

There is no timer and no thread: one who comes alone runs at once, in their own thread. Whoever
waits blocks a thread, so the queue is as long as there are threads that submit.
"""

import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

from indexer.caller import Caller, present_caller
from indexer.errors import CallerLeft
from indexer.tally import Tally

Item = TypeVar("Item")
Result = TypeVar("Result")


class BatchStatistics:
    """What a batcher has done: how large its batches were, and what waiting for one took.

    dropped: those whose caller had left before their batch began.
    """

    def __init__(self) -> None:
        self.sizes = Tally((1, 2, 4, 8, 16, 32, 64))
        self.wait_seconds = Tally((0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5))
        self.dropped = 0


class Batcher(Generic[Item, Result]):
    """Runs what is submitted one by one in batches of at most `most`, one batch at a time.

    run: returns a result for each item, in order, whatever else is in the batch. Where a batch
        fails, its items are run one by one, so that one bad item fails alone.
    """

    def __init__(
        self,
        run: Callable[[Sequence[Item]], Sequence[Result]],
        *,
        most: int,
        statistics: BatchStatistics,
    ) -> None:
        self._run = run
        self._most = most
        self._statistics = statistics
        self._lock = threading.Lock()
        self._waiting: deque[_Turn[Item, Result]] = deque()
        self._is_led = False

    @property
    def waiting(self) -> int:
        """How many wait for a batch to begin."""
        return len(self._waiting)

    def submit(self, item: Item) -> Result:
        """Return the result of an item; it may run in another caller's thread.

        Raises:
            CallerLeft: nobody waited for it any more when its batch began.
            Exception: whatever the item raises when it is run alone.
        """
        turn: _Turn[Item, Result] = _Turn(item, present_caller())
        with self._lock:
            leads, self._is_led = not self._is_led, True
            if not leads:
                self._waiting.append(turn)
        if not leads:
            turn.wait()
        if not turn.is_over:
            self._lead(turn)
        return turn.result()

    def _lead(self, own: "_Turn[Item, Result]") -> None:
        with self._lock:
            batch = [own, *self._joining(self._most - 1)]
        self._note(batch)
        try:
            self._carry_out(batch)
        finally:
            self._hand_on()
            for each in batch[1:]:
                each.wake()

    def _hand_on(self) -> None:
        with self._lock:
            leaders = self._joining(1)
            self._is_led = bool(leaders)
        for each in leaders:
            each.wake()

    def _joining(self, most: int) -> "list[_Turn[Item, Result]]":
        """Take those who have waited longest, but none whose caller has left."""
        joining: list[_Turn[Item, Result]] = []
        while self._waiting and len(joining) < most:
            turn = self._waiting.popleft()
            if turn.caller.has_left:
                self._statistics.dropped += 1
                turn.fail(CallerLeft("nobody waits for the answer any more"))
                turn.wake()
            else:
                joining.append(turn)
        return joining

    def _note(self, batch: "Sequence[_Turn[Item, Result]]") -> None:
        now = time.perf_counter()
        self._statistics.sizes.add(len(batch))
        for each in batch:
            self._statistics.wait_seconds.add(now - each.began)

    def _carry_out(self, batch: "Sequence[_Turn[Item, Result]]") -> None:
        try:
            results = self._run([each.item for each in batch])
            for each, result in zip(batch, results, strict=True):
                each.succeed(result)
        except BaseException as error:  # noqa: BLE001 - raised where the result is taken
            if len(batch) > 1 and isinstance(error, Exception):
                for each in batch:
                    self._carry_out([each])
                return
            for each in batch:
                each.fail(error)


class _Turn(Generic[Item, Result]):
    """One item on its way, and the thread that waits for it."""

    def __init__(self, item: Item, caller: Caller) -> None:
        self.item = item
        self.caller = caller
        self.began = time.perf_counter()
        self.is_over = False
        self._result: Result | None = None
        self._error: BaseException | None = None
        self._sleep = threading.Lock()
        self._sleep.acquire()

    def wait(self) -> None:
        self._sleep.acquire()

    def wake(self) -> None:
        self._sleep.release()

    def succeed(self, result: Result) -> None:
        self._result, self.is_over = result, True

    def fail(self, error: BaseException) -> None:
        self._error, self.is_over = error, True

    def result(self) -> Result:
        if self._error is not None:
            raise self._error
        return self._result  # type: ignore[return-value]  # None only where Result is
