from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal

import pytest

from connectors.records import Observation, Semantics, Series
from indexer.catalogue import observations as catalogue
from indexer.catalogue import sources
from indexer.intake import RESERVED_KEYS
from indexer.records import ChangeKind, Counts
from indexer.tables import ObservationRow
from tests.fakes import START
from tests.indexer.workshop import Workshop, day, observations, value

BRENT = Series("brent", "Brent crude oil", unit="USD/bbl", currency="USD", cadence="daily")
GOLD = Series("gold", "Gold", unit="USD/oz")


@pytest.fixture
def prices(workshop: Workshop) -> Workshop:
    workshop.source("prices", Semantics.SERIES)
    return workshop


def _read(workshop: Workshop, *given: Observation, series: tuple[Series, ...] = (BRENT,)) -> Counts:
    return workshop.read(observations(*given, series=series), source="prices").counts


def _values_at(
    workshop: Workshop, *, as_of: datetime, known_at: datetime, key: str = "brent"
) -> list[str]:
    row = workshop.series_row(key)
    with workshop.database.reading() as session:
        found = catalogue.values_at(session, [row], as_of=as_of, known_at=known_at)
    return [str(one.value) for one in found.get(row, ())]


def test_values_are_stored_under_their_series(prices: Workshop) -> None:
    counts = _read(prices, value("brent", day(1), "84.10"), value("brent", day(2), "84.12"))

    assert [str(row.value) for row in prices.values()] == ["84.10", "84.12"]
    assert counts == Counts(observations_new=2)


def test_the_same_values_again_write_nothing(prices: Workshop) -> None:
    _read(prices, value("brent", day(1), "84.10"))
    before = prices.log()

    counts = _read(prices, value("brent", day(1), "84.1"))

    assert prices.log() == before
    assert counts == Counts()


def test_a_revision_keeps_what_was_known_before(prices: Workshop) -> None:
    _read(prices, value("brent", day(1), "84.10"))

    counts = _read(prices, value("brent", day(1), "84.55"))

    old, new = prices.values()
    assert (str(old.value), str(new.value)) == ("84.10", "84.55")
    assert old.superseded_at == new.observed_at
    assert new.superseded_at is None
    assert counts == Counts(observations_changed=1)


def test_new_values_are_one_entry_of_the_log_for_each_series(prices: Workshop) -> None:
    _read(prices, value("brent", day(1), "1"), series=(BRENT, GOLD))
    before = len(prices.log())

    _read(
        prices,
        *(value(key, day(2, hour), "2") for key in ("brent", "gold") for hour in range(3)),
        series=(BRENT, GOLD),
    )

    entries = prices.log()[before:]
    assert [change.kind for change in entries] == [ChangeKind.OBSERVED] * 2


def test_values_of_a_known_series_need_no_declaration(prices: Workshop) -> None:
    _read(prices, value("brent", day(1), "1"))

    assert _read(prices, value("brent", day(2), "2"), series=()) == Counts(observations_new=1)


def test_series_of_two_sources_may_share_a_key(prices: Workshop) -> None:
    prices.source("other", Semantics.SERIES)
    _read(prices, value("brent", day(1), "1"))

    prices.read(observations(value("brent", day(1), "2"), series=(BRENT,)), source="other")

    assert [str(row.value) for row in prices.values()] == ["1", "2"]


def test_many_values_are_stored_in_several_parts(prices: Workshop) -> None:
    given = [value("brent", START + timedelta(minutes=nth), str(nth)) for nth in range(6_000)]

    counts = _read(prices, *given)

    assert counts == Counts(observations_new=6_000)
    with prices.database.reading() as session:
        assert sources.observation_counts(session) == {prices.source("prices").id: 6_000}


# Cards


def test_a_series_gets_one_card_that_says_what_it_is(prices: Workshop) -> None:
    _read(prices, value("brent", day(1), "84.10"))

    (card,) = prices.versions()
    assert card.series_id == prices.series_row("brent")
    assert card.key == f"{RESERVED_KEYS}brent"
    for words in ("Brent crude oil", "USD/bbl", "daily", "prices"):
        assert words in card.text
    assert "84.10" not in card.text
    assert len(prices.chunks(card.id)) == 1


def test_a_tick_costs_no_vector_and_leaves_the_card(prices: Workshop) -> None:
    _read(prices, value("brent", day(1), "1"))
    prices.embedder.embedded.clear()

    _read(prices, value("brent", day(2), "2"))

    assert prices.embedder.embedded == []
    assert [row.version for row in prices.versions()] == [1]


def test_another_description_makes_another_card(prices: Workshop) -> None:
    _read(prices, value("brent", day(1), "1"))
    prices.embedder.embedded.clear()
    described = replace(BRENT, description="Spot price, Europe.")

    counts = _read(prices, value("brent", day(1), "1"), series=(described,))

    first, second = prices.versions()
    assert first.superseded_at == second.observed_at
    assert len(prices.embedder.embedded) == 1
    assert counts == Counts()
    with prices.database.reading() as session:
        ((_, now),) = catalogue.series_seen(session, known_at=prices.clock())
        ((_, then),) = catalogue.series_seen(session, known_at=first.observed_at)
    assert (now.series, then.series) == (described, BRENT)


def test_details_nobody_is_told_change_the_series_but_not_its_card(prices: Workshop) -> None:
    _read(prices, value("brent", day(1), "1"))

    _read(prices, series=(replace(BRENT, metadata={"id": 1}),))

    assert [row.version for row in prices.versions()] == [1]
    with prices.database.reading() as session:
        stored = catalogue.series_of(session, prices.source("prices").id, ["brent"])
    assert stored["brent"].series.metadata == {"id": 1}


