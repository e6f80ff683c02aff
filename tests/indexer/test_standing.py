"""What is written down of a source after a read, and when it is read again."""

from datetime import timedelta

from connectors.errors import InvalidOptions, NotNow, Remedy, RetryLater, SourceGone
from connectors.records import Batch, Failure
from indexer import sources as registry
from indexer.catalogue import dead_letters
from indexer.records import DeadLetter, RunStatus, SourceRecord
from indexer.sources import SourceSpec
from tests.indexer.workshop import FakeConnector, document, documents
from tests.indexer.worksite import Site


def read(site: Site, *steps: Batch | Exception, name: str = "news") -> SourceRecord:
    """Read a source by hand, an hour after the last time, and return how it stands."""
    if name not in site.connectors:
        site.add(name)
    site.connectors[name] = FakeConnector(*steps)
    site.workshop.clock.advance(timedelta(hours=1))
    site.queue.add_manual(name)
    site.work_off()
    return site.source(name)


def letters(site: Site) -> list[DeadLetter]:
    with site.workshop.database.reading() as session:
        return dead_letters.listed(session)


def scheduled(site: Site, schedule: str, name: str = "news") -> None:
    site.add(name)
    with site.workshop.database.writing() as session:
        known = registry.require(session, name)
        spec = SourceSpec(name, "fake", known.semantics, "api", schedule=schedule)
        registry.change(session, spec)


# What to do about a failure


def test_a_failure_says_what_to_do_about_it_and_since_when(site: Site) -> None:
    first = read(site, RetryLater("busy"))
    began = site.workshop.clock()
    second = read(site, InvalidOptions("no such column"))

    assert (first.remedy, first.failing_since) == (Remedy.WAIT, began)
    assert (second.remedy, second.failing_since) == (Remedy.FIX, began)
    assert second.failures_in_row == 2
    assert second.resume_at is not None
    assert second.resume_at > site.workshop.clock() + timedelta(seconds=100)


def test_a_good_read_ends_it(site: Site) -> None:
    read(site, SourceGone("410"))

    mended = read(site, documents(document("a")))

    assert (mended.remedy, mended.failing_since, mended.last_error) == (None, None, None)
    assert (mended.failures_in_row, mended.resume_at) == (0, None)


def test_a_bug_is_to_be_fixed_and_a_lost_file_waits(site: Site) -> None:
    assert read(site, ValueError("a bug")).remedy is Remedy.FIX
    assert read(site, OSError("disk gone")).remedy is Remedy.WAIT


def test_a_source_whose_pause_is_over_is_queued_before_its_next_slot(site: Site) -> None:
    scheduled(site, "cron 0 7 * * *")
    read(site, RetryLater("busy"))
    site.queue.add_retries()
    early = len(site.runs())

    site.workshop.clock.advance(timedelta(minutes=2))
    site.queue.add_retries()
    site.queue.add_retries()

    assert (early, len(site.runs())) == (1, 2)


def test_only_a_failure_that_passes_by_itself_is_retried_early(site: Site) -> None:
    scheduled(site, "cron 0 7 * * *")
    read(site, InvalidOptions("no such column"))

    site.workshop.clock.advance(timedelta(days=2))
    site.queue.add_retries()

    assert len(site.runs()) == 1


def test_a_source_that_was_not_even_asked_has_not_failed_and_is_asked_again(site: Site) -> None:
    scheduled(site, "cron 0 7 * * *")
    postponed = read(site, NotNow("the host is at rest", retry_after_seconds=600))
    (run,) = site.runs()

    site.workshop.clock.advance(timedelta(minutes=10))
    site.queue.add_retries()

    assert (postponed.failures_in_row, postponed.last_error) == (0, None)
    assert run.status is RunStatus.POSTPONED
    assert len(site.runs()) == 2


# How often to read


def test_a_source_asks_to_be_left_alone(site: Site) -> None:
    scheduled(site, "every 15m")

    rested = read(site, documents(document("a"), rest_seconds=3_600.0))

    assert rested.resume_at == site.workshop.clock() + timedelta(minutes=59, seconds=30)


def test_an_open_interval_grows_while_nothing_is_new(site: Site) -> None:
    scheduled(site, "every 10m to 2h")

    intervals = [read(site, documents(document("a"))).interval_seconds for _ in range(3)]

    assert intervals == [600.0, 750.0, 937.5]
    resume_at = site.source("news").resume_at
    assert resume_at is not None
    assert resume_at == site.workshop.clock() + timedelta(seconds=937.5 - 30)


def test_a_slot_within_the_rest_is_not_queued_and_the_plan_says_so(site: Site) -> None:
    scheduled(site, "every 15m")
    read(site, documents(document("a"), rest_seconds=7_200.0))
    site.queue.plan("news", site.workshop.clock() + timedelta(minutes=15))

    site.workshop.clock.advance(timedelta(minutes=15))
    site.queue.add_slot("news", "next")

    source = site.source("news")
    assert len(site.runs()) == 1
    assert source.next_planned_at == source.resume_at


# Dead letters


def test_an_item_that_fails_is_kept_until_it_is_read(site: Site) -> None:
    read(site, documents(document("a"), failures=(Failure("b", "torn"),)))
    first = site.workshop.clock()
    read(site, documents(document("a"), failures=(Failure("b", "still torn"),)))
    second = site.workshop.clock()
    kept = letters(site)

    read(site, documents(document("b")))

    assert kept == [DeadLetter("news", "b", "still torn", first, second, 2)]
    assert letters(site) == []


def test_a_nameless_item_is_kept_until_a_whole_read_goes_without_it(site: Site) -> None:
    read(site, documents(document("a"), failures=(Failure(None, "line 7: 2 cells"),)))
    kept = letters(site)
    read(site, Batch({}, is_unmodified=True))
    still = letters(site)

    read(site, documents(document("a")))

    assert [letter.key for letter in kept] == ["? line 7: 2 cells"]
    assert still == kept
    assert letters(site) == []


def test_letters_of_one_source_are_bounded(site: Site) -> None:
    good = [document(str(nth)) for nth in range(1_200)]
    bad = tuple(Failure(f"bad {nth}", "torn") for nth in range(1_100))

    read(site, documents(*good, failures=bad))

    with site.workshop.database.reading() as session:
        assert list(dead_letters.counts(session).values()) == [dead_letters.MOST_KEPT]


def test_letters_can_be_dismissed(site: Site) -> None:
    source = read(
        site, documents(document("a"), failures=(Failure("b", "torn"), Failure("c", "torn")))
    )

    with site.workshop.database.writing() as session:
        one = dead_letters.dismiss(session, source.id, ["b", "nobody"])
        rest = dead_letters.dismiss(session, source.id)

    assert (one, rest) == (1, 1)
    assert letters(site) == []


def test_remarks_of_a_read_are_kept_with_its_run(site: Site) -> None:
    read(site, documents(document("a"), remarks=("field x is gone",)))

    assert site.runs()[-1].remarks == ("field x is gone",)
