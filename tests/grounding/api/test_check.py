"""Answers are held against what was shown, and against what holds now."""

from typing import Any

import pytest

from grounding.client.records import Augmented
from tests.fakes import START, FakeClock
from tests.grounding.api.problem import fields_of, problem_of
from tests.grounding.serving import DAY, HOUR, Running, document

BRENT = {"key": "brent", "title": "Brent crude oil spot price", "unit": "USD per barrel"}
FIRE = "The Oak Fire has burned 500 acres and is 20 percent contained."
GREW = "The Oak Fire has burned 700 acres and is 20 percent contained."


def checked(running: Running, answer: str, **body: Any) -> dict[str, Any]:
    reply = running.post("/v1/grounding/check", {"answer_candidate": answer, **body})
    assert reply.status_code == 200, reply.text
    found: dict[str, Any] = reply.json()
    return found


def asked(running: Running, question: str, seq: int, **options: Any) -> Augmented:
    return running.client.augment(question, min_seq=seq, **options)


@pytest.fixture
def fire(running: Running) -> tuple[Running, Augmented]:
    """A service that was asked about a fire, and what it showed."""
    seq = running.push(document("oak", FIRE), source="fires")
    return running, asked(running, "How large is the Oak Fire?", seq)


class TestAgainstFacts:
    def test_what_a_fact_says_is_supported(self, running: Running) -> None:
        found = checked(
            running, "The Oak Fire has burned 500 acres [1].", facts=[{"fact_text": FIRE}]
        )

        assert found["outcome"] == "supported"
        assert found["support_score"] > 0.5
        claim = found["claims"][0]
        assert (claim["start_pos"], claim["end_pos"]) == (0, 38)
        assert claim["citations"] == ["1"]
        assert claim["citation_indices"] == [0]
        assert found["cited_chunks"][0]["chunk_text"] == FIRE

    def test_offsets_are_code_points(self, running: Running) -> None:
        answer = "🔥🔥 Yes! The Oak Fire has burned 500 acres [1]."

        found = checked(running, answer, facts=[{"fact_text": FIRE}])

        claim = found["claims"][-1]
        assert answer[claim["start_pos"] : claim["end_pos"]].startswith("The Oak Fire")

    def test_number_that_no_evidence_has_is_named(self, running: Running) -> None:
        found = checked(
            running, "The Oak Fire has burned 500 acres [7].", facts=[{"fact_text": FIRE}]
        )

        assert found["outcome"] != "supported"
        assert "[7] is cited, and no evidence has that number" in found["claims"][0]["reasons"]

    def test_without_evidence_nothing_is_borne_out(self, running: Running) -> None:
        found = checked(running, "The Oak Fire has burned 500 acres.", facts=[])

        assert found["outcome"] == "insufficient"
        assert found["claims"][0]["reasons"] == ["there is no evidence to hold it against"]

    def test_expired_fact_makes_a_claim_stale(self, running: Running, clock: FakeClock) -> None:
        clock.advance(DAY)
        fact = {"fact_text": FIRE, "valid_until": START.isoformat()}

        found = checked(running, "The Oak Fire has burned 500 acres [1].", facts=[fact])

        assert found["outcome"] == "stale"
        assert found["claims"][0]["standings"][0]["status"] == "expired"

    def test_threshold_takes_citations_from_weak_claims(self, running: Running) -> None:
        found = checked(
            running,
            "The Oak Fire has by now burned 500 acres [1].",
            facts=[{"fact_text": FIRE}],
            grounding_spec={"citation_threshold": 1.0},
        )

        assert found["claims"][0]["citation_indices"] == []


