from typing import Any

import pytest

from tests.fakes import START, FakeClock
from tests.grounding.cli.command import Command
from tests.grounding.serving import DAY, HOUR, Running, document
from tests.web import WebServer, json_of


@pytest.fixture
def filled(running: Running) -> Running:
    seq = running.push(
        document("news", "Gold rose [bold]two[/bold] percent\x1b[31m", published_at=START - DAY),
        document("old", "Gold was found in a river", published_at=START - DAY * 90),
    )
    running.titles("gold", min_seq=seq)
    return running


def test_search_shows_text_source_and_age(filled: Running, remote: Command) -> None:
    done = remote("search", "gold")

    assert (done.code, done.err) == (0, "")
    assert "Gold rose [bold]two[/bold] percent" in done.out
    assert "push" in done.out
    assert "1d" in done.out
    assert "\x1b" not in done.out


def test_search_as_json_is_the_whole_reply(filled: Running, remote: Command) -> None:
    done = remote("search", "gold", "--max-age", "2d", "--json")

    (found,) = done.json["results"]
    assert found["published_at"] == (START - DAY).isoformat()
    assert done.json["seq"] == 2
    assert done.err == ""


def test_filters_reach_the_service(filled: Running, remote: Command) -> None:
    def titles(*options: str) -> list[str]:
        found = remote("search", "gold", "--json", *options).json["results"]
        return [each["title"] for each in found]

    assert titles("--max-age", "2d") == ["news"]
    assert titles("--as-of", "2026-02-01T00:00:00Z") == ["old"]
    assert titles("--known-at", "2026-02-01T00:00:00+01:00") == []
    assert set(titles("--source", "push")) == {"news", "old"}


@pytest.mark.parametrize("verb", ["search", "ask"])
def test_what_was_read_out_of_the_question_is_said(
    filled: Running, remote: Command, verb: str
) -> None:
    question = "gold articles from yesterday on CVE-2024-3094"

    said = remote(verb, question).err
    without = remote(verb, question, "--no-interpret").err

    assert "as written: CVE-2024-3094" in said
    assert "filter: from yesterday: says when it was published" in said
    assert "from yesterday" not in without
    assert "as written" not in without


def test_the_interpretation_is_in_the_json_and_in_the_zone_given(
    filled: Running, remote: Command
) -> None:
    question = "gold articles from yesterday"

    read = remote("search", question, "--timezone", "Asia/Tokyo", "--json").json["interpretation"]
    off = remote("search", question, "--no-interpret", "--json").json["interpretation"]

    (time,) = read["times"]
    assert time["after"].startswith("2026-02-27T15:00:00")
    assert off is None


def test_nothing_found_is_said(remote: Command) -> None:
    done = remote("search", "gold")

    assert (done.code, done.out) == (0, "nothing found\n")


def test_ask_prints_the_prompt_and_nothing_else_on_stdout(filled: Running, remote: Command) -> None:
    done = remote("ask", "What does gold cost?")

    assert done.code == 0
    assert done.out.rstrip().endswith("What does gold cost?")
    assert "> Gold was found in a river" in done.out
    assert "receipt rcpt_" in done.err


def test_ask_as_json_has_messages_and_receipt(filled: Running, remote: Command) -> None:
    done = remote("ask", "gold?", "--token-budget", "300", "--json")

    assert [each["role"] for each in done.json["messages"]] == ["system", "user"]
    assert done.json["token_count"] <= 300
    assert filled.client.receipt(done.json["receipt_id"])
    assert done.err == ""


def test_ask_prints_the_prompt_in_the_dialect_that_is_named(
    filled: Running, remote: Command
) -> None:
    shown = remote("ask", "What does gold cost?", "--dialect", "anthropic")
    made = remote("ask", "gold?", "--dialect", "anthropic", "--json").json
    unknown = remote("ask", "gold?", "--dialect", "klingon")

    assert "search results" in shown.out
    assert "> Gold was found in a river" in shown.out
    assert (made["dialect"], made["documents"]) == ("anthropic", [])
    assert made["system"][0]["cache_control"] == {"type": "ephemeral"}
    assert unknown.code == 2


def test_ask_says_whose_tokens_were_counted(filled: Running, remote: Command) -> None:
    done = remote("ask", "gold?", "--tokenizer", "embedder")

    assert done.err.rstrip().endswith("tokens of context by embedder")


def test_ask_with_a_tokenizer_that_is_not_there_says_how_to_fetch_it(
    filled: Running, remote: Command
) -> None:
    done = remote("ask", "gold?", "--tokenizer", "no/such")

    assert (done.code, done.out) == (5, "")
    assert "hf download no/such tokenizer.json" in done.err


