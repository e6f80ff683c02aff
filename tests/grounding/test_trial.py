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
    assert [each.title for each in found.examples] == ["Title a", "Title b", "Title c"]
    assert found.examples[0].key == "a.md"
    assert found.examples[0].updated_at is not None
    assert (found.semantics, found.is_whole) == ("snapshot", True)


def test_trial_shows_the_newest_values_of_a_series(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("on,oil\n2026-03-01,80.10\n2026-03-02,81.00\n")
    values = [{"column": "oil", "key": "oil", "title": "Oil price", "currency": "USD"}]

    found = trial(source(kind="csv", path=str(tmp_path / "a.csv"), time="on", values=values), HERE)

    assert found.observations == 2
    (value,) = found.values
    assert (value.title, value.value, value.unit) == ("Oil price", "81.00", "USD")
    assert f"{value.valid_from:%Y-%m-%d}" == "2026-03-02"


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
    assert missing.remedy == "fix"
    assert "private" in (private.error or "")
    assert broken.error
