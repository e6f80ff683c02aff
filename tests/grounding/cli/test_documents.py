import io
from typing import Any

import pytest

from indexer.decide import document_uid
from tests.fakes import START, FakeClock
from tests.grounding.cli.command import Command
from tests.grounding.serving import DAY, HOUR, Running, document

PLAN = document_uid("push", "plan")
THEN = ("--known-at", "2026-03-01T12:00:00Z")


@pytest.fixture
def told(running: Running, clock: FakeClock) -> Running:
    """A service that was told of a plan, and told otherwise an hour later."""
    first = "The bridge [b]opens[/b] in May.\x1b[31m"
    running.push(document("plan", first, title="Plan [/x]", published_at=START - DAY))
    clock.advance(HOUR)
    second = "The bridge [b]opens[/b] in June."
    running.push(document("plan", second, title="Plan [/x]", published_at=START - DAY))
    running.push(document("note", "A note"), source="desk")
    running.service.parts.views.catch_up()
    return running


class TestList:
    def test_table_shows_what_is_current_with_its_times(
        self, told: Running, remote: Command
    ) -> None:
        done = remote("documents", "list")

        assert (done.code, done.err) == (0, "")
        for words in ("Plan [/x]", PLAN, "desk", "unknown", "2026-02-28T12:00:00+00:00"):
            assert words in done.out
        assert "2026-03-01T13:00:00+00:00" in done.out

    def test_json_is_what_the_service_answers(self, told: Running, remote: Command) -> None:
        done = remote("documents", "list", "--source", "push", "--json")

        assert [(each["document_id"], each["version"]) for each in done.json] == [(PLAN, 2)]
        assert done.err == ""

    def test_options_reach_the_service(self, told: Running, remote: Command) -> None:
        def keys(*options: str) -> list[str]:
            listed = remote("documents", "list", "--json", *options).json
            return [f"{each['key']} {each['version']}" for each in listed]

        assert keys() == ["note 1", "plan 2"]
        assert keys(*THEN) == ["plan 1"]
        assert keys("--known-at", "2026-03-01T12:59:59+00:00") == ["plan 1"]
        assert keys("--as-of", "2026-02-28T12:00:00Z") == ["plan 2"]
        assert keys("--as-of", "2026-02-28T11:59:59Z") == []
        assert keys("-n", "1") == ["note 1"]


class TestShow:
    def test_text_is_shown_as_it_is_without_control_characters(
        self, told: Running, remote: Command
    ) -> None:
        now, then = remote("documents", "show", PLAN), remote("documents", "show", PLAN, *THEN)

        assert now.out == "Plan [/x]\ncurrent, version 2\n\nThe bridge [b]opens[/b] in June.\n"
        assert then.out == (
            "Plan [/x]\ncurrent, version 1\n\nThe bridge [b]opens[/b] in May.[31m\n"
        )

    def test_json_is_the_whole_document(self, told: Running, remote: Command) -> None:
        done = remote("documents", "show", PLAN, "--as-of", "2026-03-01T00:00:00Z", "--json")

        assert (done.json["version"], done.json["published_at"]) == (
            2,
            "2026-02-28T12:00:00+00:00",
        )

    @pytest.mark.parametrize("more", [(), ("--json",), ("--known-at", "2026-02-01T00:00:00Z")])
    def test_document_that_is_not_there_ends_with_5(
        self, remote: Command, more: tuple[str, ...]
    ) -> None:
        done = remote("documents", "show", PLAN, *more)

        assert done.code == 5
        assert PLAN in done.sentence


class TestVersions:
    def test_each_version_is_shown_with_what_it_changed(
        self, told: Running, remote: Command
    ) -> None:
        done = remote("documents", "versions", PLAN)

        lines = done.out.splitlines()
        assert lines[0] == "version 2 · current · received 2026-03-01T13:00:00+00:00"
        assert lines[-1] == "version 1 · superseded · received 2026-03-01T12:00:00+00:00"
        assert "+The bridge [b]opens[/b] in June." in lines
        assert "\x1b" not in done.out

    def test_changed_fields_are_named(self, told: Running, remote: Command) -> None:
        told.push(document("plan", "x", title="New [/x]", published_at=START - DAY))

        done = remote("documents", "versions", PLAN)

        assert "  title: Plan [/x] -> New [/x]" in done.out.splitlines()

    def test_json_has_versions_newest_first(self, told: Running, remote: Command) -> None:
        done = remote("documents", "versions", PLAN, "--json")

        assert [each["version"] for each in done.json] == [2, 1]
        assert done.json[1]["diff"] is None