@pytest.mark.parametrize("name", ["search", "ask"])
def test_evidence_that_may_not_be_enough_is_told_in_one_line(
    filled: Running, remote: Command, name: str
) -> None:
    done = remote(name, "Why do whales sing in winter?")
    said = filled.client.search("Why do whales sing in winter?", max_results=5).sufficiency

    assert said is not None
    assert not said.is_enough
    line = f"the evidence may not answer this ({said.probability:.2f})"
    assert line in (done.out if name == "search" else done.err).splitlines()
    assert name == "search" or line not in done.out


def test_what_became_of_every_candidate_is_listed(filled: Running, remote: Command) -> None:
    found = remote("search", "gold", "--explain", "-n", "1")
    made = remote("ask", "gold?", "--explain")

    assert "2 candidates" in found.out
    assert "not among the best 1" in " ".join(found.out.split())
    assert "2 candidates" in made.err
    assert "candidates" not in made.out


def test_how_results_are_chosen_reaches_the_service(filled: Running, remote: Command) -> None:
    one = remote("search", "gold", "--max-per-source", "1", "--json").json["results"]
    refused = remote("search", "gold", "--diversity", "2")
    made = remote("ask", "gold?", "--diversity", "0.5", "--json").json

    receipt: Any = filled.client.receipt(made["receipt_id"])
    assert len(one) == 1
    assert "diversity" in refused.sentence
    assert receipt["options"]["diversity"] == 0.5


def test_failing_source_is_warned_of_on_stderr(running: Running, remote: Command) -> None:
    running.client.add_source("dead", "feed", options={"url": "http://127.0.0.1:9/"})
    running.client.sync("dead")

    done = remote("search", "gold")

    assert "warning: source dead" in done.err
    assert "dead" not in done.out


@pytest.fixture
def replaced(running: Running, clock: FakeClock) -> Running:
    running.push(document("price", "Gold costs 1"))
    clock.advance(HOUR)
    running.push(document("price", "Gold costs 2"))
    running.service.parts.views.catch_up()
    return running


def test_history_is_shown_when_asked_for_and_marked(replaced: Running, remote: Command) -> None:
    without, found = remote("search", "gold"), remote("search", "gold", "--include-history")

    assert "Gold costs 1" not in without.out
    assert "Gold costs 1" in found.out
    assert "superseded" in found.out
    states = remote("search", "gold", "--include-history", "--json").json["results"]
    assert {each["state"] for each in states} == {"current", "superseded"}


def test_prompt_has_history_when_asked_for(replaced: Running, remote: Command) -> None:
    without, asked = remote("ask", "gold?"), remote("ask", "gold?", "--include-history")

    assert "history:" not in without.out
    assert "history: superseded 2026-03-01T13:00Z" in asked.out


@pytest.mark.parametrize("name", ["search", "ask"])
def test_stale_source_is_refused_with_5_and_its_reason(
    replaced: Running, clock: FakeClock, remote: Command, name: str
) -> None:
    replaced.client.update_source("push", error_after="1h")
    answered = remote(name, "gold", "--require-fresh")
    clock.advance(HOUR)

    refused = remote(name, "gold", "--require-fresh")

    assert answered.code == 0
    assert refused.code == 5
    assert refused.sentence == (
        "grounding: 412: source push was last read 1 hour ago; it promised every 1 hour"
    )


@pytest.mark.parametrize("name", ["search", "ask"])
def test_stale_source_is_read_first_when_asked_for(
    running: Running, clock: FakeClock, remote: Command, name: str
) -> None:
    with WebServer() as web:
        old, new = ([{"id": "a", "text": f"Gold costs {n}"}] for n in (1, 2))
        options: dict[str, Any] = {
            "url": web.route("/", json_of(old), json_of(new)),
            "documents": {"key": "id", "text": "text"},
        }
        running.client.add_source("wire", "json", options=options, error_after="1h")
        running.client.sync("wire")
        running.service.parts.views.catch_up()
        clock.advance(HOUR)

        done = remote(name, "gold", "--require-fresh", "--refresh-within", "30s")

    assert (done.code, "Gold costs 2" in done.out) == (0, True)


def test_refresh_without_require_fresh_is_refused_by_name(remote: Command) -> None:
    done = remote("search", "gold", "--refresh-within", "30s")

    assert done.code == 5
    assert "refresh_within: goes with require_fresh" in done.sentence
