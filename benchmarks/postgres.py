"""A private PostgreSQL cluster for one measurement, in a folder of its own, on a loopback port."""

import os
import pwd
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from benchmarks.records import Skipped
from grounding.demo.process import free_port

UNPRIVILEGED = "nobody"
"""Who runs the cluster when root asks: PostgreSQL refuses to run as root."""


@contextmanager
def cluster(folder: Path) -> Iterator[str]:
    """Yield the SQLAlchemy URL of an empty database.

    Raises:
        Skipped: PostgreSQL is not installed here.
    """
    binaries = _binaries()
    port = free_port()
    folder.mkdir(parents=True)
    if os.geteuid() == 0:
        _hand_over(folder)
    data, log = folder / "data", folder / "postgres.log"
    _call(binaries / "initdb", "-A", "trust", "-U", "grounding", "-E", "UTF8", "-D", data)
    settings = f"-c listen_addresses=127.0.0.1 -c port={port} -c unix_socket_directories={folder}"
    _call(binaries / "pg_ctl", "-w", "-D", data, "-l", log, "-o", settings, "start")
    try:
        yield f"postgresql+psycopg://grounding@127.0.0.1:{port}/postgres"
    finally:
        _call(binaries / "pg_ctl", "-w", "-D", data, "-m", "fast", "stop")


def _binaries() -> Path:
    found = shutil.which("pg_ctl")
    if found is not None:
        return Path(found).resolve().parent
    installed = sorted(Path("/usr/lib/postgresql").glob("*/bin/pg_ctl"))
    if not installed:
        raise Skipped("PostgreSQL is not installed: no pg_ctl on PATH or in /usr/lib/postgresql")
    return installed[-1].parent


def _hand_over(folder: Path) -> None:
    user = pwd.getpwnam(UNPRIVILEGED)
    os.chown(folder, user.pw_uid, user.pw_gid)
    folder.parent.chmod(0o755)  # the cluster's user has to pass through it


def _call(program: Path, *arguments: str | Path) -> None:
    command: Sequence[str | Path] = (program, *arguments)
    user = UNPRIVILEGED if os.geteuid() == 0 else None
    done = subprocess.run(
        command,
        check=False,
        user=user,
        extra_groups=[] if user else None,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        cwd="/",
    )
    if done.returncode != 0:
        raise RuntimeError(f"{program.name} ended with {done.returncode}: {done.stderr.strip()}")
