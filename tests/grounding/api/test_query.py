from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from grounding.query import openai_tokens
from grounding.query.receipt import receipt_bytes, receipt_id, rendered_sha256
from grounding.query.render import NO_EVIDENCE
from grounding.query.replay import replay
from grounding.query.tokens import TokenCounters
from tests.fakes import START, FakeClock
from tests.grounding.api.problem import fields_of, problem_of
from tests.grounding.api.stored import stored_evidence
from tests.grounding.query.tokenizer_files import cached, needs_tiktoken, tiny_tokenizer
from tests.grounding.serving import DAY, HOUR, Running, document

GOLD = {"key": "gold", "title": "Gold spot price", "unit": "USD"}


@pytest.fixture
def grounded(running: Running, clock: FakeClock) -> Running:
    """A service that knows of gold: three documents and a price."""
    running.client.push_observations(
        [
            {"series": "gold", "valid_from": START - DAY * 2, "value": "2000.10"},
            {"series": "gold", "valid_from": START - DAY, "value": "2010.50"},
        ],
        series=[GOLD],
    )
    running.push(
        document("news", "Gold rose on Friday", published_at=START - DAY),
        document("rumour", "Gold may fall, says a rumour", published_at=START - DAY * 9),
    )
    clock.advance(HOUR)
    seq = running.push(document("undated", "Gold is a metal"), source="wiki")
    running.titles("gold", min_seq=seq)
    return running


class TestSearch:
    def test_reply_tells_both_instants_and_the_seq(self, grounded: Running) -> None:
        reply = grounded.post("/v1/search", {"query": " gold "}).json()

        assert reply["server_time"] == reply["as_of"] == reply["known_at"] == "2026-03-01T13:00:00Z"
        assert reply["query"] == " gold "
        assert reply["seq"] > 0
        assert reply["warnings"] == []

    def test_evidence_has_every_documented_field(self, grounded: Running) -> None:
        reply = grounded.post("/v1/search", {"query": "Friday", "sources": ["push"]}).json()

        first = reply["results"][0]
        assert first["id"] == f"{first['document_id']}@1#0"
        assert first["text"] == "Gold rose on Friday"
        assert first["published_at"] == "2026-02-28T12:00:00Z"
        assert first["age_seconds"] == (DAY + HOUR).total_seconds()
        assert first["digest"].startswith("sha256:")
        added = ("fused", "neighbours", "recency", "succession", "named")
        parts = (first["scores"][part] for part in added)
        assert first["score"] == pytest.approx(sum(parts))
        assert first["observation"] is None
        assert (first["start"], first["end"]) == (0, len("Gold rose on Friday"))

    def test_unknown_times_are_null_never_faked(self, grounded: Running) -> None:
        (found,) = grounded.post("/v1/search", {"query": "metal", "sources": ["wiki"]}).json()[
            "results"
        ]

        assert (found["published_at"], found["updated_at"], found["age_seconds"]) == (None,) * 3
        assert found["observed_at"] == "2026-03-01T13:00:00Z"

    def test_age_is_counted_from_as_of(self, grounded: Running) -> None:
        as_of = START - DAY * 8

        found = grounded.client.search("gold rumour", as_of=as_of, sources=["push"]).results

        assert [(each.title, each.age_seconds) for each in found] == [
            ("rumour", DAY.total_seconds())
        ]

    def test_results_are_limited_and_best_first(self, grounded: Running) -> None:
        everything = grounded.client.search("gold price", max_results=100).results
        few = grounded.client.search("gold price", max_results=2).results

        assert [each.id for each in few] == [each.id for each in everything[:2]]
        scores = [each.score for each in everything]
        assert scores == sorted(scores, reverse=True)

    def test_sources_of_results_come_with_their_freshness(self, grounded: Running) -> None:
        found = grounded.client.search("metal", sources=["wiki"])

        assert [(each.name, each.status, each.age_seconds) for each in found.sources] == [
            ("wiki", "unknown", 0.0)
        ]


