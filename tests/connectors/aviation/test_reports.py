from datetime import UTC, datetime

import pytest

from connectors.aviation.reports import dated, decoded, reports_in
from connectors.errors import ItemFailed

NOW = datetime(2026, 3, 1, 0, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("given", "now", "expected"),
    [
        ("010015", NOW, "2026-03-01T00:15"),
        ("282350", NOW, "2026-02-28T23:50"),
        ("0124", NOW, "2026-03-02T00:00"),
        ("0112", NOW, "2026-03-01T12:00"),
        ("010015", datetime(2025, 12, 31, 23, 55, tzinfo=UTC), "2026-01-01T00:15"),
        ("312350", datetime(2026, 1, 1, 0, 5, tzinfo=UTC), "2025-12-31T23:50"),
        ("291200", datetime(2028, 3, 1, tzinfo=UTC), "2028-02-29T12:00"),
    ],
)
def test_day_is_the_one_nearest_to_now(given: str, now: datetime, expected: str) -> None:
    assert dated(given, now=now) == datetime.fromisoformat(expected).replace(tzinfo=UTC)


@pytest.mark.parametrize("given", ["000000", "321200", "012500", "011260"])
def test_what_no_clock_shows_is_no_time(given: str) -> None:
    assert dated(given, now=NOW) is None


def test_reports_are_found_one_a_line_or_on_several() -> None:
    text = (
        "METAR KAAA 010015Z 36007KT 10SM CLR 11/07 A2979=\n"
        "SPECI COR KBBB 010020Z 09011KT\n      9999 NCD 10/05 Q1016\n"
        "TAF AMD KCCC 010000Z 0100/0206 20006KT"
    )

    found = list(reports_in(text, now=NOW))

    assert [each.station for each in found] == ["KAAA", "KBBB", "KCCC"]
    assert found[1].text == "SPECI COR KBBB 010020Z 09011KT 9999 NCD 10/05 Q1016"
    assert found[0].text.endswith("A2979")


def test_report_ends_where_the_next_one_begins() -> None:
    text = "KAAA 010015Z 36007KT 10SM 11/07 A2979 RMK T01110072 KAAA 282315Z 35007KT RMK T01170072"

    first, second = reports_in(text, now=NOW)

    assert first.text.endswith("T01110072")
    assert second.issued == datetime(2026, 2, 28, 23, 15, tzinfo=UTC)


@pytest.mark.parametrize("text", ["", "no reports", "KAAA 991299Z 36007KT", "x" * 100_000])
def test_text_without_reports_has_none(text: str) -> None:
    assert list(reports_in(text, now=NOW)) == []


def values(text: str) -> dict[str, str]:
    weather = decoded(f"KAAA 010015Z {text}", NOW)
    return {each.name: f"{each.bound}{each.value} {each.unit}" for each in weather.quantities}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "32008G18KT 10SM CLR 07/M01 A2979",
            {
                "temperature": "7.0 °C",
                "dew point": "-1.0 °C",
                "wind direction": "320 °",
                "wind speed": "8 kt",
                "wind gust": "18 kt",
                "visibility": "16093 m",
                "pressure": "1008.8 hPa",
            },
        ),
        ("VRB03KT 9999", {"wind speed": "3 kt", "visibility": "more than 10000 m"}),
        (
            "00000MPS 0400 FG",
            {"wind direction": "0 °", "wind speed": "0 kt", "visibility": "400 m"},
        ),
        ("09010MPS M1/4SM", {"wind speed": "19 kt", "visibility": "less than 402 m"}),
        (
            "/////KT //// 10/05 Q1016 RMK T01040051",
            {"temperature": "10.4 °C", "dew point": "5.1 °C"},
        ),
    ],
)
def test_groups_become_quantities_in_common_units(text: str, expected: dict[str, str]) -> None:
    found = values(text)

    assert {**found, **expected} == found
    if "////" in text:
        assert "visibility" not in found


def test_sky_and_weather_are_put_into_words() -> None:
    said = decoded("KAAA 010015Z 00000KT 5SM -SHRA BR BKN010 OVC015 10/09 A2990", NOW).described()

    assert "light rain showers; mist" in said
    assert "broken clouds at 1000 feet, overcast at 1500 feet" in said


def test_group_nobody_knows_is_named_and_the_rest_decoded() -> None:
    weather = decoded("KAAA 010015Z 36007KT XYZZY 10SM 11/07 A2979", NOW)

    assert weather.undecoded == ("XYZZY",)
    assert {each.name for each in weather.quantities} >= {"wind speed", "visibility", "pressure"}


def test_what_cannot_be_decoded_at_all_fails() -> None:
    with pytest.raises(ItemFailed, match="cannot be decoded"):
        decoded("KAAA 310015Z 36007KT 99/99 A29", datetime(2026, 2, 1, tzinfo=UTC))


@pytest.mark.parametrize("group", ["-VC-VC", "+++", "RARARA", "BLACKBLACK", "////////"])
def test_any_group_is_read_or_left_out(group: str) -> None:
    weather = decoded(f"KAAA 010015Z 36007KT {group} 10SM 11/07 A2979", NOW)

    assert "temperature 11.0 °C" in weather.described()


def test_what_no_database_takes_is_dropped_from_a_report() -> None:
    (found,) = reports_in("KAAA 010015Z 36007KT\0 10SM \0CLR", now=NOW)

    assert found.text == "KAAA 010015Z 36007KT 10SM CLR"


def test_a_number_that_nobody_measured_fails_the_report() -> None:
    with pytest.raises(ItemFailed, match="visibility"):
        decoded(f"KAAA 010015Z 36007KT 1{'0' * 400}SM 11/07 A2979", NOW)
