from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from functools import partial

import pytest

from connectors.errors import Remedy
from connectors.records import Batch, Failure, Hub, Observation, Series
from indexer import sources as registry
from indexer.database import Database
from indexer.errors import UnknownSource
from indexer.pipeline import push
from indexer.records import ChangeKind, Counts
from indexer.sources import spec_of
from tests.fakes import FakeClock, HashEmbedder
from tests.indexer.workshop import (
    InterruptedEmbedder,
    Workshop,
    day,
    document,
    documents,
    observations,
    value,
)

# Items that cannot be used


@pytest.mark.parametrize(
    "bad",
    [
        document("bad", "\x00", title="\ud800"[:0]),
        document("bad", published_at=datetime(2026, 3, 1)),
        document("~series/bad"),
        document("", "text"),
    ],
    ids=["empty", "naive", "reserved", "without key"],
)
def test_one_bad_document_is_written_down_and_the_others_stored(
    workshop: Workshop, bad: object
) -> None:
    outcome = workshop.read(documents(document("a"), bad, document("b")))  # type: ignore[arg-type]

    assert workshop.current().keys() == {"a", "b"}
    assert outcome.error is None
    assert outcome.counts == Counts(new=2, failed_items=1)
    assert [key for key, _ in outcome.failures] == [bad.key]  # type: ignore[attr-defined]


def test_what_the_connector_could_not_read_is_written_down(workshop: Workshop) -> None:
    outcome = workshop.read(
        documents(document("a"), failures=(Failure("b", "not XML"), Failure(None, "torn")))
    )

    assert outcome.failures == (("b", "not XML"), (None, "torn"))
    assert outcome.counts == Counts(new=1, failed_items=2)


def test_a_failure_is_written_down_in_storable_words(workshop: Workshop) -> None:
    outcome = workshop.read(
        documents(document("a"), failures=(Failure("b\x00" * 600, "bad \x00\ud800"),))
    )

    ((key, reason),) = outcome.failures
    assert key is not None
    assert len(key) <= 500
    assert reason == "bad ?"


def test_hostile_texts_are_stored(workshop: Workshop) -> None:
    hostile = document(
        "k" * 10_000 + "\x00\ud800",
        "words\x00 and \udfff more",
        title="\x00\ud800",
        metadata={"nan": float("nan"), "text\x00": "\ud800"},
    )

    outcome = workshop.read(documents(hostile))

    (row,) = workshop.versions()
    assert outcome.counts == Counts(new=1)
    assert (row.text, row.title) == ("words and ? more", "?")
    assert row.details == {"nan": None, "text": "?"}
    assert workshop.read(documents(hostile)).counts == Counts(unchanged=1)


def test_a_text_of_which_nothing_can_be_seen_is_a_failure(workshop: Workshop) -> None:
    outcome = workshop.read(documents(document("a", "\u200b")))

    assert (outcome.counts.new, outcome.counts.failed_items) == (0, 1)


def test_one_bad_series_leaves_the_others(workshop: Workshop) -> None:
    batch = Batch(
        cursor={},
        series=(Series("q\x00", "", unit="\x00$\ud800"), Series("", "nameless")),
        observations=(
            value("q\x00", day(1), "1"),
            value("q\x00", day(2), "NaN"),
            Observation("q\x00", datetime(2026, 3, 3), Decimal(3)),
            value("unheard of", day(1), "1"),
        ),
    )

    outcome = workshop.read(batch)

    assert [row.value for row in workshop.values()] == [Decimal(1)]
    assert outcome.counts.observations_new == 1
    assert outcome.counts.failed_items == 4
    assert ("unheard of", "observation of a series nobody declared") in outcome.failures


def test_a_read_of_which_nothing_is_good_has_failed(workshop: Workshop) -> None:
    outcome = workshop.read(documents(document("")))

    assert outcome.error is not None
    assert "source news: 1 of 1 items failed" in outcome.error


