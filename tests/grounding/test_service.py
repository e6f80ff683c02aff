import gc
import shutil
import threading
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import suppress
from pathlib import Path

import pytest

from connectors.records import Batch, Document, Semantics
from grounding.errors import InvalidQuestion, NotAllowed
from grounding.wiring import build
from indexer.catalogue import runs, sources
from indexer.errors import DatabaseUnusable, IndexerError, InvalidSource, UnknownSource
from indexer.records import RunStatus, SourceRecord
from indexer.sources import SourceSpec
from tests.fakes import FakeClock, HashEmbedder
from tests.grounding.serving import HOUR, Plan, settings_of, started
from tests.web import Answer, Request, WebServer, json_of

DOCS = {"name": "docs", "kind": "files"}
MAPPING = {"documents": {"key": "id", "text": "text"}}


def docs(directory: Path, **more: object) -> dict[str, object]:
    (directory / "docs").mkdir(exist_ok=True)
    (directory / "docs" / "a.md").write_text("Gold is a metal.")
    return DOCS | {"path": str(directory / "docs")} | more


def batch(text: str = "Gold") -> Batch:
    return Batch(cursor={}, documents=(Document("a", text),))


def put_in_the_way_of(directory: Path) -> None:
    """Replace a directory by a file, again if the service makes it anew in between."""
    while not directory.is_file():
        shutil.rmtree(directory, ignore_errors=True)
        with suppress(IsADirectoryError):
            directory.write_text("in the way")


class TestStart:
    def test_sources_of_the_settings_are_taken_over_changed_and_let_go(
        self, tmp_path: Path
    ) -> None:
        def known(*configured: dict[str, object]) -> list[tuple[str, str | None]]:
            with (
                started(Plan(tmp_path, sources=configured)) as service,
                service.parts.database.reading() as session,
            ):
                return [(each.name, each.schedule) for each in sources.all_sources(session)]

        assert known(docs(tmp_path)) == [("docs", None)]
        assert known(docs(tmp_path, schedule="every 1h")) == [("docs", "every 1h")]
        assert known() == []
        assert known(docs(tmp_path)) == [("docs", None)]

    def test_a_service_that_is_warm_has_settled(self, tmp_path: Path) -> None:
        with started(Plan(tmp_path)) as service:
            try:
                service.warm_up()

                assert gc.get_freeze_count() > 0
            finally:
                gc.unfreeze()

    def test_source_added_over_http_survives_a_restart(self, tmp_path: Path) -> None:
        spec = SourceSpec(
            "news", "feed", Semantics.APPEND_ONLY, "api", {"url": "http://127.0.0.1:9/"}
        )
        with started(Plan(tmp_path)) as service:
            service.add_source(spec)

        with (
            started(Plan(tmp_path)) as service,
            service.parts.database.reading() as session,
        ):
            assert [each.name for each in sources.all_sources(session)] == ["news"]

    def test_scheduled_source_that_was_never_read_is_read_at_once(self, tmp_path: Path) -> None:
        source = docs(tmp_path, schedule="every 1d")

        with started(Plan(tmp_path, sources=[source], reads=True)) as service:
            with service.parts.database.reading() as session:
                (run,) = runs.recent(session, source=None, limit=10)
            done = service.parts.queue.wait_finished(run.id, 20)
            with service.parts.database.reading() as session:
                read = sources.named(session, "docs")

        assert (done.status, done.counts.new) == (RunStatus.OK, 1)
        assert read is not None
        assert read.next_read_at is not None

    def test_disabled_source_is_not_read(self, tmp_path: Path) -> None:
        source = docs(tmp_path, schedule="every 1d", enabled=False)

        with (
            started(Plan(tmp_path, sources=[source], reads=True)) as service,
            service.parts.database.reading() as session,
        ):
            assert runs.recent(session, source=None, limit=10) == []

    def test_service_that_never_started_can_be_stopped(self, tmp_path: Path) -> None:
        service = build(settings_of(Plan(tmp_path)), embedder=HashEmbedder())

        service.stop()

    def test_service_that_could_not_start_can_be_stopped(self, tmp_path: Path) -> None:
        (tmp_path / "index").write_text("a file where the folder should be")
        service = build(settings_of(Plan(tmp_path)), embedder=HashEmbedder())

        with pytest.raises(IndexerError, match="index directory"):
            service.start()
        service.stop()

    def test_database_that_cannot_be_written_is_told_at_the_start(self, tmp_path: Path) -> None:
        service = build(settings_of(Plan(tmp_path)), embedder=HashEmbedder())
        service.parts.database.close()
        for file in tmp_path.glob("grounding.db*"):
            file.write_bytes(b"this is no database" * 1_000)

        with pytest.raises(DatabaseUnusable, match="cannot be written: file is not a database"):
            service.start()
        service.stop()

    def test_last_snapshot_is_written_when_it_stops(self, tmp_path: Path) -> None:
        with started(Plan(tmp_path)) as service:
            seq = service.push("push", "default", batch()).seq
            service.parts.views.wait_for(seq, 10)

        assert [path.name for path in (tmp_path / "index").glob("snapshot-*")] == [
            f"snapshot-{seq}"
        ]

    def test_it_stops_although_the_index_directory_is_gone(self, tmp_path: Path) -> None:
        with started(Plan(tmp_path)) as service:
            seq = service.push("push", "default", batch()).seq
            service.parts.views.wait_for(seq, 10)
            put_in_the_way_of(tmp_path / "index")