class TestRemoving:
    def test_removed_document_is_gone_from_the_present(
        self, told: Running, remote: Command
    ) -> None:
        said, again = remote("documents", "remove", PLAN), remote("documents", "remove", PLAN)
        as_json = remote("documents", "remove", PLAN, "--json")

        assert said.out == f"document {PLAN} removed\n"
        assert again.out == f"document {PLAN} was removed before\n"
        assert as_json.json["was_current"] is False
        assert told.client.document(PLAN).state == "removed"

    @pytest.mark.parametrize("arguments", [("remove",), ("erase", "--yes"), ("lift-erasure",)])
    def test_unknown_document_ends_with_5(
        self, remote: Command, arguments: tuple[str, ...]
    ) -> None:
        done = remote("documents", *arguments, PLAN)

        assert done.code == 5
        assert PLAN in done.sentence


class TestErasing:
    def test_erased_document_is_gone_for_good(self, told: Running, remote: Command) -> None:
        told.client.augment("When does the bridge open?")

        done = remote("documents", "erase", PLAN, "--yes")

        assert (done.code, done.out) == (
            0,
            f"document {PLAN} erased: 2 versions, 2 passages, 1 receipts redacted\n",
        )
        assert "was erased" in remote("documents", "show", PLAN).sentence

    def test_json_is_the_record_of_it(self, told: Running, remote: Command) -> None:
        record: Any = remote("documents", "erase", PLAN, "--yes", "--json").json

        assert (record["versions"], record["source"]) == (2, "push")
        assert record["completed_at"] >= record["requested_at"]

    @pytest.mark.parametrize("answer", ["n\n", "\n", ""])
    def test_nothing_is_erased_unless_it_is_confirmed(
        self, told: Running, remote: Command, answer: str
    ) -> None:
        typed(remote, answer)

        done = remote("documents", "erase", PLAN)

        assert done.code != 0
        assert "Traceback" not in done.err
        assert told.client.document(PLAN).version == 2

    def test_yes_may_be_typed(self, told: Running, remote: Command) -> None:
        typed(remote, "y\n")

        assert remote("documents", "erase", PLAN).code == 0
        assert len(told.client.erasures()) == 1

    def test_lifting_lets_it_be_stored_again(self, told: Running, remote: Command) -> None:
        remote("documents", "erase", PLAN, "--yes")
        lifted = remote("documents", "lift-erasure", PLAN)
        told.push(document("plan", "Again"))
        remote("documents", "erase", PLAN, "--yes")
        as_json = remote("documents", "lift-erasure", PLAN, "--json")

        assert lifted.out == f"document {PLAN} may be stored again\n"
        assert as_json.json == {"lifted": PLAN}


def typed(command: Command, answer: str) -> None:
    """Let the command find this on its standard input."""
    command.monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(answer.encode())))


@pytest.mark.parametrize(
    "arguments",
    [
        ("list", "--as-of", "yesterday"),
        ("list", "--known-at", "2026-03-01T12:00:00"),
        ("show", PLAN, "--as-of", "2026-02-30T00:00:00Z"),
        ("show",),
        ("erase",),
    ],
)
def test_wrong_usage_ends_with_2(command: Command, arguments: tuple[str, ...]) -> None:
    done = command("--url", "http://127.0.0.1:9", "documents", *arguments)

    assert done.code == 2
    assert "Traceback" not in done.err


def test_future_is_refused_by_the_service(remote: Command) -> None:
    done = remote("documents", "list", "--as-of", "2026-03-02T00:00:00Z")

    assert done.code == 5
    assert "in the future" in done.sentence
