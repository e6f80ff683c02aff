"""The real service in a process of its own: started, awaited, stopped, or killed."""

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import httpx


class ServiceFailed(Exception):
    """The service did not start, or ended early; the message ends with its last log lines."""


def free_port() -> int:
    """A loopback port that nobody listens on at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class ServiceProcess:
    """`grounding up` with one configuration; may be started again after it ended.

    The configuration must name host 127.0.0.1 and `port`. Output goes to `log`, which grows over
    restarts. `GROUNDING_*` variables of the caller do not reach the service.
    """

    def __init__(self, config: Path, *, port: int, log: Path) -> None:
        self.config = config
        self.url = f"http://127.0.0.1:{port}"
        self.log = log
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        return self._started().pid

    @property
    def is_alive(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def start(self) -> None:
        """Spawn the process and return at once; it leads a process group of its own."""
        command = [sys.executable, "-m", "grounding.cli.main", "--config", str(self.config), "up"]
        environment = {k: v for k, v in os.environ.items() if not k.startswith("GROUNDING_")}
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(  # noqa: S603 - our own interpreter and module
                command,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def wait_until_ready(self, *, timeout_seconds: float = 120) -> None:
        """Return when `/readyz` answers 200.

        Raises:
            ServiceFailed: the process ended, or was not ready in time.
        """
        deadline = time.monotonic() + timeout_seconds
        with httpx.Client(base_url=self.url, timeout=10, trust_env=False) as http:
            while time.monotonic() < deadline:
                if not self.is_alive:
                    raise ServiceFailed(f"the service ended while starting\n{self.log_tail()}")
                if _answers_ready(http):
                    return
                time.sleep(0.05)
        raise ServiceFailed(
            f"the service was not ready in {timeout_seconds:g} s\n{self.log_tail()}"
        )

    def stop(self, *, timeout_seconds: float = 30) -> None:
        """End the service politely; kill it if it has not ended in time."""
        if not self.is_alive:
            return
        process = self._started()
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(timeout_seconds)
        except subprocess.TimeoutExpired:
            self.kill()

    def kill(self) -> None:
        """End the service and its children as a power cut would: no handler of theirs runs."""
        process = self._started()
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()

    def log_tail(self, *, lines: int = 20) -> str:
        if not self.log.exists():
            return ""
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-lines:])

    def _started(self) -> subprocess.Popen[bytes]:
        if self._process is None:
            raise ServiceFailed("the service was never started")
        return self._process


def _answers_ready(http: httpx.Client) -> bool:
    try:
        return http.get("/readyz").status_code == httpx.codes.OK
    except httpx.TransportError:
        return False
