from pathlib import Path

from grounding.settings import FetchSettings, SourceSettings
from grounding.trial import trial
from tests.web import Answer, WebServer, json_of

HERE = FetchSettings(allow_private_addresses=True)


def source(**options: object) -> SourceSettings:
    return SourceSettings.model_validate({"name": "tried", **options})


def test_trial_counts_and_shows_what_it_read(tmp_path: Path) -> None:
    for name in "abcde":
        (tmp_path / f"{name}.md").write_text(f"# Title {name}\n\ntext")

    found = trial(source(kind="files", path=str(tmp_path)), HERE)

    assert (found.source, found.documents, found.observations, found.error) == ("tried", 5, 0, None)
    assert found.examples == ("Title a", "Title b", "Title c")


def test_unreadable_items_are_listed(tmp_path: Path) -> None:
    with WebServer() as web:
        url = web.route("/", json_of([{"id": "a", "text": "Gold"}, {"id": "b"}]))

        found = trial(source(kind="json", url=url, documents={"key": "id", "text": "text"}), HERE)

    assert found.documents == 1
    assert [failure.startswith("b: ") for failure in found.failures] == [True]


def test_source_that_cannot_be_read_says_why() -> None:
    with WebServer() as web:
        missing = trial(source(kind="feed", url=web.url("/nowhere")), HERE)
        private = trial(source(kind="feed", url=web.url("/")), FetchSettings())
        broken = trial(source(kind="feed", url=web.route("/x", Answer(body=b"{}"))), HERE)

    assert "404" in (missing.error or "")
    assert "private" in (private.error or "")
    assert broken.error
