import pytest

from tests.fakes import START
from tests.grounding.cli.command import Command
from tests.grounding.serving import DAY, Running, document


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


def test_failing_source_is_warned_of_on_stderr(running: Running, remote: Command) -> None:
    running.client.add_source("dead", "feed", options={"url": "http://127.0.0.1:9/"})
    running.client.sync("dead")

    done = remote("search", "gold")

    assert "warning: source dead" in done.err
    assert "dead" not in done.out
