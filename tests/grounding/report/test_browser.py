"""The page of a report in a real browser."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from grounding.report.page import page as written
from grounding.report.records import Place, Report
from grounding.report.wire import read
from tests.grounding.report.conftest import ANSWER, HOSTILE, Asked


@pytest.fixture
def asked_for() -> list[str]:
    """What the page asked for, itself included."""
    return []


@pytest.fixture
def tab(browser: Any, asked_for: list[str]) -> Iterator[Any]:
    one = browser.new_page(viewport={"width": 1000, "height": 800})
    one.on("request", lambda request: asked_for.append(request.url))
    yield one
    one.close()


def url_of(asked: Asked) -> str:
    return f"{asked.running.url}/v1/receipts/{asked.receipt}/report"


def opened(tab: Any, report: Report, directory: Path) -> None:
    """Open a page from a file, as `--html` writes it."""
    file = directory / "report.html"
    file.write_text(written(report), encoding="utf-8")
    tab.goto(file.as_uri())


def reported(asked: Asked) -> Report:
    return read(asked.running.client.report(asked.receipt, ANSWER))


def hostile(asked: Asked) -> Report:
    """Return a report all texts of which are hostile."""
    report = reported(asked)
    assert report.answer is not None
    items = tuple(
        replace(each, title=HOSTILE, text=HOSTILE, source=HOSTILE, url="javascript:window.taken=5")
        for each in report.evidence
    )
    answer = replace(report.answer, text=HOSTILE)
    return replace(report, question=HOSTILE, evidence=items, answer=answer)


def test_style_of_a_served_page_is_let_through_and_nothing_else_is_asked_for(
    asked: Asked, tab: Any, asked_for: list[str]
) -> None:
    tab.goto(url_of(asked))

    margin = tab.evaluate("getComputedStyle(document.body).margin")
    assert margin == "0px"
    assert asked_for == [url_of(asked)]


def test_claims_are_marked_with_sign_and_word_and_lead_to_their_reasons(
    asked: Asked, tab: Any, tmp_path: Path
) -> None:
    opened(tab, reported(asked), tmp_path)

    assert tab.locator(".claim").count() == 3
    second = tab.locator(".claim").nth(1)
    assert second.inner_text().startswith("Wombats dig burrows in Tasmania.")
    assert second.get_by_role("link", name="claim 2: no evidence").count() == 1
    second.locator("a").click()
    assert tab.locator(":target").inner_text().count("no evidence is about it") == 1


def test_what_has_changed_stands_beside_what_was_shown(grown: Asked, tab: Any) -> None:
    tab.goto(url_of(grown))

    pair = tab.locator(".pair").inner_text()
    assert "500 acres" in pair
    assert "700 acres" in pair
    assert "superseded" in tab.locator(".since", has=tab.locator(".pair")).inner_text()


def test_hostile_texts_run_nothing_and_ask_for_nothing(
    asked: Asked, tab: Any, asked_for: list[str], tmp_path: Path
) -> None:
    dialogs: list[str] = []
    tab.on("dialog", lambda dialog: dialogs.append(dialog.message))

    opened(tab, hostile(asked), tmp_path)

    assert tab.evaluate("window.taken === undefined")
    assert dialogs == []
    assert tab.locator("script, img, svg, iframe, object, form").count() == 0
    assert tab.locator("a:not([href^='#'])").count() == 0
    assert asked_for == [(tmp_path / "report.html").as_uri()]
    assert "<script>window.taken" in tab.locator(".answer").inner_text()


def test_script_that_got_into_the_page_would_not_run(
    asked: Asked, tab: Any, tmp_path: Path
) -> None:
    file = tmp_path / "report.html"
    page = written(reported(asked)).replace("<main>", "<main><script>window.taken = 1</script>")
    file.write_text(page, encoding="utf-8")

    tab.goto(file.as_uri())

    assert tab.locator("main script").count() == 1
    assert tab.evaluate("window.taken === undefined")


@pytest.mark.parametrize("width", [320, 360, 1000])
def test_nothing_has_to_be_scrolled_sideways(
    width: int, asked: Asked, tab: Any, tmp_path: Path
) -> None:
    report = hostile(asked)
    long = replace(report.evidence[0], text="x" * 3_000, title="y" * 500)
    tab.set_viewport_size({"width": width, "height": 700})

    opened(tab, replace(report, evidence=(long, *report.evidence[1:])), tmp_path)

    assert tab.evaluate("document.documentElement.scrollWidth") <= width


def test_keyboard_goes_through_the_page_in_reading_order(
    asked: Asked, tab: Any, tmp_path: Path
) -> None:
    opened(tab, reported(asked), tmp_path)
    reached = []
    for _ in range(4):
        tab.keyboard.press("Tab")
        reached.append(tab.evaluate("document.activeElement.getAttribute('href')"))

    assert reached == ["#answer", "#claim-1", "#claim-2", "#claim-3"]


def test_right_to_left_text_is_read_from_its_own_side(
    asked: Asked, tab: Any, tmp_path: Path
) -> None:
    report = reported(asked)
    arabic = replace(report.evidence[0], text="الحريق كبير جدا اليوم")

    opened(tab, replace(report, evidence=(arabic, *report.evidence[1:])), tmp_path)

    sides = tab.locator(".quoted").evaluate_all(
        "all => all.map(e => getComputedStyle(e).direction)"
    )
    assert sides == ["rtl", "ltr"]


def test_headings_go_down_one_level_at_a_time(asked: Asked, tab: Any, tmp_path: Path) -> None:
    opened(tab, reported(asked), tmp_path)

    levels = tab.locator("h1,h2,h3,h4").evaluate_all("all => all.map(e => +e.tagName[1])")

    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))


def test_evidence_leads_back_to_the_claim_that_it_bears_on(
    asked: Asked, tab: Any, tmp_path: Path
) -> None:
    report = reported(asked)
    assert report.answer is not None
    assert report.answer.checked is not None
    first = replace(report.answer.checked.claims[0], places=(Place(1, 0, 46), Place(1, 29, 34)))
    checked = replace(report.answer.checked, claims=(first, *report.answer.checked.claims[1:]))

    opened(tab, replace(report, answer=replace(report.answer, checked=checked)), tmp_path)

    claim = tab.locator("#claim-1")
    claim.get_by_role("link", name="[1] from character 1").click()
    assert tab.locator("mark:target").inner_text() == report.evidence[0].text
    tab.get_by_role("link", name="bears on claim 1").locator("nth=0").click()
    assert tab.locator(":target").get_attribute("id") == "claim-1"
