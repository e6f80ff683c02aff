"""Aviation weather reports as text: finding them, dating them, and decoding one group of them.

A report names a day of the month and no month: of all days it could mean, the one nearest to now
is taken.
"""

import calendar
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from metar.Metar import Metar, ParserError

from connectors.errors import ItemFailed
from connectors.text.fields import one_line

LONGEST = 4_000
LARGEST = 1_000_000
BOUNDS = {">": "more than ", "<": "less than "}
HEADER = re.compile(
    r"(?:^|(?<=\s))(?:(?:METAR|SPECI|TAF)\s{1,9}){0,2}(?:(?:COR|AMD)\s{1,9}){0,2}"
    r"(?P<station>[A-Z][A-Z0-9]{3})\s{1,9}(?P<issued>\d{6})Z(?=\s|=|$)"
)


@dataclass(frozen=True, slots=True)
class Report:
    """One report: its text on one line, and when it was issued."""

    station: str
    issued: datetime
    text: str


@dataclass(frozen=True, slots=True)
class Quantity:
    """A name, a value and its unit. bound: "more than " or "less than " where that is all."""

    name: str
    value: Decimal
    unit: str
    bound: str = ""


@dataclass(frozen=True, slots=True)
class Weather:
    """What a report or one period of a forecast says, as far as it could be decoded."""

    quantities: tuple[Quantity, ...]
    sky: str
    phenomena: str
    undecoded: tuple[str, ...] = ()

    def described(self) -> str:
        facts = [f"{each.name} {each.bound}{each.value:f} {each.unit}" for each in self.quantities]
        facts += [each for each in (self.phenomena, self.sky) if each]
        return ", ".join(facts)


def reports_in(text: str, *, now: datetime) -> Iterator[Report]:
    """Yield every report in `text`, be it one a line or several lines each.

    A report that ends with `=`, or is followed by the header of another, is over.
    """
    headers = list(HEADER.finditer(text))
    for place, header in enumerate(headers, 1):
        end = headers[place].start() if place < len(headers) else len(text)
        whole = one_line(text[header.start() : end].split("=", maxsplit=1)[0])[:LONGEST]
        issued = dated(header["issued"], now=now)
        if issued is not None:
            yield Report(header["station"], issued, whole)


def dated(given: str, *, now: datetime) -> datetime | None:
    """Return the instant that `ddhh` or `ddhhmm` means, None where no month has it."""
    day, hour, minute = int(given[:2]), int(given[2:4]), int(given[4:6] or 0)
    if hour > 24 or minute > 59:
        return None
    candidates = []
    for months in (-1, 0, 1):
        year, month = divmod(now.year * 12 + now.month - 1 + months, 12)
        if 1 <= day <= calendar.monthrange(year, month + 1)[1]:
            midnight = datetime(year, month + 1, day, tzinfo=UTC)
            candidates.append(midnight + timedelta(hours=hour, minutes=minute))
    return min(candidates, key=lambda each: abs(each - now), default=None)


def decoded(text: str, issued: datetime) -> Weather:
    """Decode a METAR, or a part of a TAF dressed as one.

    Raises:
        ItemFailed: nothing of it can be decoded, or a number in it is absurd.
    """
    # Slashes stand for what was not measured; the library takes four for 10 km of visibility.
    measured = " ".join(group for group in text.split() if group.strip("/"))
    report = _Decoded(measured, issued)
    return Weather(
        tuple(_quantities(report)),
        sky=report.said(report.sky_conditions).replace("; ", ", ").replace(" at None", ""),
        phenomena=report.said(report.present_weather),
        undecoded=report.undecoded,
    )


class _Decoded(Metar):
    """A report as the library decodes it, groups that it does not know left out."""

    def __init__(self, text: str, issued: datetime) -> None:
        try:
            super().__init__(text, month=issued.month, year=issued.year, strict=True)
        except ParserError as error:
            # Also raised at the end, after all groups that are known were decoded.
            if self.decode_completed:
                reason = str(error).splitlines()[0][:200]
                raise ItemFailed(f"cannot be decoded: {reason}") from error

    def said(self, of: Callable[[], str]) -> str:
        """Return the library's words, "" where it has none for what it has read."""
        try:
            return of()
        except (LookupError, TypeError):
            return ""

    @property
    def undecoded(self) -> tuple[str, ...]:
        return tuple(self._unparsed_groups)


def _quantities(report: _Decoded) -> Iterator[Quantity]:
    """Yield what was measured, in one unit for each quantity whatever the report is in."""
    if report.temp is not None:
        yield _quantity("temperature", report.temp.value("C"), "°C", step="0.1")
    if report.dewpt is not None:
        yield _quantity("dew point", report.dewpt.value("C"), "°C", step="0.1")
    if report.wind_dir is not None:
        yield _quantity("wind direction", report.wind_dir.value(), "°")
    if report.wind_speed is not None:
        yield _quantity("wind speed", report.wind_speed.value("KT"), "kt")
    if report.wind_gust is not None:
        yield _quantity("wind gust", report.wind_gust.value("KT"), "kt")
    if report.vis is not None:
        bound = BOUNDS.get(getattr(report.vis, "_gtlt", None) or "", "")
        yield _quantity("visibility", report.vis.value("M"), "m", bound=bound)
    if report.press is not None:
        yield _quantity("pressure", report.press.value("HPA"), "hPa", step="0.1")


def _quantity(name: str, value: float, unit: str, *, step: str = "1", bound: str = "") -> Quantity:
    if not abs(value) < LARGEST:  # nor is "not a number" less
        raise ItemFailed(f"cannot be decoded: {name} of {value:g} {unit}")
    return Quantity(name, Decimal(str(value)).quantize(Decimal(step)), unit, bound)
