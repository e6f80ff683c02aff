from datetime import timedelta

import pytest

from connectors.records import Hub, Semantics
from indexer import sources as source_registry
from indexer.catalogue import sources, subscriptions
from indexer.database import Database
from indexer.records import SourceRecord, Subscription, SubscriptionState
from indexer.sources import SourceSpec
from tests.fakes import START

HOUR = timedelta(hours=1)
HUB = Hub("https://hub.example/", "https://feeds.example/news")
OTHER = Hub("https://other.example/", "https://feeds.example/news")
URL = "https://grounding.example"


@pytest.fixture
def source(database: Database) -> SourceRecord:
    return added(database, "news")


def added(database: Database, name: str, schedule: str | None = "every 1h") -> SourceRecord:
    spec = SourceSpec(name, "feed", Semantics.APPEND_ONLY, "api", schedule=schedule)
    with database.writing() as session:
        return source_registry.add(session, spec, now=START)


def offer(
    database: Database, source: SourceRecord, hub: Hub | None, *, is_unmodified: bool = False
) -> Subscription | None:
    with database.writing() as session:
        subscriptions.offered(session, source, hub, is_unmodified=is_unmodified, now=START)
    return stored(database, source)


def stored(database: Database, source: SourceRecord) -> Subscription | None:
    with database.reading() as session:
        return subscriptions.subscription_of(session, source.id)


def offered(database: Database, source: SourceRecord, hub: Hub = HUB) -> Subscription:
    found = offer(database, source, hub)
    assert found is not None
    return found


def asked(database: Database, source: SourceRecord) -> Subscription:
    found = offered(database, source)
    with database.writing() as session:
        assert subscriptions.claim(session, found, under=URL, now=START, again_at=START + HOUR)
    known = stored(database, source)
    assert known is not None
    return known


def confirmed(database: Database, source: SourceRecord) -> Subscription:
    found = asked(database, source)
    with database.writing() as session:
        subscriptions.confirmed(
            session, found, lease_until=START + 8 * HOUR, renew_at=START + 6 * HOUR
        )
    known = stored(database, source)
    assert known is not None
    return known


class TestOffer:
    def test_callback_and_secret_are_long_and_its_own(
        self, database: Database, source: SourceRecord
    ) -> None:
        one, two = offered(database, source), offered(database, added(database, "more"))

        assert len({one.callback, one.secret, two.callback, two.secret}) == 4
        assert min(map(len, (one.callback, one.secret))) >= 43
        assert one.state(START) is SubscriptionState.OFFERED

    def test_neither_is_shown_with_the_record(
        self, database: Database, source: SourceRecord
    ) -> None:
        found = offered(database, source)

        assert found.secret not in repr(found)
        assert found.callback not in repr(found)

    def test_same_offer_changes_nothing(self, database: Database, source: SourceRecord) -> None:
        known = confirmed(database, source)

        assert offer(database, source, HUB) == known

    def test_other_hub_is_another_subscription(
        self, database: Database, source: SourceRecord
    ) -> None:
        known = confirmed(database, source)

        found = offered(database, source, OTHER)

        assert found.callback != known.callback
        assert found.secret != known.secret
        assert found.state(START) is SubscriptionState.OFFERED

    def test_read_without_news_does_not_end_it(
        self, database: Database, source: SourceRecord
    ) -> None:
        known = confirmed(database, source)

        assert offer(database, source, None, is_unmodified=True) == known

    def test_read_that_names_no_hub_ends_it(self, database: Database, source: SourceRecord) -> None:
        confirmed(database, source)

        found = offer(database, source, None)

        assert found is not None
        assert found.state(START) is SubscriptionState.ENDING
        assert found.ask_at == START

    def test_source_without_a_hub_has_none(self, database: Database, source: SourceRecord) -> None:
        assert offer(database, source, None) is None

    def test_source_that_is_read_only_when_asked_to_is_not_subscribed(
        self, database: Database
    ) -> None:
        assert offer(database, added(database, "quiet", schedule=None), HUB) is None


