"""The lexical leg of a question, searched while the question is embedded."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from indexer.records import Scope
from indexer.views.live import LiveViews
from tests.indexer.views.fake_log import NOW_SCOPE, FakeLog, LatticeEmbedder, minutes

MakeViews = Callable[..., LiveViews]
OTHER_SCOPE = replace(NOW_SCOPE, published_after=minutes(5))


class Interrupted(LatticeEmbedder):
    """An embedder while whose work something else happens."""

    meanwhile: Callable[[], object] = staticmethod(lambda: None)

    def embed_query(self, text: str) -> NDArray[np.float32]:
        self.meanwhile()
        return super().embed_query(text)


@pytest.fixture
def embedder(log: FakeLog) -> Interrupted:
    log.embedder = Interrupted(log.embedder.identity)
    return log.embedder


@pytest.fixture
def started(log: FakeLog, embedder: Interrupted, make_views: MakeViews) -> LiveViews:
    """Views of a log that holds two documents."""
    log.add("wheat")
    log.add("wheat rye")
    views = make_views()
    views.start()
    return views


@pytest.mark.parametrize("scope", [NOW_SCOPE, OTHER_SCOPE])
def test_legs_are_those_of_a_search_after_the_embedding(started: LiveViews, scope: Scope) -> None:
    query = started.query("wheat rye", within=(NOW_SCOPE, 10))

    assert started.search(query, scope, 10) == started.search(started.query("wheat rye"), scope, 10)


def test_fewer_hits_than_were_looked_for_are_the_best(started: LiveViews) -> None:
    query = started.query("wheat rye", within=(NOW_SCOPE, 10))

    assert [hit.chunk for hit in started.search(query, NOW_SCOPE, 1).lexical] == [2]


def test_a_change_during_the_embedding_is_in_both_legs(
    log: FakeLog, embedder: Interrupted, started: LiveViews
) -> None:
    def one_more() -> None:
        log.add("wheat rye oats")
        started.catch_up()

    embedder.meanwhile = one_more

    legs = started.search(started.query("wheat", within=(NOW_SCOPE, 10)), NOW_SCOPE, 10)

    assert legs.seq == 3
    assert {hit.chunk for hit in legs.lexical} == {1, 2, 3}
    assert {hit.chunk for hit in legs.dense} == {1, 2, 3}


def test_a_rebuilt_view_is_searched_anew(
    log: FakeLog, embedder: Interrupted, started: LiveViews
) -> None:
    embedder.meanwhile = started.rebuild

    legs = started.search(started.query("wheat", within=(NOW_SCOPE, 10)), NOW_SCOPE, 10)

    assert {hit.chunk for hit in legs.lexical} == {1, 2}


def test_a_question_that_cannot_be_embedded_fails_as_it_would(
    embedder: Interrupted, started: LiveViews
) -> None:
    def fail() -> None:
        raise ValueError("overloaded")

    embedder.meanwhile = fail

    with pytest.raises(ValueError, match="overloaded"):
        started.query("wheat", within=(NOW_SCOPE, 10))
