"""What a report says of a prompt, through the API."""

from dataclasses import replace
from typing import Any

import pytest

from indexer.catalogue import erasures, receipts
from tests.grounding.api.problem import problem_of
from tests.grounding.report.conftest import ANSWER, FIRE, GREW, Asked
from tests.grounding.serving import HOUR


def told(asked: Asked, answer: str | None = None) -> dict[str, Any]:
    found: dict[str, Any] = asked.running.client.report(asked.receipt, answer)
    return found


def item(found: dict[str, Any], title: str) -> dict[str, Any]:
    one: dict[str, Any] = next(each for each in found["evidence"] if each["title"] == title)
    return one


def test_evidence_is_told_with_its_times_and_still_current(asked: Asked) -> None:
    found = told(asked)

    oak = item(found, "oak")
    assert found["question"] == "How large is the Oak Fire?"
    assert oak["text"] == FIRE
    assert oak["published_at"] == "2026-01-02T03:04:00Z"
    assert oak["age_seconds"] == pytest.approx(58 * 86_400 + 8 * 3_600 + 56 * 60, abs=1)
    assert oak["now"]["status"] == "current"
    assert found["seal"]["is_whole"] is True


def test_report_without_an_answer_says_so(asked: Asked) -> None:
    found = told(asked)

    assert found["answer"] is None
    assert "No answer is given here, so no claims are marked." in found["notes"]


def test_what_stands_in_the_place_of_an_item_is_told(grown: Asked) -> None:
    oak = item(told(grown), "oak")

    assert oak["text"] == FIRE
    assert oak["now"]["status"] == "superseded"
    assert oak["now"]["newer"]["text"] == GREW


def test_removed_item_is_told(asked: Asked) -> None:
    asked.clock.advance(HOUR)
    asked.running.client.push_documents([], removed=["oak"], source="fires")

    assert item(told(asked), "oak")["now"]["status"] == "removed"


def test_erased_item_keeps_its_times_and_loses_its_words(asked: Asked) -> None:
    uid = item(told(asked), "oak")["id"].partition("@")[0]
    asked.clock.advance(HOUR)
    asked.running.client.erase_document(uid)

    found = told(asked)

    gone = next(each for each in found["evidence"] if each["id"].startswith(uid))
    assert gone["text"] is None
    assert gone["gone"] == "its document was erased on demand"
    assert gone["published_at"] == "2026-01-02T03:04:00Z"
    assert gone["now"]["status"] == "erased"
    assert found["seal"]["is_whole"] is True
    assert found["seal"]["redacted_at"] is not None
    assert "a document that was erased" in found["seal"]["reason"]
    assert found["seal"]["reason"] in found["notes"]
    assert "500 acres" not in asked.page()


def test_answer_that_was_kept_is_told_of(asked: Asked) -> None:
    asked.running.client.check(ANSWER, asked.receipt)

    found = told(asked)

    assert found["answer"]["text"] == ANSWER


def test_claims_of_an_answer_are_marked_where_they_stand(asked: Asked) -> None:
    found = told(asked, ANSWER)["answer"]

    claims = found["checked"]["claims"]
    assert [ANSWER[each["start"] : each["end"]] for each in claims][1].startswith("Wombats")
    assert claims[1]["outcome"] == "insufficient"


def test_empty_answer_is_reported(asked: Asked) -> None:
    assert told(asked, "")["answer"]["checked"]["claims"] == []
    assert "The answer is empty." in asked.page("")


def test_page_is_what_a_browser_gets_and_json_what_a_program_asks_for(asked: Asked) -> None:
    path = f"/v1/receipts/{asked.receipt}/report"
    browser = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}

    kinds = [
        asked.running.http.get(path, headers=browser),
        asked.running.http.get(path, headers={"Accept": "application/json"}),
        asked.running.http.get(f"{path}?format=json", headers=browser),
        asked.running.http.get(f"{path}?format=html", headers={"Accept": "application/json"}),
    ]

    assert [each.headers["content-type"].partition(";")[0] for each in kinds] == [
        "text/html",
        "application/json",
        "application/json",
        "text/html",
    ]


def test_page_forbids_all_but_its_own_style(asked: Asked) -> None:
    headers = asked.running.http.get(f"/v1/receipts/{asked.receipt}/report").headers

    assert headers["content-security-policy"].startswith("default-src 'none'; style-src 'sha256-")
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"


def test_unknown_receipt_is_not_found(asked: Asked) -> None:
    reply = asked.running.http.get("/v1/receipts/rcpt_none/report")

    assert "rcpt_none" in problem_of(reply, 404)["detail"]


def test_values_of_a_series_are_told_then_and_now(asked: Asked) -> None:
    brent = {"key": "brent", "title": "Brent crude oil spot price", "unit": "USD per barrel"}
    push = asked.running.client.push_observations
    first = {"series": "brent", "value": "84.12", "valid_from": asked.clock().isoformat()}
    seq = push([first], series=[brent]).seq
    made = asked.running.client.augment("What is the Brent crude oil spot price?", min_seq=seq)
    asked.clock.advance(HOUR)
    push([{"series": "brent", "value": "91.5", "valid_from": asked.clock().isoformat()}])

    found = told(replace(asked, receipt=made.receipt_id))

    one = next(each for each in found["evidence"] if each["kind"] == "series")
    assert (one["value"], one["now"]["newer"]["value"]) == ("84.12", "91.5")
    assert one["now"]["status"] == "superseded"


def test_altered_receipt_is_told_from_one_that_is_as_it_was_made(asked: Asked) -> None:
    with asked.running.service.parts.database.writing() as session:
        body = receipts.body(session, asked.receipt)
        assert body is not None
        altered = body.replace(b"How large", b"How small")
        erasures.replace_receipt(session, asked.receipt, altered)

    found = told(asked)

    assert found["seal"]["is_whole"] is False
    assert found["seal"]["reason"] in found["notes"]
    assert "not as it was made" in asked.page()