class TestAugment:
    def test_evidence_is_numbered_as_the_prompt_numbers_it(self, grounded: Running) -> None:
        made = grounded.client.augment("What does gold cost?")

        assert [each.cite for each in made.evidence] == ["1", "2", "3", "4"]
        for each in made.evidence:
            assert f"[{each.cite}] {each.title}" in made.text
            assert f"> {each.text}" in made.text

    def test_value_of_a_series_stands_in_the_prompt(self, grounded: Running) -> None:
        made = grounded.client.augment("What does gold cost?")

        assert "Gold spot price: 2010.50 USD" in made.text
        assert "2000.10" in made.text

    def test_instructions_come_first_and_the_question_last(self, grounded: Running) -> None:
        system, user = grounded.client.augment("What does gold cost?").messages

        assert (system["role"], user["role"]) == ("system", "user")
        assert str(user["content"]).endswith("What does gold cost?")
        assert "2026" not in str(system["content"])
        assert "Current time: 2026-03-01T13:00:00+00:00 (Sunday, UTC)" in str(user["content"])

    def test_clock_is_shown_in_the_callers_zone(self, grounded: Running) -> None:
        made = grounded.client.augment("gold", timezone="Asia/Tokyo")

        assert "2026-03-01T22:00:00+09:00 (Sunday, Asia/Tokyo)" in made.text

    def test_conversation_is_kept_and_its_last_user_turn_is_the_question(
        self, grounded: Running
    ) -> None:
        image = {"type": "image_url", "image_url": {"url": "data:image/png;base64,AA=="}}
        asked: list[dict[str, Any]] = [
            {"role": "system", "content": "Be brief."},
            {"role": "user", "content": "Hello"},
            {"role": "assistant", "content": None, "tool_calls": [{"id": "1", "type": "function"}]},
            {"role": "user", "content": [{"type": "text", "text": "gold rumour?"}, image]},
        ]

        made = grounded.client.augment(asked)

        assert len(made.messages) == 4
        assert str(made.messages[0]["content"]).endswith("Be brief.")
        assert [*made.messages[1:3]] == asked[1:3]
        last = made.messages[3]["content"]
        assert isinstance(last, list)
        assert last[1:] == asked[3]["content"]
        assert "rumour" in [each.title for each in made.evidence]

    def test_budget_bounds_what_is_added(self, grounded: Running) -> None:
        counts = {
            budget: grounded.client.augment("gold", token_budget=budget)
            for budget in (64, 120, 200, 2_000)
        }

        assert all(made.token_count <= budget for budget, made in counts.items())
        shown = [len(made.evidence) for made in counts.values()]
        assert shown == sorted(shown)
        assert shown[-1] == 4
        assert shown[0] < 4

    def test_tokens_are_counted_with_the_tokenizer_that_is_named(
        self, grounded: Running, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        cached(tmp_path, "tiny/one", tiny_tokenizer().to_str())
        monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path))

        made = grounded.client.augment("gold", tokenizer="tiny/one", token_budget=600)
        other = grounded.client.augment("gold", token_budget=600)

        shown = str(made.messages[-1]["content"]).removesuffix("\n\ngold")
        assert made.tokenizer == "hf:tiny/one"
        assert made.token_count == TokenCounters(len).counter("hf:tiny/one").count(shown)
        assert (other.tokenizer, len(other.evidence)) == ("embedder", 4)
        assert len(made.evidence) < 4

    @needs_tiktoken
    def test_tokens_are_counted_as_an_llm_of_openai_does(self, grounded: Running) -> None:
        made = grounded.client.augment("gold", tokenizer="gpt-4o", token_budget=300)

        shown = str(made.messages[-1]["content"]).removesuffix("\n\ngold")
        assert made.tokenizer == "o200k_base"
        assert made.token_count == openai_tokens.load("o200k_base")(shown) <= 300

    @pytest.mark.parametrize(
        ("name", "expected"),
        [
            ("no/such", "hf download no/such tokenizer.json"),
            ("../../etc", "not a Hugging Face name"),
        ],
    )
    def test_tokenizer_that_is_not_there_is_refused_before_anything_is_looked_for(
        self, grounded: Running, name: str, expected: str
    ) -> None:
        body = {"query": "gold", "tokenizer": name, "min_seq": 10**6}

        problem = problem_of(grounded.post("/v1/augment", body), 422)

        (error,) = problem["errors"]
        assert error["field"] == "tokenizer"
        assert expected in error["message"]

    def test_search_counts_no_tokens(self, grounded: Running) -> None:
        reply = grounded.post("/v1/search", {"query": "gold", "tokenizer": "embedder"})

        assert fields_of(reply) == ["tokenizer"]

    def test_items_are_limited(self, grounded: Running) -> None:
        assert len(grounded.client.augment("gold", max_items=2).evidence) == 2

    def test_no_evidence_is_said(self, grounded: Running) -> None:
        made = grounded.client.augment("gold", known_at=START - DAY * 400)

        assert made.evidence == ()
        assert NO_EVIDENCE in made.text
        assert made.sources == ()

    def test_service_that_knows_nothing_says_so(self, shared: Running) -> None:
        made = shared.client.augment("gold")

        assert (made.evidence, made.seq) == ((), 0)
        assert NO_EVIDENCE in made.text