def test_too_many_failures_fail_the_read_and_keep_what_was_good(workshop: Workshop) -> None:
    bad = tuple(Failure(f"bad {nth}", "torn") for nth in range(21))
    good = [document(str(nth)) for nth in range(20)]

    outcome = workshop.read(documents(*good, failures=bad))

    assert len(workshop.current()) == 20
    assert outcome.counts == Counts(new=20, failed_items=21)
    assert outcome.error == "source news: 21 of 41 items failed, the first (bad 0): torn"


@pytest.mark.parametrize(("good", "bad"), [(1, 19), (21, 21)])
def test_some_failures_do_not_fail_the_read(workshop: Workshop, good: int, bad: int) -> None:
    outcome = workshop.read(
        documents(
            *(document(str(nth)) for nth in range(good)),
            failures=tuple(Failure(f"bad {nth}", "torn") for nth in range(bad)),
        )
    )

    assert outcome.error is None


def test_a_read_that_found_nothing_is_no_failure(workshop: Workshop) -> None:
    assert workshop.read().error is None
    assert workshop.read(documents(is_unmodified=True, cursor={"etag": "x"})).error is None
    assert workshop.log() == []


# Another writer in between


def test_a_write_in_between_leads_to_a_second_decision(
    database: Database, clock: FakeClock
) -> None:
    other = Workshop(database, clock, HashEmbedder())
    other.push(document("a", "first"))
    embedder = InterruptedEmbedder(lambda: other.push(document("a", "of the other")))
    workshop = Workshop(database, clock, embedder)

    outcome = workshop.push(document("a", "of the slower"))

    assert [(row.version, row.text) for row in workshop.versions("a")] == [
        (1, "first"),
        (2, "of the other"),
        (3, "of the slower"),
    ]
    assert outcome.counts == Counts(changed=1)
    assert embedder.embedded == ["of the slower"]


def test_a_removal_in_between_does_not_move_the_end_it_set(
    database: Database, clock: FakeClock
) -> None:
    other = Workshop(database, clock, HashEmbedder())
    other.push(document("a", "first"))
    embedder = InterruptedEmbedder(lambda: other.push(removed=("a",)))
    workshop = Workshop(database, clock, embedder)
    begun_at = clock()

    workshop.push(document("a", "second"))

    first, second = workshop.versions("a")
    kinds = [change.kind for change in workshop.log()]
    assert kinds == [ChangeKind.ADDED, ChangeKind.RETIRED, ChangeKind.ADDED]
    assert first.superseded_at is not None
    assert begun_at < first.superseded_at < second.observed_at


def test_the_same_write_in_between_leaves_nothing_to_do(
    database: Database, clock: FakeClock
) -> None:
    other = Workshop(database, clock, HashEmbedder())
    embedder = InterruptedEmbedder(lambda: other.push(document("a")))

    outcome = Workshop(database, clock, embedder).push(document("a"))

    assert outcome.counts == Counts(unchanged=1)
    assert len(other.versions()) == 1


def test_many_writes_in_between_keep_nobody_from_writing(
    database: Database, clock: FakeClock
) -> None:
    other = Workshop(database, clock, HashEmbedder())
    theirs = [document("a", f"theirs {nth}") for nth in range(20)]
    embedder = InterruptedEmbedder(*(partial(other.push, one) for one in theirs))

    outcome = Workshop(database, clock, embedder).push(document("a", "ours"))

    assert outcome.counts == Counts(changed=1)
    assert other.current() == {"a": "ours"}
    assert [row.version for row in other.versions("a")] == list(range(1, 22))


def test_a_source_removed_in_between_receives_nothing_more(
    database: Database, clock: FakeClock
) -> None:
    def remove() -> None:
        with database.writing() as session:
            registry.remove(session, "news", now=clock())

    workshop = Workshop(database, clock, InterruptedEmbedder(remove))

    outcome = workshop.read(documents(document("a"), cursor={"etag": "x"}))

    assert outcome.error == "source news was removed while it was read"
    assert workshop.versions() == []


