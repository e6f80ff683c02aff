"""A sample of the ways into the local network; `python -m benchmarks ssrf` tries all of them."""

from collections.abc import Iterator

import pytest

from benchmarks.ssrf.canary import Canary
from benchmarks.ssrf.forms import forms
from connectors.errors import ConnectorError
from connectors.http.fetch import Fetcher, FetchLimits

SAMPLED = {"IPv4 addresses", "IPv6 addresses", "other notations of IPv4", "schemes", "spellings"}
EVERY = 4


@pytest.fixture
def fetcher() -> Iterator[Fetcher]:
    with Fetcher(FetchLimits(timeout_seconds=5, attempts=1)) as fetcher:
        yield fetcher


def test_no_way_into_the_network_is_taken(fetcher: Fetcher) -> None:
    with Canary() as canary:
        tried = [form.url for form in forms(canary.port) if form.group in SAMPLED][::EVERY]
        for url in tried:
            with pytest.raises(ConnectorError):
                fetcher.fetch(url)

        assert len(tried) > 40
        assert canary.connections == 0


@pytest.mark.parametrize("variable", ["HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"])
def test_proxy_of_the_environment_is_not_used(
    monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
    with Canary() as canary:
        monkeypatch.setenv(variable, f"http://127.0.0.1:{canary.port}")
        with Fetcher(FetchLimits(attempts=1)) as fetcher, pytest.raises(ConnectorError):
            fetcher.fetch("http://10.0.0.1/")

        assert canary.connections == 0
