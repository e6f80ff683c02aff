from datetime import UTC, datetime
from decimal import Decimal

import pytest

from grounding.query.records import EvidenceKind, PreviousValue
from grounding.query.statement import change, change_percent, statement, with_value
from tests.grounding.query.items import brent, brent_card

BEFORE = datetime(2026, 11, 19, tzinfo=UTC)


def test_a_value_is_said_with_unit_validity_and_change() -> None:
    assert statement(brent()) == (
        "Brent crude oil spot price: 84.12 USD per barrel, valid from 2026-11-20T00:00:00Z "
        "(previous 83.90 at 2026-11-19T00:00:00Z; change +0.22, +0.26 %)"
    )


def test_a_value_without_a_past_or_a_unit_is_said_plainly() -> None:
    value = brent(
        unit=None,
        currency=None,
        previous=None,
        valid_until=datetime(2026, 11, 21, tzinfo=UTC),
    )

    assert statement(value) == (
        "Brent crude oil spot price: 84.12, "
        "valid from 2026-11-20T00:00:00Z until 2026-11-21T00:00:00Z"
    )


@pytest.mark.parametrize(
    ("unit", "currency", "said"),
    [
        ("barrel", "USD", "84.12 USD per barrel,"),
        ("USD per barrel", "USD", "84.12 USD per barrel,"),
        ("per barrel", "USD", "84.12 USD per barrel,"),
        ("/bbl", "USD", "84.12 USD /bbl,"),
        (None, "USD", "84.12 USD,"),
        ("°C", None, "84.12 °C,"),
    ],
)
def test_unit_and_currency_are_said_once(unit: str | None, currency: str | None, said: str) -> None:
    assert said in statement(brent(unit=unit, currency=currency))


@pytest.mark.parametrize("digits", ["0.10", "1E+3", "0E-10", "123456789012345678901234567890.12"])
def test_no_digit_is_lost_and_none_is_an_exponent(digits: str) -> None:
    said = statement(brent(value=Decimal(digits), previous=None))

    assert f": {Decimal(digits):f} USD" in said
    assert "E" not in f"{Decimal(digits):f}"


def test_a_change_is_exact_beyond_28_digits() -> None:
    value = brent(
        value=Decimal("100000000000000000000000000000.01"),
        previous=PreviousValue(Decimal("0.02"), BEFORE),
    )

    assert change(value) == Decimal("99999999999999999999999999999.99")


@pytest.mark.parametrize(
    ("now", "before", "percent"),
    [("84.12", "83.90", "0.26"), ("1", "-2", "150.00"), ("-3", "-2", "-50.00"), ("2", "2", "0.00")],
)
def test_percent_is_of_the_size_of_the_previous_value(now: str, before: str, percent: str) -> None:
    value = brent(value=Decimal(now), previous=PreviousValue(Decimal(before), BEFORE))

    assert str(change_percent(value)) == percent


def test_there_is_no_percentage_of_nothing() -> None:
    value = brent(previous=PreviousValue(Decimal(0), BEFORE))

    assert change_percent(value) is None
    assert statement(value).endswith("change +84.12)")


def test_no_change_has_no_sign() -> None:
    value = brent(previous=PreviousValue(Decimal("84.12"), BEFORE))

    assert "change 0.00, 0.00 %" in statement(value)


def test_a_card_becomes_evidence_of_the_value_with_the_values_times() -> None:
    card = brent_card(updated_at=BEFORE)

    item = with_value(card, brent())

    assert (item.kind, item.id) == (EvidenceKind.SERIES, card.id)
    assert (item.start, item.end) == (0, len(item.text))
    assert item.valid_from == item.dated_at == brent().valid_from
    assert (item.published_at, item.updated_at) == (None, None)
    assert item.observed_at == brent().observed_at
