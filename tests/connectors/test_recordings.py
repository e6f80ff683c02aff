"""Recipes and METAR against recorded replies of their endpoints, where those are at hand.

The recordings are no part of this repository: GROUNDING_DATA names the folder that holds them.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from benchmarks.data import cache_folder, data_folder, environment, unpacked
from benchmarks.records import Skipped
from connectors.aviation.reports import Report, decoded, reports_in
from connectors.aviation.taf import hours_of
from connectors.errors import RetryLater, SourceBroken
from connectors.http.fetch import Fetcher
from tests.connectors.reading import Read, connector, read
from tests.fakes import START
from tests.web import Answer, WebServer

KNOT_KMH = 1.852


def recorded(name: str) -> Path:
    variables = environment()
    try:
        return unpacked(name, data=data_folder(variables), cache=cache_folder(variables))
    except Skipped as reason:
        pytest.skip(str(reason))


@dataclass
class Endpoint:
    """Serves one body to whatever recipe asks."""

    web: WebServer
    fetcher: Fetcher

    def read(self, kind: str, body: bytes | str, **options: Any) -> Read:
        raw = body if isinstance(body, bytes) else body.encode()
        url = self.web.route("/recorded", Answer(body=raw))
        return read(connector(kind, self.fetcher, url=url, **options))


@pytest.fixture
def endpoint(web: WebServer, fetcher: Fetcher) -> Endpoint:
    return Endpoint(web, fetcher)


def files(name: str, pattern: str) -> list[Path]:
    return sorted(recorded(name).rglob(pattern))


def test_every_known_vulnerability_is_read(endpoint: Endpoint) -> None:
    (file,) = files("kev", "known_exploited_vulnerabilities.json")
    given = json.loads(file.read_bytes())

    result = endpoint.read("cisa-kev", file.read_bytes())

    assert result.failures == []
    assert result.keys == [each["cveID"] for each in given["vulnerabilities"]]
    assert len(result.keys) == given["count"]
    assert result.is_complete


@pytest.mark.parametrize("name", ["weather_usgs", "prices_vega"])
def test_every_earthquake_is_read(name: str, endpoint: Endpoint) -> None:
    for file in files(name, "earthquakes*.json"):
        given = json.loads(file.read_bytes())["features"]

        result = endpoint.read("usgs-earthquakes", file.read_bytes())

        assert result.failures == []
        assert result.keys == [each["id"] for each in given]
        times = [1000 * each.valid_from.timestamp() for each in result.documents if each.valid_from]
        assert times == pytest.approx([each["properties"]["time"] for each in given])


def test_every_disaster_is_read(endpoint: Endpoint) -> None:
    read_at_all = 0
    for file in files("weather_gdacs", "gdacs*.xml"):
        text = file.read_text(encoding="utf-8-sig")
        guids = re.findall(r"<guid[^>]*>([^<]+)</guid>", text)

        result = endpoint.read("gdacs", file.read_bytes())

        assert result.failures == []
        assert result.keys == guids
        assert all(each.valid_from and each.published_at for each in result.documents)
        read_at_all += len(guids)
    assert read_at_all > 100


def test_every_paper_is_read_and_an_error_of_arxiv_is_one(endpoint: Endpoint) -> None:
    for file in files("arxiv_api", "*.json"):
        body = json.loads(file.read_bytes())["body"]
        ids = re.findall(r"<entry>\s*<id>([^<]+)</id>", body)
        if any("/api/errors" in each for each in ids):
            with pytest.raises(SourceBroken, match="none of 1 items can be read"):
                endpoint.read("arxiv", body, query="x")
            continue

        result = endpoint.read("arxiv", body, query="x")

        assert result.failures == []
        versioned = [f"{each.key}v{each.metadata['version']}" for each in result.documents]
        assert versioned == [each.partition("/abs/")[2] for each in ids]


def with_times(text: str) -> str:
    """Put times in place of those that the recordings leave to be chosen when they are served."""

    def instant(found: re.Match[str]) -> str:
        units = {"second": 1, "minute": 60, "hour": 3600, "day": 86400}
        steps = re.findall(r"([+-]?\d+) (second|minute|hour|day)", found[0])
        seconds = sum(int(count) * units[unit] for count, unit in steps)
        return (START + timedelta(seconds=seconds)).isoformat()

    return re.sub(r"(?:date|day):(?:now|today)[^\"/]*", instant, text)


def test_every_alert_is_read(endpoint: Endpoint) -> None:
    read_at_all = 0
    for file in [
        *files("weather_gov_api", "active__status=actual.json"),
        *files("weather_pynws", "alerts_active_zone*.json"),
    ]:
        text = with_times(file.read_text(encoding="utf-8"))
        given = [each["properties"] for each in json.loads(text)["features"]]

        result = endpoint.read("nws-alerts", text)

        assert all("duplicate key" in each.reason for each in result.failures)
        assert set(result.keys) == {each["id"] for each in given}
        assert all(each.valid_until for each in result.documents)
        read_at_all += len(given)
    assert read_at_all > 1_000


def forecasts() -> Iterator[tuple[str, str]]:
    for file in files("weather_gov_api", "*.json"):
        if file.name in ("forecast.json", "hourly.json"):
            periods = "hours" if file.name == "hourly.json" else "half-days"
            yield periods, with_times(file.read_text(encoding="utf-8"))


def test_every_period_of_every_forecast_is_read(endpoint: Endpoint) -> None:
    read_at_all = 0
    for periods, text in forecasts():
        given = json.loads(text)
        if not given.get("properties", {}).get("periods"):
            continue

        result = endpoint.read(
            "nws-forecast", text, place="Here", office="OKX", x=1, y=1, periods=periods
        )

        assert result.failures == []
        assert len(result.document.spans) == len(given["properties"]["periods"])
        assert all(each.valid_until for each in result.document.spans)
        read_at_all += 1
    assert read_at_all > 20


def test_every_value_of_every_station_is_read(endpoint: Endpoint) -> None:
    read_at_all = 0
    for file in files("weather_gov_api", "observations*.json"):
        text = with_times(file.read_text(encoding="utf-8"))
        given = [each["properties"] for each in json.loads(text).get("features") or []]
        given = [each for each in given if each.get("temperature")]
        if not given:
            continue

        result = endpoint.read("nws-observations", text, station="KXXX")

        temperatures = [
            float(each.value) for each in result.observations if each.series == "KXXX/temperature"
        ]
        wanted = [each["temperature"]["value"] for each in given]
        assert temperatures == [each for each in wanted if each is not None]
        read_at_all += 1
    assert read_at_all > 5


def test_quotes_and_rates_of_alpha_vantage_are_read(endpoint: Endpoint) -> None:
    (quote,) = files("prices_alphavantage", "global_quote")
    (rate,) = files("prices_alphavantage", "mock_foreign_exchange")
    options = {"api_key": "file:/proc/version"}

    quoted = endpoint.read("alphavantage", quote.read_bytes(), symbol="MSFT", **options)
    rated = endpoint.read(
        "alphavantage", rate.read_bytes(), symbol="BTC", values="exchange-rate", **options
    )

    assert quoted.values["MSFT", "2018-10-05T20:00:00+00:00"] == "112.1300"
    assert list(rated.values.values()) == ["109631.43060700"]


def test_alpha_vantage_may_ask_to_come_back_later(endpoint: Endpoint) -> None:
    body = '{"Information": "Our standard API rate limit is 25 requests per day."}'

    with pytest.raises(RetryLater, match="25 requests per day"):
        endpoint.read("alphavantage", body, symbol="MSFT", api_key="file:/proc/version")


def test_all_rates_since_1999_are_read(endpoint: Endpoint) -> None:
    (file,) = files("prices_ecb_eurofxref", "eurofxref-hist.zip")

    result = endpoint.read("ecb-rates", file.read_bytes(), currencies=["USD", "ISK"])

    assert result.failures == []
    assert [each.key for each in result.series] == ["EUR/USD", "EUR/ISK"]
    assert result.values["EUR/USD", "2026-04-13T14:00:00+00:00"] == "1.1684"
    assert min(each.valid_from for each in result.observations).year == 1999


def avwx(reports: str) -> Iterator[tuple[dict[str, Any], Report]]:
    """Yield what an independent decoder made of a report, and the report."""
    for file in files("weather_avwx", "*.json"):
        if file.parent.name == reports:
            given = json.loads(file.read_bytes())
            read_at = datetime.fromisoformat(given["created"]).replace(hour=23, tzinfo=UTC)
            yield given["data"], next(reports_in(given["data"]["raw"], now=read_at))


def test_decoded_metars_agree_with_an_independent_decoder() -> None:
    names = {
        "temperature": "temperature",
        "dew point": "dewpoint",
        "wind direction": "wind_direction",
        "wind speed": "wind_speed",
        "wind gust": "wind_gust",
        "visibility": "visibility",
        "pressure": "altimeter",
    }
    compared = 0
    for given, report in avwx("metar"):
        weather = decoded(report.text, report.issued)
        found = {each.name: float(each.value) for each in weather.quantities}
        wanted = {
            name: float(given[theirs]["value"]) for name, theirs in names.items() if given[theirs]
        }
        if report.station.startswith("K") or report.station.startswith("P"):
            wanted["visibility"] *= 1609.344  # miles
            wanted["pressure"] *= 33.8639  # inches of mercury
        elif wanted["visibility"] == 9999:
            wanted["visibility"] = 10_000

        assert report.issued.isoformat() == given["time"]["dt"]
        assert found.keys() == wanted.keys()
        for name, value in wanted.items():
            # Remarks give tenths of a degree; theirs is the whole degree of the body.
            tolerance = 0.5 if name in ("temperature", "dew point") else 0.6
            assert found[name] == pytest.approx(value, abs=tolerance), (report.text, name)
        compared += 1
    assert compared == 4


def test_hours_of_forecasts_agree_with_an_independent_decoder() -> None:
    for given, report in avwx("taf"):
        hours = hours_of(report)

        assert len(hours) == len(given["forecast"])
        for ours, theirs in zip(hours, given["forecast"], strict=True):
            # Theirs drops the minutes of FM090330.
            assert f"{ours.start:%Y-%m-%dT%H}" == theirs["start_time"]["dt"][:13]
            assert f"{ours.end:%Y-%m-%dT%H}" == theirs["end_time"]["dt"][:13]


def test_reports_agree_with_what_the_weather_service_made_of_them() -> None:
    compared = agreed = 0
    for file in files("weather_gov_api", "observations*.json"):
        for feature in json.loads(file.read_bytes()).get("features") or []:
            given = feature["properties"]
            for report in reports_in(given.get("rawMessage") or "", now=START):
                weather = decoded(report.text, report.issued)
                found = {each.name: float(each.value) for each in weather.quantities}
                temperature = (given.get("temperature") or {}).get("value")
                if temperature is not None:
                    agreed += found["temperature"] == pytest.approx(temperature, abs=0.1)
                    compared += 1
    assert compared > 3
    assert agreed >= compared - 1  # of one recording the temperature was edited by hand
