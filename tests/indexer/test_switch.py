from collections.abc import Sequence

import numpy as np
import pytest
from numpy.typing import NDArray

from indexer import switch
from indexer.catalogue import embeddings, erasures
from indexer.embedders import require_active
from indexer.errors import EmbedderInUse, EmbedderReplaced, EmbeddingsMissing, UnknownEmbedder
from indexer.records import ChangeKind
from indexer.switch import Standing, Switched
from tests.fakes import HashEmbedder
from tests.indexer.switching import (
    FEW,
    NEW,
    OLD,
    active,
    add,
    beside,
    fill,
    kinds,
    new,
    quiet,
    rolled_back,
    switched,
    vectors,
)
from tests.indexer.workshop import (
    Crash,
    CrashingDatabase,
    InterruptedEmbedder,
    Workshop,
    document,
    documents,
)

MANY = 300  # more than are embedded at once


class Interrupted(Exception):
    """Somebody pressed Ctrl-C."""


class TiringEmbedder(HashEmbedder):
    """Embeds so many times and then no more."""

    def __init__(self, times: int) -> None:
        super().__init__(dimension=32, identity=NEW.identity)
        self.times = times

    def embed_passages(self, texts: Sequence[str]) -> NDArray[np.float32]:
        if self.times == 0:
            raise Interrupted
        self.times -= 1
        return super().embed_passages(texts)


def test_adding_embeds_every_chunk_and_changes_nothing_else(filled: Workshop) -> None:
    before, log = vectors(filled, OLD.identity), filled.log()

    assert add(filled) == FEW

    assert vectors(filled, OLD.identity) == before
    assert {len(chunk.vector) for chunk in vectors(filled, NEW.identity)} == {2 * 32}
    assert (filled.log(), active(filled)) == (log, None)


def test_what_is_embedded_is_what_an_ingest_would_embed(workshop: Workshop) -> None:
    workshop.read(documents(document("a", "# Part\n\nsome words", title="Title")))
    embedder = new()

    add(workshop, embedder)

    assert embedder.embedded == workshop.embedder.embedded


def test_progress_is_told_and_repeating_does_nothing(workshop: Workshop) -> None:
    fill(workshop, MANY)
    told: list[int] = []

    first = switch.add(workshop.database, "new", new(), progress=told.append)

    assert (first, told) == (MANY, [256, MANY])
    assert add(workshop) == 0


def test_an_interrupted_addition_goes_on_where_it_stopped(workshop: Workshop) -> None:
    fill(workshop, MANY)
    with pytest.raises(Interrupted):
        add(workshop, TiringEmbedder(times=1))

    assert add(workshop) == MANY - 256


def test_the_active_embedder_is_not_added(filled: Workshop) -> None:
    with pytest.raises(EmbedderInUse, match="active one already"):
        switch.add(filled.database, "old", HashEmbedder(), progress=quiet)


def test_what_is_ingested_during_an_addition_is_caught_up_with(filled: Workshop) -> None:
    embedder = InterruptedEmbedder(lambda: filled.push(document("late")))
    embedder.identity = NEW.identity

    assert add(filled, embedder) == FEW + 1

    assert len(vectors(filled, NEW.identity)) == FEW + 1


def test_a_chunk_that_is_erased_while_it_is_embedded_stays_away(filled: Workshop) -> None:
    def erase_the_last_and_store_another() -> None:
        erase(filled, filled.versions()[-1].uid)
        filled.push(document("another", "quite other words"))  # in SQLite under the same id

    embedder = InterruptedEmbedder(erase_the_last_and_store_another)
    embedder.identity = NEW.identity

    add(filled, embedder)

    (chunk,) = [each for each in vectors(filled, NEW.identity) if each.text == "quite other words"]
    expected = embedder.embed_passages(["quite other words"]).astype("<f2").tobytes()
    assert chunk.vector == expected
    assert beside(filled) == FEW


def erase(workshop: Workshop, uid: str) -> None:
    with workshop.database.writing() as session:
        erasures.delete_document(session, uid)


def test_two_additions_at_once_do_not_collide(filled: Workshop) -> None:
    embedder = InterruptedEmbedder(lambda: add(filled))
    embedder.identity = NEW.identity

    add(filled, embedder)

    assert beside(filled) == FEW


def test_a_switch_makes_another_embedder_the_active_one_in_one_step(filled: Workshop) -> None:
    add(filled)

    done = switched(filled)

    assert done == Switched(seq=filled.log()[-1].seq, embedded=0)
    assert kinds(filled) == [ChangeKind.REEMBEDDED]
    assert filled.log()[-1].at > filled.log()[-2].at
    assert active(filled) == NEW
    assert switch.previous(filled.database) == OLD


def test_switching_to_the_active_one_does_nothing(filled: Workshop) -> None:
    add(filled)
    switched(filled)
    log = filled.log()

    switched(filled)

    assert filled.log() == log
    assert switch.previous(filled.database) == OLD


