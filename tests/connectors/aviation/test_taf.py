from datetime import UTC, datetime

import pytest

from connectors.aviation.reports import Report
from connectors.aviation.taf import Hours, hours_of, validity
from connectors.errors import ItemFailed

ISSUED = datetime(2026, 2, 28, 23, 15, tzinfo=UTC)


def report(text: str) -> Report:
    return Report("KAAA", ISSUED, f"TAF KAAA 282315Z {text}")


def told(hours: list[Hours]) -> list[tuple[str, str, str, str]]:
    return [(f"{each.start:%d%H%M}", f"{each.end:%d%H%M}", each.how, each.text) for each in hours]


def test_what_begins_anew_ends_what_was_before() -> None:
    hours = hours_of(report("0100/0206 27007KT P6SM FM010330 32010KT P6SM FM011200 35010KT P6SM"))

    assert told(hours) == [
        ("010000", "010330", "", "27007KT P6SM"),
        ("010330", "011200", "", "32010KT P6SM"),
        ("011200", "020600", "", "35010KT P6SM"),
    ]


def test_what_passes_keeps_its_own_hours() -> None:
    hours = hours_of(
        report(
            "0100/0124 20006KT 9999 TEMPO 0103/0107 4000 RA PROB30 0110/0112 0500 FG "
            "PROB40 TEMPO 0118/0122 TSRA BECMG 0112/0114 27015KT FM012000 CAVOK"
        )
    )

    assert told(hours) == [
        ("010000", "012000", "", "20006KT 9999"),
        ("010300", "010700", "at times", "4000 RA"),
        ("011000", "011200", "chance of 30 %", "0500 FG"),
        ("011800", "012200", "at times, chance of 40 %", "TSRA"),
        ("011200", "012000", "becoming", "27015KT"),
        ("012000", "020000", "", "CAVOK"),
    ]


def test_hours_are_told_in_words() -> None:
    (hours,) = hours_of(report("0100/0112 24012G18KT P6SM BKN035"))

    assert hours.described("KAAA") == (
        "2026-03-01 00:00 to 2026-03-01 12:00 UTC: wind direction 240 °, wind speed 12 kt, "
        "wind gust 18 kt, visibility more than 9656 m, broken clouds at 3500 feet"
    )


def test_validity_crosses_the_month() -> None:
    assert validity(report("2823/0105 20006KT")) == (
        datetime(2026, 2, 28, 23, tzinfo=UTC),
        datetime(2026, 3, 1, 5, tzinfo=UTC),
    )


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("NIL", "says not for when"),
        ("CNL", "says not for when"),
        ("0112/0100 20006KT", "says not for when"),
        ("0100/0124 20006KT FM019900 CAVOK", "names no time: FM019900"),
        ("0100/0124 20006KT TEMPO 0107/0103 CAVOK", "names no time: TEMPO"),
    ],
)
def test_forecast_without_its_times_fails(text: str, complaint: str) -> None:
    with pytest.raises(ItemFailed, match=complaint):
        hours_of(report(text))
