"""Services that go on answering and reading while the embedder under them is switched."""

import logging
import shutil
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path
from threading import Event, Thread

import numpy as np
import pytest
from numpy.typing import NDArray

from connectors.records import Batch, Document
from grounding.doctor import Verdict, examine
from grounding.query import pipeline
from grounding.query.question import Filters
from grounding.readiness import readiness
from grounding.service import Service
from grounding.wiring import build
from indexer import switch
from indexer.decide import document_uid
from indexer.embed import Embedder
from indexer.errors import EmbedderUnusable
from indexer.records import KnownEmbedder
from tests.fakes import FakeClock, HashEmbedder
from tests.grounding.serving import Line, Plan, Running, document, settings_of

SECONDS = 30
OLD = KnownEmbedder("minilm", "hash-words/64")
NEW = KnownEmbedder("new", "new/32")
TEXTS = {
    "gold": "Gold is a metal that banks keep.",
    "rain": "Rain fell on the river all day.",
    "oil": "Oil rose, and gas fell with the rain.",
}


class Shelf:
    """Where a process finds embedders; what is not on it cannot be loaded."""

    def __init__(self, embedder: Embedder | None = None) -> None:
        self.embedders = {} if embedder is None else {NEW.name: embedder}

    def __call__(self, name: str) -> Embedder:
        if name not in self.embedders:
            raise EmbedderUnusable(f"embedder {name}: not on this machine")
        return self.embedders[name]


def new() -> HashEmbedder:
    return HashEmbedder(dimension=32, identity=NEW.identity)


@contextmanager
def process(folder: Path, url: str, shelf: Shelf, *, serves: bool = True) -> Iterator[Service]:
    """One process of a service on a database that others may use too."""
    plan = Plan(folder, database_url=url)
    service = build(settings_of(plan), clock=plan.clock, embedder=plan.embedder, load=shelf)
    service.start(serves=serves, reads=False)
    try:
        yield service
    finally:
        service.stop()


@pytest.fixture
def url(request: pytest.FixtureRequest, empty_url: str) -> str:
    return empty_url


@pytest.fixture
def two(tmp_path: Path, url: str) -> Iterator[tuple[Service, Service]]:
    """Two serving processes on one database, each with an index of its own."""
    with ExitStack() as running:
        services = [
            running.enter_context(process(tmp_path / name, url, Shelf(new()))) for name in "ab"
        ]
        push(services[0], **TEXTS)
        for service in services:
            service.parts.views.catch_up()
        yield services[0], services[1]


def push(service: Service, **texts: str) -> int:
    given = tuple(Document(key, text) for key, text in texts.items())
    return service.push("desk", "default", Batch({}, given)).seq


def add(service: Service, embedder: Embedder | None = None) -> None:
    switch.add(service.parts.database, NEW.name, embedder or new(), progress=lambda done: None)


def switched(service: Service, known: KnownEmbedder = NEW, embedder: Embedder | None = None) -> int:
    return switch.switch(
        service.parts.database,
        known,
        embedder or new(),
        first=[OLD],
        clock=service.parts.tools.clock,
        progress=lambda done: None,
    ).seq


def answer(service: Service, question: str = "gold that fell") -> list[tuple[str, float]]:
    found = pipeline.search(question, Filters(), max_results=9, retrieval=service.parts.retrieval)
    return [(each.evidence.id, round(each.scores.total, 6)) for each in found.candidates]


def answered_by(service: Service) -> str:
    return service.parts.views.status().embedder


def test_two_services_on_one_database_follow_a_switch_and_a_rollback(
    two: tuple[Service, Service], tmp_path: Path
) -> None:
    one, other = two
    before = answer(one)
    add(one)
    assert (answer(one), answer(other)) == (before, before)

    seq = switched(one)
    for service in two:
        service.parts.views.wait_for(seq, SECONDS)
    after = [answer(service) for service in two]
    names = {answered_by(service) for service in two}
    back = switched(other, OLD, HashEmbedder())
    for service in two:
        service.parts.views.wait_for(back, SECONDS)

    assert names == {NEW.identity}
    assert after[0] == after[1]
    assert [answer(service) for service in two] == [before, before]
    assert {answered_by(service) for service in two} == {OLD.identity}


