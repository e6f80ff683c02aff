from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal

import pytest
from sqlalchemy import insert, select, update
from sqlalchemy.exc import IntegrityError, StatementError

from connectors.records import Series
from indexer.database import Database
from indexer.tables import DocumentRow, ObservationRow, ReceiptRow
from tests.indexer.workshop import Workshop, day, document, documents, observations, value


def _stored(database: Database, moment: datetime) -> datetime:
    with database.writing() as session:
        session.execute(insert(ReceiptRow).values(id="r", created_at=moment, seq=0, body=b""))
    with database.reading() as session:
        return session.scalars(select(ReceiptRow.created_at)).one()


def test_a_naive_instant_is_refused(database: Database) -> None:
    with pytest.raises(StatementError, match=r"naive datetime 2026-03-01T12:00:00"):
        _stored(database, datetime(2026, 3, 1, 12))


@pytest.mark.parametrize(
    "moment",
    [
        datetime(2026, 3, 1, 12, 0, 0, 1, tzinfo=UTC),
        datetime(2026, 3, 1, 12, 0, 0, 999_999, tzinfo=timezone(timedelta(hours=-9, minutes=-30))),
        datetime(1, 1, 1, tzinfo=UTC),
        datetime(1969, 12, 31, 23, 59, 59, 500_000, tzinfo=timezone(timedelta(hours=14))),
        datetime(9999, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC),
    ],
    ids=str,
)
def test_an_instant_comes_back_to_the_microsecond_in_utc(
    database: Database, moment: datetime
) -> None:
    found = _stored(database, moment)

    assert found == moment
    assert found.tzinfo is UTC


def test_instants_are_compared_as_instants(database: Database) -> None:
    _stored(database, datetime(2026, 3, 1, 12, tzinfo=UTC))
    east = timezone(timedelta(hours=9))

    with database.reading() as session:
        before = ReceiptRow.created_at < datetime(2026, 3, 1, 21, 0, 0, 1, tzinfo=east)
        after = ReceiptRow.created_at < datetime(2026, 3, 1, 21, tzinfo=east)
        found = [
            session.scalars(select(ReceiptRow.id).where(each)).all() for each in (before, after)
        ]

    assert found == [["r"], []]


@pytest.mark.parametrize(
    "digits", ["1.10", "0.00", "-0.0000000001", "123456789012345678901234567890.123456789", "100"]
)
def test_a_decimal_keeps_its_digits(workshop: Workshop, digits: str) -> None:
    workshop.source("prices")

    workshop.read(
        observations(value("q", day(1), digits), series=(Series("q", "Quantity"),)),
        source="prices",
    )

    assert [format(row.value, "f") for row in workshop.values()] == [digits]


def test_an_exponent_is_written_out(workshop: Workshop) -> None:
    workshop.source("prices")

    workshop.read(
        observations(value("q", day(1), "1.5E+3"), series=(Series("q", "Quantity"),)),
        source="prices",
    )

    assert [str(row.value) for row in workshop.values()] == ["1500"]
    assert workshop.values()[0].value == Decimal(1500)


def test_a_key_has_at_most_one_current_version(workshop: Workshop) -> None:
    workshop.read(documents(document("a", "one")))
    workshop.read(documents(document("a", "two")))
    first = workshop.versions("a")[0].id

    with pytest.raises(IntegrityError), workshop.database.writing() as session:
        session.execute(
            update(DocumentRow).where(DocumentRow.id == first).values(superseded_at=None)
        )


def test_an_instant_of_a_series_has_at_most_one_current_value(workshop: Workshop) -> None:
    series = (Series("q", "Quantity"),)
    workshop.read(observations(value("q", day(1), "1"), series=series))
    workshop.read(observations(value("q", day(1), "2"), series=series))

    with pytest.raises(IntegrityError), workshop.database.writing() as session:
        session.execute(update(ObservationRow).values(superseded_at=None))