class TestAgainstReceipts:
    def test_answer_given_now_holds(self, fire: tuple[Running, Augmented]) -> None:
        running, made = fire

        found = checked(
            running, "The Oak Fire has burned 500 acres [1].", receipt_id=made.receipt_id
        )

        assert found["outcome"] == "supported"
        assert found["claims"][0]["still_true"] is True
        assert found["claims"][0]["standings"][0]["status"] == "current"

    def test_superseded_value_is_stale_and_the_newer_is_shown(
        self, fire: tuple[Running, Augmented], clock: FakeClock
    ) -> None:
        running, made = fire
        clock.advance(HOUR)
        running.push(document("oak", GREW), source="fires")

        found = checked(
            running, "The Oak Fire has burned 500 acres [1].", receipt_id=made.receipt_id
        )

        claim = found["claims"][0]
        assert claim["outcome"] == "stale"
        assert claim["still_true"] is False
        standing = claim["standings"][0]
        assert standing["status"] == "superseded"
        assert standing["newer"]["chunk_text"] == GREW

    def test_what_the_newer_version_says_too_is_still_true(
        self, fire: tuple[Running, Augmented], clock: FakeClock
    ) -> None:
        running, made = fire
        clock.advance(HOUR)
        running.push(document("oak", GREW), source="fires")

        found = checked(
            running, "The Oak Fire is 20 percent contained [1].", receipt_id=made.receipt_id
        )

        claim = found["claims"][0]
        assert claim["outcome"] == "supported"
        assert claim["still_true"] is True
        assert claim["standings"][0]["status"] == "superseded"

    def test_newer_value_of_a_series_makes_a_claim_stale(
        self, running: Running, clock: FakeClock
    ) -> None:
        before = {"series": "brent", "valid_from": START - DAY, "value": "84.12"}
        seq = running.client.push_observations([before], series=[BRENT]).seq
        made = asked(running, "Brent crude oil spot price", seq)
        clock.advance(HOUR)
        after = {"series": "brent", "valid_from": START, "value": "85.90"}
        running.client.push_observations([after])

        found = checked(
            running,
            "The Brent crude oil spot price is 84.12 USD per barrel [1].",
            receipt_id=made.receipt_id,
        )

        claim = found["claims"][0]
        assert (claim["outcome"], claim["still_true"]) == ("stale", False)
        assert claim["standings"][0]["newer"]["value"] == "85.90"

    def test_removed_document_makes_a_claim_stale(
        self, fire: tuple[Running, Augmented], clock: FakeClock
    ) -> None:
        running, made = fire
        clock.advance(HOUR)
        running.client.push_documents([], removed=["oak"], source="fires")

        found = checked(
            running, "The Oak Fire has burned 500 acres [1].", receipt_id=made.receipt_id
        )

        assert found["outcome"] == "stale"
        assert found["claims"][0]["standings"][0]["status"] == "removed"

    def test_erased_document_cannot_be_looked_at(self, fire: tuple[Running, Augmented]) -> None:
        running, made = fire
        running.client.erase_document(made.evidence[0].document_id)

        found = checked(
            running, "The Oak Fire has burned 500 acres [1].", receipt_id=made.receipt_id
        )

        assert found["outcome"] == "insufficient"
        assert "erased" in " ".join(found["reasons"])
        assert found["cited_chunks"][0]["chunk_text"] == ""

    def test_unknown_receipt_is_not_found(self, running: Running) -> None:
        reply = running.post(
            "/v1/grounding/check", {"answer_candidate": "Yes.", "receipt_id": "rcpt_none"}
        )

        assert problem_of(reply, 404)["detail"] == "no receipt is named rcpt_none"

    def test_receipt_of_an_answer_is_not_that_of_a_prompt(
        self, fire: tuple[Running, Augmented]
    ) -> None:
        running, made = fire
        answer = running.client.check("The Oak Fire burns.", made.receipt_id).answer_id

        reply = running.post(
            "/v1/grounding/check", {"answer_candidate": "Yes.", "receipt_id": answer}
        )

        detail = problem_of(reply, 404)["detail"]
        assert detail == f"{answer} is an answer: name its prompt {made.receipt_id}"


class TestThroughTheClient:
    def test_answer_is_held_against_its_receipt(self, fire: tuple[Running, Augmented]) -> None:
        running, made = fire

        found = running.client.check("The Oak Fire has burned 500 acres [1].", made.receipt_id)

        assert found.outcome == "supported"
        assert found.claims[0].standings[0].status == "current"

    def test_text_alone_is_a_fact(self, running: Running) -> None:
        found = running.client.check("The Oak Fire has burned 500 acres [1].", facts=[FIRE])

        assert found.outcome == "supported"
        assert found.cited_chunks[0].chunk_text == FIRE


class TestBadInput:
    @pytest.mark.parametrize("body", [{}, {"facts": [], "receipt_id": "rcpt_1"}])
    def test_facts_or_a_receipt_are_required(self, running: Running, body: dict[str, Any]) -> None:
        reply = running.post("/v1/grounding/check", {"answer_candidate": "Yes.", **body})

        assert reply.status_code == 422
        assert "give either facts or receipt_id" in reply.text

    def test_empty_answer_states_nothing(self, running: Running) -> None:
        found = checked(running, "", facts=[{"fact_text": FIRE}])

        assert found["outcome"] == "insufficient"
        assert found["claims"] == []
        assert found["reasons"] == ["the answer states nothing"]

    def test_null_characters_keep_their_places(self, running: Running) -> None:
        found = checked(running, "\0\0 The Oak Fire burns.", facts=[])

        assert found["claims"][-1]["end_pos"] == 22

    def test_misspelt_field_is_refused(self, running: Running) -> None:
        reply = running.post("/v1/grounding/check", {"answer": "Yes.", "facts": []})

        assert "answer_candidate" in fields_of(reply)
