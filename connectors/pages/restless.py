"""A page that changes on every read: when is another version of it worth having?

Counters, clocks and lists of what others read change with every look and say nothing new. From
the fifth change in a row on, a version is handed over if its words differ, numbers and a few
words aside, or after a pause that doubles each time. Pure: what was known, what was found and
the time go in, a decision comes out.
"""

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Self

from connectors.records import JsonValue

PATIENCE = 5
"""The change in a row with which a page counts as restless."""
SKETCHED_FROM = PATIENCE - 1
"""The change with which its words begin to be remembered, to compare the next with."""
MOST_ALIKE = 0.9
SHORTEST_PAUSE_SECONDS = 900
LONGEST_PAUSE_SECONDS = 86_400
WORDS_PER_SHINGLE = 3
SKETCH_SIZE = 64

_WORD = re.compile(r"[^\W\d_]+")


@dataclass(frozen=True, slots=True)
class Rhythm:
    """How a page has behaved.

    changes: reads in a row, up to the last, in which it had changed.
    handed_at: second of the epoch at which its last version was handed over.
    pause_seconds: how long small changes are kept back from then on; 0 until it is restless.
    sketch: of the words of the version handed over last.
    """

    changes: int = 0
    handed_at: int = 0
    pause_seconds: int = 0
    sketch: tuple[int, ...] = ()

    @classmethod
    def from_cursor(cls, given: object) -> Self:
        """Read what `as_cursor` wrote; anything else counts as never seen to change."""
        if not isinstance(given, Mapping):
            return cls()
        sketch = given.get("sketch")
        return cls(
            changes=_whole(given.get("changes")),
            handed_at=_whole(given.get("handed_at")),
            pause_seconds=_whole(given.get("pause_seconds")),
            sketch=tuple(map(_whole, sketch)) if isinstance(sketch, list) else (),
        )

    def as_cursor(self) -> dict[str, JsonValue]:
        known: dict[str, JsonValue] = {
            "changes": self.changes,
            "handed_at": self.handed_at,
            "pause_seconds": self.pause_seconds,
            "sketch": list(self.sketch),
        }
        return {name: value for name, value in known.items() if value}

    @property
    def is_restless(self) -> bool:
        return self.changes >= PATIENCE


@dataclass(frozen=True, slots=True)
class Decision:
    rhythm: Rhythm
    is_handed_over: bool


def unchanged(rhythm: Rhythm) -> Rhythm:
    """A page that was once as it had been is at rest again."""
    return replace(rhythm, changes=0, pause_seconds=0, sketch=())


def changed(rhythm: Rhythm, text: str, *, at: int) -> Decision:
    """Decide whether the changed `text` of a page is handed over at second `at`."""
    changes = rhythm.changes + 1
    if changes < PATIENCE:
        sketch = sketch_of(text) if changes >= SKETCHED_FROM else ()
        return Decision(Rhythm(changes, at, 0, sketch), is_handed_over=True)
    sketch = sketch_of(text)
    pause = rhythm.pause_seconds or SHORTEST_PAUSE_SECONDS
    if similarity(rhythm.sketch, sketch) < MOST_ALIKE:
        return Decision(Rhythm(changes, at, pause, sketch), is_handed_over=True)
    if at - rhythm.handed_at >= pause:
        longer = min(2 * pause, LONGEST_PAUSE_SECONDS)
        return Decision(Rhythm(changes, at, longer, sketch), is_handed_over=True)
    held = replace(rhythm, changes=changes, pause_seconds=pause)
    return Decision(held, is_handed_over=False)


def sketch_of(text: str) -> tuple[int, ...]:
    """Return the smallest hashes of the text's runs of words: sketches of like texts are alike."""
    words = _WORD.findall(text.lower())
    runs = {
        " ".join(words[start : start + WORDS_PER_SHINGLE])
        for start in range(max(1, len(words) - WORDS_PER_SHINGLE + 1))
    }
    hashes = (hashlib.blake2b(run.encode(), digest_size=4).digest() for run in runs)
    return tuple(sorted(int.from_bytes(each, "big") for each in hashes)[:SKETCH_SIZE])


def similarity(one: Sequence[int], other: Sequence[int]) -> float:
    """Estimate how many of the runs of words in either text are in both (Jaccard index)."""
    smallest = sorted({*one, *other})[:SKETCH_SIZE]
    if not smallest:
        return 1.0
    return len({*smallest} & {*one} & {*other}) / len(smallest)


def _whole(given: object) -> int:
    return int(given) if isinstance(given, int | float) else 0
