from pathlib import Path

import pytest

from grounding.settings import load
from tests.grounding.cli.command import Command
from tests.grounding.serving import Running

LIST = """<opml version="2.0"><body>
<outline text="World News">
  <outline text="The Daily" xmlUrl="https://daily.example/rss"/>
  <outline text="The Daily!" xmlUrl="https://other.example/rss"/>
</outline>
<outline text="日本" xmlUrl="https://www.japan.example/feed"/>
<outline text="Broken" xmlUrl="ftp://old.example/rss"/>
</body></opml>"""
ADDED = [
    {"name": "the-daily", "url": "https://daily.example/rss", "collection": "world-news"},
    {"name": "the-daily-2", "url": "https://other.example/rss", "collection": "world-news"},
    {"name": "japan-example", "url": "https://www.japan.example/feed", "collection": "default"},
]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "feeds.opml"
    path.write_text(LIST, encoding="utf-8")
    return path


def test_feeds_are_added_in_collections_named_like_their_folders(
    running: Running, remote: Command, file: Path
) -> None:
    done = remote("sources", "import", file, "--schedule", "every 30m", "--json")

    assert done.json["added"] == ADDED
    assert [(each["url"], each["reason"][:8]) for each in done.json["refused"]] == [
        ("ftp://old.example/rss", "option '")
    ]
    assert done.code == 6
    sources = {each.name: each for each in running.client.sources()}
    assert sources["the-daily"].schedule == "every 30m"
    assert sources["the-daily"].collection == "world-news"
    assert dict(sources["the-daily-2"].options) == {"url": "https://other.example/rss"}


def test_feeds_that_are_read_already_are_skipped_and_named(
    running: Running, remote: Command, file: Path
) -> None:
    running.client.add_source("mine", "feed", options={"url": "http://www.daily.example/rss/"})
    running.client.add_source("japan-example", "push")

    first = remote("sources", "import", file, "--json")
    second = remote("sources", "import", file, "--json")

    assert first.json["known"] == [
        {"url": "https://daily.example/rss", "source": "mine", "reason": None}
    ]
    assert [each["name"] for each in first.json["added"]] == ["the-daily", "japan-example-2"]
    assert (len(second.json["known"]), second.json["added"]) == (3, [])


def test_collection_may_be_chosen_for_all(running: Running, remote: Command, file: Path) -> None:
    remote("sources", "import", file, "--collection", "press")

    assert {each.collection for each in running.client.sources()} == {"press"}


def test_dry_run_adds_nothing(running: Running, remote: Command, file: Path) -> None:
    done = remote("sources", "import", file, "--dry-run", "--json")
    said = remote("sources", "import", file, "--dry-run")

    assert done.json["added"] == ADDED
    assert "3 feeds would be added, 0 known already, 1 refused" in said.out
    assert running.client.sources() == ()


def test_feeds_are_written_into_a_settings_file(command: Command, file: Path) -> None:
    path = Path("grounding.toml")
    path.write_text('[server]\nport = 9000 # ours\n\n[[sources]]\nname = "push"\nkind = "feed"\n'
                    'url = "https://daily.example/rss"\n')  # fmt: skip
    path.chmod(0o600)

    done = command("sources", "import", file, "--write", path, "--json")
    again = command("sources", "import", file, "--write", path, "--json")

    assert [each["name"] for each in done.json["added"]] == ["the-daily", "japan-example"]
    assert again.json["added"] == []
    assert "port = 9000 # ours" in path.read_text()
    assert path.stat().st_mode & 0o777 == 0o600
    assert [(each.name, each.schedule, each.collection) for each in load(path).sources][1:] == [
        ("the-daily", "every 1h", "world-news"),
        ("japan-example", "every 1h", "default"),
    ]
    assert sorted(each.name for each in Path().iterdir()) == ["grounding.toml"]


def test_settings_file_is_made_where_there_is_none(command: Command, file: Path) -> None:
    command("sources", "import", file, "--write", "new.toml")

    assert len(load(Path("new.toml")).sources) == 3


def test_dry_run_writes_no_settings_file(command: Command, file: Path) -> None:
    command("sources", "import", file, "--write", "new.toml", "--dry-run")

    assert not Path("new.toml").exists()


def test_what_is_exported_can_be_imported_again(
    running: Running, remote: Command, file: Path, tmp_path: Path
) -> None:
    remote("sources", "import", file)
    before = {each.name: (dict(each.options), each.collection) for each in running.client.sources()}
    out = tmp_path / "out.opml"

    exported = remote("sources", "export", out, "--json")
    for name in before:
        remote("sources", "remove", name)
    remote("sources", "import", out)

    assert exported.json == {"written": 3, "left_out": []}
    assert {
        each.name: (dict(each.options), each.collection) for each in running.client.sources()
    } == before


def test_only_feeds_are_exported(running: Running, remote: Command, tmp_path: Path) -> None:
    running.client.add_source("alerts", "push")

    done = remote("sources", "export", tmp_path / "out.opml")

    assert "0 feeds written" in done.out


@pytest.mark.parametrize(
    ("content", "arguments", "complaint"),
    [
        ("no list", (), "no OPML"),
        (None, (), "No such file"),
        (LIST, ("--schedule", "hourly"), "--schedule"),
    ],
)
def test_wrong_use_is_named(
    remote: Command, tmp_path: Path, content: str | None, arguments: tuple[str, ...], complaint: str
) -> None:
    path = tmp_path / "list.opml"
    if content is not None:
        path.write_text(content, encoding="utf-8")

    done = remote("sources", "import", path, *arguments)

    assert done.code == 2
    assert complaint in done.err
