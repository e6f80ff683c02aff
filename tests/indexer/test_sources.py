import math
from dataclasses import replace
from datetime import timedelta

import pytest

from connectors.errors import Remedy
from connectors.records import Semantics, Series
from indexer import sources as registry
from indexer.catalogue import sources
from indexer.errors import InvalidSchedule, InvalidSource, SourceExists, UnknownSource
from indexer.records import ChangeKind, SourceRecord
from indexer.sources import SourceSpec
from tests.indexer.workshop import Workshop, day, document, documents, observations, value

SPEC = SourceSpec(
    "news",
    "feed",
    Semantics.APPEND_ONLY,
    "config",
    options={"url": "https://a.example/", "headers": {"x": ["1", None]}},
    schedule="every 15m",
    jitter_seconds=30.0,
    warn_after_seconds=3600.0,
    error_after_seconds=7200.0,
)


def _apply(workshop: Workshop, *specs: SourceSpec) -> None:
    workshop.clock.advance(timedelta(hours=1))
    with workshop.database.writing() as session:
        registry.apply(session, specs, now=workshop.clock())


def _change(workshop: Workshop, spec: SourceSpec) -> SourceRecord:
    with workshop.database.writing() as session:
        return registry.change(session, spec)


def _remove(workshop: Workshop, name: str = "news") -> None:
    workshop.clock.advance(timedelta(hours=1))
    with workshop.database.writing() as session:
        registry.remove(session, name, now=workshop.clock())


def _all(workshop: Workshop) -> dict[str, SourceRecord]:
    with workshop.database.reading() as session:
        return {source.name: source for source in sources.all_sources(session)}


def test_a_configured_source_is_stored_as_it_is_written(workshop: Workshop) -> None:
    _apply(workshop, SPEC)

    (source,) = _all(workshop).values()
    assert registry.spec_of(source) == SPEC
    assert (source.cursor, source.failures_in_row, source.last_success_at) == ({}, 0, None)


@pytest.mark.parametrize("half_life", [None, 3600.0, math.inf])
def test_a_half_life_is_stored_as_it_is_written(
    workshop: Workshop, half_life: float | None
) -> None:
    spec = replace(SPEC, half_life_seconds=half_life)

    _apply(workshop, replace(SPEC, half_life_seconds=1.0))
    _apply(workshop, spec)

    (source,) = _all(workshop).values()
    assert registry.spec_of(source) == spec


def test_applying_the_same_configuration_again_changes_nothing(workshop: Workshop) -> None:
    _apply(workshop, SPEC)
    workshop.read(documents(document("a"), cursor={"etag": "x"}))
    before = _all(workshop)

    _apply(workshop, SPEC)

    assert _all(workshop) == before


def test_changed_options_start_from_the_beginning(workshop: Workshop) -> None:
    _apply(workshop, SPEC)
    workshop.read(documents(document("a"), cursor={"etag": "x"}))

    _apply(workshop, replace(SPEC, options={"url": "https://b.example/"}))

    source = _all(workshop)["news"]
    assert (source.options, source.cursor) == ({"url": "https://b.example/"}, {})


def test_a_change_of_plan_goes_on_where_the_source_was_left(workshop: Workshop) -> None:
    _apply(workshop, SPEC)
    workshop.read(documents(document("a"), cursor={"etag": "x"}))

    _apply(workshop, replace(SPEC, schedule="every 1h", collection="press", is_enabled=False))

    source = _all(workshop)["news"]
    assert source.cursor == {"etag": "x"}
    assert (source.schedule, source.collection, source.is_enabled) == ("every 1h", "press", False)


def test_a_source_that_left_the_configuration_is_removed_with_its_documents(
    workshop: Workshop,
) -> None:
    _apply(workshop, SPEC)
    workshop.read(documents(document("a"), document("b")))

    _apply(workshop)

    assert _all(workshop) == {}
    assert workshop.current() == {}
    assert {row.superseded_at for row in workshop.versions()} == {workshop.clock()}
    assert [change.kind for change in workshop.log()[2:]] == [ChangeKind.RETIRED] * 2


@pytest.mark.parametrize("origin", ["api", "push"])
def test_sources_of_other_origin_stay_when_the_configuration_is_applied(
    workshop: Workshop, origin: str
) -> None:
    _apply(workshop, SPEC)
    with workshop.database.writing() as session:
        registry.add(
            session, SourceSpec("mine", "push", Semantics.KEYED_LATEST, origin), now=day(1)
        )

    _apply(workshop)

    assert _all(workshop).keys() == {"mine"}


