from pathlib import Path

import pytest

from tests.fakes import FakeClock
from tests.grounding.cli.command import Command
from tests.grounding.serving import HOUR, Running, document
from tests.web import Answer, WebServer, json_of

MAPPING = '{"key": "id", "text": "text"}'


def test_source_is_added_listed_read_and_removed(remote: Command) -> None:
    with WebServer() as web:
        url = web.route("/", json_of([{"id": "a", "text": "Gold"}, {"id": "b"}]))
        options = ("-o", f"url={url}", "-o", f"documents={MAPPING}")
        added = remote(
            "sources", "add", "items", "json", *options, "--schedule", "every 1h",
            "--warn-after", "2h", "--error-after", "P1D", "--collection", "press", "--json",
        )  # fmt: skip
        read = remote("sources", "sync", "items", "--json")
    listed = remote("sources", "list", "--json")
    removed = remote("sources", "remove", "items", "--json")

    assert [each.code for each in (added, read, listed, removed)] == [0] * 4
    assert [each.err for each in (added, read, listed, removed)] == [""] * 4
    assert added.json["schedule"] == "every 1h"
    assert added.json["freshness"]["error_after_seconds"] == 86_400
    assert (read.json["status"], read.json["new"], read.json["failed_items"]) == ("ok", 1, 1)
    assert [each["documents"] for each in listed.json] == [1]
    assert removed.json == {"removed": "items"}
    assert remote("sources", "list", "--json").json == []


def test_list_is_a_table_for_people(running: Running, remote: Command) -> None:
    running.push(document("a", "Gold"))

    done = remote("sources", "list")

    assert done.code == 0
    for word in ("name", "freshness", "push", "unknown"):
        assert word in done.out


def test_failed_read_ends_with_6_and_its_reason(running: Running, remote: Command) -> None:
    with WebServer() as web:
        url = web.route("/", Answer(body=b"no feed"))
        running.client.add_source("news", "feed", options={"url": url})

        shown, as_json = (
            remote("sources", "sync", "news"),
            remote("sources", "sync", "news", "--json"),
        )

    assert (shown.code, as_json.code) == (6, 6)
    assert "failed" in shown.out
    assert as_json.json["status"] == "failed"


def test_list_tells_all_of_why_a_read_failed(running: Running, remote: Command) -> None:
    url = "http://127.0.0.1:9/a/path/of/more/than/sixty/characters/that/nobody/listens/at"
    running.client.add_source("news", "feed", options={"url": url})
    running.client.sync("news")

    done = remote("sources", "list")

    last_column = "".join(done.out.replace("│", " ").split())  # however narrow the terminal is
    assert f"{url}:[Errno111]Connectionrefused" in last_column
    assert "sourcenews" not in last_column


@pytest.mark.parametrize("arguments", [("sync", "x"), ("remove", "x")])
def test_unknown_source_ends_with_5(remote: Command, arguments: tuple[str, ...]) -> None:
    done = remote("sources", *arguments)

    assert done.code == 5
    assert "no source is named x" in done.sentence


def test_source_of_the_settings_is_tried_without_storing_anything(command: Command) -> None:
    Path("docs").mkdir()
    Path("docs/a.md").write_text("# Gold\n\nGold is a metal.")
    Path("grounding.toml").write_text(
        '[[sources]]\nname = "docs"\nkind = "files"\npath = "docs"\n'
        '[[sources]]\nname = "gone"\nkind = "files"\npath = "nowhere"\n'
    )

    fine, gone = command("sources", "test", "docs", "--json"), command("sources", "test", "gone")
    said, unknown = command("sources", "test", "docs"), command("sources", "test", "nobody")

    assert (fine.code, fine.json["documents"]) == (0, 1)
    assert [each["title"] for each in fine.json["examples"]] == ["Gold"]
    assert "1 documents" in said.out
    assert "updated: 20" in said.out
    assert gone.code == 6
    assert "nowhere" in gone.out
    assert unknown.code == 5
    assert not Path("data").exists()


def test_kind_is_tried_with_options_before_there_is_a_source(command: Command) -> None:
    Path("grounding.toml").write_text("[fetch]\nallow_private_addresses = true\n")
    with WebServer() as web:
        url = web.route("/", json_of([{"id": "a", "text": "Gold rose"}]))
        shown = command("sources", "test", "json", "--url", url, "-o", f"documents={MAPPING}")
        broken = command("sources", "test", "json", "--url", url)
        unmapped = command("sources", "test", "feed", "--url", web.url("/nowhere"))

    assert shown.code == 0
    assert "Gold rose" in shown.out
    assert broken.code == 3
    assert "documents" in broken.sentence
    assert (unmapped.code, "404" in unmapped.out) == (6, True)
    assert not Path("data").exists()


