"""Working directories: one per running view, gone with the process that made it.

A directory is in use while its maker holds the lock file in it. A process id would not do:
in a container every start may have the same one.
"""

import fcntl
import logging
import os
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import IO, Final, Self

from indexer.errors import IndexerError

logger = logging.getLogger(__name__)

_PREFIX: Final = "work-"
_LOCK: Final = "in-use"


class Workspace:
    """A fresh, locked directory `work-<pid>-<random>` under `root`.

    Making one first removes those whose makers are dead, but for what `kept` names in them: that
    lies from then on in the folders `left`.

    Raises:
        IndexerError: nothing can be written there.
    """

    def __init__(self, root: Path, *, kept: Sequence[str] = ()) -> None:
        try:
            root.mkdir(parents=True, exist_ok=True)
            with _locked(root / ".lock"):
                dead = _dead(root)
                self.path = Path(tempfile.mkdtemp(prefix=f"{_PREFIX}{os.getpid()}-", dir=root))
                self._lock = (self.path / _LOCK).open("wb")
                fcntl.flock(self._lock, fcntl.LOCK_EX)
                self.left = [_taken_over(path, self.path / path.name, kept) for path in dead]
        except OSError as error:
            raise IndexerError(f"index directory {root}: {error}") from error

    @property
    def lexical(self) -> Path:
        return self.path / "lexical"

    @property
    def dense(self) -> Path:
        return self.path / "dense"

    @property
    def second(self) -> Path:
        return self.path / "second"

    @property
    def staging(self) -> Path:
        return self.path / "staging"

    def drop_left(self) -> None:
        """Remove what was taken over of dead workspaces."""
        while self.left:
            shutil.rmtree(self.left.pop(), ignore_errors=True)

    def close(self) -> None:
        """Remove the directory; again is harmless."""
        shutil.rmtree(self.path, ignore_errors=True)
        self._lock.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


def link(file: Path, to: Path) -> None:
    """Link a file that is never written again, or copy it where links are impossible.

    Raises:
        OSError: it is gone, or cannot be copied.
    """
    try:
        to.hardlink_to(file)
    except FileNotFoundError:
        raise
    except OSError:
        shutil.copyfile(file, to)


def _dead(root: Path) -> list[Path]:
    return [path for path in sorted(root.glob(f"{_PREFIX}*")) if not _is_in_use(path)]


def _taken_over(dead: Path, to: Path, kept: Sequence[str]) -> Path:
    """Move what is kept of a dead workspace, and remove the rest."""
    to.mkdir()
    for name in kept:
        with suppress(FileNotFoundError):
            (dead / name).rename(to / name)
    logger.info("removed the working directory %s of a process that ended", dead.name)
    shutil.rmtree(dead, ignore_errors=True)
    return to


def _is_in_use(path: Path) -> bool:
    try:
        with (path / _LOCK).open("rb") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except FileNotFoundError:
        return False
    except OSError:
        return True
    return False


@contextmanager
def _locked(path: Path) -> Iterator[IO[bytes]]:
    with path.open("wb") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield lock
