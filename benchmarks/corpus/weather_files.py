"""Weather and events: alerts, forecasts and observations of stations, METAR, disasters, quakes."""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from benchmarks.corpus.instants import instant_of
from benchmarks.corpus.json_files import WHOLE, count_of_items, listed, loaded
from benchmarks.corpus.records import Expectations, Expected, Recording, Value

GEO_JSON = "application/geo+json"
JSON = "application/json"
NOW = datetime(2026, 3, 5, 18, 0, tzinfo=UTC)
# The recordings of api.weather.gov name their times relative to when they are played.
RELATIVE = re.compile(rb"da(?:te|y):now(:hour)?(?: ([+-]? ?\d+) (second|minute|hour|day)s?)?( / )?")
GDACS = "{http://www.gdacs.org}"
TODAY = re.compile(rb"date:today (\d\d:\d\d)(?::\d\d)?:?([+-]\d\d?)(?: ([+-]\d+) (day|hour)s?)?")
SERIES = {
    "temperature": "temperature",
    "dewpoint": "dew-point",
    "relativeHumidity": "humidity",
    "windSpeed": "wind",
    "windGust": "gust",
    "windDirection": "wind-direction",
    "barometricPressure": "pressure",
    "seaLevelPressure": "sea-level-pressure",
    "visibility": "visibility",
}
ALERTS = re.compile(r"alerts[^/]*(/active[^/]*)?\.json$")
OBSERVATIONS = re.compile(
    r"(stations/(?P<id>\w+)/observations|stations_observations)(?!_latest)[^/]*\.json$"
)
HALF_DAYS = re.compile(r"(\d/forecast|gridpoints_forecast_(?!hourly)\w+)\.json$")
HOURS = re.compile(r"(\d/forecast/hourly|gridpoints_forecast_hourly\w+)\.json$")
STATION = "STATION"
FORECAST = {"place": "here", "office": "SEW", "x": 1, "y": 1}


def weather_recordings(folder: Path, suite: str) -> list[Recording]:
    """Every JSON or XML file of a suite, read by the kind that its path calls for."""
    files = sorted(file for file in folder.rglob("*.*") if file.suffix in {".json", ".xml"})
    return [_recording(file, folder, suite) for file in files]


def weather_expectations(recording: Recording) -> Expectations | None:
    judges: dict[str, Callable[[Recording], Expectations]] = {
        "nws-alerts": _alerts,
        "nws-observations": _observations,
        "nws-forecast": _forecast,
        "usgs-earthquakes": earthquakes,
        "gdacs": _disasters,
        "metar": _reports,
        "json": count_of_items,
    }
    return judges[recording.kind](recording)


def _recording(file: Path, folder: Path, suite: str) -> Recording:
    name = str(file.relative_to(folder))
    kind, options = _kind(name)
    media_type = GEO_JSON if kind.startswith(("nws", "usgs")) else JSON
    if kind == "gdacs":
        media_type = "application/rss+xml"
    if kind == "metar":
        return _report(file, name, suite, options)
    body = TODAY.sub(_time_of_day, RELATIVE.sub(_instant, file.read_bytes()))
    return Recording(suite, name, file, kind, media_type, options=options, body=body)


def _kind(name: str) -> tuple[str, Mapping[str, object]]:
    if ALERTS.search(name):
        return "nws-alerts", {}
    if found := OBSERVATIONS.search(name):
        return "nws-observations", {"station": found["id"] or STATION}
    if HALF_DAYS.search(name):
        return "nws-forecast", {**FORECAST, "periods": "half-days"}
    if HOURS.search(name):
        return "nws-forecast", {**FORECAST, "periods": "hours"}
    return _other_kind(name)


def _other_kind(name: str) -> tuple[str, Mapping[str, object]]:
    if "gdacs" in name:
        return "gdacs", {}
    if "earthquakes" in name:
        return "usgs-earthquakes", {}
    if found := re.search(r"/(metar|taf)/(\w{4})\.json$", name):
        return "metar", {"stations": [found[2]], "reports": found[1]}
    is_reports = re.search(r"/(notam|pirep)/", name)
    return "json", listed("reports") if is_reports else WHOLE


def _report(file: Path, name: str, suite: str, options: Mapping[str, object]) -> Recording:
    """Serve the report as it was received, on the day on which it was."""
    recorded = json.loads(file.read_bytes())
    created = datetime.fromisoformat(recorded["data"]["time"]["dt"]) + timedelta(hours=1)
    body = recorded["data"]["raw"].encode()
    return Recording(
        suite, name, file, "metar", "text/plain", options=options, body=body, now=created
    )


