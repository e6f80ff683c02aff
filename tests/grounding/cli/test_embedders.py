"""`grounding embedder`, with the shipped embedder and a tiny real one, under a running service."""

import time
from pathlib import Path

import httpx
import pytest
from sqlalchemy import create_engine, text

from grounding import Client
from tests.grounding.cli.command import Command
from tests.grounding.cli.test_run import SETTINGS, up
from tests.tiny_embedder import make_short_embedder, make_tiny_embedder

MINILM = "all-MiniLM-L6-v2/torch-fp32/53aa5117"
SECONDS = 60


@pytest.fixture
def here(command: Command) -> Path:
    """The folder that the command line runs in, with settings, texts and a tiny embedder."""
    folder = Path.cwd()
    (folder / "grounding.toml").write_text(SETTINGS)
    (folder / "docs").mkdir()
    (folder / "docs" / "gold.md").write_text("# Gold\n\nGold is a precious metal.")
    (folder / "docs" / "cat.md").write_text("# Cat\n\nThe cat sleeps in the sun.")
    make_tiny_embedder(folder / "tiny")
    return folder


def answering(url: str, embedder: str) -> None:
    """Wait until the service answers with that embedder; it looks a few times a second."""
    deadline = time.monotonic() + SECONDS
    while embedder_of(url) != embedder:
        assert time.monotonic() < deadline


def embedder_of(url: str) -> str:
    return str(standing_of(url)["embedder"])


def standing_of(url: str) -> dict[str, object]:
    found: dict[str, object] = httpx.get(f"{url}/readyz", trust_env=False, timeout=30).json()
    return found


def indexed(url: str, chunks: int) -> None:
    deadline = time.monotonic() + SECONDS
    while standing_of(url)["index_rows"] != chunks:
        assert time.monotonic() < deadline


def first(client: Client, question: str) -> tuple[str, float]:
    found = client.search(question).results[0]
    return found.id, round(found.score, 5)


def test_a_running_service_is_switched_to_another_embedder_and_back(
    here: Path, command: Command
) -> None:
    with up(here) as process, Client(process.url, timeout_seconds=SECONDS) as client:
        client.sync("docs", wait_seconds=SECONDS)
        indexed(process.url, 2)
        before = first(client, "a pet resting")
        added = command("embedder", "add", "tiny", "--json")
        during = (embedder_of(process.url), first(client, "a pet resting"))
        switched = command("embedder", "switch", "tiny", "--json")
        tiny = switched.json["identity"]
        answering(process.url, tiny)
        after = first(client, "the cat in the sun")
        seq = client.push_documents(
            [{"key": "moon", "title": "Moon", "text": "The moon pulls the tide."}]
        ).seq
        late = client.search("tide and moon", min_seq=seq).results[0].title
        listed = command("embedder", "list", "--json").json
        doctor = command("doctor", "--no-sources", "--json").json["checks"]
        command("embedder", "rollback")
        answering(process.url, MINILM)
        back = first(client, "a pet resting")
        found = {each.title for each in client.search("the sky at night").results}
        removed = command("embedder", "remove", "tiny", "--json")

    assert added.json == {"name": "tiny", "identity": tiny, "embedded": 2}
    assert during == (MINILM, before)
    assert after[0] == before[0]
    assert late == "Moon"
    assert [(each["name"], each["is_active"], each["chunks"]) for each in listed["embedders"]] == [
        (str(here / "tiny"), True, 3),
        ("minilm", False, 2),
    ]
    assert [each["verdict"] for each in doctor if each["name"] == "embedder"] == ["warning"]
    assert "Moon" in found
    assert back[0] == before[0]
    assert (removed.json["removed"], removed.code) == (3, 0)


def test_a_switch_to_what_was_not_added_is_refused_with_what_to_do(
    here: Path, command: Command
) -> None:
    done = command("embedder", "switch", "tiny")

    assert done.code == 4
    assert "grounding embedder add" in done.sentence


def test_without_a_switch_there_is_no_way_back(here: Path, command: Command) -> None:
    done = command("embedder", "rollback")

    assert (done.code, done.sentence) == (4, "grounding: there is no embedder to go back to")


def test_a_database_that_fails_ends_with_what_to_do(here: Path, command: Command) -> None:
    command("db", "upgrade")
    engine = create_engine("sqlite:///data/grounding.db")
    with engine.begin() as connection:
        connection.execute(text("DROP TABLE embedding"))
    engine.dispose()

    done = command("embedder", "list")

    assert done.code == 4
    assert done.sentence.endswith("no such table: embedding; run the command again to go on")


def test_an_embedder_that_is_not_here_is_named(here: Path, command: Command) -> None:
    done = command("embedder", "add", "no/such-embedder")

    assert done.code == 4
    assert "hf download no/such-embedder" in done.sentence


def test_a_table_shows_which_embedder_is_active(here: Path, command: Command) -> None:
    with up(here) as process, Client(process.url, timeout_seconds=SECONDS) as client:
        client.sync("docs", wait_seconds=SECONDS)
    said = command("embedder", "add", "tiny")

    listed = command("embedder", "list")

    assert "2 chunks embedded; make it active with `grounding embedder switch tiny`" in said.out
    rows = [line for line in listed.out.splitlines() if "torch-fp32" in line]
    assert [("minilm" in row, "active" in row, "2/2" in row) for row in rows] == [
        (True, True, True),
        (False, False, True),
    ]


def test_one_that_reads_less_than_the_longest_chunk_is_warned_of(
    here: Path, command: Command
) -> None:
    (here / "docs" / "long.md").write_text("word " * 300)
    make_short_embedder(here / "short", max_tokens=64)
    with up(here) as process, Client(process.url, timeout_seconds=SECONDS) as client:
        client.sync("docs", wait_seconds=SECONDS)

    said = command("embedder", "add", "short")

    assert said.code == 0
    assert "short reads 64 tokens, the longest chunk has" in said.err
