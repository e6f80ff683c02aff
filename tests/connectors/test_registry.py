import logging
import subprocess
import sys
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from textwrap import dedent

import pytest

from connectors import registry
from connectors.errors import InvalidOptions
from connectors.http.fetch import Fetcher
from tests.fakes import FakeClock

ROOT = Path(__file__).parents[2]

THIRD_PARTY = dedent(
    """
    from typing import Annotated, Literal
    from pydantic import Field, field_validator
    from connectors.protocol import Options as Base
    from connectors.records import Semantics

    class Weather:
        kind = "test-weather"
        semantics = Semantics.SERIES

        class Options(Base):
            station: str
            hours: Annotated[int, Field(ge=1)] = 24
            unit: Literal["C", "F"] = "C"
            key: str = ""

            @field_validator("station")
            @classmethod
            def check(cls, value):
                if value == "moon":
                    raise ValueError("Expected a station on earth")
                return value

        def __init__(self, options, *, source, fetcher, clock):
            self.options, self.source, self.fetcher, self.clock = options, source, fetcher, clock

        def read(self, cursor):
            return iter(())

    class NoConnector:
        pass
    """
)
ENTRY_POINTS = dedent(
    """
    [grounding.connectors]
    test-weather = test_third_party:Weather
    test-broken = test_broken_party:Missing
    test-typo = test_third_party:Typo
    test-shapeless = test_third_party:NoConnector
    feed = test_third_party:Weather
    """
)


@pytest.fixture
def third_party(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    (tmp_path / "test_third_party.py").write_text(THIRD_PARTY)
    (tmp_path / "test_broken_party.py").write_text("import no_such_library")
    info = tmp_path / "acme_weather-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: acme-weather\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(ENTRY_POINTS)
    monkeypatch.syspath_prepend(tmp_path)
    yield
    for name in ("test_third_party", "test_broken_party"):
        sys.modules.pop(name, None)


def test_our_own_kinds_are_known_without_package_metadata() -> None:
    assert {"csv", "feed", "files", "json", "usgs-earthquakes"} <= set(registry.kinds())


def test_our_own_kinds_are_declared_alike_in_the_package_metadata() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]

    assert project["entry-points"][registry.GROUP] == registry.BUILT_IN


def test_knowing_the_kinds_imports_no_connector() -> None:
    code = (
        "import sys, connectors.registry as r; r.kinds(); "
        "print([m for m in ('connectors.feeds.feed', 'connectors.http.fetch', 'feedparser', "
        "'lxml', 'httpx') if m in sys.modules])"
    )

    found = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )

    assert found.stdout.strip() == "[]"


@pytest.mark.usefixtures("third_party")
def test_third_party_kind_is_built() -> None:
    clock = FakeClock()
    with Fetcher(clock=clock) as fetcher:
        connector = registry.build(
            "test-weather", {"station": "EDDH"}, source="rain", fetcher=fetcher, clock=clock
        )

    assert vars(connector)["options"].station == "EDDH"
    assert vars(connector)["source"] == "rain"
    assert vars(connector)["clock"] is clock


@pytest.mark.usefixtures("third_party")
def test_third_party_cannot_replace_a_built_in_kind(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING, logger="connectors.registry"):
        known = registry.kinds()

    assert known.count("feed") == 1
    assert "connector kind 'feed' is taken: ignored test_third_party:Weather" in caplog.text
    with pytest.raises(InvalidOptions, match="unknown option 'station'"):
        registry.validated("feed", {"station": "EDDH", "url": "https://example.org/feed"})


@pytest.mark.usefixtures("third_party")
@pytest.mark.parametrize(
    ("kind", "message"),
    [
        (
            "test-broken",
            r"kind 'test-broken' \(test_broken_party:Missing of package acme-weather\) cannot be "
            r"loaded: ModuleNotFoundError: No module named 'no_such_library'",
        ),
        ("test-typo", "kind 'test-typo' .* cannot be loaded: AttributeError"),
        ("test-shapeless", "kind 'test-shapeless' .* is no connector; expected a class"),
    ],
)
def test_broken_kind_is_named_and_harms_no_other(kind: str, message: str) -> None:
    with pytest.raises(InvalidOptions, match=message):
        registry.validated(kind, {})

    assert registry.validated("test-weather", {"station": "EDDH"})


def test_unknown_kind_lists_the_known_ones() -> None:
    with pytest.raises(InvalidOptions) as caught:
        registry.validated("feeds", {})

    message = str(caught.value)
    assert "kind 'feeds' is not known, did you mean 'feed'?" in message
    assert f"(known: {', '.join(registry.kinds())})" in message


@pytest.mark.usefixtures("third_party")
@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({}, "kind 'test-weather': option 'station': field required"),
        ({"station": 7}, "option 'station': input should be a valid string"),
        (
            {"station": "x", "hours": 0},
            "option 'hours': input should be greater than or equal to 1",
        ),
        ({"station": "x", "unit": "K"}, "option 'unit': input should be 'C' or 'F'"),
        ({"station": "moon"}, "option 'station': expected a station on earth"),
        (
            {"station": "x", "hour": 5},
            r"unknown option 'hour', did you mean 'hours'\? \(known: hours, key, station, unit\)",
        ),
    ],
)
def test_wrong_option_is_named_with_what_was_expected(
    options: Mapping[str, object], message: str
) -> None:
    with pytest.raises(InvalidOptions, match=message):
        registry.validated("test-weather", options)


@pytest.mark.usefixtures("third_party")
def test_option_values_are_not_repeated_in_messages() -> None:
    with pytest.raises(InvalidOptions) as caught:
        registry.validated("test-weather", {"station": "x", "key": ["s3cret"]})

    assert "s3cret" not in str(caught.value)


@pytest.mark.usefixtures("third_party")
def test_building_names_the_source_that_is_configured_wrongly() -> None:
    clock = FakeClock()
    with (
        Fetcher(clock=clock) as fetcher,
        pytest.raises(InvalidOptions, match=r"^source rain: kind"),
    ):
        registry.build("test-weather", {}, source="rain", fetcher=fetcher, clock=clock)
