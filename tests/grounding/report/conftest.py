"""A service that was asked about a fire which has grown since, and a browser to read of it."""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from tests.fakes import FakeClock
from tests.grounding.serving import HOUR, Running, document

FIRE = "The Oak Fire has burned 500 acres and is 20 percent contained."
GREW = "The Oak Fire has burned 700 acres and is 35 percent contained."
WIND = "Winds at the Oak Fire reach 30 miles per hour."
HOSTILE = (
    "<script>window.taken = 1</script><img src=x onerror='window.taken = 2'>"
    '"><svg/onload=window.taken=3> The Oak Fire \u202eesrever\u202c burns. '
    "[here](javascript:window.taken=4) </style></div></section> {{ 7 * 7 }}"
)
ANSWER = (
    "The Oak Fire has burned 500 acres [2]. Wombats dig burrows in Tasmania. "
    "Winds reach 30 miles per hour [1]."
)


@dataclass(frozen=True)
class Asked:
    """A running service and the receipt of a prompt that it made."""

    running: Running
    receipt: str
    clock: FakeClock

    def page(self, answer: str | None = None) -> str:
        """Return the page of a report as HTML."""
        path = f"/v1/receipts/{self.receipt}/report"
        if answer is None:
            reply = self.running.http.get(path)
        else:
            reply = self.running.post(path, {"answer_candidate": answer})
        assert reply.status_code == 200, reply.text
        return reply.text


@pytest.fixture
def asked(running: Running, clock: FakeClock) -> Asked:
    running.push(document("wind", WIND), source="fires")
    link = {"url": "https://fires.example/oak", "published_at": "2026-01-02T03:04:00Z"}
    seq = running.push(document("oak", FIRE, **link), source="fires")
    made = running.client.augment("How large is the Oak Fire?", min_seq=seq)
    return Asked(running, made.receipt_id, clock)


@pytest.fixture
def grown(asked: Asked) -> Asked:
    """The same after the fire has grown."""
    asked.clock.advance(HOUR)
    asked.running.push(document("oak", GREW), source="fires")
    return asked


@pytest.fixture(scope="module")  # an event loop runs as long as it does
def browser() -> Iterator[Any]:  # Any: Playwright's own, where that is installed
    path = shutil.which("chromium") or shutil.which("chromium-browser")
    if path is None:
        pytest.skip("no Chromium is installed")
    pytest.importorskip("playwright", reason="Playwright is not installed")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as running:
        one = running.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield one
        one.close()