def test_a_declared_series_without_values_has_a_card(prices: Workshop) -> None:
    counts = _read(prices, series=(BRENT,))

    assert prices.current().keys() == {f"{RESERVED_KEYS}brent"}
    assert counts == Counts()


def test_cards_are_not_counted_as_documents(prices: Workshop) -> None:
    _read(prices, value("brent", day(1), "1"))

    with prices.database.reading() as session:
        assert sources.document_counts(session) == {}


# What was true when, and what was known when


@pytest.fixture
def history(prices: Workshop) -> dict[str, datetime]:
    """Three days, the second revised once; returns when each was learnt."""
    learnt = {}
    for name, given in {
        "monday": value("brent", day(2), "10"),
        "tuesday": value("brent", day(3), "20", until=day(3, 18)),
        "revised": value("brent", day(3), "21", until=day(3, 20)),
        "wednesday": value("brent", day(4), "30"),
    }.items():
        _read(prices, given)
        learnt[name] = prices.clock()
    return learnt


MICROSECOND = timedelta(microseconds=1)


@pytest.mark.parametrize(
    ("as_of", "known", "expected"),
    [
        (day(1), "wednesday", []),
        (day(2) - MICROSECOND, "wednesday", []),
        (day(2), "wednesday", ["10"]),
        (day(3) - MICROSECOND, "wednesday", ["10"]),
        (day(3), "wednesday", ["21", "10"]),
        (day(4), "wednesday", ["30", "21"]),
        (day(30), "wednesday", ["30", "21"]),
        (day(30), "monday", ["10"]),
        (day(30), "tuesday", ["20", "10"]),
        (day(30), "revised", ["21", "10"]),
        (day(2), "tuesday", ["10"]),
    ],
)
def test_the_last_two_values_are_those_begun_by_then_as_known_then(
    prices: Workshop,
    history: dict[str, datetime],
    as_of: datetime,
    known: str,
    expected: list[str],
) -> None:
    assert _values_at(prices, as_of=as_of, known_at=history[known]) == expected


@pytest.mark.parametrize("name", ["monday", "tuesday", "revised", "wednesday"])
def test_a_value_is_known_from_the_very_instant_it_was_stored(
    prices: Workshop, history: dict[str, datetime], name: str
) -> None:
    latest = {"monday": "10", "tuesday": "20", "revised": "21", "wednesday": "30"}
    earlier = {"monday": [], "tuesday": ["10"], "revised": ["20", "10"], "wednesday": ["21", "10"]}
    at = history[name]

    assert _values_at(prices, as_of=day(30), known_at=at)[0] == latest[name]
    assert _values_at(prices, as_of=day(30), known_at=at - MICROSECOND) == earlier[name]


def test_a_value_keeps_its_end_so_that_its_reader_sees_it_expired(
    prices: Workshop, history: dict[str, datetime]
) -> None:
    row = prices.series_row("brent")
    with prices.database.reading() as session:
        found = catalogue.values_at(session, [row], as_of=day(3, 20), known_at=history["wednesday"])

    newest: ObservationRow = found[row][0]
    assert (newest.value, newest.valid_until) == (Decimal(21), day(3, 20))


def test_values_of_many_series_are_found_together(prices: Workshop) -> None:
    series = tuple(Series(f"q{nth}", f"Quantity {nth}") for nth in range(60))
    _read(
        prices,
        *(value(one.key, day(number), str(number)) for one in series for number in (1, 2, 3)),
        series=series,
    )
    rows = [prices.series_row(one.key) for one in series]

    with prices.database.reading() as session:
        found = catalogue.values_at(session, rows, as_of=day(9), known_at=prices.clock())
        none = catalogue.values_at(session, [], as_of=day(9), known_at=prices.clock())

    assert {row: [str(one.value) for one in values] for row, values in found.items()} == {
        row: ["3", "2"] for row in rows
    }
    assert none == {}


def test_values_are_listed_without_what_was_revised_unless_history_is_asked_for(
    prices: Workshop, history: dict[str, datetime]
) -> None:
    window = {"start": None, "end": None, "as_of": day(28), "known_at": prices.clock(), "limit": 9}
    row = prices.series_row("brent")

    with prices.database.reading() as session:
        last = catalogue.between(session, row, include_history=False, **window)
        every = catalogue.between(session, row, include_history=True, **window)

    assert [str(one.value) for one in last][:2] == ["30", "21"]
    assert [str(one.value) for one in every][:3] == ["30", "21", "20"]


def test_values_of_more_series_than_one_statement_may_join_are_found(prices: Workshop) -> None:
    _read(prices, value("brent", day(1), "84.10"))
    row = prices.series_row("brent")

    with prices.database.reading() as session:
        rows = range(row, row + 600)
        found = catalogue.values_at(session, rows, as_of=day(2), known_at=prices.clock())

    assert list(found) == [row]


def test_a_value_published_later_is_not_seen_before(prices: Workshop) -> None:
    hour = timedelta(hours=1)
    _read(prices, replace(value("brent", START - 3 * hour, "84.10"), published_at=START - hour))
    now = prices.clock()

    seen = [
        bool(_values_at(prices, as_of=START - before, known_at=now))
        for before in (2 * hour, hour, timedelta(0))
    ]
    assert seen == [False, True, True]
