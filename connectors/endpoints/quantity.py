"""Numbers, periods and series as sources write them: decimal text, "no value", `2024-Q1`."""

import re
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from connectors.dates import read_instant
from connectors.doubts import Reading
from connectors.errors import ItemFailed
from connectors.protocol import Options
from connectors.records import Failure, Observation, Series

NO_VALUE = frozenset({"", ".", "..", "-", "--", "n/a", "#n/a", "na", "nan", "nd", "null", "none"})
LONGEST_NUMBER = 60
PLAIN = re.compile(r"-?\d{1,15}(?:\.\d{1,15})?", re.ASCII)
NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d{1,3})?", re.ASCII)
PERIOD = re.compile(
    r"(?P<year>(19|20|21)\d\d)(-?M?(?P<month>0[1-9]|1[0-2])|-?Q(?P<quarter>[1-4]))?", re.ASCII
)
GROUPS = {
    ".": re.compile(r"[+-]?\d{1,3}(,\d{3})+(\.\d*)?", re.ASCII),
    ",": re.compile(r"[+-]?\d{1,3}(\.\d{3})+(,\d*)?", re.ASCII),
}


class SeriesTexts(Options):
    """How a series is described; every text may hold `{…}` placeholders, filled per series."""

    key: str
    title: str
    unit: str = ""
    currency: str = ""
    cadence: str = ""
    zone: str = ""
    venue: str = ""
    description: str = ""
    url: str = ""
    aliases: tuple[str, ...] = ()

    def filled(self, fill: Callable[[str], str]) -> Series:
        """Return the series these texts describe once `fill` has filled their placeholders.

        Raises:
            ItemFailed: the key comes out empty.
        """
        key = fill(self.key).strip()
        if not key:
            raise ItemFailed(f"series key {self.key!r} is empty here")
        return Series(
            key=key,
            title=fill(self.title).strip() or key,
            unit=fill(self.unit) or None,
            currency=fill(self.currency) or None,
            cadence=fill(self.cadence) or None,
            zone=fill(self.zone) or None,
            venue=fill(self.venue) or None,
            description=fill(self.description),
            url=fill(self.url) or None,
            aliases=tuple(filter(None, map(fill, self.aliases))),
        )


def parse_value(given: object, *, decimal_mark: str = ".") -> Decimal | None:
    """Return the number exactly as written; None where the source says that it has none.

    Digit groups and a trailing percent sign are understood, since a unit says what they mean.

    Raises:
        ItemFailed: it is neither a number nor a known word for "no value".
    """
    if given is None:
        return None
    if isinstance(given, bool) or not isinstance(given, str | int | float | Decimal):
        raise ItemFailed(f"expected a number, not {str(given)[:40]!r}")
    if isinstance(given, str) and decimal_mark == "." and PLAIN.fullmatch(given):
        return Decimal(given)  # nearly all of millions
    text = str(given).strip().removesuffix("%").strip()
    if text.lower() in NO_VALUE:
        return None
    return _number(_with_point(text, decimal_mark), given)


def parse_start(given: object, *, zone: str | None) -> datetime:
    """Return the instant, or the start of the year, quarter or month, that `given` names.

    Raises:
        ItemFailed: it names none for sure.
    """
    instant = read_start(given, zone=zone).instant
    if instant is None:
        raise no_time(given)
    return instant


def read_start(given: object, *, zone: str | None) -> Reading:
    """Read what `parse_start` reads, with its doubts."""
    period = PERIOD.fullmatch(str(given).strip())
    if period is None:
        return read_instant(given, assumed_zone=zone)
    quarter_start = 3 * int(period["quarter"] or 1) - 2
    month = int(period["month"] or quarter_start)
    local = datetime(int(period["year"]), month, 1, tzinfo=ZoneInfo(zone or "UTC"))
    return Reading(local.astimezone(UTC))


def no_time(given: object) -> ItemFailed:
    return ItemFailed(f"expected a time, not {str(given)[:40]!r}")


def distinct(
    observations: Iterable[tuple[str, Observation]],
) -> tuple[list[Observation], list[Failure]]:
    """Keep one value per series and time, the last; report those that contradicted it.

    Each observation comes with words for where it stood.
    """
    kept: dict[tuple[str, object], Observation] = {}
    failures = []
    for place, observation in observations:
        identity = (observation.series, observation.valid_from)
        earlier = kept.get(identity)
        if earlier is not None and earlier.value != observation.value:
            reason = f"{place}: another value at {observation.valid_from.isoformat()}, kept this"
            failures.append(Failure(observation.series, reason))
        kept[identity] = observation
    return list(kept.values()), failures


def _with_point(text: str, decimal_mark: str) -> str:
    text = text.replace("\u00a0", "").replace("\u202f", "").replace("\u2212", "-")
    if GROUPS[decimal_mark].fullmatch(text):
        text = text.replace("," if decimal_mark == "." else ".", "")
    return text if decimal_mark == "." else text.replace(",", ".")


def _number(text: str, given: object) -> Decimal:
    if len(text) > LONGEST_NUMBER or not NUMBER.fullmatch(text):
        raise ItemFailed(f"expected a number, not {str(given)[:40]!r}")
    value = Decimal(text)
    if len(format(value, "f")) > LONGEST_NUMBER:
        raise ItemFailed(f"number out of range: {text}")
    return value
