"""Prices, rates and catalogues: CSV, JSON and zip, each with its own independent reading."""

import csv
import gzip
import io
import zipfile
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from pathlib import Path
from zoneinfo import ZoneInfo

from benchmarks.corpus.instants import instant_of
from benchmarks.corpus.json_files import WHOLE, count_of_items, loaded
from benchmarks.corpus.records import Expectations, Expected, Recording
from benchmarks.corpus.weather_files import earthquakes

CSV = "text/csv"
JSON = "application/json"
Values = dict[tuple[str, datetime], Decimal]
CENTRAL_EUROPE = ZoneInfo("Europe/Berlin")
NEW_YORK = ZoneInfo("America/New_York")
NO_DOCUMENTS = (".md", "LICENSE", ".txt")


@dataclass(frozen=True, slots=True)
class Columns:
    """How a CSV file is read: which column holds the time, and which the values.

    long: the column that names the series of a row. skip_lines: above the header.
    format: of the time, as `strptime` reads it, where it is no ISO date.
    """

    time: str
    values: tuple[str, ...]
    long: str = ""
    skip_lines: int = 0
    format: str = ""

    def options(self) -> dict[str, object]:
        found: dict[str, object] = {"time": self.time, "skip_lines": self.skip_lines}
        if self.format:
            found["time_format"] = self.format
        if self.long:
            key = {"series_column": self.long, "value_column": self.values[0]}
            return {**found, "long": {**key, "key": "{series}", "title": "{series}"}}
        columns = [{"column": each, "key": each, "title": each} for each in self.values]
        return {**found, "values": columns}


TABLES = {
    "h15-m.csv": Columns("Time Period", ("RIFLGFCY10_N.M",), skip_lines=5, format="%Y-%m"),
    "cpiai.csv": Columns("Date", ("Index", "Inflation")),
    "bonds/data/monthly.csv": Columns("Date", ("Rate",)),
    "fx/data/annual.csv": Columns("Date", ("Exchange rate",), long="Country"),
    "fx/data/monthly.csv": Columns("Date", ("Exchange rate",), long="Country"),
    "fx/data/yearly.csv": Columns("Date", ("Value",), long="Country"),
    "natgas/data/monthly.csv": Columns("Month", ("Price",), format="%Y-%m"),
    "co2-concentration.csv": Columns("Date", ("CO2", "adjusted CO2")),
    "disasters.csv": Columns("Year", ("Deaths",), long="Entity", format="%Y"),
    "global-temp.csv": Columns("year", ("temp",), format="%Y"),
    "iowa-electricity.csv": Columns("year", ("net_generation",), long="source"),
    "hourly-normals.csv": Columns("date", ("pressure", "temperature", "wind")),
    "seattle-weather.csv": Columns("date", ("precipitation", "temp_max", "temp_min", "wind")),
    "sp500-2000.csv": Columns("date", ("open", "high", "low", "close", "adjclose", "volume")),
    "sp500.csv": Columns("date", ("price",), format="%b %d %Y"),
    "stocks.csv": Columns("date", ("price",), long="symbol", format="%b %d %Y"),
    "us-employment.csv": Columns("month", ("nonfarm", "private", "manufacturing")),
    "data/weather.csv": Columns("date", ("temp_max",), long="location"),
    "time_series_extended": Columns("time", ("open", "close", "volume")),
    "Price": Columns("Date", ("Price",)),
}
MINUTES = {
    "observations": {
        "valid_from": 'keys("Time Series (1min)")',
        "value": 'values("Time Series (1min)")[]."4. close"',
        "series": {"key": '{"Meta Data"."2. Symbol"}', "title": "close"},
    },
    "zone": "America/New_York",
}


def price_recordings(folder: Path, suite: str) -> list[Recording]:
    files = sorted(each for each in folder.rglob("*") if each.is_file())
    return [
        _recording(each, folder, suite) for each in files if not each.name.endswith(NO_DOCUMENTS)
    ]


def price_expectations(recording: Recording) -> Expectations | None:
    judges: dict[str, Callable[[Recording], Expectations | None]] = {
        "csv": _table,
        "ecb-rates": _euro_rates,
        "alphavantage": _quote,
        "cisa-kev": _vulnerabilities,
        "usgs-earthquakes": earthquakes,
        "json": _other,
    }
    return judges[recording.kind](recording)


def _recording(file: Path, folder: Path, suite: str) -> Recording:
    name = str(file.relative_to(folder))
    kind, media_type, options = _kind(file)
    body = gzip.decompress(file.read_bytes()) if file.suffix == ".gz" else None
    return Recording(suite, name, file, kind, media_type, options=options, body=body)


def _kind(file: Path) -> tuple[str, str, Mapping[str, object]]:
    name = str(file)
    if name.endswith(".zip"):
        currencies = [name for name in _zipped_rows(file.read_bytes())[0] if name.isalpha()]
        given = {"history": "full", "currencies": currencies[1:]}
        return "ecb-rates", "application/zip", given
    if name.endswith("eurofxref.csv"):
        wide = {"time": "Date", "time_format": "%d %B %Y", "wide": {"title": "{column}"}}
        return "csv", CSV, wide
    if name.endswith("vulnerabilities.json"):
        return "cisa-kev", JSON, {}
    if name.endswith("vulnerabilities.csv"):
        return "csv", CSV, Columns("dateAdded", ("dueDate",)).options()
    if file.suffix == ".csv" or name.endswith("extended"):
        return "csv", CSV, columns_of(name).options()
    return _json_kind(file.name)


