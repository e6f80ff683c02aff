"""Snapshots of a view on disk: written whole or not at all, trusted only after checking.

    snapshot-<seq>/
        vectors-00000.f16   float16 [segment, dimension] of a full segment, and so on
        vectors.npy         float16 [rows, dimension] of the rows after them
        rows.npy, ...       the row table and the codes, one array a file
        names.json          chunks by the name of the series whose cards they are
        lexical/            the files of a committed tantivy index
        manifest.json       whose view it is, and the size and digest of every file above

The directory is filled elsewhere, synced, and renamed into place with its manifest in it. It
only saves time: whatever is wrong with one, the change log rebuilds the view. Full segments are
links to files that never change, so they are written and their digests worked out once.
"""

import json
import os
import re
import shutil
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import IO, Any, Final

import numpy as np
import xxhash
from numpy.typing import NDArray

from indexer.errors import SnapshotUnusable
from indexer.views.vectors import Segment, mapped, segment_name
from indexer.views.workspace import link

FORMAT: Final = 4
"""Raise it when the meaning of a stored file changes."""

_MANIFEST: Final = "manifest.json"
_NAME: Final = re.compile(r"snapshot-(\d+)")
_FILE: Final = re.compile(r"(\w+\.npy|vectors-\d+\.f16|names\.json|lexical/\.?\w[\w.-]*)")
_NEWEST: Final = "vectors"
_READ_BYTES: Final = 1 << 20
_THREADS: Final = 4

Create = Callable[[Path], IO[bytes]]


@dataclass(frozen=True, slots=True)
class Stamp:
    """Whose view a snapshot is, and the last change in it; `at` is that change's own instant."""

    database_id: str
    embedder: str
    dimension: int
    seq: int
    at: datetime | None


@dataclass(frozen=True, slots=True)
class Contents:
    """A view's data; `lexical` is the directory that holds the lexical index.

    segments, newest: see `indexer.views.dense.Stored`; arrays: everything else, by name.
    """

    segments: Sequence[Segment]
    newest: NDArray[np.float16]
    arrays: Mapping[str, NDArray[Any]]  # Any: of several types
    lexical: Path
    names: Mapping[str, Sequence[int]]


@dataclass(frozen=True, slots=True)
class _File:
    size: int
    digest: str


class Digests:
    """What files hold that never change once written, so that each is read for it once."""

    def __init__(self) -> None:
        self._known: dict[tuple[int, int], _File] = {}

    def of(self, path: Path) -> _File:
        found = path.stat()
        inode = (found.st_dev, found.st_ino)
        if inode not in self._known or self._known[inode].size != found.st_size:
            self._known[inode] = _measured(path)
        return self._known[inode]


def create_file(path: Path) -> IO[bytes]:
    return path.open("xb")


def write(
    staging: Path,
    stamp: Stamp,
    contents: Contents,
    *,
    root: Path,
    create: Create = create_file,
    digests: Digests | None = None,
) -> Path:
    """Finish the snapshot in `staging`, which holds `lexical`, and move it into `root`.

    digests: of the segments, as far as earlier snapshots held them.

    Raises:
        SnapshotUnusable: it could not be written; nothing of it is left.
    """
    target = root / f"snapshot-{stamp.seq}"
    try:
        arrays = {_NEWEST: contents.newest, **contents.arrays}
        files = {
            f"{name}.npy": _write_array(staging / f"{name}.npy", array, create)
            for name, array in arrays.items()
        }
        files["names.json"] = _write_json(staging / "names.json", contents.names, create)
        for number, segment in enumerate(contents.segments):
            path = staging / segment_name(number)
            files[path.name] = _write_segment(path, segment, create, digests or Digests())
        for file in sorted(contents.lexical.iterdir()):
            files[f"lexical/{file.name}"] = _synced(file)
        _write_manifest(staging / _MANIFEST, stamp, files, create)
        for directory in (contents.lexical, staging):
            _sync_directory(directory)
        _move(staging, target)
    except OSError as error:
        shutil.rmtree(staging, ignore_errors=True)
        raise SnapshotUnusable(f"{target.name}: cannot be written: {error}") from error
    return target


def newest_first(root: Path) -> list[Path]:
    found = [(int(match[1]), path) for path in root.glob("*") if (match := _match(path))]
    return [path for _, path in sorted(found, reverse=True)]


def discard_before(root: Path, seq: int) -> None:
    """Remove every snapshot that stands before change `seq`, whosever it is."""
    for path in newest_first(root):
        match = _match(path)
        if match is not None and int(match[1]) < seq:
            discard(path)


def prune(root: Path, *, keep: int) -> None:
    """Remove all but the `keep` snapshots that were written last, whoever wrote them."""
    written = sorted(newest_first(root), key=_written_at, reverse=True)
    for path in written[keep:]:
        discard(path)


def discard(path: Path) -> None:
    shutil.rmtree(path, ignore_errors=True)


def read_stamp(path: Path) -> Stamp:
    """Return whose snapshot this is, without looking at its data.

    Raises:
        SnapshotUnusable: there is no manifest, or not one of this format.
    """
    return _manifest(path)[0]


