from collections.abc import Sequence

import numpy as np
import pytest
from numpy.typing import NDArray

from indexer.log import require_one_embedder
from indexer.records import ChangeKind
from indexer.reembed import reembed
from tests.fakes import HashEmbedder
from tests.indexer.workshop import Workshop, document, documents

FEW = 3
MANY = 300  # more than are embedded at once


class Interrupted(Exception):
    """Somebody pressed Ctrl-C."""


class TiringEmbedder(HashEmbedder):
    """Embeds so many times and then no more."""

    def __init__(self, times: int) -> None:
        super().__init__(dimension=32, identity="new")
        self.times = times

    def embed_passages(self, texts: Sequence[str]) -> NDArray[np.float32]:
        if self.times == 0:
            raise Interrupted
        self.times -= 1
        return super().embed_passages(texts)


def _fill(workshop: Workshop, count: int) -> Workshop:
    workshop.read(documents(*(document(str(nth), title=f"Title {nth}") for nth in range(count))))
    return workshop


@pytest.fixture
def filled(workshop: Workshop) -> Workshop:
    return _fill(workshop, FEW)


@pytest.fixture
def full(workshop: Workshop) -> Workshop:
    return _fill(workshop, MANY)


def _new() -> HashEmbedder:
    return HashEmbedder(dimension=32, identity="new")


def _reembed(workshop: Workshop, embedder: HashEmbedder) -> int:
    return reembed(workshop.database, embedder, clock=workshop.clock, progress=lambda done: None)


def _kinds(workshop: Workshop) -> list[ChangeKind]:
    return [change.kind for change in workshop.log() if change.kind is not ChangeKind.ADDED]


def test_every_vector_is_replaced_and_nothing_else(filled: Workshop) -> None:
    before = [
        (c.id, c.text, c.start_offset) for r in filled.versions() for c in filled.chunks(r.id)
    ]

    assert _reembed(filled, _new()) == FEW

    chunks = [chunk for row in filled.versions() for chunk in filled.chunks(row.id)]
    assert [(chunk.id, chunk.text, chunk.start_offset) for chunk in chunks] == before
    assert {len(chunk.vector) for chunk in chunks} == {2 * 32}
    require_one_embedder(filled.database, "new")


def test_the_title_is_embedded_with_the_text(workshop: Workshop) -> None:
    workshop.read(documents(document("a", "# Part\n\nsome words", title="Title")))
    embedder = _new()

    _reembed(workshop, embedder)

    (text,) = embedder.embedded
    assert text.startswith("Title\n")
    assert text.endswith("some words")


def test_views_are_told_once_to_start_over(filled: Workshop) -> None:
    _reembed(filled, _new())

    assert _kinds(filled) == [ChangeKind.REEMBEDDED]
    assert filled.log()[-1].at > filled.log()[-2].at


def test_progress_is_told(full: Workshop) -> None:
    told: list[int] = []

    reembed(full.database, _new(), clock=full.clock, progress=told.append)

    assert told == [256, MANY]


@pytest.mark.parametrize("identity", ["hash-words/64", "new"])
def test_repeating_it_does_nothing(filled: Workshop, identity: str) -> None:
    _reembed(filled, HashEmbedder(identity=identity))
    before = filled.log()

    assert _reembed(filled, HashEmbedder(identity=identity)) == 0

    assert filled.log() == before


def test_an_interrupted_run_goes_on_where_it_stopped(full: Workshop) -> None:
    with pytest.raises(Interrupted):
        _reembed(full, TiringEmbedder(times=1))
    assert _kinds(full) == []

    done = _reembed(full, _new())

    assert done == MANY - 256
    assert _kinds(full) == [ChangeKind.REEMBEDDED]
    require_one_embedder(full.database, "new")


def test_views_are_told_even_if_it_ends_right_after_the_last_vector(full: Workshop) -> None:
    def end_at_the_last(done: int) -> None:
        if done == MANY:
            raise Interrupted

    with pytest.raises(Interrupted):
        reembed(full.database, _new(), clock=full.clock, progress=end_at_the_last)
    _reembed(full, _new())

    assert _kinds(full) == [ChangeKind.REEMBEDDED]


def test_an_empty_database_has_nothing_to_embed(workshop: Workshop) -> None:
    assert _reembed(workshop, _new()) == 0
    assert workshop.log() == []


def test_a_document_read_afterwards_is_still_the_same(filled: Workshop) -> None:
    _reembed(filled, _new())
    again = Workshop(filled.database, filled.clock, _new())

    outcome = again.read(
        documents(*(document(str(nth), title=f"Title {nth}") for nth in range(FEW)))
    )

    assert outcome.counts.unchanged == FEW
    assert again.embedder.embedded == []