def _instant(found: re.Match[bytes]) -> bytes:
    amount = int(found[2].replace(b" ", b"")) if found[2] else 0
    unit = (found[3] or b"second").decode() + "s"
    until = b"/" if found[4] else b""
    return (NOW + timedelta(**{unit: amount})).isoformat().encode() + until


def _time_of_day(found: re.Match[bytes]) -> bytes:
    day = NOW + timedelta(**{f"{(found[4] or b'day').decode()}s": int(found[3] or 0)})
    return f"{day:%Y-%m-%d}T{found[1].decode()}:00{int(found[2]):+03d}:00".encode()


def _properties(recording: Recording) -> list[Mapping[str, Any]]:
    features = loaded(recording).get("features") or ()
    return [each["properties"] for each in features if each.get("properties")]


def _alerts(recording: Recording) -> Expectations:
    """Every alert; of those listed twice the last."""
    entries = [
        Expected(
            _known(
                id=each["id"],
                title=" ".join((each["headline"] or each["event"]).split()),
                published=instant_of(each["sent"]),
                valid_from=instant_of(each["effective"]),
                valid_until=instant_of(each.get("ends") or each["expires"]),
                severity=each["severity"],
            )
        )
        for each in {each["id"]: each for each in _properties(recording)}.values()
    ]
    return Expectations(entries, count=len(entries))


def _observations(recording: Recording) -> Expectations:
    station = recording.options["station"]
    values = {
        (f"{station}/{series}", at): value
        for each in _properties(recording)
        for name, series in SERIES.items()
        if (at := instant_of(each.get("timestamp")))
        and (value := _number(each.get(name))) is not None
    }
    return Expectations(values=values, count=0)


def _number(measured: object) -> Decimal | None:
    value = measured.get("value") if isinstance(measured, Mapping) else None
    return None if value is None else Decimal(str(value))


def _forecast(recording: Recording) -> Expectations:
    """One document with every period of the forecast in its text, in spans of their own."""
    properties = loaded(recording)["properties"]
    periods = properties.get("periods") or ()
    updated = instant_of(properties.get("updateTime"))
    return Expectations([Expected(_known(updated=updated, spans=str(len(periods))))], count=1)


def earthquakes(recording: Recording) -> Expectations:
    entries = [
        Expected(
            _known(
                id=each["id"],
                title=each["properties"]["title"],
                published=_epoch(each["properties"].get("time")),
                updated=_epoch(each["properties"].get("updated")),
                magnitude=_text(each["properties"]["mag"]),
            )
        )
        for each in loaded(recording)["features"]
    ]
    return Expectations(entries, count=len(entries))


def _text(value: object) -> Value:
    return None if value is None else str(value)


def _epoch(milliseconds: int | None) -> Value:
    if milliseconds is None:
        return None
    return datetime.fromtimestamp(0, tz=UTC) + timedelta(milliseconds=milliseconds)


def _disasters(recording: Recording) -> Expectations:
    entries = [Expected(dict(_disaster(item))) for item in _items(recording.served())]
    return Expectations(entries, count=len(entries))


def _items(body: bytes) -> list[ElementTree.Element]:
    return list(ElementTree.fromstring(body).iter("item"))


def _disaster(item: ElementTree.Element) -> Iterator[tuple[str, Value]]:
    for name, tag in {"id": "guid", "title": "title", "alert_level": f"{GDACS}alertlevel"}.items():
        text = " ".join((item.findtext(tag) or "").split())
        if text:
            yield name, text
    dates = {"published": "pubDate", "valid_from": f"{GDACS}fromdate"}
    for name, tag in dates.items():
        at = instant_of(item.findtext(tag))
        if at is not None:
            yield name, at


def _reports(recording: Recording) -> Expectations:
    """What the suite's own reader made of the report: when it is of, and what was measured."""
    data = json.loads(recording.file.read_bytes())["data"]
    station, at = data["station"], datetime.fromisoformat(data["time"]["dt"])
    expected = Expected({"published": at, "id": f"{station}/{recording.options['reports']}"})
    if recording.options["reports"] == "taf":
        until = datetime.fromisoformat(data["end_time"]["dt"])
        entry = Expected({**expected.claims, "valid_until": until})
        return Expectations([entry], count=1)
    values = {
        (f"{station}/{name}", at): Decimal(str(data[field]["value"]))
        for field, name in {"temperature": "temperature", "dewpoint": "dew-point"}.items()
        if data[field] is not None
    }
    return Expectations([expected], count=1, values=values, are_all_values=False)


def _known(**claims: Value) -> dict[str, Value]:
    return {name: value for name, value in claims.items() if value is not None}