def _json_kind(name: str) -> tuple[str, str, Mapping[str, object]]:
    key = {"symbol": "MSFT", "api_key": "env:PATH"}
    if name == "earthquakes.json":
        return "usgs-earthquakes", JSON, {}
    if name == "global_quote":
        return "alphavantage", JSON, {**key, "values": "quote"}
    if name == "mock_foreign_exchange":
        return "alphavantage", JSON, {**key, "values": "exchange-rate"}
    return "json", JSON, MINUTES if name == "mock_time_series" else WHOLE


def columns_of(name: str) -> Columns:
    """Return how a CSV file is read; those of the oil and gas prices are all alike."""
    return next((each for end, each in TABLES.items() if name.endswith(end)), TABLES["Price"])


def _table(recording: Recording) -> Expectations | None:
    if recording.name.endswith("vulnerabilities.csv"):
        return None
    if recording.name.endswith("eurofxref.csv"):
        rows = _rows(recording.served(), 0)
        return Expectations(values=_wide(rows, lambda day: _instant(day, "%d %B %Y")), count=0)
    columns = columns_of(recording.name)
    rows = _rows(recording.served(), columns.skip_lines)
    return Expectations(values=_values(rows, columns), count=0)


def _rows(body: bytes, skip_lines: int) -> list[dict[str, str]]:
    lines = io.StringIO(body.decode("utf-8-sig")).readlines()[skip_lines:]
    return list(csv.DictReader(lines, skipinitialspace=True))


def _zipped_rows(body: bytes) -> list[dict[str, str]]:
    with zipfile.ZipFile(io.BytesIO(body)) as archive:
        return _rows(archive.read(archive.namelist()[0]), 0)


def _values(rows: Iterable[Mapping[str, str]], columns: Columns) -> Values:
    """The last value for a series and a time counts, as it does where values are revised."""
    found: Values = {}
    for row in rows:
        at = _instant(row[columns.time], columns.format)
        for name in columns.values:
            number = _number(row[name])
            if number is not None:
                found[row[columns.long] if columns.long else name, at] = number
    return found


def _wide(rows: Iterable[Mapping[str, str]], instant: Callable[[str], datetime]) -> Values:
    return {
        (name, instant(row["Date"])): number
        for row in rows
        for name, cell in row.items()
        if name and name != "Date" and (number := _number(cell)) is not None
    }


def _number(cell: str | None) -> Decimal | None:
    try:
        number = Decimal((cell or "").strip())
    except InvalidOperation:
        return None
    return number if number.is_finite() else None


def _instant(text: str, form: str) -> datetime:
    if form:
        return datetime.strptime(text.strip(), form).replace(tzinfo=UTC)
    found = instant_of(text)
    if found is None:
        raise ValueError(f"{text!r} is no date")
    return found


def _euro_rates(recording: Recording) -> Expectations:
    def afternoon(day: str) -> datetime:
        local = datetime.fromisoformat(f"{day}T16:00").replace(tzinfo=CENTRAL_EUROPE)
        return local.astimezone(UTC)

    values = _wide(_zipped_rows(recording.served()), afternoon)
    return Expectations(
        values={(f"EUR/{name}", at): value for (name, at), value in values.items()},
        are_all_values=True,
        count=0,
    )


def _quote(recording: Recording) -> Expectations:
    found = loaded(recording)
    if rate := found.get("Realtime Currency Exchange Rate"):
        key = f"{rate['1. From_Currency Code']}/{rate['3. To_Currency Code']}"
        at = _instant(rate["6. Last Refreshed"], "")
        return Expectations(values={(key, at): Decimal(rate["5. Exchange Rate"])}, count=0)
    quote = found["Global Quote"]
    local = datetime.fromisoformat(f"{quote['07. latest trading day']}T16:00")
    at = local.replace(tzinfo=NEW_YORK).astimezone(UTC)
    symbol = quote["01. symbol"]
    values = {
        (symbol, at): Decimal(quote["05. price"]),
        (f"{symbol}/volume", at): Decimal(quote["06. volume"]),
    }
    return Expectations(values=values, count=0)


def _vulnerabilities(recording: Recording) -> Expectations:
    entries = [
        Expected(
            {
                "id": each["cveID"],
                "title": " ".join(f"{each['cveID']}: {each['vulnerabilityName']}".split()),
                "published": instant_of(each["dateAdded"]),
                "due": each["dueDate"],
            }
        )
        for each in loaded(recording)["vulnerabilities"]
    ]
    return Expectations(entries, count=len(entries))


def _other(recording: Recording) -> Expectations:
    if not recording.name.endswith("mock_time_series"):
        return count_of_items(recording)
    found = loaded(recording)["Time Series (1min)"]
    values = {("MSFT", _in_new_york(at)): Decimal(each["4. close"]) for at, each in found.items()}
    return Expectations(values=values, count=0)


def _in_new_york(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=NEW_YORK).astimezone(UTC)
