"""The highest resident memory of a process since it was last asked, as the kernel counted it."""

import re
from pathlib import Path

from benchmarks.records import Skipped

_RESET_PEAK = "5"


class Memory:
    """Of one running process. In mebibytes."""

    def __init__(self, pid: int) -> None:
        self._folder = Path(f"/proc/{pid}")

    def reset_peak(self) -> None:
        """Begin a new peak at what is resident now.

        Raises:
            Skipped: this system does not count peaks.
        """
        try:
            (self._folder / "clear_refs").write_text(_RESET_PEAK)
        except OSError as error:
            raise Skipped(f"the peak of a process's memory is read from Linux: {error}") from error

    @property
    def now(self) -> float:
        return self._line("VmRSS")

    @property
    def peak(self) -> float:
        return self._line("VmHWM")

    def _line(self, name: str) -> float:
        status = (self._folder / "status").read_text()
        found = re.search(rf"^{name}:\s+(\d+) kB", status, re.MULTILINE)
        return int(found[1]) / 1024 if found else 0.0