class TestSync:
    def test_reader_does_the_work_of_whoever_waits(self, tmp_path: Path) -> None:
        with started(Plan(tmp_path, sources=[docs(tmp_path)], reads=True)) as service:
            run = service.sync("docs", wait_seconds=20)

        assert (run.status, run.counts.new) == (RunStatus.OK, 1)

    def test_service_that_does_not_read_by_itself_reads_when_asked(self, tmp_path: Path) -> None:
        with started(Plan(tmp_path, sources=[docs(tmp_path)])) as service:
            run = service.sync("docs", wait_seconds=20)

        assert (run.status, run.counts.new) == (RunStatus.OK, 1)

    def test_running_read_is_returned_as_it_stands_after_the_wait(self, tmp_path: Path) -> None:
        release = threading.Event()

        def slow(_: Request) -> Answer:
            release.wait(20)
            return json_of([{"id": "a", "text": "Gold"}])

        with WebServer() as web:
            source = {"name": "slow", "kind": "json", "url": web.route("/", slow)} | MAPPING
            with started(Plan(tmp_path, sources=[source], reads=True)) as service:
                going = service.sync("slow", wait_seconds=0.05)
                release.set()
                done = service.parts.queue.wait_finished(going.id, 20)

        assert going.finished_at is None
        assert (done.status, done.counts.new) == (RunStatus.OK, 1)

    def test_of_many_callers_only_the_first_few_wait(self, tmp_path: Path) -> None:
        release = threading.Event()

        def slow(_: Request) -> Answer:
            release.wait(20)
            return json_of([{"id": "a", "text": "Gold"}])

        with WebServer() as web, ThreadPoolExecutor(9) as callers:
            source = {"name": "slow", "kind": "json", "url": web.route("/", slow)} | MAPPING
            with started(Plan(tmp_path, sources=[source], reads=True)) as service:
                waits = [callers.submit(service.sync, "slow", wait_seconds=30) for _ in range(9)]
                first = next(as_completed(waits, timeout=20)).result()
                release.set()
                others = [each.result(timeout=30) for each in waits]

        assert first.finished_at is None
        assert sum(run.finished_at is not None for run in others) == 8

    def test_unreachable_host_fails_the_run_and_nothing_else(self, tmp_path: Path) -> None:
        dead = {"name": "dead", "kind": "feed", "url": "http://127.0.0.1:9/feed"}
        with started(Plan(tmp_path, sources=[dead, docs(tmp_path)], reads=True)) as service:
            failed = service.sync("dead", wait_seconds=30)
            fine = service.sync("docs", wait_seconds=30)

        assert failed.status is RunStatus.FAILED
        assert failed.error is not None
        assert "refused" in failed.error
        assert fine.status is RunStatus.OK

    def test_private_address_is_not_read_unless_allowed(self, tmp_path: Path) -> None:
        with WebServer() as web:
            source = {"name": "near", "kind": "feed", "url": web.route("/", Answer())}
            with started(Plan(tmp_path, sources=[source], fetch={})) as service:
                run = service.sync("near", wait_seconds=30)
            assert web.requests == []

        assert run.status is RunStatus.FAILED
        assert run.error is not None
        assert "private" in run.error

    def test_unknown_and_pushed_sources_cannot_be_read(self, tmp_path: Path) -> None:
        with started(Plan(tmp_path)) as service:
            service.push("push", "default", batch())

            with pytest.raises(UnknownSource):
                service.sync("nobody", wait_seconds=0)
            with pytest.raises(NotAllowed):
                service.sync("push", wait_seconds=0)


