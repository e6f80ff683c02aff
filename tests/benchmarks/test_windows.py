import json
import random
from datetime import UTC, datetime, timedelta
from pathlib import Path

from benchmarks.absence import Turn
from benchmarks.replay import MICROSECOND, Poll, Read
from benchmarks.tasks.windows import shaken, turn_of

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


def reads() -> list[Read]:
    polls = [Poll(NOON + number * HOUR, Path("a")) for number in range(2)]
    return [Read(poll, poll.at + MICROSECOND, poll.at + HOUR) for poll in polls]


def test_what_happens_while_a_read_is_stored_belongs_to_it() -> None:
    assert turn_of("k", NOON, reads()) == Turn("k", 0)
    assert turn_of("k", NOON + HOUR + MICROSECOND, reads()) == Turn("k", 1)


def test_what_happens_between_reads_belongs_to_none() -> None:
    assert turn_of("k", NOON - HOUR, reads()) == Turn("k", -1)
    assert turn_of("k", NOON + 2 * MICROSECOND, reads()) == Turn("k", -1)


def test_shaken_polls_keep_their_times_and_lose_items(tmp_path: Path) -> None:
    file = tmp_path / "poll.json"
    file.write_text(json.dumps([{"id": number} for number in range(100)]))

    [poll] = shaken([Poll(NOON, file)], tmp_path / "shaken", random.Random(1))

    kept = json.loads(poll.file.read_bytes())
    assert poll.at == NOON
    assert 60 < len(kept) < 95
