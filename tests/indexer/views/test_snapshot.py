import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import IO

import numpy as np
import pytest

from indexer.errors import SnapshotUnusable
from indexer.views import snapshot
from indexer.views.snapshot import Contents, Digests, Stamp
from indexer.views.vectors import Segment

STAMP = Stamp("db-1", "lattice/4", 4, 7, datetime(2026, 3, 1, 12, 0, 0, 5, tzinfo=UTC))


def written(
    root: Path,
    stamp: Stamp = STAMP,
    create: snapshot.Create = snapshot.create_file,
    digests: Digests | None = None,
) -> Path:
    staging = root / "work" / "staging"
    (staging / "lexical").mkdir(parents=True)
    (staging / "lexical" / "meta.json").write_text("{}")
    (staging / "lexical" / ".managed.json").write_text("[]")
    return snapshot.write(
        staging, stamp, contents(staging), root=root, create=create, digests=digests
    )


def contents(staging: Path) -> Contents:
    file = staging.parent / "segment"
    full = Segment(np.arange(20, dtype=np.float16).reshape(5, 4), file)
    if not file.exists():
        full.rows.tofile(file)
    unsealed = Segment(np.ones((5, 4), dtype=np.float16))
    newest = np.arange(12, dtype=np.float16).reshape(3, 4)
    rows = np.arange(6, dtype=np.int64).reshape(2, 3)
    return Contents([full, unsealed], newest, {"rows": rows}, staging / "lexical", {"gold": [1, 2]})


def full_disk(name: str) -> snapshot.Create:
    """Open `name` on a device that is always full."""

    def create(path: Path) -> IO[bytes]:
        return Path("/dev/full").open("wb") if path.name == name else snapshot.create_file(path)

    return create


def test_what_was_written_is_read_back(tmp_path: Path) -> None:
    path = written(tmp_path)

    stamp, read = snapshot.read(path)

    assert path == tmp_path / "snapshot-7"
    assert stamp == snapshot.read_stamp(path) == STAMP
    assert read.newest.tolist() == contents(path).newest.tolist()
    assert read.arrays.keys() == {"rows"}
    assert read.arrays["rows"].tolist() == contents(path).arrays["rows"].tolist()
    assert [each.rows.tolist() for each in read.segments] == [
        each.rows.tolist() for each in contents(path).segments
    ]
    assert [each.path for each in read.segments] == [
        path / "vectors-00000.f16",
        path / "vectors-00001.f16",
    ]
    assert read.lexical == path / "lexical"


def test_a_snapshot_of_an_empty_log_has_no_instant(tmp_path: Path) -> None:
    path = written(tmp_path, replace(STAMP, seq=0, at=None))

    assert snapshot.read_stamp(path).at is None


FILES = [
    "vectors.npy",
    "rows.npy",
    "vectors-00000.f16",
    "vectors-00001.f16",
    "lexical/meta.json",
    "lexical/.managed.json",
]


@pytest.mark.parametrize("name", FILES)
def test_a_flipped_bit_is_noticed(tmp_path: Path, name: str) -> None:
    file = written(tmp_path) / name
    data = bytearray(file.read_bytes())
    data[-1] ^= 1
    file.write_bytes(data)

    with pytest.raises(SnapshotUnusable, match=f"snapshot-7: {name} is not what was written"):
        snapshot.read(tmp_path / "snapshot-7")


@pytest.mark.parametrize("name", FILES)
def test_a_cut_file_is_noticed(tmp_path: Path, name: str) -> None:
    file = written(tmp_path) / name
    file.write_bytes(file.read_bytes()[:-1])

    with pytest.raises(SnapshotUnusable, match="is not what was written"):
        snapshot.read(tmp_path / "snapshot-7")


@pytest.mark.parametrize("name", [*FILES, "manifest.json"])
def test_a_missing_file_is_noticed(tmp_path: Path, name: str) -> None:
    (written(tmp_path) / name).unlink()

    with pytest.raises(SnapshotUnusable, match="No such file"):
        snapshot.read(tmp_path / "snapshot-7")


