"""A web server, a fetcher that may ask it and notes its pauses, a certificate, a shop."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from connectors.http.fetch import Fetcher
from tests.connectors.fetching import local_fetcher
from tests.connectors.shop import Shop
from tests.postgres import fresh_database
from tests.web import WebServer


@pytest.fixture
def web() -> Iterator[WebServer]:
    with WebServer() as server:
        yield server


@pytest.fixture
def pauses() -> list[float]:
    return []


@pytest.fixture
def fetcher(pauses: list[float]) -> Iterator[Fetcher]:
    with local_fetcher(pauses) as one:
        yield one


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """A certificate for 127.0.0.1 that nobody vouches for, and its key, in one file."""
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    subprocess.run(
        [
            *("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"),
            *("-nodes", "-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1"),
            *("-keyout", key, "-out", certificate),
        ],
        check=True,
        capture_output=True,
    )
    certificate.write_text(certificate.read_text() + key.read_text())
    return certificate


@pytest.fixture(params=["file", "server"])
def shop(request: pytest.FixtureRequest) -> Shop:
    """A shop in an SQLite file, and one in PostgreSQL."""
    one: Shop = request.getfixturevalue(request.param)
    return one


@pytest.fixture
def file(empty_sqlite_url: str) -> Iterator[Shop]:
    with Shop(empty_sqlite_url) as one:
        yield one


@pytest.fixture
def server(shop_url: str) -> Iterator[Shop]:
    with Shop(shop_url) as one:
        yield one


@pytest.fixture(scope="session")
def shop_url(postgresql_server: str) -> Iterator[str]:
    with fresh_database(postgresql_server, "shop") as url:
        yield url
