"""Take the pictures of docs/trust.md: the page of a report on a running service, in Chromium.

python .ci/screenshots.py [--into docs/images]

Needs Playwright (`pip install playwright`) and the `chromium` of the system.
"""

import argparse
import shutil
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final, Literal

from playwright.sync_api import Browser, ViewportSize, sync_playwright

from grounding import Client
from grounding.demo.process import ServiceProcess, free_port
from grounding.report.page import page
from grounding.report.wire import read

NOW: Final = datetime.now(UTC)
DOCUMENTS: Final = (
    {
        "key": "oak-fire",
        "title": "Oak Fire: morning report",
        "text": "The Oak Fire has burned 500 acres and is 20 percent contained. "
        "No homes have been lost. Evacuation orders stand for the Midpines area.",
        "published_at": NOW - timedelta(hours=3),
    },
    {
        "key": "wind",
        "title": "Fire weather for Mariposa County",
        "text": "Winds at the Oak Fire reach 30 miles per hour in the afternoon. "
        "They are expected to ease after sunset.",
        "published_at": NOW - timedelta(hours=2),
    },
)
GREW: Final = {
    "key": "oak-fire",
    "title": "Oak Fire: noon report",
    "text": "The Oak Fire has burned 700 acres and is 35 percent contained. "
    "No homes have been lost. Evacuation orders stand for the Midpines area.",
    "published_at": NOW - timedelta(minutes=5),
}
QUESTION: Final = "How large is the Oak Fire, and how strong are the winds there?"
ANSWER: Final = (
    "The Oak Fire has burned 500 acres [{fire}]. Winds at the Oak Fire reach 50 miles per hour "
    "[{wind}]. They are expected to ease after sunset [{wind}]. Wombats dig burrows in Tasmania."
)
CONFIG: Final = """\
[database]
url = "sqlite:///{folder}/grounding.db"

[index]
directory = "{folder}/index"

[server]
host = "127.0.0.1"
port = {port}
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--into", type=Path, default=Path("docs/images"))
    into: Path = parser.parse_args().into
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.html"
        report.write_text(_report(Path(folder)), encoding="utf-8")
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=shutil.which("chromium"))
            _take(browser, report, into / "report.png")
            _take(browser, report, into / "report-changes.png", of="section:has(#since-title)")
            _take(browser, report, into / "report-phone.png", size=(390, 844), scheme="dark")
            browser.close()


def _report(folder: Path) -> str:
    """Ask a service, let the fire grow, and return the report on an answer to the prompt before."""
    port = free_port()
    config = folder / "grounding.toml"
    config.write_text(CONFIG.format(folder=folder, port=port))
    service = ServiceProcess(config, port=port, log=folder / "log")
    service.start()
    try:
        service.wait_until_ready()
        with Client(service.url) as client:
            seq = client.push_documents(DOCUMENTS).seq
            asked = client.augment(QUESTION, min_seq=seq)
            cites = {item.title.split()[0]: item.cite for item in asked.evidence}
            client.push_documents([GREW])
            answer = ANSWER.format(fire=cites["Oak"], wind=cites["Fire"])
            return page(read(client.report(asked.receipt_id, answer)))
    finally:
        service.stop()


def _take(
    browser: Browser,
    report: Path,
    to: Path,
    *,
    size: tuple[int, int] = (1000, 1080),
    of: str | None = None,
    scheme: Literal["light", "dark"] = "light",
) -> None:
    """Save what a window shows, or one part of the page.

    size: width and height of the window in pixels.
    """
    viewport = ViewportSize(width=size[0], height=size[1])
    tab = browser.new_page(viewport=viewport, color_scheme=scheme)
    tab.goto(report.as_uri())
    if of is None:
        tab.screenshot(path=to)
    else:
        tab.locator(of).screenshot(path=to)
    tab.close()


if __name__ == "__main__":
    main()
