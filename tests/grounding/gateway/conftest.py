"""A service with a scripted upstream behind it, and OpenAI's own client before it."""

from collections.abc import Iterator
from dataclasses import dataclass

import openai
import pytest

from tests.fakes import START
from tests.grounding.serving import Plan, Running, serving
from tests.upstream.scripted import Scripted, says, scripted

SECRET = "sk-upstream-5e1b"


@dataclass(frozen=True)
class Gate:
    """A running gateway."""

    running: Running
    upstream: Scripted
    openai: openai.OpenAI

    def price(self, value: str) -> None:
        """Store a value of a series and return once it is found."""
        pushed = self.running.client.push_observations(
            [{"series": "brent", "valid_from": START, "value": value}],
            series=[{"key": "brent", "title": "Brent crude oil spot price", "unit": "USD/barrel"}],
        )
        self.running.service.parts.views.wait_for(pushed.seq, 30)


@pytest.fixture(scope="session")
def upstream_server() -> Iterator[Scripted]:
    with scripted() as one:
        yield one


@pytest.fixture
def upstream(upstream_server: Scripted) -> Scripted:
    """The upstream of this session, as if it had just been started."""
    upstream_server.then(says("ok"))
    upstream_server.asked.clear()
    upstream_server.left = upstream_server.most_running = 0
    return upstream_server


@pytest.fixture(scope="module")
def module_gate(
    tmp_path_factory: pytest.TempPathFactory, upstream_server: Scripted
) -> Iterator[Gate]:
    one = {"name": "small", "base_url": upstream_server.url, "api_key": SECRET, "serves": ["*"]}
    plan = Plan(tmp_path_factory.mktemp("gate"), upstreams=[one])
    with serving(plan) as running, client_of(running) as client:
        yield Gate(running, upstream_server, client)


@pytest.fixture
def gate(module_gate: Gate, upstream: Scripted) -> Gate:
    """One gateway for all tests of a module: what one of them stores, the others find."""
    del upstream
    return module_gate


def client_of(running: Running) -> openai.OpenAI:
    return openai.OpenAI(base_url=f"{running.url}/v1", api_key="none", max_retries=0, timeout=30)
