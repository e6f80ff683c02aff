"""What live views make of snapshots: their own, damaged ones, and those of others."""

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import IO

import pytest

from indexer.errors import SnapshotUnusable
from indexer.views import snapshot
from indexer.views.live import LiveViews, Tuning
from tests.indexer.views.asking import found
from tests.indexer.views.fake_log import DIMENSION, FakeLog, LatticeEmbedder, minutes

MakeViews = Callable[..., LiveViews]


def saved(log: FakeLog, views: LiveViews, *texts: str) -> Path:
    log.add(*texts)
    views.catch_up()
    return views.snapshot()


def test_a_start_from_a_snapshot_reads_only_what_came_after(
    log: FakeLog, views: LiveViews, make_views: MakeViews
) -> None:
    path = saved(log, views, "wheat", "rye")
    log.add("wheat too")
    again = make_views()
    log.reads.clear()

    again.start()

    assert path.name == "snapshot-1"
    assert log.reads["all_chunks"] == 0
    assert found(again) == ({1, 2, 3}, {1, 2, 3})


def test_an_empty_view_is_saved_and_loaded_too(
    log: FakeLog, views: LiveViews, make_views: MakeViews
) -> None:
    views.snapshot()
    log.reads.clear()

    make_views().start()

    assert log.reads["all_chunks"] == 0


def test_the_same_state_is_not_written_twice(log: FakeLog, views: LiveViews) -> None:
    path = saved(log, views, "wheat")
    written_at = path.stat().st_mtime_ns

    assert views.snapshot() == path
    assert path.stat().st_mtime_ns == written_at


def test_two_snapshots_are_kept(log: FakeLog, views: LiveViews, directory: Path) -> None:
    for number in range(4):
        saved(log, views, f"wheat {number}")

    assert [p.name for p in snapshot.newest_first(directory)] == ["snapshot-4", "snapshot-3"]


def test_a_damaged_snapshot_is_removed_and_the_one_before_is_used(
    log: FakeLog,
    views: LiveViews,
    make_views: MakeViews,
    caplog: pytest.LogCaptureFixture,
) -> None:
    older, newer = saved(log, views, "wheat"), saved(log, views, "wheat too")
    views.stop()
    flip_a_bit(newer / "vectors.npy")
    log.reads.clear()

    again = make_views()
    again.start()

    assert found(again) == ({1, 2}, {1, 2})
    assert log.reads["all_chunks"] == 0
    assert (older.exists(), newer.exists()) == (True, False)
    assert "snapshot-2 is removed: snapshot-2: vectors.npy is not what was written" in caplog.text


def test_damaged_snapshots_alone_mean_a_rebuild(
    log: FakeLog, views: LiveViews, make_views: MakeViews, directory: Path
) -> None:
    for path in (saved(log, views, "wheat"), saved(log, views, "wheat too")):
        (path / "manifest.json").write_text("garbage")
    views.stop()
    log.reads.clear()

    again = make_views()
    again.start()

    assert found(again) == ({1, 2}, {1, 2})
    assert log.reads["all_chunks"] > 0
    assert snapshot.newest_first(directory) == []


def test_a_lexical_file_that_tantivy_cannot_read_means_a_rebuild(
    log: FakeLog, views: LiveViews, make_views: MakeViews
) -> None:
    path = saved(log, views, "wheat")
    views.stop()
    meta = path / "lexical" / "meta.json"
    meta.write_text(meta.read_text().replace("english", "klingon"))
    restamp(path)

    again = make_views()
    again.start()

    assert found(again) == ({1}, {1})
    assert not path.exists()


def restamp(path: Path) -> None:
    """Write the manifest again, so that it vouches for files that were altered."""
    stamp, manifest = snapshot.read_stamp(path), path / "manifest.json"
    manifest.unlink()
    files = {
        file.relative_to(path).as_posix(): snapshot._measured(file)
        for file in path.rglob("*")
        if file.is_file()
    }
    snapshot._write_manifest(manifest, stamp, files, snapshot.create_file)


def flip_a_bit(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[-1] ^= 1
    path.write_bytes(data)


def other_embedder(log: FakeLog) -> None:
    log.embedder = LatticeEmbedder("another/8")


def other_database(log: FakeLog) -> None:
    log.database_id = "db-2"


def other_history(log: FakeLog) -> None:
    log.log[0] = replace(log.log[0], at=minutes(-5))


def shorter_history(log: FakeLog) -> None:
    log.log.clear()
    log.chunks.clear()


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (other_embedder, "its vectors are by lattice/8, 8-dimensional"),
        (other_database, "it is of another database"),
        (other_history, "the log has no such change 1"),
        (shorter_history, "the log has no such change 1"),
    ],
)
def test_a_sound_snapshot_of_something_else_is_ignored_but_left(
    log: FakeLog,
    views: LiveViews,
    make_views: MakeViews,
    caplog: pytest.LogCaptureFixture,
    change: Callable[[FakeLog], None],
    reason: str,
) -> None:
    path = saved(log, views, "wheat")
    change(log)
    log.reads.clear()

    again = make_views()
    again.start()

    assert log.reads["all_chunks"] > 0
    assert path.exists()
    assert f"snapshot-1 is ignored: {reason}" in caplog.text
    assert found(again)[1] == set(log.chunks)


def test_a_snapshot_of_another_dimension_is_ignored(
    log: FakeLog, views: LiveViews, make_views: MakeViews
) -> None:
    path = saved(log, views)
    log.embedder = LatticeEmbedder(log.embedder.identity, DIMENSION * 2)

    make_views().start()

    assert path.exists()


def test_a_full_disk_costs_the_snapshot_and_nothing_else(
    log: FakeLog, make_views: MakeViews, directory: Path
) -> None:
    full = {"rows.npy"}

    def create(path: Path) -> IO[bytes]:
        return snapshot.create_file(path) if path.name not in full else Path("/dev/full").open("wb")

    views = make_views(Tuning(poll_seconds=3600, create=create))
    views.start()
    log.add("wheat")
    views.catch_up()

    with pytest.raises(SnapshotUnusable, match="No space left"):
        views.snapshot()
    log.add("wheat too")
    views.catch_up()

    assert found(views) == ({1, 2}, {1, 2})
    assert snapshot.newest_first(directory) == []
    full.clear()
    assert views.snapshot().name == "snapshot-2"


def test_a_snapshot_of_a_deleted_folder_is_refused_until_the_view_is_made_good(
    log: FakeLog, views: LiveViews, directory: Path
) -> None:
    log.add("wheat")
    views.catch_up()
    shutil.rmtree(directory)

    with pytest.raises(SnapshotUnusable, match="working files are gone"):
        views.snapshot()
    views.catch_up()

    assert views.snapshot().name == "snapshot-1"


def test_a_snapshot_is_written_while_the_log_is_away(log: FakeLog, views: LiveViews) -> None:
    log.add("wheat")
    views.catch_up()
    log.error = ConnectionError("database is away")

    assert views.snapshot().name == "snapshot-1"