def test_a_source_pointed_elsewhere_in_between_keeps_its_fresh_cursor(
    database: Database, clock: FakeClock
) -> None:
    def change() -> None:
        with database.writing() as session:
            spec = spec_of(registry.require(session, "news"))
            registry.change(session, replace(spec, options={"url": "https://new.example/"}))

    workshop = Workshop(database, clock, InterruptedEmbedder(change))

    outcome = workshop.read(documents(document("a"), cursor={"etag": "of the old address"}))

    assert outcome.error == "source news was changed while it was read"
    assert workshop.source().cursor == {}
    assert workshop.versions() == []


def test_pushing_to_a_source_removed_in_between_says_so(
    database: Database, clock: FakeClock, embedder: HashEmbedder
) -> None:
    workshop = Workshop(database, clock, embedder)
    source = workshop.source()
    with database.writing() as session:
        registry.remove(session, "news", now=clock())

    with pytest.raises(UnknownSource, match="news was removed"):
        push(source, documents(document("a")), workshop.tools)


def test_a_source_removed_and_added_anew_in_between_is_read_from_the_beginning(
    database: Database, clock: FakeClock
) -> None:
    def add_anew() -> None:
        with database.writing() as session:
            spec = spec_of(registry.remove(session, "news", now=clock()))
            clock.advance(timedelta(seconds=1))
            registry.add(session, spec, now=clock())

    workshop = Workshop(database, clock, InterruptedEmbedder(lambda: None, add_anew))

    outcome = workshop.read(
        documents(document("a"), cursor={"page": 1}), documents(document("b"), cursor={"page": 2})
    )

    assert outcome.error == "source news was removed while it was read"
    assert workshop.source().cursor == {}
    assert workshop.current() == {}


# When most of a read failed


def test_a_read_that_mostly_failed_moves_no_cursor(workshop: Workshop) -> None:
    bad = documents(cursor={"etag": "x"}, failures=(Failure("a", "not XML"),))

    assert workshop.read(bad).error is not None

    assert workshop.source().cursor == {}


def test_what_a_mostly_failed_read_did_give_is_kept(workshop: Workshop) -> None:
    given = [document(f"good {nth}") for nth in range(10)]
    failures = tuple(Failure(str(nth), "torn") for nth in range(30))

    workshop.read(documents(*given, cursor={"etag": "x"}, failures=failures))

    assert len(workshop.current()) == 10
    assert workshop.source().cursor == {}


def test_a_flood_of_bad_items_stops_the_read_before_anything_of_it_is_stored(
    workshop: Workshop,
) -> None:
    failures = tuple(Failure(str(nth), "torn") for nth in range(30))
    flood = documents(*(document(f"doubtful {nth}") for nth in range(8)), failures=failures)

    outcome = workshop.read(documents(document("a")), flood, documents(document("b")))

    assert outcome.error == "source news: 30 of 39 items failed, the first (0): torn"
    assert outcome.remedy is Remedy.FIX
    assert workshop.current().keys() == {"a"}


def test_what_batches_say_beside_their_items_is_told_of_the_whole_read(workshop: Workshop) -> None:
    hub = Hub("https://hub.example/", "https://news.example/feed")

    outcome = workshop.read(
        documents(document("a"), remarks=("field x is gone",), rest_seconds=60.0, hub=hub),
        documents(document("b"), remarks=("field x is gone", "new field y"), rest_seconds=30.0),
    )

    assert outcome.remarks == ("field x is gone", "new field y")
    assert (outcome.rest_seconds, outcome.hub) == (60.0, hub)


def test_values_that_are_stored_already_are_no_failures(workshop: Workshop) -> None:
    brent = (Series("brent", "Brent"),)
    values = tuple(value("brent", day(nth), "80") for nth in range(1, 6))
    workshop.read(observations(*values, series=brent))

    again = replace(observations(*values, series=brent), failures=(Failure(None, "line 9"),))

    assert workshop.read(again).error is None
