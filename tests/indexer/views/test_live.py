import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from threading import Thread

import numpy as np
import pytest

from indexer.errors import EmbedderMismatch, IndexBehind, IndexerError
from indexer.hits import Hits
from indexer.records import Legs
from indexer.views.live import LiveViews, Tuning
from tests.fakes import START
from tests.indexer.views.asking import ask, found
from tests.indexer.views.fake_log import NOW_SCOPE, FakeLog, lattice, minutes

SECONDS = 30.0
MakeViews = Callable[..., LiveViews]


def until(is_so: Callable[[], bool]) -> None:
    """Wait for another thread; the test's own time limit ends it."""
    while not is_so():
        pass


def work_directories(directory: Path) -> list[Path]:
    return list(directory.glob("work-*"))


def test_an_empty_log_is_searched_in_vain(views: LiveViews) -> None:
    assert ask(views) == Legs(Hits(), Hits(), 0)


def test_what_the_log_held_at_the_start_is_found(log: FakeLog, make_views: MakeViews) -> None:
    log.add("wheat", "rye")
    views = make_views()

    views.start()

    assert found(views) == ({1, 2}, {1, 2})
    assert views.applied_seq == 1


def test_a_notified_change_is_found_by_who_waits_for_it(log: FakeLog, views: LiveViews) -> None:
    log.add("wheat")

    views.notify()
    views.wait_for(1, SECONDS)

    assert found(views) == ({1}, {1})
    assert ask(views).seq == 1


def test_files_of_words_have_second_names_for_as_long_as_they_are_searched(
    log: FakeLog, views: LiveViews, directory: Path
) -> None:
    for nth in range(3):
        log.add("wheat")
        views.notify()
        views.wait_for(nth + 1, SECONDS)
    [work] = work_directories(directory)
    words = {each for each in (work / "lexical").iterdir() if each.suffix == ".term"}

    assert len(words) == 3
    assert {each.name for each in words} <= {each.name for each in (work / "second").iterdir()}


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
    before = ask(views).dense.scores[0]

    log.switch("other/8")
    log.add("rye")
    views.catch_up()

    expected = float(
        lattice("other/8wheat").astype(np.float32) @ lattice("other/8wheat").astype(np.float32)
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
    staged = views._current.stage(log.chunks_of(log.embedder.identity, [2]))

    views.catch_up()

    assert [chunk.chunk for chunk in staged] == [2]
    assert found(views) == ({1, 2}, {1, 2})
    assert views.status().rows == 2
    assert work_directories(directory) != [work]


def test_words_that_were_merged_are_searched_without_a_further_change(
    log: FakeLog, views: LiveViews
) -> None:
    for _ in range(8):
        log.add("wheat")
        views.catch_up()
    lexical = views._current._lexical
    lexical.close()  # waits for the merge

    views.tidy()

    assert lexical.segments == 1
    assert found(views) == (set(range(1, 9)), set(range(1, 9)))


def test_a_log_that_lost_changes_is_believed(log: FakeLog, views: LiveViews) -> None:
    log.add("wheat")
    log.add("wheat too")
    views.catch_up()

    del log.log[1], log.chunks[2]
    views.catch_up()

    assert found(views) == ({1}, {1})
    assert views.applied_seq == 1


def test_a_log_that_lost_changes_and_went_on_is_believed(log: FakeLog, views: LiveViews) -> None:
    log.add("wheat")
    log.add("wheat too")
    views.catch_up()

    log.log[1] = replace(log.log[1], at=minutes(90))
    log.chunks[2] = replace(log.chunks[2], text="rye")
    log.observe()
    views.catch_up()

    assert found(views) == ({1, 2}, {1})
    assert views.applied_seq == 3


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


def test_a_query_vector_of_the_wrong_size_is_refused(views: LiveViews) -> None:
    with pytest.raises(EmbedderMismatch, match="query vector"):
        views.search(replace(views.query("wheat"), vector=np.zeros(3, np.float32)), NOW_SCOPE, 3)


def test_status_says_when_the_last_change_was_applied(log: FakeLog, views: LiveViews) -> None:
    log.add("wheat")
    views.catch_up()

    status = views.status()

    assert (status.rows, status.seq, status.head, status.lag) == (1, 1, 1, 0)
    assert (status.device, status.applied_at, status.last_error) == ("cpu", START, None)


def test_an_erased_document_leaves_index_and_snapshots(
    log: FakeLog, views: LiveViews, directory: Path
) -> None:
    erased = log.add("wheat secret")
    log.add("wheat rye")
    views.catch_up()
    views.snapshot()

    log.erase(erased)
    views.catch_up()

    assert found(views) == ({2}, {2})
    assert views.status().rows == 1
    assert list(directory.glob("snapshot-*")) == []
    assert views.snapshot().name == "snapshot-3"


def test_a_start_from_a_snapshot_before_an_erasure_removes_it(
    log: FakeLog, make_views: MakeViews, directory: Path
) -> None:
    erased = log.add("wheat")
    first = make_views()
    first.start()
    first.snapshot()
    first.stop()
    log.erase(erased)

    views = make_views()
    views.start()

    assert found(views) == (set(), set())
    assert list(directory.glob("snapshot-*")) == []


def test_a_series_called_by_its_name_is_found_beside_the_vectors(
    log: FakeLog, make_views: MakeViews
) -> None:
    log.add("price of a metal", series=7, names=("Gold", "XAU"))
    views = make_views()
    views.start()
    log.add("price of a fluid", series=8, names=("Oil",))
    views.catch_up()

    before = [hit.chunk for hit in ask(views, "XAU").named + ask(views, "oil").named]
    views.snapshot()
    views.stop()
    restored = make_views()
    restored.start()

    assert before == [1, 2]
    assert [hit.chunk for hit in ask(restored, "oil and XAU").named] == [1, 2]
    early = replace(NOW_SCOPE, known_at=minutes(1))
    assert [hit.chunk for hit in ask(restored, "oil and XAU", early).named] == [1]