class TestReceipt:
    @pytest.mark.parametrize(
        "options",
        [
            {},
            {"timezone": "Europe/Berlin", "max_items": 2},
            {"as_of": START - DAY, "known_at": START},
            {"token_budget": 150},
            {"known_at": START - DAY * 400},
        ],
    )
    @pytest.mark.parametrize(
        "asked",
        [
            "What does gold cost?",
            [
                {"role": "system", "content": "Sei höflich. \u2028 ok"},
                {"role": "user", "content": [{"type": "text", "text": "gold 🥇"}], "n": 0.1},
            ],
        ],
    )
    def test_prompt_is_made_again_byte_for_byte(
        self, grounded: Running, asked: str | list[dict[str, Any]], options: dict[str, Any]
    ) -> None:
        made = grounded.client.augment(asked, **options)
        receipt = grounded.client.receipt(made.receipt_id)
        grounded.push(document("news", "Gold fell since"))

        again = replay(receipt, stored_evidence(grounded))

        assert list(again.messages) == list(made.messages)
        assert again.text == made.text
        assert rendered_sha256(again) == receipt["rendered_sha256"]

    def test_receipt_names_question_instants_filters_and_evidence(self, grounded: Running) -> None:
        made = grounded.client.augment("gold", sources=["push"], max_age="3d", max_items=5)

        receipt = grounded.client.receipt(made.receipt_id)

        options = receipt["options"]
        assert isinstance(options, dict)
        assert receipt["messages"] == [{"role": "user", "content": "gold"}]
        assert receipt["seq"] == made.seq
        assert receipt["as_of"] == "2026-03-01T13:00:00+00:00"
        assert options["sources"] == ["push"]
        assert options["max_age_seconds"] == (DAY * 3).total_seconds()
        assert options["max_items"] == 5
        assert options["tokenizer"] == made.tokenizer == "embedder"
        assert _ids(receipt["evidence"]) == [each.id for each in made.evidence]
        assert receipt_id(receipt_bytes(receipt)) == made.receipt_id

    def test_unknown_receipt_is_not_found(self, shared: Running) -> None:
        for name in ("rcpt_none", "%00", "x" * 3_000):
            problem_of(shared.http.get(f"/v1/receipts/{name}"), 404)


def _ids(entries: object) -> list[object]:
    assert isinstance(entries, Sequence)
    return [entry["id"] for entry in entries]