class TestAsking:
    def test_whose_turn_came_first_is_due_first(
        self, database: Database, source: SourceRecord
    ) -> None:
        asked(database, source)
        offered(database, added(database, "more"), OTHER)

        with database.reading() as session:
            first = subscriptions.due(session, START + 2 * HOUR)
            second = subscriptions.due(session, START + 2 * HOUR, besides=[OTHER.url])
            none = subscriptions.due(session, START + 2 * HOUR, besides=[OTHER.url, HUB.url])

        assert first is not None
        assert second is not None
        assert (first.source, second.source, none) == ("more", "news", None)

    def test_only_one_of_two_processes_asks(self, database: Database, source: SourceRecord) -> None:
        found = offered(database, source)

        with database.writing() as session:
            first = subscriptions.claim(session, found, under=URL, now=START, again_at=START + HOUR)
        with database.writing() as session:
            second = subscriptions.claim(
                session, found, under=URL, now=START, again_at=START + HOUR
            )

        assert (first, second) == (True, False)

    def test_confirmed_one_counts_its_attempts_anew(
        self, database: Database, source: SourceRecord
    ) -> None:
        assert asked(database, source).attempts == 1
        with database.writing() as session:
            known = subscriptions.subscription_of(session, source.id)
            assert known is not None
            subscriptions.confirmed(session, known, lease_until=START + HOUR, renew_at=START)

        found = stored(database, source)
        assert found is not None
        assert (found.attempts, found.state(START)) == (0, SubscriptionState.ACTIVE)
        assert found.state(START + HOUR) is SubscriptionState.ASKED

    def test_long_complaint_is_cut(self, database: Database, source: SourceRecord) -> None:
        known = asked(database, source)

        with database.writing() as session:
            subscriptions.failed(session, known.callback, error="x" * 9_999, again_at=START)

        found = stored(database, source)
        assert found is not None
        assert len(found.last_error or "") == subscriptions.LONGEST_ERROR


class TestEnd:
    def test_removed_source_ends_what_was_confirmed(
        self, database: Database, source: SourceRecord
    ) -> None:
        confirmed(database, source)
        with database.writing() as session:
            source_registry.remove(session, source.name, now=START)

        with database.writing() as session:
            assert subscriptions.has_unwanted(session, START, most_attempts=3)
            subscriptions.end_unwanted(session, START)
            subscriptions.drop_ended(session, START, most_attempts=3)
            assert not subscriptions.has_unwanted(session, START, most_attempts=3)

        found = stored(database, source)
        assert found is not None
        assert (found.is_ending, found.is_wanted) == (True, False)

    def test_what_no_hub_keeps_is_forgotten_at_once(
        self, database: Database, source: SourceRecord
    ) -> None:
        asked(database, source)
        with database.writing() as session:
            sources.change(session, source.id, {"is_enabled": False})
            subscriptions.end_unwanted(session, START)
            subscriptions.drop_ended(session, START, most_attempts=3)

        assert stored(database, source) is None

    def test_lease_that_runs_out_ends_it(self, database: Database, source: SourceRecord) -> None:
        confirmed(database, source)
        offer(database, source, None)

        with database.writing() as session:
            subscriptions.drop_ended(session, START + 8 * HOUR, most_attempts=3)

        assert stored(database, source) is None


class TestRestart:
    def test_what_is_confirmed_under_this_address_stays(
        self, database: Database, source: SourceRecord
    ) -> None:
        known = confirmed(database, source)

        with database.writing() as session:
            subscriptions.resume(session, under=URL, now=START + HOUR)

        assert stored(database, source) == known

    def test_what_is_confirmed_under_another_is_asked_for_anew(
        self, database: Database, source: SourceRecord
    ) -> None:
        confirmed(database, source)

        with database.writing() as session:
            subscriptions.resume(session, under="https://new.example", now=START + HOUR)

        found = stored(database, source)
        assert found is not None
        assert (found.ask_at, found.lease_until) == (START + HOUR, None)

    def test_without_an_address_everything_is_only_offered(
        self, database: Database, source: SourceRecord
    ) -> None:
        confirmed(database, source)

        with database.writing() as session:
            subscriptions.suspend(session, START)

        found = stored(database, source)
        assert found is not None
        assert found.state(START) is SubscriptionState.OFFERED

    def test_all_are_listed_by_their_source(self, database: Database, source: SourceRecord) -> None:
        known = confirmed(database, source)

        with database.reading() as session:
            assert subscriptions.by_source(session) == {source.id: known}
            assert subscriptions.by_callback(session, known.callback) == known
            assert subscriptions.by_callback(session, known.secret) is None
