"""Airport weather: METAR and SPECI reports as values and text, TAF forecasts as text.

text ─ reports ─▶ METAR ─▶ a document that holds 90 minutes, and the values of its station
                └ TAF ───▶ a document whose hours expire one by one
"""

from collections.abc import Iterable, Iterator
from datetime import timedelta
from itertools import islice
from pathlib import Path
from typing import Annotated, ClassVar, Literal, Self

from pydantic import Field, model_validator

from connectors.aviation.reports import Report, decoded, reports_in
from connectors.aviation.taf import hours_of, validity
from connectors.clock import Clock
from connectors.doubts import Reading
from connectors.endpoints.periods import Period, with_periods
from connectors.errors import ItemFailed, SourceBroken
from connectors.http.fetch import Fetcher
from connectors.location import Location, WebAddress, read_content
from connectors.protocol import Options as BaseOptions
from connectors.records import Batch, Cursor, Document, Failure, Observation, Semantics, Series
from connectors.text.fields import storable
from connectors.text.markup import decode

ENDPOINT = "https://aviationweather.gov/api/data/{reports}"
MOST_BYTES, MOST_REPORTS = 2_000_000, 10_000
METAR_HOLDS = timedelta(minutes=90)
"""Reports are due every 30 or 60 minutes; after that the weather at the station is unknown."""

Station = Annotated[str, Field(pattern=r"^[A-Z][A-Z0-9]{3}$")]


class MetarConnector:
    kind: ClassVar[str] = "metar"
    semantics = Semantics.KEYED_LATEST

    class Options(BaseOptions):
        """stations: ICAO codes. names: what people call the places of stations.

        url, path: where to read raw reports instead, any number of them in one text.
        """

        stations: tuple[Station, ...] = Field(min_length=1, max_length=100)
        reports: Literal["metar", "taf"] = "metar"
        names: dict[str, str] = Field(default_factory=dict)
        hours: int = Field(default=3, ge=1, le=72)
        url: WebAddress | None = None
        path: Path | None = None

        @model_validator(mode="after")
        def _names_stations(self) -> Self:
            for code in self.names:
                if code not in self.stations:
                    raise ValueError(f"names: {code!r} is none of the stations")
            if self.url and self.path:
                raise ValueError("give at most one of url and path")
            return self

    def __init__(self, options: Options, *, source: str, fetcher: Fetcher, clock: Clock) -> None:
        self._options = options
        self._source = source
        self._fetcher = fetcher
        self._clock = clock

    def read(self, cursor: Cursor) -> Iterator[Batch]:
        content = read_content(
            _place(self._options), cursor, source=self._source, fetcher=self._fetcher
        )
        if content.is_unmodified:
            yield content.unmodified()
            return
        text = storable(decode(content.body, content.charset))
        wanted = set(self._options.stations)
        every = list(islice(reports_in(text, now=self._clock()), MOST_REPORTS + 1))
        if len(every) > MOST_REPORTS:
            raise SourceBroken(f"source {self._source}: more than {MOST_REPORTS} reports")
        found = [each for each in every if each.station in wanted]
        if text.strip() and not found:
            raise SourceBroken(f"source {self._source}: no report of its stations in {text[:80]!r}")
        documents, series, observations, failures = self._readings(found)
        silent = sorted(wanted - {each.station for each in found})
        remarks = [f"no {self._options.reports} of {', '.join(silent)}"] if silent else []
        yield from content.in_batches(
            documents=documents,
            series=series,
            observations=observations,
            failures=failures,
            remarks=remarks,
        )

    def _readings(
        self, found: Iterable[Report]
    ) -> tuple[list[Document], list[Series], list[Observation], list[Failure]]:
        documents: dict[str, Document] = {}
        series: dict[str, Series] = {}
        observations: list[Observation] = []
        failures = []
        for report in sorted(found, key=lambda each: each.issued):
            try:
                place = self._options.names.get(report.station, "")
                if self._options.reports == "taf":
                    document = _forecast(report, place)
                else:
                    document, values = _observed(report, place)
                    series.update((each.key, each) for each, _ in values)
                    observations += [value for _, value in values]
            except ItemFailed as error:
                failures.append(Failure(f"{report.station}/{self._options.reports}", str(error)))
                continue
            documents[document.key] = document  # of several the newest
        return list(documents.values()), list(series.values()), observations, failures


def _place(options: MetarConnector.Options) -> Location:
    if options.path is not None:
        return Location(path=options.path, max_bytes=MOST_BYTES)
    params = {"ids": ",".join(options.stations), "format": "raw"}
    if options.reports == "metar":
        params["hours"] = str(options.hours)
    url = options.url or ENDPOINT.format(reports=options.reports)
    return Location(url=url, params=params, max_bytes=MOST_BYTES)


def _observed(report: Report, place: str) -> tuple[Document, list[tuple[Series, Observation]]]:
    weather = decoded(report.text.partition(" TEMPO ")[0].partition(" BECMG ")[0], report.issued)
    at = f"{place} ({report.station})" if place else report.station
    values = []
    for each in weather.quantities:
        key = f"{report.station}/{each.name.replace(' ', '-')}"
        title = f"{each.name.capitalize()} at {at}"
        series = Series(key, title, unit=each.unit, venue=report.station, cadence="hourly")
        values.append((series, Observation(key, report.issued, each.value)))
    when = f"{report.issued:%Y-%m-%d %H:%M} UTC"
    metadata = {"undecoded": " ".join(weather.undecoded)} if weather.undecoded else {}
    document = Document(
        key=f"{report.station}/metar",
        title=f"Weather at {at}",
        text=f"Weather at {at}, observed {when}: {weather.described()}.\n{report.text}",
        published_at=report.issued,
        valid_from=report.issued,
        valid_until=report.issued + METAR_HOLDS,
        metadata={"station": report.station, **metadata},
    )
    return document, values


def _forecast(report: Report, place: str) -> Document:
    _, end = validity(report)
    at = f"{place} ({report.station})" if place else report.station
    heading = f"Forecast for {at}, issued {report.issued:%Y-%m-%d %H:%M} UTC.\n{report.text}"
    # What is forecast for tomorrow is known today: an hour ends, and nothing says it must begin.
    hours = [
        Period(each.described(report.station), Reading(None), Reading(each.end))
        for each in hours_of(report)
    ]
    text, spans = with_periods(heading, hours)
    return Document(
        key=f"{report.station}/taf",
        title=f"Airport forecast for {at}",
        text=text,
        published_at=report.issued,
        valid_from=report.issued,
        valid_until=end,
        metadata={"station": report.station},
        spans=spans,
    )