def test_a_switched_service_answers_as_one_that_was_made_with_that_embedder(
    two: tuple[Service, Service], tmp_path: Path
) -> None:
    one, _ = two
    add(one)
    one.parts.views.wait_for(switched(one), SECONDS)

    plan = Plan(tmp_path / "fresh", embedder=new())
    service = build(settings_of(plan), clock=plan.clock, embedder=plan.embedder)
    service.start(serves=True, reads=False)
    service.parts.views.wait_for(push(service, **TEXTS), SECONDS)
    expected = answer(service)
    service.stop()

    assert answer(one) == expected


def test_what_either_process_takes_in_after_a_switch_is_found_by_both(
    two: tuple[Service, Service],
) -> None:
    add(two[0])
    switched(two[0])

    seqs = [push(service, **{f"late{n}": f"silver {n}"}) for n, service in enumerate(two)]

    for service in two:
        service.parts.views.wait_for(max(seqs), SECONDS)
        assert len(answer(service, "silver")) == len(TEXTS) + 2
        assert switch.standings(service.parts.database, first=[])[0].chunks == len(TEXTS) + 2


def test_a_process_that_only_reads_sources_follows_too(tmp_path: Path, url: str) -> None:
    with (
        process(tmp_path / "a", url, Shelf(new())) as serving,
        process(tmp_path / "b", url, Shelf(new()), serves=False) as working,
    ):
        push(working, **TEXTS)
        add(serving)
        switched(serving)

        seq = push(working, late="silver")
        serving.parts.views.wait_for(seq, SECONDS)

        assert len(answer(serving, "silver")) == len(TEXTS) + 1
        assert answered_by(serving) == NEW.identity


def test_answers_during_a_switch_are_those_of_one_embedder_or_the_other(
    two: tuple[Service, Service],
) -> None:
    one, other = two
    before = answer(one)
    add(one)
    answers: list[list[tuple[str, float]]] = []
    ended = Event()

    def ask_on(service: Service) -> None:
        while not ended.is_set():
            answers.append(answer(service))

    askers = [Thread(target=ask_on, args=(service,)) for service in two]
    for asker in askers:
        asker.start()
    seq = switched(one)
    for service in two:
        service.parts.views.wait_for(seq, SECONDS)
    after = answer(other)
    ended.set()
    for asker in askers:
        asker.join()

    assert before != after
    assert all(each in (before, after) for each in answers)


class HeldEmbedder(HashEmbedder):
    """Says when it is asked to embed, and waits until it may."""

    def __init__(self) -> None:
        super().__init__()
        self.asked, self.may = Event(), Event()
        self.may.set()

    def embed_passages(self, texts: Sequence[str]) -> NDArray[np.float32]:
        self.asked.set()
        assert self.may.wait(SECONDS)
        return super().embed_passages(texts)


def test_a_push_that_a_switch_overtakes_is_stored_for_the_new_embedder(
    tmp_path: Path, url: str
) -> None:
    held, plan = HeldEmbedder(), Plan(tmp_path, database_url=url)
    service = build(settings_of(plan), clock=plan.clock, embedder=held, load=Shelf(new()))
    service.start(serves=True, reads=False)
    push(service, **TEXTS)
    add(service)
    held.asked.clear()
    held.may.clear()

    with ThreadPoolExecutor(1) as pool:
        pushed = pool.submit(push, service, late="silver")
        assert held.asked.wait(SECONDS)
        switched(service)
        held.may.set()
        service.parts.views.wait_for(pushed.result(SECONDS), SECONDS)

    ids, standings = answer(service, "silver"), switch.standings(service.parts.database, first=[])
    service.stop()
    assert len(ids) == len(TEXTS) + 1
    assert [each.chunks for each in standings] == [len(TEXTS) + 1, len(TEXTS)]


