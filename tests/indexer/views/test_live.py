import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from threading import Thread
from typing import IO

import numpy as np
import pytest

from indexer.errors import EmbedderMismatch, IndexBehind, IndexerError, SnapshotUnusable
from indexer.records import Legs, Scope
from indexer.views import snapshot
from indexer.views.live import LiveViews, Tuning
from tests.fakes import START
from tests.indexer.views.fake_log import DIMENSION, NOW_SCOPE, FakeLog, lattice, minutes

SECONDS = 30.0
MakeViews = Callable[..., LiveViews]


def ask(views: LiveViews, text: str = "wheat", scope: Scope = NOW_SCOPE, k: int = 10) -> Legs:
    return views.search(lattice(text).astype(np.float32), text, scope, k)


def found(
    views: LiveViews, text: str = "wheat", scope: Scope = NOW_SCOPE
) -> tuple[set[int], set[int]]:
    legs = ask(views, text, scope)
    return {hit.chunk for hit in legs.dense}, {hit.chunk for hit in legs.lexical}


def until(is_so: Callable[[], bool]) -> None:
    """Wait for another thread; the test's own time limit ends it."""
    while not is_so():
        pass


def work_directories(directory: Path) -> list[Path]:
    return list(directory.glob("work-*"))


def test_an_empty_log_is_searched_in_vain(views: LiveViews) -> None:
    assert ask(views) == Legs((), (), 0)


def test_what_the_log_held_at_the_start_is_found(log: FakeLog, make_views: MakeViews) -> None:
    log.add("wheat", "rye")
    views = make_views()

    views.start()

    assert found(views) == ({1, 2}, {1})
    assert views.applied_seq == 1


def test_a_notified_change_is_found_by_who_waits_for_it(log: FakeLog, views: LiveViews) -> None:
    log.add("wheat")

    views.notify()
    views.wait_for(1, SECONDS)

    assert found(views) == ({1}, {1})
    assert ask(views).seq == 1


def test_changes_nobody_announced_are_found_by_polling(log: FakeLog, make_views: MakeViews) -> None:
    views = make_views(Tuning(poll_seconds=0.001))
    views.start()

    log.add("wheat")

    until(lambda: views.applied_seq == 1)
    assert found(views) == ({1}, {1})


def test_an_idle_view_asks_the_log_for_its_head_and_nothing_else(
    log: FakeLog, views: LiveViews
) -> None:
    log.reads.clear()

    views.catch_up()

    assert log.reads == {"head": 1}


def test_waiting_for_a_change_that_does_not_come_ends(views: LiveViews) -> None:
    with pytest.raises(IndexBehind, match="index is at change 0, change 5 was asked for"):
        views.wait_for(5, 0.001)


def test_a_retired_version_is_found_only_by_looking_back(log: FakeLog, views: LiveViews) -> None:
    first = log.add("wheat at five")
    log.add("wheat at six", replaces=first)
    views.catch_up()

    assert found(views) == ({2}, {2})
    assert found(views, scope=replace(NOW_SCOPE, known_at=minutes(1))) == ({1}, {1})


def test_observations_move_only_the_seq(log: FakeLog, views: LiveViews) -> None:
    log.observe()

    views.catch_up()

    assert views.applied_seq == 1
    assert log.reads["chunks_of"] == 0


def test_more_changes_than_one_step_takes_are_all_applied(log: FakeLog, views: LiveViews) -> None:
    for number in range(600):
        log.add(f"wheat {number}")

    views.catch_up()

    assert views.status().rows == 600
    assert views.applied_seq == 600


def test_a_rebuild_beside_writers_loses_and_doubles_nothing(log: FakeLog, views: LiveViews) -> None:
    first = log.add("wheat")
    for _ in range(1200):
        log.add("rye")
    views.catch_up()

    def write_meanwhile() -> None:
        log.retire(first)
        log.add("wheat again")

    log.while_paging = write_meanwhile
    views.rebuild()

    assert views.status().rows == 1202
    assert found(views)[1] == {1202}
    assert views.applied_seq == log.head()


def test_replaced_vectors_replace_the_view(log: FakeLog, views: LiveViews) -> None:
    log.add("wheat")
    views.catch_up()
    before = ask(views).dense[0].score

    log.reembed("other/8")
    log.add("rye")
    views.catch_up()

    expected = float(
        lattice("other/8wheat").astype(np.float32) @ lattice("wheat").astype(np.float32)
    )
    assert {h.chunk: h.score for h in ask(views).dense}[1] == expected != before
    assert views.applied_seq == 3


def test_a_vector_of_the_wrong_size_is_reported_and_not_skipped(
    log: FakeLog, make_views: MakeViews
) -> None:
    views = make_views()
    views.start()
    log.add("wheat")
    log.add("rye", vectors=[np.zeros(3, dtype=np.float16)])
    log.add("oats")

    views.notify()
    until(lambda: views.status().last_error is not None)

    status = views.status()
    assert status.last_error == "chunk 2: vector has 6 bytes, the index expects 16"
    assert (status.seq, status.head, status.lag) == (0, 3, 3)
    assert found(views) == (set(), set())