def read(path: Path) -> tuple[Stamp, Contents]:
    """Return a snapshot after checking every file against the manifest.

    Raises:
        SnapshotUnusable: a file is missing, altered, or not of its kind.
    """
    stamp, files = _manifest(path)
    try:
        with ThreadPoolExecutor(_THREADS) as pool:  # digests are worked out without the GIL
            measured = dict(zip(files, pool.map(_measured, map(path.joinpath, files)), strict=True))
        for name, expected in files.items():
            _require(measured[name] == expected, path, f"{name} is not what was written")
        arrays = {
            name.removesuffix(".npy"): np.load(path / name, allow_pickle=False)
            for name in files
            if name.endswith(".npy")
        }
        segments = [
            Segment(mapped(path / name, stamp.dimension), path / name)
            for name in sorted(files)
            if name.endswith(".f16")
        ]
        names = json.loads((path / "names.json").read_bytes())
    except (OSError, ValueError) as error:
        raise SnapshotUnusable(f"{path.name}: {error}") from error
    return stamp, Contents(segments, arrays.pop(_NEWEST), arrays, path / "lexical", names)


class _Measured:
    """A file that counts and hashes what is written to it."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._digest = xxhash.xxh3_128()
        self._size = 0

    def write(self, data: bytes | memoryview) -> int:
        self._digest.update(data)
        self._size += len(data)
        return self._file.write(data)

    def finish(self) -> _File:
        self._file.flush()
        os.fsync(self._file.fileno())
        return _File(self._size, self._digest.hexdigest())


def _write_array(path: Path, array: NDArray[Any], create: Create) -> _File:  # Any: two types
    with create(path) as file:
        measured = _Measured(file)
        np.lib.format.write_array(measured, array, allow_pickle=False)
        return measured.finish()


def _write_segment(path: Path, segment: Segment, create: Create, digests: Digests) -> _File:
    if segment.path is None:  # it could not be sealed
        with create(path) as file:
            measured = _Measured(file)
            measured.write(np.ascontiguousarray(segment.rows).data.cast("B"))
            return measured.finish()
    link(segment.path, path)
    with path.open("rb") as file:
        os.fsync(file.fileno())
    return digests.of(segment.path)


def _write_json(path: Path, value: object, create: Create) -> _File:
    with create(path) as file:
        measured = _Measured(file)
        measured.write(json.dumps(value, indent=2).encode())
        return measured.finish()


def _write_manifest(path: Path, stamp: Stamp, files: Mapping[str, _File], create: Create) -> None:
    manifest = {
        "format": FORMAT,
        "database_id": stamp.database_id,
        "embedder": stamp.embedder,
        "dimension": stamp.dimension,
        "seq": stamp.seq,
        "at": None if stamp.at is None else stamp.at.isoformat(),
        "files": {name: {"bytes": f.size, "xxh3": f.digest} for name, f in files.items()},
    }
    _write_json(path, manifest, create)


def _manifest(path: Path) -> tuple[Stamp, dict[str, _File]]:
    try:
        data = json.loads((path / _MANIFEST).read_bytes())
        _require(data["format"] == FORMAT, path, f"format {data['format']}, expected {FORMAT}")
        at = None if data["at"] is None else datetime.fromisoformat(data["at"])
        stamp = Stamp(data["database_id"], data["embedder"], data["dimension"], data["seq"], at)
        files = {name: _File(f["bytes"], f["xxh3"]) for name, f in data["files"].items()}
    except (OSError, ValueError, LookupError, TypeError, AttributeError) as error:
        raise SnapshotUnusable(f"{path.name}: manifest: {error!r}") from error
    _require(path.name == f"snapshot-{stamp.seq}", path, f"manifest is of change {stamp.seq}")
    _require(all(map(_FILE.fullmatch, files)), path, "manifest names a file that has no place here")
    required = {f"{_NEWEST}.npy", "names.json"}
    _require(required <= files.keys(), path, "manifest lacks the vectors or the names")
    return stamp, files


def _synced(path: Path) -> _File:
    with path.open("rb") as file:
        os.fsync(file.fileno())
    return _measured(path)


def _measured(path: Path) -> _File:
    digest = xxhash.xxh3_128()
    buffer = bytearray(_READ_BYTES)
    view = memoryview(buffer)
    with path.open("rb", buffering=0) as file:
        while length := file.readinto(buffer):
            digest.update(view[:length])
    return _File(path.stat().st_size, digest.hexdigest())


def _move(staging: Path, target: Path) -> None:
    replaced = staging.with_name(f"{staging.name}-replaced")
    if target.exists():
        target.rename(replaced)
    staging.rename(target)
    _sync_directory(target.parent)
    shutil.rmtree(replaced, ignore_errors=True)


def _sync_directory(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _written_at(path: Path) -> int:
    try:
        return path.stat().st_mtime_ns
    except FileNotFoundError:  # another process pruned it
        return 0


def _match(path: Path) -> re.Match[str] | None:
    return _NAME.fullmatch(path.name)


def _require(holds: bool, path: Path, otherwise: str) -> None:
    if not holds:
        raise SnapshotUnusable(f"{path.name}: {otherwise}")