@pytest.mark.parametrize(
    "garbage",
    [b"", b"\xff\xfe", b"[]", b"null", b"{}", b'{"format": 4}', b'{"format": 4, "at": 3}'],
)
def test_a_garbage_manifest_is_noticed(tmp_path: Path, garbage: bytes) -> None:
    (written(tmp_path) / "manifest.json").write_bytes(garbage)

    with pytest.raises(SnapshotUnusable, match="snapshot-7"):
        snapshot.read_stamp(tmp_path / "snapshot-7")


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"format": 99}, "format 99, expected 4"),
        ({"seq": 8}, "manifest is of change 8"),
        ({"dimension": 3}, "cannot reshape"),
        ({"files": {}}, "lacks the vectors"),
        ({"files": {"../../etc/passwd": {"bytes": 1, "xxh3": ""}}}, "no place here"),
        ({"files": {"lexical/../../x": {"bytes": 1, "xxh3": ""}}}, "no place here"),
    ],
)
def test_a_manifest_that_says_something_else_is_refused(
    tmp_path: Path, change: dict[str, object], reason: str
) -> None:
    file = written(tmp_path) / "manifest.json"
    file.write_text(json.dumps(json.loads(file.read_text()) | change))

    with pytest.raises(SnapshotUnusable, match=reason):
        snapshot.read(tmp_path / "snapshot-7")


@pytest.mark.parametrize("name", ["vectors.npy", "rows.npy", "vectors-00001.f16", "manifest.json"])
def test_a_full_disk_leaves_nothing_behind(tmp_path: Path, name: str) -> None:
    with pytest.raises(SnapshotUnusable, match=r"snapshot-7: cannot be written.*No space left"):
        written(tmp_path, create=full_disk(name))

    assert sorted(path.name for path in tmp_path.rglob("*")) == ["segment", "work"]


def test_a_full_disk_leaves_the_previous_snapshot_of_the_same_change(tmp_path: Path) -> None:
    path = written(tmp_path)

    with pytest.raises(SnapshotUnusable):
        written(tmp_path, create=full_disk("rows.npy"))

    assert snapshot.read(path)[0] == STAMP


def test_a_snapshot_replaces_another_of_the_same_change(tmp_path: Path) -> None:
    written(tmp_path, replace(STAMP, database_id="db-other"))

    path = written(tmp_path)

    assert snapshot.read(path)[0].database_id == "db-1"
    assert [child.name for child in (tmp_path / "work").iterdir()] == ["segment"]


def test_full_segments_are_linked_and_read_for_their_digest_once(tmp_path: Path) -> None:
    digests = Digests()
    first, second = (written(tmp_path, replace(STAMP, seq=seq), digests=digests) for seq in (7, 8))

    inodes = {(path / "vectors-00000.f16").stat().st_ino for path in (first, second)}

    assert inodes == {(tmp_path / "work" / "segment").stat().st_ino}
    assert snapshot.read(second)[1].segments[0].rows[4].tolist() == [16, 17, 18, 19]


def test_snapshots_are_listed_newest_first_and_nothing_else_is(tmp_path: Path) -> None:
    for name in ("snapshot-9", "snapshot-10", "snapshot-x", "work-1-a", "snapshot-2"):
        (tmp_path / name).mkdir()

    assert [path.name for path in snapshot.newest_first(tmp_path)] == [
        "snapshot-10",
        "snapshot-9",
        "snapshot-2",
    ]
    assert snapshot.newest_first(tmp_path / "nowhere") == []


def test_the_snapshots_written_last_are_kept_whatever_their_number(tmp_path: Path) -> None:
    for seq in (900, 3, 4, 5):
        written(tmp_path, replace(STAMP, seq=seq))

    snapshot.prune(tmp_path, keep=2)

    assert [path.name for path in snapshot.newest_first(tmp_path)] == ["snapshot-5", "snapshot-4"]
