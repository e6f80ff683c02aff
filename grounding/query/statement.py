"""A series' value said as a sentence, with exact decimals and times."""

from dataclasses import replace
from decimal import ROUND_HALF_EVEN, Context, Decimal

from grounding.query.records import Evidence, EvidenceKind, ValueAt
from grounding.query.times import instant

# Enough digits for any value that a source writes out; the default of 28 would round some.
_EXACT = Context(prec=500)
_HUNDREDTH = Decimal("0.01")


def statement(value: ValueAt) -> str:
    """Say the value, e.g. "Gold: 84.12 USD per ounce, valid from 2026-11-20T00:00:00Z"."""
    unit = _unit(value.unit, value.currency)
    number = " ".join(filter(None, (plain(value.value), unit)))
    until = f" until {instant(value.valid_until)}" if value.valid_until else ""
    said = f"{value.title}: {number}, valid from {instant(value.valid_from)}{until}"
    return said + _comparison(value)


def with_value(card: Evidence, value: ValueAt) -> Evidence:
    """Turn the card of a series, as it is found, into evidence of the series' value.

    Text, times and offsets become those of the value: the card's own say nothing about it.
    """
    text = statement(value)
    return replace(
        card,
        kind=EvidenceKind.SERIES,
        title=value.title,
        text=text,
        start=0,
        end=len(text),
        section="",
        valid_from=value.valid_from,
        valid_until=value.valid_until,
        published_at=value.published_at,
        updated_at=None,
        observed_at=value.observed_at,
        observation=value,
    )


def change(value: ValueAt) -> Decimal | None:
    """The value less the previous one, exactly; None if there is no previous one."""
    if value.previous is None:
        return None
    return _EXACT.subtract(value.value, value.previous.value)


def change_percent(value: ValueAt) -> Decimal | None:
    """The change as a share of the size of the previous value, in percent, to two decimals."""
    difference = change(value)
    if difference is None or value.previous is None or not value.previous.value:
        return None
    share = _EXACT.divide(_EXACT.multiply(difference, 100), value.previous.value.copy_abs())
    return share.quantize(_HUNDREDTH, ROUND_HALF_EVEN, _EXACT)


def plain(number: Decimal) -> str:
    """All digits as the source wrote them, without an exponent."""
    return format(number, "f")


def _unit(unit: str | None, currency: str | None) -> str:
    if not unit or not currency:
        return unit or currency or ""
    if currency.casefold() in unit.casefold() or " per " in unit:
        return unit
    return f"{currency} {unit}" if unit.startswith(("per ", "/")) else f"{currency} per {unit}"


def _comparison(value: ValueAt) -> str:
    difference, percent = change(value), change_percent(value)
    if difference is None or value.previous is None:
        return ""
    before = f"previous {plain(value.previous.value)} at {instant(value.previous.valid_from)}"
    moved = f"change {_signed(difference)}"
    share = f", {_signed(percent)} %" if percent is not None else ""
    return f" ({before}; {moved}{share})"


def _signed(number: Decimal) -> str:
    if not number:
        return plain(number.copy_abs())
    return f"+{plain(number)}" if number > 0 else plain(number)