def test_dead_letters_are_listed_retried_and_dismissed(remote: Command) -> None:
    with WebServer() as web:
        url = web.route("/", json_of([{"id": "a", "text": "Gold"}, {"id": "b"}, {"id": "c"}]))
        remote("sources", "add", "items", "json", "-o", f"url={url}", "-o", f"documents={MAPPING}")
        remote("sources", "sync", "items")
        listed = remote("dead-letters", "list", "--json")
        shown = remote("dead-letters", "list", "--source", "items", "-n", "1")
        web.route(
            "/", json_of([{"id": "a", "text": "Gold"}, {"id": "b", "text": "B"}, {"id": "c"}])
        )
        retried = remote("dead-letters", "retry", "items", "--json")
        dismissed = remote("dead-letters", "dismiss", "items", "c", "--json")
        none = remote("dead-letters", "dismiss", "items")

    assert [(each["key"], each["times"]) for each in listed.json] == [("b", 1), ("c", 1)]
    assert "no text" in shown.out
    assert (retried.code, retried.json["left"], retried.json["run"]["new"]) == (6, 1, 1)
    assert dismissed.json == {"dismissed": 1}
    assert "0 dismissed" in none.out


def stand(running: Running, clock: FakeClock) -> None:
    """Make four sources that stand differently: error, warn, unknown and pass."""
    queue = running.service.parts.queue
    for name in ("a-pass", "b-warn", "c-error", "d-none"):
        running.push(document("x", name), source=name)
    running.client.update_source("c-error", warn_after="1h", error_after="1h")
    running.client.update_source("b-warn", warn_after="1h", error_after="1d")
    running.client.update_source("a-pass", error_after="1d")
    clock.advance(HOUR)
    queue.plan("c-error", clock() + HOUR)


def test_glance_shows_promises_the_worst_kept_first(
    running: Running, clock: FakeClock, remote: Command
) -> None:
    stand(running, clock)

    done = remote("sources")

    rows = [line for line in done.out.splitlines() if "-" in line and "│" in line]
    cells = [[cell.strip() for cell in row.strip("│").split("│")] for row in rows]
    assert (done.code, done.err) == (0, "")
    assert [row[:5] for row in cells] == [
        ["error", "c-error", "1h", "warn 1h, error 1h", "2026-03-01 14:00:00Z"],
        ["warn", "b-warn", "1h", "warn 1h, error 1d", ""],
        ["unknown", "d-none", "1h", "none", ""],
        ["pass", "a-pass", "1h", "error 1d", ""],
    ]


def test_glance_tells_of_failures_and_of_what_was_never_read(
    running: Running, remote: Command
) -> None:
    running.client.add_source("dead", "feed", options={"url": "http://127.0.0.1:9/"})
    before = remote("sources")
    running.client.sync("dead")

    after = remote("sources")

    assert "never" in before.out
    assert "127.0.0.1:9" not in before.out
    assert "http://127.0.0.1:9/" in "".join(after.out.split())


def test_glance_as_json_is_worst_first_and_a_command_is_not_preceded_by_it(
    running: Running, clock: FakeClock, remote: Command
) -> None:
    stand(running, clock)

    glance, listed = remote("sources", "--json"), remote("sources", "list", "--json")

    assert [each["name"] for each in glance.json] == ["c-error", "b-warn", "d-none", "a-pass"]
    assert [each["name"] for each in listed.json] == ["a-pass", "b-warn", "c-error", "d-none"]


def test_glance_at_nothing_is_empty(remote: Command) -> None:
    assert remote("sources", "--json").json == []
    assert remote("sources").code == 0


def test_source_may_be_given_a_half_life_and_the_list_shows_it(
    running: Running, remote: Command
) -> None:
    added = remote("sources", "add", "wire", "push", "--half-life", "2d", "--json")
    timeless = remote("sources", "add", "handbook", "push", "--half-life", "timeless", "--json")
    refused = remote("sources", "add", "bad", "push", "--half-life", "soon")
    listed = remote("sources", "list")

    assert (added.json["half_life_seconds"], timeless.json["half_life_seconds"]) == (172_800, None)
    assert refused.code == 5
    assert "half_life" in refused.sentence
    rows = [line.split("│") for line in listed.out.splitlines() if "push" in line]
    assert [[cells[1].strip(), cells[6].strip()] for cells in rows] == [
        ["handbook", "timeless"],
        ["wire", "2d"],
    ]


def test_source_may_be_pushed_to_and_be_given_a_ttl(running: Running, remote: Command) -> None:
    done = remote("sources", "add", "alerts", "push", "--ttl", "15m", "--json")
    refused = remote("sources", "add", "bad", "push", "--ttl", "0s")

    assert done.json["ttl_seconds"] == 900
    assert refused.code == 5
    assert "ttl" in refused.sentence
    assert running.client.source("alerts").ttl_seconds == 900
