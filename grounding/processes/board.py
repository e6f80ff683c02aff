"""What every serving process said of itself last, where all of them can read it.

Each process has a file without a name for what it says, so nothing is left behind however they
end, and a process that is started again writes where the one before it did. Nobody locks a file:
a process that is held still in the middle must not hold up the others.
"""

import os
import tempfile
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from multiprocessing.reduction import DupFd
from typing import Any, Final

_NUMBER_BYTES: Final = 8
_TRIES: Final = 3


class Board:
    """One place for each process, from 1. May be handed to a process that is being spawned."""

    def __init__(self, files: Sequence[int]) -> None:
        self._files = tuple(files)

    @classmethod
    def of(cls, processes: int) -> "Board":
        return cls([_unnamed_file() for _ in range(processes)])

    def say(self, number: int, text: bytes) -> None:
        """Replace what process `number` said; empty is nothing. For one thread at a time."""
        head = _number(len(text)) + _number(zlib.crc32(text))
        os.pwrite(self._files[number - 1], head + text, 0)

    def said_beside(self, number: int) -> dict[int, bytes]:
        """Return what every process but `number` said last, of those that said anything."""
        said = {each: self._read(each) for each in range(1, len(self._files) + 1) if each != number}
        return {each: text for each, text in said.items() if text}

    def _read(self, number: int) -> bytes:
        """Return what a process said; nothing if it is found half written time and again."""
        file = self._files[number - 1]
        for _ in range(_TRIES):
            head = os.pread(file, 2 * _NUMBER_BYTES, 0)
            length = int.from_bytes(head[:_NUMBER_BYTES], "big")
            text = os.pread(file, length, 2 * _NUMBER_BYTES)
            if _number(zlib.crc32(text)) == head[_NUMBER_BYTES:]:
                return text
        return b""

    def __reduce__(self) -> tuple[Any, ...]:  # Any: as pickle has it
        return _handed_over, ([DupFd(file) for file in self._files],)


@dataclass(frozen=True, slots=True)
class Seat:
    """Which of the serving processes one is, and where it tells the others."""

    number: int
    board: Board

    def say(self, text: bytes) -> None:
        self.board.say(self.number, text)

    def said_beside(self) -> dict[int, bytes]:
        return self.board.said_beside(self.number)


def _number(value: int) -> bytes:
    return value.to_bytes(_NUMBER_BYTES, "big")


def _unnamed_file() -> int:
    with tempfile.TemporaryFile() as file:
        return os.dup(file.fileno())


def _handed_over(files: Sequence[Any]) -> Board:  # Any: typeshed keeps its type to itself
    return Board([file.detach() for file in files])