def test_a_removed_source_comes_back_with_its_history(workshop: Workshop) -> None:
    _apply(workshop, SPEC)
    workshop.read(documents(document("a"), cursor={"etag": "x"}))
    before = _all(workshop)["news"]
    _remove(workshop)

    _apply(workshop, SPEC)
    after = _all(workshop)["news"]
    workshop.read(documents(document("a")))

    assert (after.id, after.cursor, after.removed_at, after.is_enabled) == (
        before.id,
        {},
        None,
        True,
    )
    assert [row.version for row in workshop.versions("a")] == [1, 2]
    assert workshop.current().keys() == {"a"}


def test_a_series_comes_back_with_its_source(workshop: Workshop) -> None:
    series = (Series("brent", "Brent"),)
    workshop.source()
    workshop.read(observations(value("brent", day(1), "1"), series=series))
    _remove(workshop)
    assert workshop.current() == {}

    workshop.read(observations(value("brent", day(2), "2"), series=series))

    assert workshop.current().keys() == {"~series/brent"}
    assert [str(row.value) for row in workshop.values()] == ["1", "2"]


@pytest.mark.parametrize("again", ["changed", "removed and added"])
def test_a_source_that_was_pointed_elsewhere_need_not_rest(workshop: Workshop, again: str) -> None:
    _apply(workshop, SPEC)
    with workshop.database.writing() as session:
        source = registry.require(session, "news")
        sources.record_failure(
            session,
            source.id,
            at=workshop.clock(),
            error="busy",
            remedy=Remedy.WAIT,
            resume_at=day(30),
        )
    if again == "removed and added":
        _remove(workshop)

    _apply(workshop, replace(SPEC, options={"url": "https://b.example/"}))

    assert _all(workshop)["news"].resume_at is None


def test_a_name_that_is_taken_is_refused(workshop: Workshop) -> None:
    _apply(workshop, SPEC)

    with pytest.raises(SourceExists, match="news"), workshop.database.writing() as session:
        registry.add(session, SPEC, now=day(1))


def test_a_source_nobody_added_is_unknown(workshop: Workshop) -> None:
    with pytest.raises(UnknownSource, match="no source is named news"):
        _change(workshop, SPEC)
    with pytest.raises(UnknownSource, match="no source is named news"):
        _remove(workshop)


def test_a_source_cannot_be_removed_twice(workshop: Workshop) -> None:
    _apply(workshop, SPEC)
    _remove(workshop)

    with pytest.raises(UnknownSource):
        _remove(workshop)


def test_one_senseless_source_leaves_the_configuration_as_it_was(workshop: Workshop) -> None:
    _apply(workshop, SPEC)

    with pytest.raises(InvalidSource):
        _apply(workshop, replace(SPEC, name="blog"), replace(SPEC, name="Bad Name"))

    assert _all(workshop).keys() == {"news"}


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"name": ""}, "source name ''"),
        ({"name": "News"}, "source name 'News'"),
        ({"name": "a/b"}, "source name 'a/b'"),
        ({"name": "-a"}, "source name '-a'"),
        ({"name": "a" * 101}, "up to 100"),
        ({"name": "news\n"}, "source name"),
        ({"schedule": None}, "jitter goes with a schedule `every"),
        ({"schedule": "cron 0 7 * * *"}, "jitter goes with a schedule `every"),
        ({"schedule": "every 30s"}, "jitter must be shorter"),
        ({"warn_after_seconds": 9000.0}, "warn_after is longer than error_after"),
    ],
)
def test_a_source_that_makes_no_sense_is_refused(changes: dict[str, object], reason: str) -> None:
    with pytest.raises(InvalidSource, match=reason):
        registry.require_sensible(replace(SPEC, **changes))  # type: ignore[arg-type]


def test_a_schedule_that_cannot_be_read_is_refused() -> None:
    with pytest.raises(InvalidSchedule, match="hourly"):
        registry.require_sensible(replace(SPEC, schedule="hourly"))


def test_a_source_may_promise_only_one_limit() -> None:
    registry.require_sensible(replace(SPEC, warn_after_seconds=None))
    registry.require_sensible(replace(SPEC, error_after_seconds=None))