class TestPush:
    def test_pushed_source_is_made_with_the_first_push(self, tmp_path: Path) -> None:
        with started(Plan(tmp_path)) as service:
            service.push("desk", "press", batch())
            with service.parts.database.reading() as session:
                made = sources.named(session, "desk")

        assert isinstance(made, SourceRecord)
        assert (made.kind, made.origin, made.collection) == ("push", "push", "press")

    def test_push_keeps_the_source_fresh(self, tmp_path: Path) -> None:
        clock = FakeClock()
        with started(Plan(tmp_path, clock=clock)) as service:
            service.push("desk", "press", batch())
            clock.advance(HOUR)
            service.push("desk", "press", batch())
            with service.parts.database.reading() as session:
                found = sources.named(session, "desk")

        assert found is not None
        assert found.last_success_at == clock()
        assert found.last_changed_at == clock() - HOUR

    def test_source_that_is_read_is_not_pushed_to(self, tmp_path: Path) -> None:
        with (
            started(Plan(tmp_path, sources=[docs(tmp_path)])) as service,
            pytest.raises(InvalidQuestion) as refused,
        ):
            service.push("docs", "default", batch())

        assert refused.value.field == "source"

    def test_pushed_source_takes_no_schedule(self, tmp_path: Path) -> None:
        spec = SourceSpec("desk", "push", Semantics.KEYED_LATEST, "api", schedule="every 1h")
        with started(Plan(tmp_path)) as service, pytest.raises(InvalidSource):
            service.semantics_of(spec)


class TestBesideAnother:
    def test_snapshots_and_sources_of_the_settings_are_left_to_the_one_that_leads(
        self, tmp_path: Path
    ) -> None:
        plan = Plan(tmp_path, sources=[docs(tmp_path)])
        service = build(settings_of(plan), clock=plan.clock, embedder=plan.embedder)

        service.start(reads=False, leads=False)
        service.push("desk", "default", batch())
        service.parts.views.catch_up()
        with service.parts.database.reading() as session:
            known = [each.name for each in sources.all_sources(session)]
        service.stop()

        assert known == ["desk"]
        assert list((tmp_path / "index").glob("snapshot-*")) == []

    def test_runs_are_left_to_the_one_that_reads(self, tmp_path: Path) -> None:
        plan = Plan(tmp_path, sources=[docs(tmp_path)])
        service = build(settings_of(plan), clock=plan.clock, embedder=plan.embedder)

        service.start(reads=False, is_read=True)
        run = service.sync("docs", wait_seconds=0.1)
        service.parts.retrieval.refresh(["docs"], 0.1)
        with service.parts.database.reading() as session:
            status = [each.status for each in runs.recent(session, source="docs", limit=9)]
        service.stop()

        assert run.status is RunStatus.QUEUED
        assert status == [RunStatus.QUEUED]
