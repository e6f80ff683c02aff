"""What a process that was killed left behind of its words, and whether it can be used.

Words take longest to index, and their files are on disk at every moment. So a view says after
each change which commit of them is of which change. A start takes over the files of a process
that died, if they are exactly what was said last, and reads from the log only what the rows lack.

What the system had not yet written to disk survives the death of a process, but not of the
machine. So files are used only while the machine has not started again.
"""

import json
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

_FILE: Final = "published.json"
_LEXICAL: Final = "lexical"
KEPT: Final = (_LEXICAL, _FILE)
"""What is of use in the workspace of a process that died."""
_BOOT: Final = Path("/proc/sys/kernel/random/boot_id")


@dataclass(frozen=True, slots=True)
class Published:
    """Of which change the committed words in a workspace are.

    at: the change's own instant; commit: tantivy's number of the commit; boot: which start of
    the machine this was, "" where that is not known.
    """

    database_id: str
    embedder: str
    seq: int
    at: str | None
    commit: int
    boot: str

    @property
    def instant(self) -> datetime | None:
        return None if self.at is None else datetime.fromisoformat(self.at)


def say(workspace: Path, published: Published) -> None:
    """Replace what was said before.

    Raises:
        OSError: it cannot be written.
    """
    new = workspace / f"{_FILE}.new"
    new.write_text(json.dumps(asdict(published)))
    new.replace(workspace / _FILE)


def said(workspace: Path) -> Published | None:
    """Return what was said last in a workspace, None if it is of no use."""
    try:
        found = Published(**json.loads((workspace / _FILE).read_bytes()))
        is_usable = found.boot == boot() != "" and found.commit == commit_of(workspace / _LEXICAL)
    except (OSError, ValueError, TypeError, KeyError):
        return None
    return found if is_usable else None


def lexical_in(workspace: Path) -> Path:
    return workspace / _LEXICAL


def commit_of(lexical: Path) -> int:
    """Return the number of the last commit in a folder of tantivy.

    Raises:
        OSError, ValueError, KeyError: there is none.
    """
    return int(json.loads((lexical / "meta.json").read_bytes())["opstamp"])


def boot() -> str:
    """Return which start of the machine this is, "" if it does not say."""
    try:
        return _BOOT.read_text().strip()
    except OSError:
        return ""
