import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from connectors.errors import InvalidOptions, SourceBroken
from connectors.http.fetch import Fetcher
from tests.connectors.reading import Read, connector, read
from tests.fakes import START
from tests.web import Answer, WebServer

DAY = f"{START:%d}"
ISSUED = START.replace(hour=0, minute=51, second=0, microsecond=0)
METAR = f"METAR KAAA {DAY}0051Z 32010G18KT 10SM FEW085 11/07 A2979 RMK AO2 T01110072"
OLDER = f"METAR KAAA {DAY}0021Z 32005KT 10SM FEW085 12/07 A2979"
TAF = f"TAF KAAA {DAY}0051Z {DAY}01/{DAY}12 27007KT P6SM SCT250\n  FM{DAY}0600 32010KT P6SM"


def read_text(tmp_path: Path, text: str, **options: Any) -> Read:
    path = tmp_path / "reports.txt"
    path.write_text(text)
    return read(connector("metar", path=path, **{"stations": ["KAAA"], **options}))


def test_newest_report_is_a_document_and_all_give_values(tmp_path: Path) -> None:
    result = read_text(tmp_path, f"{METAR}\n{OLDER}\n", names={"KAAA": "Acme Field"})

    document = result.document
    assert (document.key, document.title) == ("KAAA/metar", "Weather at Acme Field (KAAA)")
    assert document.text.endswith(METAR)
    assert "temperature 11.1 °C, dew point 7.2 °C, wind direction 320 °" in document.text
    assert document.published_at == document.valid_from == ISSUED
    assert document.valid_until == ISSUED + timedelta(minutes=90)
    assert result.values["KAAA/temperature", ISSUED.isoformat()] == "11.1"
    assert len([each for each in result.observations if each.series == "KAAA/wind-speed"]) == 2


def test_series_name_station_and_unit(tmp_path: Path) -> None:
    series = {each.key: each for each in read_text(tmp_path, METAR).series}

    gust = series["KAAA/wind-gust"]
    assert (gust.title, gust.unit, gust.venue) == ("Wind gust at KAAA", "kt", "KAAA")
    assert set(series) == {
        f"KAAA/{name}"
        for name in (
            "temperature", "dew-point", "wind-direction", "wind-speed", "wind-gust",
            "visibility", "pressure",
        )
    }  # fmt: skip


def test_forecast_is_one_document_whose_hours_expire(tmp_path: Path) -> None:
    result = read_text(tmp_path, TAF, reports="taf")

    document = result.document
    midnight = ISSUED.replace(hour=0, minute=0)
    assert document.key == "KAAA/taf"
    assert document.valid_until == midnight + timedelta(hours=12)
    assert [each.valid_until for each in document.spans] == [
        midnight + timedelta(hours=6),
        midnight + timedelta(hours=12),
    ]
    first = document.spans[0]
    assert "wind direction 270 °" in document.text[first.start : first.end]
    assert result.observations == []


def test_report_that_cannot_be_read_is_a_failure_and_the_rest_is_read(tmp_path: Path) -> None:
    broken = f"TAF KBBB {DAY}0051Z NIL"

    result = read_text(tmp_path, f"{broken}\n{TAF}", reports="taf", stations=["KAAA", "KBBB"])

    assert result.keys == ["KAAA/taf"]
    assert [each.key for each in result.failures] == ["KBBB/taf"]


def test_station_without_a_report_is_remarked(tmp_path: Path) -> None:
    result = read_text(tmp_path, METAR, stations=["KAAA", "KBBB"])

    assert result.remarks == ["no metar of KBBB"]


def test_empty_reply_is_no_report_and_anything_else_is_broken(tmp_path: Path) -> None:
    assert read_text(tmp_path, "\n").remarks == ["no metar of KAAA"]
    with pytest.raises(SourceBroken, match="source here: no report of its stations"):
        read_text(tmp_path, "<html>down for maintenance</html>")


def test_flood_of_reports_breaks_the_source(tmp_path: Path) -> None:
    with pytest.raises(SourceBroken, match="more than 10000 reports"):
        read_text(tmp_path, f"KAAA {DAY}0051Z\n" * 10_001)


def test_endpoint_is_asked_for_raw_reports(web: WebServer, fetcher: Fetcher) -> None:
    url = web.route("/api/data/metar", Answer(body=METAR.encode(), headers={"ETag": '"1"'}))
    source = connector("metar", fetcher, url=url, stations=["KAAA", "KBBB"], hours=2)
    first = read(source)

    again = read(source, json.loads(json.dumps(first.cursor)))

    assert web.requests[0].path == "/api/data/metar?ids=KAAA%2CKBBB&format=raw&hours=2"
    assert again.is_unmodified


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        ({"stations": []}, "stations"),
        ({"stations": ["jfk"]}, "stations"),
        ({"stations": ["KAAA"], "names": {"KBBB": "x"}}, "names: 'KBBB' is none of the stations"),
        ({"stations": ["KAAA"], "url": "https://a.example", "path": "x"}, "at most one"),
    ],
)
def test_wrong_options_are_refused(options: dict[str, Any], complaint: str) -> None:
    with pytest.raises(InvalidOptions, match=complaint):
        connector("metar", **options)


def test_times_are_utc(tmp_path: Path) -> None:
    assert read_text(tmp_path, METAR).document.valid_from == datetime.combine(
        ISSUED.date(), ISSUED.time(), tzinfo=UTC
    )
