"""A program run to its end, or to its deadline, with what it writes kept in a file.

It gets a folder of its own for what it is handed, no variables but those it needs, and is ended
with every process that it started.
"""

import atexit
import os
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from connectors.errors import InvalidOptions
from connectors.text.fields import one_line

LONGEST_LINE = 20_000_000
LONGEST_LAST_LINE = 200
_LAST_BYTES = 4_000
_LOOK_SECONDS = 0.05
_GRACE_SECONDS = 2.0
_INHERITED = ("PATH", "HOME", "LANG", "LC_ALL", "TZ", "TMPDIR", "SSL_CERT_FILE", "SSL_CERT_DIR")

_running: set[subprocess.Popen[bytes]] = set()


@dataclass(frozen=True, slots=True)
class Limits:
    seconds: float
    max_bytes: int


@dataclass(frozen=True, slots=True)
class Ended:
    """How the program ended, and what it wrote. fault: "" when it ended well."""

    output: Path
    log: Path
    fault: str

    def lines(self) -> Iterator[bytes]:
        """Yield the lines written; one that is too long is yielded empty, not held."""
        with self.output.open("rb") as file:
            while line := file.readline(LONGEST_LINE):
                if line.endswith(b"\n") or len(line) < LONGEST_LINE:
                    yield line
                    continue
                while line and not line.endswith(b"\n"):
                    line = file.readline(LONGEST_LINE)
                yield b""

    def log_lines(self) -> list[str]:
        """Return the last lines of what it said beside its output."""
        with self.log.open("rb") as file:
            file.seek(max(0, self.log.stat().st_size - _LAST_BYTES))
            text = file.read().decode("utf-8", "replace")
        return [one_line(line) for line in text.splitlines() if line.strip()]


@contextmanager
def private_folder() -> Iterator[Path]:
    """Yield a folder that only this user can read, gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="grounding-") as folder:
        yield Path(folder)


def write_private(path: Path, content: str) -> Path:
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(content)
    return path


def run(
    command: Sequence[str], *, folder: Path, environment: Mapping[str, str], limits: Limits
) -> Ended:
    """Run `command` and wait for its end.

    Raises:
        InvalidOptions: it cannot be started.
    """
    output, log = folder / "output", folder / "log"
    inherited = {name: os.environ[name] for name in _INHERITED if name in os.environ}
    with output.open("xb") as out, log.open("xb") as err:
        try:
            process = subprocess.Popen(  # noqa: S603 - only grounding.toml names a command
                command,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=err,
                env={**inherited, **environment},
                start_new_session=True,
            )
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or str(error)
            raise InvalidOptions(f"command: cannot start {command[0]!r}: {reason}") from error
        _running.add(process)
        try:
            fault = _waited(process, (output, log), limits)
        finally:
            _end(process)
            _running.discard(process)
    return Ended(output, log, fault)


def _waited(process: subprocess.Popen[bytes], files: Sequence[Path], limits: Limits) -> str:
    deadline = time.monotonic() + limits.seconds
    while time.monotonic() < deadline:
        with suppress(subprocess.TimeoutExpired):
            code = process.wait(_LOOK_SECONDS)
            return "" if code == 0 else f"ended with {code}"
        if any(file.stat().st_size > limits.max_bytes for file in files):
            return f"wrote more than max_bytes = {limits.max_bytes}"
    return f"took longer than timeout_seconds = {limits.seconds:g}"


def _end(process: subprocess.Popen[bytes]) -> None:
    """End the program and all it started, first gently where it still runs."""
    if process.poll() is None:
        _signal(process, signal.SIGTERM)
        with suppress(subprocess.TimeoutExpired):
            process.wait(_GRACE_SECONDS)
    _signal(process, signal.SIGKILL)
    process.wait()


@atexit.register
def _end_all() -> None:
    """Leave no program behind: the threads that wait for them do not outlive this one."""
    for process in tuple(_running):
        _signal(process, signal.SIGKILL)


def _signal(process: subprocess.Popen[bytes], which: signal.Signals) -> None:
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, which)
