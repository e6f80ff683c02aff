"""What a process that was killed left is taken over, if it is what it seems."""

import json
import shutil
from pathlib import Path

import pytest

from indexer.views import adoption
from indexer.views.live import LiveViews
from tests.indexer.views.asking import found
from tests.indexer.views.conftest import MakeViews
from tests.indexer.views.fake_log import FakeLog

EVERYTHING = ({1, 2, 3}, {1, 2, 3})


@pytest.fixture
def dead(log: FakeLog, views: LiveViews, directory: Path) -> Path:
    """Return the workspace of a process that was killed two changes after its last snapshot."""
    log.add("wheat")
    views.catch_up()
    views.snapshot()
    for text in ("wheat too", "more wheat"):
        log.add(text)
        views.catch_up()
    [living] = directory.glob("work-*")
    left = directory / "work-9-left"
    shutil.copytree(living, left)
    log.reads.clear()
    return left


def is_adopted(caplog: pytest.LogCaptureFixture) -> bool:
    return "words up to change 3 are taken over from a process that died" in caplog.text


def test_words_are_taken_over_and_rows_read_from_the_log(
    log: FakeLog, make_views: MakeViews, dead: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    again = make_views()

    again.start()

    assert is_adopted(caplog)
    assert again.applied_seq == 3
    assert found(again) == EVERYTHING
    assert log.reads["all_chunks"] == 0
    assert not dead.exists()
    assert [*dead.parent.glob(f"work-*/{dead.name}")] == []


def test_what_happened_after_the_words_is_caught_up(
    log: FakeLog, make_views: MakeViews, dead: Path
) -> None:
    log.retire(2)
    log.add("and wheat")
    again = make_views()

    again.start()

    assert dead.name == "work-9-left"
    assert found(again) == ({1, 3, 4}, {1, 3, 4})


def test_retirements_before_the_words_are_known(
    log: FakeLog, views: LiveViews, make_views: MakeViews, directory: Path
) -> None:
    row = log.add("wheat")
    views.catch_up()
    views.snapshot()
    log.retire(row)
    log.add("wheat too")
    views.catch_up()
    [living] = directory.glob("work-*")
    shutil.copytree(living, directory / "work-9-left")
    again = make_views()

    again.start()

    assert found(again) == ({2}, {2})


def of_another_database(left: Path) -> None:
    say_again(left, database_id="db-2")


def of_another_embedder(left: Path) -> None:
    say_again(left, embedder="other/8")


def of_another_boot(left: Path) -> None:
    say_again(left, boot="an earlier one")


def of_another_instant(left: Path) -> None:
    say_again(left, at="2020-01-01T00:00:00+00:00")


def beyond_the_log(left: Path) -> None:
    say_again(left, seq=77)


def committed_later(left: Path) -> None:
    say_again(left, commit=1)


def without_a_word(left: Path) -> None:
    (left / "published.json").unlink()


def garbled(left: Path) -> None:
    (left / "published.json").write_text("[1")


def without_files(left: Path) -> None:
    shutil.rmtree(left / "lexical")


def with_a_file_missing(left: Path) -> None:
    for file in (left / "lexical").glob("*.store"):
        file.unlink()


def say_again(left: Path, **changed: object) -> None:
    told = json.loads((left / "published.json").read_text())
    (left / "published.json").write_text(json.dumps(told | changed))


@pytest.mark.parametrize(
    "damage",
    [
        of_another_database,
        of_another_embedder,
        of_another_boot,
        of_another_instant,
        beyond_the_log,
        committed_later,
        without_a_word,
        garbled,
        without_files,
        with_a_file_missing,
    ],
)
def test_words_that_are_not_what_they_seem_are_left_out(
    make_views: MakeViews, dead: Path, damage: object, caplog: pytest.LogCaptureFixture
) -> None:
    assert callable(damage)
    damage(dead)
    again = make_views()

    again.start()

    assert found(again) == EVERYTHING


def test_an_erasure_in_between_makes_words_useless(
    log: FakeLog, make_views: MakeViews, dead: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    log.erase(2)
    say_again(dead, seq=4, at=log.instant_of(4).isoformat())  # type: ignore[union-attr]
    again = make_views()

    again.start()

    assert found(again) == ({1, 3}, {1, 3})


def test_nothing_is_said_to_be_usable_where_the_machine_does_not_name_its_start(
    dead: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    assert adoption.said(dead) is not None

    monkeypatch.setattr(adoption, "_BOOT", tmp_path / "none")

    assert adoption.said(dead) is None
