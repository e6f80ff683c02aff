from pathlib import Path

import pytest

from tests.grounding.cli.command import Command
from tests.grounding.serving import Plan, Running, callers, serving

FREE = "http://127.0.0.1:9"


def test_version_is_told(command: Command) -> None:
    assert command("--version").out.startswith("grounding 0.")


def test_no_arguments_show_the_commands(command: Command) -> None:
    done = command()

    assert "doctor" in done.out + done.err


@pytest.mark.parametrize(
    "arguments",
    [
        ("nonsense",),
        ("search",),
        ("search", "oil", "--nonsense"),
        ("--url", "127.0.0.1:8080", "search", "oil"),
        ("--url", "http://", "search", "oil"),
        ("--url", "http://[::1", "search", "oil"),
        ("--url", "http://127.0.0.1:99999", "search", "oil"),
        ("up", "--port", "65536"),
        ("--url", FREE, "search", "oil", "--as-of", "yesterday"),
        ("--url", FREE, "search", "oil", "--as-of", "2026-01-01T00:00:00"),
        ("--url", FREE, "ask", "oil", "--known-at", "2026-01-01"),
        ("--url", FREE, "sources", "add", "news", "feed", "--option", "url"),
    ],
)
def test_wrong_usage_ends_with_2(command: Command, arguments: tuple[str, ...]) -> None:
    done = command(*arguments)

    assert done.code == 2
    assert "Traceback" not in done.err


@pytest.mark.parametrize(
    "arguments",
    [("search", "oil"), ("sources", "list"), ("doctor",), ("db", "upgrade"), ("up",), ("work",)],
)
def test_wrong_settings_end_with_3_and_one_sentence(
    command: Command, arguments: tuple[str, ...]
) -> None:
    Path("grounding.toml").write_text("[server]\nprot = 80\n")

    done = command(*arguments)

    assert done.code == 3
    assert done.sentence == "grounding: grounding.toml:2: server.prot: no such setting"


def test_missing_settings_file_ends_with_3(command: Command) -> None:
    done = command("--config", "nowhere.toml", "sources", "list")

    assert done.code == 3
    assert "grounding init" in done.sentence


def test_key_that_is_not_there_ends_with_3_and_is_named(command: Command) -> None:
    Path("grounding.toml").write_text('[server]\napi_key = "env:NO_SUCH_KEY"\n')

    done = command("sources", "list")

    assert done.code == 3
    assert "NO_SUCH_KEY" in done.sentence


@pytest.mark.parametrize(
    "url", ["nonsense", "sqlite://", "postgresql+psycopg://u:hunter2@127.0.0.1:9/x"]
)
def test_unusable_database_ends_with_4(command: Command, url: str) -> None:
    Path("grounding.toml").write_text(f'[database]\nurl = "{url}"\n')

    done = command("db", "upgrade")

    assert done.code == 4
    assert "hunter2" not in done.sentence


@pytest.mark.parametrize(
    "arguments", [("search", "oil"), ("ask", "oil"), ("sources", "list"), ("sources", "sync", "x")]
)
def test_unreachable_service_ends_with_5(command: Command, arguments: tuple[str, ...]) -> None:
    done = command("--url", FREE, *arguments)

    assert done.code == 5
    assert FREE in done.sentence


def test_refusal_of_the_service_ends_with_5_and_its_reason(
    running: Running, remote: Command
) -> None:
    done = remote("search", "oil", "--source", "nobody")

    assert done.code == 5
    assert done.sentence.count("nobody") == 1


def test_key_for_a_service_elsewhere_comes_from_a_variable(
    command: Command, tmp_path: Path
) -> None:
    with serving(Plan(tmp_path, api_key="right")) as one, callers(one.url):
        refused = command("--url", one.url, "sources", "list")
        command.monkeypatch.setenv("GROUNDING_API_KEY", "right")
        command.monkeypatch.setenv("GROUNDING_URL", one.url)
        listed = command("sources", "list", "--json")

    assert refused.code == 5
    assert (listed.code, listed.json) == (0, [])