def test_a_switch_without_embeddings_is_refused_with_what_to_do(filled: Workshop) -> None:
    with pytest.raises(EmbeddingsMissing, match=r"3 chunks.*grounding embedder add new"):
        switched(filled, most=FEW - 1)

    assert (kinds(filled), active(filled)) == ([], None)


def test_a_switch_embeds_the_last_few_itself(filled: Workshop) -> None:
    add(filled)
    filled.push(document("late"))

    assert switched(filled).embedded == 1

    assert len(vectors(filled, NEW.identity)) == FEW + 1


def test_a_switch_catches_up_with_what_comes_while_it_catches_up(filled: Workshop) -> None:
    add(filled)
    filled.push(document("late"))
    embedder = InterruptedEmbedder(
        lambda: filled.push(document("later")), lambda: filled.push(document("latest"))
    )
    embedder.identity = NEW.identity

    assert switched(filled, embedder=embedder).embedded == 3

    assert len(vectors(filled, NEW.identity)) == FEW + 3
    assert kinds(filled) == [ChangeKind.REEMBEDDED]


@pytest.mark.parametrize("crash_at", [1, 2, 3])
def test_a_crash_leaves_the_old_one_active_and_the_switch_is_repeated(
    filled: Workshop, crash_at: int
) -> None:
    database = CrashingDatabase(filled.database, crash_at=crash_at)
    with pytest.raises(Crash):
        switched(filled, database=database)
    assert (kinds(filled), active(filled)) == ([], None)
    with filled.database.reading() as session:
        require_active(session, OLD.identity)

    switched(filled)

    assert kinds(filled) == [ChangeKind.REEMBEDDED]
    assert len(vectors(filled, NEW.identity)) == FEW


def test_an_empty_database_switches_too(workshop: Workshop) -> None:
    assert add(workshop) == 0
    switched(workshop)

    assert active(workshop) == NEW
    assert switch.previous(workshop.database) == OLD


def test_a_rollback_brings_the_old_vectors_back_and_embeds_what_came_since(
    filled: Workshop,
) -> None:
    before = vectors(filled, OLD.identity)
    add(filled)
    switched(filled)
    filled.embedder = new()
    filled.push(document("late"))

    done = rolled_back(filled)

    assert done.embedded == 1
    assert vectors(filled, OLD.identity)[:FEW] == before
    assert {len(each.vector) for each in vectors(filled, OLD.identity)} == {2 * 64}
    assert (active(filled), switch.previous(filled.database)) == (OLD, NEW)
    assert len(vectors(filled, NEW.identity)) == FEW + 1


def test_without_a_switch_there_is_nothing_to_go_back_to(filled: Workshop) -> None:
    with pytest.raises(UnknownEmbedder, match="no embedder to go back to"):
        switch.previous(filled.database)


def test_embedders_are_found_by_name_and_by_identity(filled: Workshop) -> None:
    add(filled)

    assert switch.named(filled.database, "new") == NEW
    assert switch.named(filled.database, NEW.identity) == NEW
    with pytest.raises(UnknownEmbedder, match=r"known: new, .*grounding embedder add other"):
        switch.named(filled.database, "other")


def test_the_newest_of_a_name_is_meant(filled: Workshop) -> None:
    add(filled)
    switched(filled)
    other = HashEmbedder(dimension=16, identity="new/16")

    switch.add(filled.database, NEW.name, other, progress=quiet)

    assert switch.named(filled.database, NEW.name).identity == "new/16"


def test_standings_say_who_is_active_and_how_far_others_are(filled: Workshop) -> None:
    add(filled)
    filled.push(document("late"))
    before = switch.standings(filled.database, first=[OLD])
    switched(filled)

    assert before == [
        Standing("old", OLD.identity, FEW + 1, is_active=True, is_before=False),
        Standing("new", NEW.identity, FEW, is_active=False, is_before=False),
    ]
    assert switch.standings(filled.database, first=[]) == [
        Standing("new", NEW.identity, FEW + 1, is_active=True, is_before=False),
        Standing("old", OLD.identity, FEW + 1, is_active=False, is_before=True),
    ]


def test_vectors_left_by_an_interrupted_in_place_change_are_made_one_again(
    workshop: Workshop,
) -> None:
    fill(workshop, FEW)
    with workshop.database.writing() as session:
        embeddings.activate(session, NEW, instead_of=None)
    workshop.embedder = new()
    workshop.push(document("late"))
    with workshop.database.writing() as session:  # as an older program would have left it
        for name in ("embedder", "embedders_beside"):
            embeddings._set(session, name, None)

    add(workshop)
    switched(workshop)

    assert {len(each.vector) for each in vectors(workshop, NEW.identity)} == {2 * 32}
    with pytest.raises(UnknownEmbedder):
        switch.previous(workshop.database)


def test_an_ingest_is_refused_the_embedder_that_was_replaced(filled: Workshop) -> None:
    add(filled)
    switched(filled)

    with filled.database.reading() as session, pytest.raises(EmbedderReplaced):
        require_active(session, OLD.identity)