def test_an_embedder_that_is_not_here_leaves_the_old_answers_and_is_told_everywhere(
    server_line: Line, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    clock, shelf = FakeClock(), Shelf()
    plan = Plan(tmp_path, clock=clock, load=shelf)
    with server_line.connected(plan) as running:
        running.push(*(document(key, text) for key, text in TEXTS.items()))
        service = running.service
        service.parts.views.catch_up()
        before = running.ids("gold that fell")
        add(service)
        seq = switched(service)
        complain_once(service)
        during, ready = running.ids("gold that fell"), running.http.get("/readyz")
        refused = running.post("/v1/documents", {"documents": [document("late", "silver")]})
        shelf.embedders[NEW.name] = new()
        service.parts.views.wait_for(seq, SECONDS)
        service.parts.views.catch_up()
        healed = running.http.get("/readyz")

    assert during == before
    assert ready.status_code == 503
    assert ready.json()["checks"]["index"].endswith("embedder new: not on this machine")
    assert ready.json()["embedder"] == OLD.identity
    assert (refused.status_code, refused.headers["Retry-After"]) == (503, "60")
    assert "embedder new: not on this machine" in refused.json()["detail"]
    assert (healed.status_code, healed.json()["embedder"]) == (200, NEW.identity)
    assert "embedder new: not on this machine" in caplog.text


def complain_once(service: Service) -> None:
    """Wait until the views have found that they cannot follow."""
    service.parts.views.notify()
    while readiness(service).checks["index"] == "ok":
        pass


def test_a_snapshot_of_the_old_embedder_is_not_used_by_the_next_start(
    tmp_path: Path, url: str, caplog: pytest.LogCaptureFixture
) -> None:
    with process(tmp_path, url, Shelf(new())) as service:
        push(service, **TEXTS)
        service.parts.views.catch_up()
        add(service)
        old = service.parts.views.snapshot()
        shutil.copytree(old, tmp_path / "kept")
        seq = switched(service)
        service.parts.views.wait_for(seq, SECONDS)
        expected = answer(service)
    for snapshot in (tmp_path / "index").glob("snapshot-*"):
        shutil.rmtree(snapshot)
    shutil.move(tmp_path / "kept", old)

    with process(tmp_path, url, Shelf(new())) as again:
        found, name = answer(again), answered_by(again)

    assert (found, name) == (expected, NEW.identity)
    assert f"{old.name} is ignored: its vectors are by hash-words/64" in caplog.text


def test_a_setting_that_a_switch_overruled_is_said_at_the_start(
    tmp_path: Path, url: str, caplog: pytest.LogCaptureFixture
) -> None:
    with process(tmp_path, url, Shelf(new())) as service:
        push(service, **TEXTS)
        add(service)
        switched(service)
    caplog.clear()

    with caplog.at_level(logging.WARNING), process(tmp_path, url, Shelf(new())) as again:
        assert answered_by(again) == NEW.identity

    assert "[embedder] name is minilm and has no effect" in caplog.text


def test_a_start_without_the_active_embedder_says_what_is_missing(tmp_path: Path, url: str) -> None:
    with process(tmp_path, url, Shelf(new())) as service:
        push(service, **TEXTS)
        add(service)
        switched(service)

    with (
        pytest.raises(EmbedderUnusable, match="embedder new: not on this machine"),
        process(tmp_path, url, Shelf()),
    ):
        pass


def test_the_doctor_says_which_embedder_is_not_here(tmp_path: Path) -> None:
    plan = Plan(tmp_path)
    with process(tmp_path, f"sqlite:///{tmp_path / 'grounding.db'}", Shelf(new())) as service:
        push(service, **TEXTS)
        add(service)
        switched(service)
        switched(service, KnownEmbedder("elsewhere", OLD.identity), HashEmbedder())

    found = {check.name: check for check in examine(settings_of(plan), with_sources=False)}

    assert found["embedder"].verdict is Verdict.BROKEN
    assert "embedder elsewhere" in found["embedder"].detail


def test_erased_documents_leave_the_vectors_of_both(running: Running) -> None:
    running.push(*(document(key, text) for key, text in TEXTS.items()))
    add(running.service)

    running.client.erase_document(document_uid("push", "gold"))

    standings = switch.standings(running.service.parts.database, first=[OLD])
    assert [each.chunks for each in standings] == [len(TEXTS) - 1] * 2
