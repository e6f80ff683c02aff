"""Finding bytes in files: what of a text, its vectors or its rare words is left on disk."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

_BLOCK_BYTES = 1 << 22


@dataclass(frozen=True, slots=True)
class Traces:
    """Which files hold which needles, by the kind of needle; paths relative to where we looked."""

    found: Mapping[str, frozenset[str]]

    def files(self, *kinds: str) -> list[str]:
        """Return the files that hold a needle of one of these kinds, of any without kinds."""
        wanted = kinds or tuple(self.found)
        return sorted({file for kind in wanted for file in self.found.get(kind, ())})


def traces(
    folder: Path, needles: Mapping[str, Iterable[bytes]], *, leave_out: Iterable[Path] = ()
) -> Traces:
    """Search every byte of every file below `folder`; a file that goes away meanwhile has none."""
    found: dict[str, set[str]] = {kind: set() for kind in needles}
    skipped = tuple(leave_out)
    for file in sorted(folder.rglob("*")):
        if not file.is_file() or any(file.is_relative_to(each) for each in skipped):
            continue
        for kind, wanted in needles.items():
            if _holds(file, tuple(wanted)):
                found[kind].add(str(file.relative_to(folder)))
    return Traces({kind: frozenset(files) for kind, files in found.items()})


def text_needles(text: str, *, least_bytes: int = 16) -> list[bytes]:
    """Return pieces of a text that betray it, short enough to survive being spread over pages.

    Every stretch of `least_bytes` that begins at a multiple of it: a page boundary or an escape
    may hide some of them, never all of a text.
    """
    raw = text.encode()
    last = max(1, len(raw) - least_bytes + 1)
    return [raw[start : start + least_bytes] for start in range(0, last, least_bytes)]


def _holds(file: Path, needles: tuple[bytes, ...]) -> bool:
    longest = max(map(len, needles), default=0)
    try:
        return any(
            needle in block for block in _blocks(file, overlap=longest) for needle in needles
        )
    except FileNotFoundError:
        return False


def _blocks(file: Path, *, overlap: int) -> Iterator[bytes]:
    """Yield the file in blocks, each with the end of the one before."""
    tail = b""
    with file.open("rb") as opened:
        while block := opened.read(_BLOCK_BYTES):
            yield tail + block
            tail = block[-overlap:] if overlap else b""
