"""Second names of files, so that what is removed goes when nobody waits for it.

    lexical/a ──┬── one file        tantivy removes `lexical/a` while a search still reads the file,
    second/a  ──┘                   and the file itself would go when that search's view is dropped

On a disk that takes a tenth of a second for the files of a few segments, with the interpreter's
lock held and every search waiting. With a second name it is a matter of that name, which is taken
away beside everything else.
"""

from contextlib import suppress
from pathlib import Path

_WRITTEN_AGAIN = (".json", ".lock")


class SecondNames:
    """Second names in `beside` of the files in `directory`, both on one file system."""

    def __init__(self, directory: Path, beside: Path) -> None:
        self._directory = directory
        self._beside = beside
        self._names: set[str] = set()

    def give(self) -> None:
        """Name every file that has no second name; where links are impossible there are none."""
        with suppress(OSError):
            self._beside.mkdir(exist_ok=True)
            for name in self._there() - self._names:
                with suppress(FileNotFoundError):  # gone already
                    (self._beside / name).hardlink_to(self._directory / name)
                    self._names.add(name)

    def take_away(self) -> None:
        """Remove the second names of files that are gone, and so the files."""
        with suppress(OSError):
            for name in self._names - self._there():
                self._names.remove(name)
                (self._beside / name).unlink()

    def _there(self) -> set[str]:
        """Return the files that are never written again: those of segments."""
        names = (each.name for each in self._directory.iterdir())
        return {name for name in names if not name.endswith(_WRITTEN_AGAIN)}