def test_a_vector_of_the_wrong_size_stops_the_start(log: FakeLog, make_views: MakeViews) -> None:
    log.add("rye", vectors=[np.zeros(3, dtype=np.float16)])
    views = make_views()

    with pytest.raises(EmbedderMismatch, match="chunk 1"):
        views.start()


def test_a_log_that_cannot_be_read_is_tried_until_it_can(log: FakeLog, views: LiveViews) -> None:
    log.add("wheat")
    views.catch_up()
    log.add("wheat too")

    log.error = ConnectionError("database is away")
    views.notify()
    until(lambda: views.status().last_error is not None)
    during = (views.status().last_error, found(views)[1])
    log.error = None
    views.wait_for(2, SECONDS)

    assert during == ("database is away", {1})
    assert found(views)[1] == {1, 2}
    until(lambda: views.status().last_error is None)


def test_a_log_that_cannot_be_read_stops_the_start_and_leaves_nothing(
    log: FakeLog, make_views: MakeViews, directory: Path
) -> None:
    log.error = ConnectionError("database is away")
    views = make_views()

    with pytest.raises(ConnectionError):
        views.start()

    assert work_directories(directory) == []


def test_a_deleted_index_folder_is_built_anew_while_searches_go_on(
    log: FakeLog, views: LiveViews, directory: Path, caplog: pytest.LogCaptureFixture
) -> None:
    log.add("wheat")
    views.catch_up()

    shutil.rmtree(directory)
    during = found(views)
    log.add("wheat too")
    views.catch_up()

    assert during == ({1}, {1})
    assert found(views) == ({1, 2}, {1, 2})
    assert len(work_directories(directory)) == 1
    assert "built anew: its working files are gone" in caplog.text


def test_a_change_that_failed_half_way_is_made_good(
    log: FakeLog, views: LiveViews, directory: Path
) -> None:
    log.add("wheat")
    views.catch_up()
    [work] = work_directories(directory)
    log.add("wheat too")
    staged = views._current.stage(log.chunks_of([2]))

    views.catch_up()

    assert [chunk.chunk for chunk in staged] == [2]
    assert found(views) == ({1, 2}, {1, 2})
    assert views.status().rows == 2
    assert work_directories(directory) != [work]


def test_a_log_that_lost_changes_is_believed(log: FakeLog, views: LiveViews) -> None:
    log.add("wheat")
    log.add("wheat too")
    views.catch_up()

    del log.log[1], log.chunks[2]
    views.catch_up()

    assert found(views) == ({1}, {1})
    assert views.applied_seq == 1


def test_both_legs_are_of_one_seq_while_changes_are_applied(log: FakeLog, views: LiveViews) -> None:
    rows = [log.add("wheat")]
    views.catch_up()
    answers: list[Legs] = []
    searchers = [
        Thread(target=lambda: answers.extend(ask(views) for _ in range(100))) for _ in range(3)
    ]

    for searcher in searchers:
        searcher.start()
    while any(searcher.is_alive() for searcher in searchers):
        rows.append(log.add("wheat", replaces=rows[-1]))
        views.catch_up()

    for legs in answers:
        [dense], [lexical] = legs.dense, legs.lexical
        assert dense.chunk == lexical.chunk == (legs.seq + 1) // 2


def test_stopping_removes_the_working_files(
    log: FakeLog, views: LiveViews, directory: Path
) -> None:
    views.stop()
    views.stop()

    assert work_directories(directory) == []
    with pytest.raises(IndexerError, match="stopped"):
        views.rebuild()


def test_views_that_were_not_started_say_so(make_views: MakeViews) -> None:
    views = make_views()

    with pytest.raises(IndexerError, match="not started"):
        ask(views)
    assert (views.status().rows, views.status().seq) == (0, 0)


def test_a_query_vector_of_another_embedder_is_refused(views: LiveViews) -> None:
    with pytest.raises(EmbedderMismatch, match="query vector"):
        views.search(np.zeros(3, dtype=np.float32), "wheat", NOW_SCOPE, 3)


def test_status_says_when_the_last_change_was_applied(log: FakeLog, views: LiveViews) -> None:
    log.add("wheat")
    views.catch_up()

    status = views.status()

    assert (status.rows, status.seq, status.head, status.lag) == (1, 1, 1, 0)
    assert (status.device, status.applied_at, status.last_error) == ("cpu", START, None)


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
    assert found(again) == ({1, 2, 3}, {1, 3})


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
    log.embedder = "another/8"


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

    make_views(dimension=DIMENSION * 2).start()

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


def test_a_log_that_fails_during_a_snapshot_does_not_prevent_the_next(
    log: FakeLog, views: LiveViews
) -> None:
    log.add("wheat")
    views.catch_up()
    log.error = ConnectionError("database is away")

    with pytest.raises(ConnectionError):
        views.snapshot()
    log.error = None

    assert views.snapshot().name == "snapshot-1"
