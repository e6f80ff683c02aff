"""How a process follows a switch, and how an ingest that one overtakes ends."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event

import numpy as np
import pytest
from numpy.typing import NDArray

from connectors.errors import Remedy
from indexer.catalogue import embeddings
from indexer.embed import Embedder, identity_of, lasting_name
from indexer.embedders import (
    ActiveEmbedder,
    active_name,
    load_known,
    open_active,
    overruled,
    require_one_embedder,
)
from indexer.errors import EmbedderMismatch, EmbedderUnusable
from indexer.log import DatabaseLog
from indexer.pipeline import push
from indexer.records import ChangeKind, KnownEmbedder
from tests.fakes import HashEmbedder
from tests.indexer.switching import NEW, OLD, add, new, switched
from tests.indexer.workshop import Workshop, document, documents
from tests.indexer.worksite import Site
from tests.tiny_embedder import make_tiny_embedder

SECONDS = 30


class HeldEmbedder(HashEmbedder):
    """Says when it is asked to embed, and waits until it may."""

    def __init__(self, dimension: int = 64, identity: str = OLD.identity) -> None:
        super().__init__(dimension, identity)
        self.asked, self.may = Event(), Event()

    def embed_passages(self, texts: Sequence[str]) -> NDArray[np.float32]:
        self.asked.set()
        assert self.may.wait(SECONDS)
        return super().embed_passages(texts)


class Loading:
    """Loads one embedder, whatever the name, and remembers the names."""

    def __init__(self, embedder: Embedder) -> None:
        self.names: list[str] = []
        self._embedder = embedder

    def __call__(self, name: str) -> Embedder:
        self.names.append(name)
        return self._embedder


@pytest.fixture
def tiny(tmp_path: Path) -> KnownEmbedder:
    name = str(make_tiny_embedder(tmp_path / "tiny"))
    return KnownEmbedder(name, identity_of(name))


def nowhere(name: str) -> Embedder:
    raise EmbedderUnusable(f"embedder {name}: not on this machine")


def sizes(workshop: Workshop, embedder: str) -> dict[str, int]:
    """Return the dimension of each chunk's vector by that embedder; all have one, or it fails."""
    chunks = DatabaseLog(workshop.database).all_chunks(embedder, -1, 1_000)
    return {chunk.text: len(chunk.vector) // 2 for chunk in chunks}


def test_a_process_follows_a_switch_and_loads_the_new_one_once(workshop: Workshop) -> None:
    loading = Loading(new())
    active = ActiveEmbedder(workshop.database, workshop.embedder, loading)
    assert active.follow() is workshop.embedder
    switched(workshop)

    assert active.current() is workshop.embedder
    found = {active.follow().identity, active.follow().identity, active.current().identity}

    assert (found, loading.names) == ({NEW.identity}, [NEW.name])


def test_one_that_cannot_be_loaded_leaves_the_old_one_in_place(workshop: Workshop) -> None:
    active = ActiveEmbedder(workshop.database, workshop.embedder, nowhere)
    switched(workshop)

    with pytest.raises(EmbedderUnusable, match="embedder new: not on this machine"):
        active.follow()

    assert active.current() is workshop.embedder


def test_other_weights_under_the_same_name_are_refused() -> None:
    with pytest.raises(EmbedderUnusable, match=r"new/64 on this machine.*vectors of new/32"):
        load_known(NEW, lambda name: HashEmbedder(identity="new/64"))


def test_a_database_begins_with_the_configured_embedder(workshop: Workshop) -> None:
    found = open_active(workshop.database, "old", lambda name: workshop.embedder)

    assert found.current() is workshop.embedder


def test_after_a_switch_the_database_says_which_embedder_it_is(workshop: Workshop) -> None:
    workshop.read(documents(document("a")))
    add(workshop, new())
    switched(workshop)
    loading = Loading(new())

    found = open_active(workshop.database, "old", loading)

    assert (found.current().identity, loading.names) == (NEW.identity, [NEW.name])


def test_what_is_built_on_is_the_embedder_that_was_switched_to(
    workshop: Workshop, tiny: KnownEmbedder
) -> None:
    assert active_name(workshop.database, "old") == "old"

    switched(workshop, tiny, HashEmbedder(identity=tiny.identity))

    assert active_name(workshop.database, "old") == tiny.name


def test_other_weights_than_those_switched_to_are_not_built_on(
    workshop: Workshop, tiny: KnownEmbedder
) -> None:
    switched(workshop, tiny, HashEmbedder(identity=tiny.identity))
    make_tiny_embedder(Path(tiny.name), seed=1)

    with pytest.raises(EmbedderUnusable, match="install those weights here"):
        active_name(workshop.database, "old")


def test_a_setting_without_effect_is_said_with_what_to_do() -> None:
    told = overruled("minilm", NEW)

    assert told is not None
    assert "minilm and has no effect" in told
    assert 'set name = "new"' in told
    assert overruled("new", NEW) is None
    assert overruled("minilm", None) is None


def test_a_folder_is_the_same_embedder_from_wherever_it_is_named() -> None:
    here = lasting_name(".")

    assert overruled(".", KnownEmbedder(here, "x")) is None
    assert (lasting_name("minilm"), lasting_name("BAAI/bge")) == ("minilm", "BAAI/bge")


def test_vectors_of_another_embedder_are_refused_with_what_to_do(workshop: Workshop) -> None:
    require_one_embedder(workshop.database, "other")
    workshop.read(documents(document("a")))
    require_one_embedder(workshop.database, workshop.embedder.identity)

    with pytest.raises(EmbedderMismatch, match=r"hash-words/64.*grounding embedder add NAME"):
        open_active(workshop.database, "other", lambda name: HashEmbedder(identity="other"))


def test_two_settings_on_one_database_never_mix_vectors(workshop: Workshop) -> None:
    other = Workshop(workshop.database, workshop.clock, HashEmbedder(identity="other"))
    workshop.push(document("a"))

    with pytest.raises(EmbedderMismatch, match="hash-words/64"):
        other.push(document("b"))

    assert sizes(workshop, OLD.identity) == {"words about a": 64}


def test_an_ingest_that_a_switch_overtakes_embeds_again_with_the_new_one(
    workshop: Workshop,
) -> None:
    workshop.read(documents(document("a")))
    fresh = new()
    workshop.embedder, workshop.others = HeldEmbedder(), {NEW.name: fresh}
    add(workshop, new())

    with ThreadPoolExecutor(1) as pool:
        ingest = pool.submit(workshop.push, document("b"))
        assert workshop.embedder.asked.wait(SECONDS)
        switched(workshop)
        workshop.embedder.may.set()
        outcome = ingest.result(SECONDS)

    assert outcome.counts.new == 1
    assert workshop.embedder.embedded == fresh.embedded == ["words about b"]
    assert sizes(workshop, NEW.identity) == {"words about a": 32, "words about b": 32}
    with workshop.database.reading() as session:
        assert embeddings.lacking_count(session, OLD.identity) == 1


def test_an_ingest_that_two_switches_overtake_embeds_once_more(workshop: Workshop) -> None:
    workshop.read(documents(document("a")))
    workshop.embedder = HeldEmbedder()
    held = HeldEmbedder(32, NEW.identity)
    workshop.others = {NEW.name: held, OLD.name: HashEmbedder()}
    add(workshop, new())

    with ThreadPoolExecutor(1) as pool:
        ingest = pool.submit(workshop.push, document("b"))
        assert workshop.embedder.asked.wait(SECONDS)
        switched(workshop)
        workshop.embedder.may.set()
        assert held.asked.wait(SECONDS)
        switched(workshop, OLD, HashEmbedder())
        held.may.set()
        ingest.result(SECONDS)

    assert sizes(workshop, OLD.identity) == {"words about a": 64, "words about b": 64}


def test_a_switch_that_an_ingest_overtakes_embeds_what_it_stored(workshop: Workshop) -> None:
    workshop.read(documents(document("a")))
    add(workshop, new())
    workshop.push(document("b"))
    held = HeldEmbedder(32, NEW.identity)

    with ThreadPoolExecutor(1) as pool:
        switching = pool.submit(switched, workshop, NEW, held)
        assert held.asked.wait(SECONDS)
        workshop.push(document("c"))
        held.may.set()
        switching.result(SECONDS)

    assert set(sizes(workshop, NEW.identity).values()) == {32}
    assert workshop.log()[-1].kind is ChangeKind.REEMBEDDED
    assert set(held.embedded) == {"words about b", "words about c"}


def test_ingest_goes_on_while_an_embedder_is_added(workshop: Workshop) -> None:
    workshop.read(documents(document("a")))
    held = HeldEmbedder(32, NEW.identity)

    with ThreadPoolExecutor(1) as pool:
        adding = pool.submit(add, workshop, held)
        assert held.asked.wait(SECONDS)
        stored = workshop.push(document("b")).counts.new
        held.may.set()
        adding.result(SECONDS)

    assert stored == 1
    assert sizes(workshop, NEW.identity) == {"words about a": 32, "words about b": 32}
    assert sizes(workshop, OLD.identity) == {"words about a": 64, "words about b": 64}


def test_an_ingest_whose_new_embedder_is_not_here_fails_and_stores_nothing(
    workshop: Workshop,
) -> None:
    workshop.read(documents(document("a")))
    add(workshop, new())
    switched(workshop)

    with pytest.raises(EmbedderUnusable, match="not on this machine"):
        workshop.push(document("b"))

    assert sizes(workshop, NEW.identity) == {"words about a": 32}


def test_a_source_read_without_the_new_embedder_is_read_again_soon(site: Site) -> None:
    workshop = site.workshop
    workshop.read(documents(document("a")))
    switched(workshop)
    site.add("late", documents(document("b")))
    site.queue.add_manual("late")

    site.work_off()

    (run,) = site.runs("late")
    assert run.error is not None
    assert "embedder new: not on this machine" in run.error
    assert site.source("late").remedy is Remedy.WAIT


def test_many_ingests_and_many_switches_leave_every_vector_whole(workshop: Workshop) -> None:
    workshop.others = {NEW.name: new(), OLD.name: HashEmbedder()}
    workshop.push(document("a"))
    source, tools = workshop.source(), workshop.tools

    def ingest(thread: int) -> None:
        for nth in range(15):
            push(source, documents(document(f"{thread}-{nth}")), tools)

    with ThreadPoolExecutor(3) as pool:
        ingests = [pool.submit(ingest, thread) for thread in range(3)]
        while not all(each.done() for each in ingests):
            add(workshop, new())
            switched(workshop)
            switched(workshop, OLD, HashEmbedder())
        for each in ingests:
            each.result()
    switched(workshop)

    assert len(sizes(workshop, NEW.identity)) == 46
    assert set(sizes(workshop, NEW.identity).values()) == {32}


def test_values_and_removals_need_no_embedder(workshop: Workshop) -> None:
    workshop.read(documents(document("a"), document("b")))
    add(workshop, new())
    switched(workshop)

    outcome = workshop.push(removed=("a",))

    assert outcome.counts.removed == 1


def test_passages_embedded_beside_are_not_embedded_again_after_the_switch(
    workshop: Workshop,
) -> None:
    parts = [f"# Part {n}\n\n" + f"word{n} " * 200 for n in range(3)]
    workshop.read(documents(document("a", "\n\n".join(parts), title="Title")))
    add(workshop, new())
    switched(workshop)
    workshop.embedder = new()

    workshop.push(document("a", "\n\n".join([*parts[:2], parts[2] + "edited"]), title="Title"))

    assert len(workshop.embedder.embedded) == 1
