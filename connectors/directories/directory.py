"""What a directory holds: the regular files below it that patterns choose, with their stamps."""

import os
import stat
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from fnmatch import fnmatchcase
from pathlib import Path, PurePosixPath
from typing import Protocol

from connectors.errors import RetryLater, SourceBroken
from connectors.records import Failure
from connectors.text.fields import storable

LONGEST_PATH = 500


@dataclass(frozen=True, slots=True)
class Stamp:
    """What the file system says of a file.

    mark: changes with the content: a time in nanoseconds, an ETag, a checksum.
    size: None where the file system does not say.
    """

    mark: int | str
    size: int | None
    modified_at: datetime | None


@dataclass(frozen=True, slots=True)
class Listing:
    """Chosen files by POSIX path below the root; not whole if a directory could not be listed."""

    stamps: dict[str, Stamp]
    failures: tuple[Failure, ...] = ()
    is_whole: bool = True


class Place(Protocol):
    """Where the files are: a directory of this machine, or one that is reached over a network."""

    def listing(self, *, include: Sequence[str], exclude: Sequence[str]) -> Listing:
        """List the chosen files.

        Raises:
            RetryLater: the place cannot be reached now.
            SourceBroken: it is no directory, or the way to it is configured wrongly.
        """

    def read(self, key: str, *, max_bytes: int) -> bytes:
        """Return the file, or its first `max_bytes` and one more where it is longer.

        Raises:
            OSError: this file cannot be read now.
            RetryLater: no file can.
        """


class Directory:
    """A directory of this machine."""

    def __init__(self, root: Path, *, source: str) -> None:
        self._root = root
        self._source = source

    def listing(self, *, include: Sequence[str], exclude: Sequence[str]) -> Listing:
        root = self._root
        try:
            return list_files(root, include=include, exclude=exclude)
        except NotADirectoryError as error:
            raise SourceBroken(f"source {self._source}: {root} is not a directory") from error
        except OSError as error:
            reason = error.strerror or "unreadable"
            raise RetryLater(f"source {self._source}: cannot list {root}: {reason}") from error

    def read(self, key: str, *, max_bytes: int) -> bytes:
        with (self._root / key).open("rb") as file:
            return file.read(max_bytes + 1)


def list_files(root: Path, *, include: Sequence[str], exclude: Sequence[str]) -> Listing:
    """List the files that match `include` and not `exclude`.

    Hidden files and directories are left out, as are links that lead out of the directory.

    Raises:
        OSError: the root itself cannot be listed.
    """
    with os.scandir(root):
        pass
    unlisted: list[OSError] = []
    stamps: dict[str, Stamp] = {}
    failures: list[Failure] = []
    for path in _files_below(root, unlisted):
        key = path.relative_to(root).as_posix()
        if not is_chosen(key, include=include, exclude=exclude):
            continue
        stamp = _stamp(path, root)
        if not is_usable(key):
            failures.append(unusable(key))
        elif stamp is not None:
            stamps[key] = stamp
    failures += [_unlisted(error, root) for error in unlisted]
    return Listing(stamps, tuple(failures), is_whole=not unlisted)


def _files_below(root: Path, unlisted: list[OSError]) -> Iterator[Path]:
    for directory, subdirectories, names in os.walk(root, onerror=unlisted.append):
        subdirectories[:] = sorted(name for name in subdirectories if not name.startswith("."))
        for name in sorted(names):
            if not name.startswith("."):
                yield Path(directory, name)


def is_chosen(key: str, *, include: Sequence[str], exclude: Sequence[str]) -> bool:
    return _matches_one(key, include) and not _matches_one(key, exclude)


def is_usable(key: str) -> bool:
    return storable(key) == key and len(key) <= LONGEST_PATH


def unusable(key: str) -> Failure:
    return Failure(storable(key)[:LONGEST_PATH], "the path is no usable key")


def _matches_one(key: str, patterns: Sequence[str]) -> bool:
    parts = PurePosixPath(key.lower()).parts
    return any(_matches(parts, _pattern_parts(pattern)) for pattern in patterns)


def _pattern_parts(pattern: str) -> tuple[str, ...]:
    """Read a pattern as .gitignore does: without a slash at any depth, `name/` and below."""
    pattern = pattern.lower()
    below = ("**",) if pattern.endswith("/") else ()
    parts = PurePosixPath(pattern).parts
    return (*(("**",) if len(parts) == 1 else ()), *parts, *below)


def _matches(parts: tuple[str, ...], pattern: tuple[str, ...]) -> bool:
    if not pattern:
        return not parts
    if pattern[0] == "**":
        return _matches(parts, pattern[1:]) or (bool(parts) and _matches(parts[1:], pattern))
    return bool(parts) and fnmatchcase(parts[0], pattern[0]) and _matches(parts[1:], pattern[1:])


def _stamp(path: Path, root: Path) -> Stamp | None:
    """Return None for what is no regular file of this directory, or is gone already."""
    try:
        if path.is_symlink() and not path.resolve().is_relative_to(root.resolve()):
            return None
        status = path.stat()
    except (OSError, RuntimeError):  # a loop of links is a RuntimeError
        return None
    if not stat.S_ISREG(status.st_mode):
        return None
    modified_at = datetime.fromtimestamp(status.st_mtime_ns / 1e9, tz=UTC)
    return Stamp(status.st_mtime_ns, status.st_size, modified_at)


def _unlisted(error: OSError, root: Path) -> Failure:
    place = storable(os.path.relpath(error.filename or root, root))
    return Failure(place, f"the directory cannot be listed: {error.strerror}")
