"""A service with a scripted upstream behind it, and OpenAI's own client before it."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import openai
import pytest

from tests.fakes import START
from tests.grounding.serving import Plan, Running, serving
from tests.upstream.scripted import Scripted, scripted

SECRET = "sk-upstream-5e1b"


@dataclass(frozen=True)
class Gate:
    """A running gateway."""

    running: Running
    upstream: Scripted
    openai: openai.OpenAI

    def price(self, value: str, *, hours: int = 0) -> None:
        """Store a value of a series, valid from so many hours after the start."""
        del hours
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
    upstream_server.asked.clear()
    upstream_server.left = upstream_server.most_running = 0
    return upstream_server


@pytest.fixture
def gate(tmp_path: Path, upstream: Scripted) -> Iterator[Gate]:
    plan = Plan(
        tmp_path,
        upstreams=[{"name": "small", "base_url": upstream.url, "api_key": SECRET, "serves": ["*"]}],
    )
    with serving(plan) as running, client_of(running) as client:
        yield Gate(running, upstream, client)


def client_of(running: Running) -> openai.OpenAI:
    return openai.OpenAI(base_url=f"{running.url}/v1", api_key="none", max_retries=0, timeout=30)
