"""Recorded data: found by `GROUNDING_DATA`, unpacked once into a cache outside the checkout."""

import hashlib
import os
import shutil
import tarfile
import tempfile
from collections.abc import Mapping
from pathlib import Path

from benchmarks.records import Skipped

CHECKOUT = Path(__file__).resolve().parent.parent


def data_folder(environment: Mapping[str, str]) -> Path:
    configured = environment.get("GROUNDING_DATA")
    return Path(configured) if configured else CHECKOUT.parent / "shared" / "data"


def cache_folder(environment: Mapping[str, str]) -> Path:
    configured = environment.get("XDG_CACHE_HOME")
    return (Path(configured) if configured else Path.home() / ".cache") / "grounding-benchmarks"


def unpacked(name: str, *, data: Path, cache: Path) -> Path:
    """The folder with the contents of archive `name`, unpacked now or by an earlier run.

    The folder is named after the archive's digest, so a replaced archive is unpacked anew.

    Raises:
        Skipped: the archive is not there.
    """
    archive = data / f"{name}.tar.xz"
    if not archive.is_file():
        raise Skipped(f"{archive} is not there: set GROUNDING_DATA to the folder that holds it")
    folder = cache / f"{name}-{_digest(archive)[:16]}"
    if not folder.is_dir():
        _unpack(archive, folder)
    return folder


def unpacked_inner(archive: Path) -> Path:
    """The contents of an archive that lies inside another, unpacked beside it."""
    folder = archive.with_name(archive.name.removesuffix(".tar.xz") + ".unpacked")
    if not folder.is_dir():
        _unpack(archive, folder)
    return folder


def _unpack(archive: Path, folder: Path) -> None:
    """Unpack beside `folder` and rename, so that it is whole whenever it exists."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    scratch = Path(tempfile.mkdtemp(prefix=".unpacking-", dir=folder.parent))
    try:
        with tarfile.open(archive) as tar:
            tar.extractall(scratch / "contents", filter="data")
        (scratch / "contents").rename(folder)
    except OSError:
        if not folder.is_dir():  # otherwise another run was faster
            raise
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def environment() -> Mapping[str, str]:
    return os.environ
