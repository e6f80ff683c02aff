from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from connectors.records import Batch, Document
from grounding.doctor import Check, Verdict, examine
from grounding.settings import RerankerSettings, Settings
from tests.fakes import FakeClock
from tests.grounding.query.encoders import tiny_cross_encoder
from tests.grounding.serving import Plan, serving, settings_of, started
from tests.upstream.scripted import answers, scripted
from tests.web import Answer, WebServer, json_of

NAMES = ["settings", "database", "embedder", "index", "gpu", "disk", "clock"]


def examined(settings: Settings, *, with_sources: bool = True) -> dict[str, Check]:
    return {check.name: check for check in examine(settings, with_sources=with_sources)}


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "a.md").write_text("Gold is a metal.")
    sources = [
        {"name": "docs", "kind": "files", "path": str(tmp_path / "docs")},
        {"name": "gone", "kind": "files", "path": str(tmp_path / "nowhere")},
    ]
    return settings_of(Plan(tmp_path, sources=sources))


def test_every_part_is_checked_and_a_broken_source_hides_none(settings: Settings) -> None:
    found = examined(settings)

    assert [*found] == [*NAMES, "source docs", "source gone"]
    assert [found[name].verdict for name in ("settings", "database", "embedder", "index")] == [
        Verdict.OK
    ] * 4
    assert found["source docs"].verdict is Verdict.OK
    assert "1 documents" in found["source docs"].detail
    assert found["source gone"].verdict is Verdict.BROKEN


def test_sources_are_left_alone_when_asked(settings: Settings) -> None:
    assert [*examined(settings, with_sources=False)] == NAMES


def test_upstreams_are_reached_and_their_keys_tried(tmp_path: Path) -> None:
    with scripted() as well, scripted() as locked:
        well.then(answers(200, b'{"data": []}'))
        locked.then(answers(401, b"no"))
        upstreams = [
            {"name": "well", "base_url": well.url, "api_key": "sk-1"},
            {"name": "locked", "base_url": locked.url, "api_key": "sk-2"},
            {"name": "gone", "base_url": "http://127.0.0.1:9/v1"},
            {"name": "keyless", "base_url": well.url, "api_key": "env:NO_SUCH_KEY"},
        ]
        found = examined(settings_of(Plan(tmp_path, upstreams=upstreams)))

    told = {name: found[f"upstream {name}"] for name in ("well", "locked", "gone", "keyless")}
    assert told["well"].verdict is Verdict.OK
    assert well.asked[0].headers["authorization"] == "Bearer sk-1"
    assert told["locked"].detail == "it refuses its key (401); see its api_key"
    assert "cannot be reached" in told["gone"].detail
    assert "NO_SUCH_KEY" in told["keyless"].detail


def test_broken_parts_are_told_and_the_rest_still_checked(tmp_path: Path) -> None:
    broken = Settings.model_validate(
        {
            "database": {"url": "postgresql+psycopg://user:hunter2@127.0.0.1:9/db"},
            "embedder": {"name": "/no/such/embedder"},
            "index": {"directory": tmp_path / "index", "device": "cpu"},
        }
    )

    found = examined(broken)

    assert [found[name].verdict for name in NAMES[:4]] == [
        Verdict.OK,
        Verdict.BROKEN,
        Verdict.BROKEN,
        Verdict.OK,
    ]
    assert "hunter2" not in str(found)


def test_index_directory_that_cannot_be_written_is_found(tmp_path: Path) -> None:
    (tmp_path / "index").write_text("in the way")

    found = examined(settings_of(Plan(tmp_path)))

    assert found["index"].verdict is Verdict.BROKEN
    assert str(tmp_path / "index") in found["index"].detail


def test_room_is_looked_for_where_the_database_is_too(tmp_path: Path) -> None:
    plan = Plan(tmp_path, database_url="sqlite:////proc/grounding/grounding.db")

    found = examined(settings_of(plan), with_sources=False)["disk"]

    assert (found.verdict, found.detail) == (Verdict.WARNING, "0.0 GB free at /proc")


def test_key_that_is_not_there_is_found(tmp_path: Path) -> None:
    found = examined(settings_of(Plan(tmp_path, server={"api_key": "env:NO_SUCH_KEY"})))

    assert found["settings"].verdict is Verdict.BROKEN
    assert "NO_SUCH_KEY" in found["settings"].detail


def test_vectors_of_another_embedder_are_found(tmp_path: Path) -> None:
    plan = Plan(tmp_path)
    with started(plan) as service:
        service.push("push", "default", Batch({}, (Document("a", "Gold"),)))

    found = examined(settings_of(plan))

    assert found["embedder"].verdict is Verdict.BROKEN
    assert "grounding embedder add NAME" in found["embedder"].detail
    assert "1 chunks" in found["database"].detail


@pytest.mark.parametrize(
    ("deadline", "verdict", "told"),
    [(60.0, Verdict.OK, "20 long texts in"), (1e-6, Verdict.BROKEN, "0 of 20 texts scored in")],
)
def test_a_named_reranker_is_tried_within_its_deadline(
    tmp_path: Path, deadline: float, verdict: Verdict, told: str
) -> None:
    reranker = RerankerSettings(
        name=str(tiny_cross_encoder(tmp_path / "tiny")),
        top=20,
        deadline=timedelta(seconds=deadline),
    )
    settings = settings_of(Plan(tmp_path)).model_copy(update={"reranker": reranker})

    found = examined(settings, with_sources=False)

    assert [*found] == [*NAMES[:3], "reranker", *NAMES[3:]]
    assert found["reranker"].verdict is verdict
    assert told in found["reranker"].detail


def test_a_clock_behind_what_is_stored_is_told(tmp_path: Path) -> None:
    clock = FakeClock(datetime.now(UTC) + timedelta(days=3))
    with started(Plan(tmp_path, clock=clock)) as service:
        service.push("notes", "default", Batch({}, (Document("a", "Gold is a metal."),)))

    found = examined(settings_of(Plan(tmp_path)), with_sources=False)

    assert found["clock"].verdict is Verdict.WARNING
    assert "behind the newest stored change" in found["clock"].detail


def test_a_source_that_fails_is_told_loudly_once_somebody_has_to_act(tmp_path: Path) -> None:
    clock = FakeClock(datetime.now(UTC) - timedelta(days=3))
    settings = settings_of(Plan(tmp_path))
    with WebServer() as web, WebServer() as other, serving(Plan(tmp_path, clock=clock)) as running:
        good = json_of([{"id": "a", "text": "Gold"}, {"id": "b"}])
        options = {"documents": {"key": "id", "text": "text"}}
        busy = web.route("/busy", Answer(status=503))
        running.client.add_source(
            "items", "json", options={"url": web.route("/i", good), **options}
        )
        running.client.add_source("gone", "feed", options={"url": web.url("/nowhere")})
        running.client.add_source("busy", "feed", options={"url": busy})
        for name in ("items", "gone", "busy"):
            running.client.sync(name)
        clock.advance(timedelta(days=3))
        running.client.add_source("new", "feed", options={"url": other.route("/new", Answer(503))})
        running.client.sync("new")

    told = [check for check in examine(settings, with_sources=False) if check.name == "reading"]
    items = [check for check in examine(settings, with_sources=False) if check.name == "items"]

    assert [check.detail.partition(":")[0] for check in told] == [
        "source busy",
        "source gone",
        "source new",
    ]
    assert [check.verdict for check in told] == [Verdict.BROKEN, Verdict.BROKEN, Verdict.WARNING]
    assert "for 3 days" in told[0].detail
    assert [check.detail[:36] for check in items] == ["source items: 1 items cannot be read"]
