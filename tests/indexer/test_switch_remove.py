"""Removing the vectors of an embedder, and what others do meanwhile."""

import pytest

from indexer import switch
from indexer.catalogue import embeddings
from indexer.errors import EmbedderInUse, UnknownEmbedder
from tests.indexer.switching import (
    FEW,
    NEW,
    OLD,
    add,
    beside,
    new,
    quiet,
    rolled_back,
    switched,
    vectors,
)
from tests.indexer.workshop import Crash, CrashingDatabase, Workshop, document


def test_the_vectors_of_the_replaced_one_are_removed_wherever_they_are(filled: Workshop) -> None:
    add(filled)
    switched(filled)
    filled.embedder = new()
    filled.push(document("late"))
    after = vectors(filled, NEW.identity)

    assert switch.remove(filled.database, OLD, progress=quiet) == FEW

    assert vectors(filled, NEW.identity) == after
    assert beside(filled) == 0
    with filled.database.reading() as session:
        assert embeddings.in_chunks(session) == [NEW.identity]
    with pytest.raises(UnknownEmbedder):
        switch.previous(filled.database)


def test_what_was_added_and_not_chosen_is_removed(filled: Workshop) -> None:
    before = vectors(filled, OLD.identity)
    add(filled)

    assert switch.remove(filled.database, NEW, progress=quiet) == FEW

    assert (vectors(filled, OLD.identity), beside(filled)) == (before, 0)
    assert [each.identity for each in switch.standings(filled.database, first=[])] == [OLD.identity]


def test_an_interrupted_removal_goes_on_and_never_loses_an_active_vector(
    filled: Workshop,
) -> None:
    add(filled)
    switched(filled)
    after = vectors(filled, NEW.identity)
    for crash_at in (1, 2, 3):
        database = CrashingDatabase(filled.database, crash_at=crash_at)
        with pytest.raises(Crash):
            switch.remove(database, OLD, progress=quiet)
        assert vectors(filled, NEW.identity) == after

    switch.remove(filled.database, OLD, progress=quiet)

    assert (vectors(filled, NEW.identity), beside(filled)) == (after, 0)


def test_a_rollback_after_half_a_removal_embeds_again_what_is_gone(filled: Workshop) -> None:
    add(filled)
    switched(filled)
    with pytest.raises(Crash):
        switch.remove(CrashingDatabase(filled.database, crash_at=2), OLD, progress=quiet)

    assert rolled_back(filled).embedded == FEW

    assert {len(each.vector) for each in vectors(filled, OLD.identity)} == {2 * 64}


@pytest.mark.parametrize("has_switched", [False, True])
def test_the_active_embedder_is_not_removed(filled: Workshop, has_switched: bool) -> None:
    add(filled)
    if has_switched:
        switched(filled)

    with pytest.raises(EmbedderInUse, match="is the active one"):
        switch.remove(filled.database, NEW if has_switched else OLD, progress=quiet)


def test_a_removal_ends_when_somebody_goes_back_meanwhile(filled: Workshop) -> None:
    add(filled)
    switched(filled)

    with pytest.raises(EmbedderInUse):
        switch.remove(filled.database, OLD, progress=lambda done: rolled_back(filled))  # type: ignore[arg-type]

    assert len(vectors(filled, OLD.identity)) == FEW
