"""Series as evidence: called by name, filtered by age, with where and how often they are told."""

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from grounding.client.records import Evidence, ObservedValue
from tests.fakes import START, FakeClock
from tests.grounding.serving import DAY, HOUR, Plan, Running, document, serving

MINUTE = timedelta(minutes=1)
BRENT: dict[str, Any] = {
    "key": "oil/brent.front",
    "title": "Brent crude oil front month",
    "unit": "barrel",
    "currency": "USD",
    "cadence": "every minute",
    "zone": "Europe/London",
    "venue": "ICE Futures Europe",
    "aliases": ["BRN", "LCO", "North Sea benchmark"],
}
GOLD: dict[str, Any] = {"key": "gold", "title": "Gold", "aliases": ["XAU/USD"], "venue": "LBMA"}
APPLE: dict[str, Any] = {"key": "aapl", "title": "Apple share", "aliases": ["AAPL", "IT"]}


def value(series: str, amount: str, age: timedelta, **more: object) -> dict[str, object]:
    return {"series": series, "valid_from": START - age, "value": amount, **more}


@pytest.fixture(scope="module")
def market(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A service that has three series, for tests that leave it as they found it."""
    with serving(Plan(tmp_path_factory.mktemp("market"))) as one:
        fill(one)
        yield one


@pytest.fixture
def priced(running: Running) -> Running:
    """The same for tests that change it."""
    fill(running)
    return running


def fill(one: Running) -> None:
    """Tell of three series, and of texts that share words with their names."""
    one.client.push_observations(
        [
            value("oil/brent.front", "84.10", HOUR),
            value("oil/brent.front", "84.12", MINUTE),
            value("gold", "2000", DAY * 3),
            value("aapl", "190", DAY),
        ],
        series=[BRENT, GOLD, APPLE],
    )
    texts = ("A benchmark of the sea in the north", "It is all there", "A front month of rain")
    seq = one.push(*(document(text, text) for text in texts))
    one.titles("gold", min_seq=seq)


def first(running: Running, question: str, **options: Any) -> Evidence:
    return running.client.search(question, **options).results[0]


def observed(found: Evidence) -> ObservedValue:
    assert found.observation is not None
    return found.observation


class TestNames:
    @pytest.mark.parametrize(
        ("question", "title"),
        [
            ("What does Brent crude oil front month cost?", "Brent crude oil front month"),
            ("brent CRUDE oil FRONT month now", "Brent crude oil front month"),
            ("BRN?", "Brent crude oil front month"),
            ("price of LCO today", "Brent crude oil front month"),
            ("How does the North Sea benchmark stand?", "Brent crude oil front month"),
            ("oil/brent.front", "Brent crude oil front month"),
            ("What trades at ICE Futures Europe?", "Brent crude oil front month"),
            ("XAU/USD", "Gold"),
            ("quote from LBMA please", "Gold"),
            ("$AAPL", "Apple share"),
            ("How is AAPL?", "Apple share"),
        ],
    )
    def test_question_that_calls_a_series_by_name_finds_it_first(
        self, market: Running, question: str, title: str
    ) -> None:
        found = first(market, question)

        assert (found.kind, found.title) == ("series", title)
        assert found.scores.named is not None
        assert found.scores.named > 0

    @pytest.mark.parametrize("question", ["Is it all there?", "brn", "aapl stands for what"])
    def test_symbol_must_be_written_as_it_is(self, market: Running, question: str) -> None:
        named = {each.title for each in market.client.search(question).results if each.scores.named}

        assert named - {"Apple share"} == set()
        assert ("Apple share" in named) == question.startswith("aapl")  # its key, not its symbol

    def test_name_counts_from_when_it_was_given(self, priced: Running, clock: FakeClock) -> None:
        clock.advance(HOUR)
        renamed = BRENT | {"aliases": ["Ekofisk blend"]}
        seq = priced.client.push_observations([], series=[renamed]).seq

        now = first(priced, "Ekofisk blend", min_seq=seq)
        then = priced.client.search("Ekofisk blend", known_at=START + MINUTE).results
        old = priced.client.search("BRN", min_seq=seq).results

        assert now.scores.named
        assert not any(each.scores.named for each in [*then, *old])


class TestAge:
    @pytest.mark.parametrize(
        ("filters", "titles"),
        [
            ({"max_age": "1m"}, ["Brent crude oil front month"]),
            ({"max_age": "59s"}, []),
            ({"max_age": "1d"}, ["Apple share", "Brent crude oil front month"]),
            ({"published_after": START - DAY}, ["Apple share", "Brent crude oil front month"]),
            (
                {"published_after": START - DAY + timedelta(microseconds=1)},
                ["Brent crude oil front month"],
            ),
            ({"published_before": START - DAY}, ["Gold"]),
            (
                {"published_after": START - DAY * 3, "published_before": START - HOUR},
                ["Apple share", "Gold"],
            ),
        ],
    )
    def test_filters_look_at_the_value_and_not_at_the_card(
        self, market: Running, filters: dict[str, Any], titles: list[str]
    ) -> None:
        now: dict[str, Any] = {"as_of": START, "sources": ["push-series"]}

        found = market.client.search("Brent oil Gold Apple share", **now | filters).results

        assert sorted(each.title for each in found) == titles

    def test_new_tick_brings_an_old_card_back(self, priced: Running, clock: FakeClock) -> None:
        clock.advance(HOUR)
        tick = {"series": "gold", "valid_from": START + HOUR - MINUTE, "value": "2010"}

        before = priced.client.search("Gold", max_age="5m").results
        seq = priced.client.push_observations([tick]).seq
        after = first(priced, "Gold", max_age="5m", min_seq=seq)

        assert before == ()
        assert (after.title, after.age_seconds) == ("Gold", 60.0)

    def test_publication_time_of_a_value_goes_before_its_beginning(self, running: Running) -> None:
        old_period = value("gdp", "1.5", DAY * 90, published_at=START - HOUR)
        seq = running.client.push_observations(
            [old_period], series=[{"key": "gdp", "title": "GDP growth"}]
        ).seq

        assert running.titles("GDP growth", max_age="2h", min_seq=seq) == ["GDP growth"]
        assert running.titles("GDP growth", max_age="30m") == []


class TestValue:
    def test_answer_says_where_and_how_often_it_is_told_and_what_it_was_before(
        self, market: Running
    ) -> None:
        found = first(market, "BRN", as_of=START)

        told = observed(found)
        assert (told.cadence, told.zone, told.venue) == (
            "every minute",
            "Europe/London",
            "ICE Futures Europe",
        )
        assert (told.series, told.unit, told.currency) == ("oil/brent.front", "barrel", "USD")
        assert told.previous is not None
        assert (told.previous.value, told.previous.valid_from) == (Decimal("84.10"), START - HOUR)
        assert (told.change, told.change_percent) == (Decimal("0.02"), Decimal("0.02"))
        assert (found.valid_from, found.age_seconds) == (START - MINUTE, 60.0)

    def test_first_value_has_no_previous_and_no_change(self, market: Running) -> None:
        told = observed(first(market, "XAU/USD"))

        assert (told.previous, told.change, told.change_percent) == (None, None, None)
        assert (told.cadence, told.zone) == (None, None)

    def test_change_from_nothing_has_no_percentage(self, running: Running) -> None:
        seq = running.client.push_observations(
            [value("net", "0", HOUR), value("net", "-5", MINUTE)],
            series=[{"key": "net", "title": "Net flow"}],
        ).seq

        told = observed(first(running, "Net flow", min_seq=seq))

        assert (told.change, told.change_percent) == (Decimal(-5), None)

    def test_prompt_states_the_value_of_as_of(self, market: Running) -> None:
        made = market.client.augment("What does BRN cost?", as_of=START - MINUTE * 30)

        assert (
            "> Brent crude oil front month: 84.10 USD per barrel, valid from 2026-03-01T11:00:00Z"
            in made.text
        )
        assert "84.12" not in made.text

    def test_revision_is_unknown_before_it_was_received(
        self, priced: Running, clock: FakeClock
    ) -> None:
        clock.advance(HOUR)
        revision = value("oil/brent.front", "84.90", MINUTE)
        later = {"series": "oil/brent.front", "valid_from": START + MINUTE, "value": "85"}
        seq = priced.client.push_observations([revision, later]).seq
        before = START + HOUR - timedelta(microseconds=1)

        def told(**at: Any) -> list[str]:
            found = observed(first(priced, "BRN", min_seq=seq, **at))
            previous = found.previous
            return [str(found.value), str(previous.value if previous else None)]

        assert told() == ["85", "84.90"]
        assert told(known_at=before) == ["84.12", "84.10"]
        assert told(as_of=START) == ["84.90", "84.10"]
        assert told(as_of=START, known_at=before) == ["84.12", "84.10"]
        assert "84.9" not in priced.client.augment("BRN", known_at=before).text

    def test_revised_previous_value_changes_the_change(
        self, priced: Running, clock: FakeClock
    ) -> None:
        clock.advance(HOUR)
        seq = priced.client.push_observations([value("oil/brent.front", "84.00", HOUR)]).seq

        now = observed(first(priced, "BRN", min_seq=seq))
        then = observed(first(priced, "BRN", known_at=START + MINUTE))

        assert (now.change, then.change) == (Decimal("0.12"), Decimal("0.02"))


def test_series_are_listed_by_key(market: Running) -> None:
    def keys(**options: Any) -> list[str]:
        return [each.key for each in market.client.series(**options)]

    assert keys(key="oil/brent.front") == ["oil/brent.front"]
    (source,) = {each.source for each in market.client.series()}
    assert keys(key="oil/brent.front", source=source) == ["oil/brent.front"]
    assert keys(key="OIL/brent.front") == []
    assert set(keys()) == {"oil/brent.front", "gold", "aapl"}
