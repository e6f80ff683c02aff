"""Tests of `indexer/catalogue/passages.py`."""

from connectors.records import Series
from indexer.catalogue import passages
from indexer.catalogue.passages import StoredPassage
from tests.indexer.switching import NEW, OLD, add
from tests.indexer.workshop import Workshop, day, document, documents, observations, value


def current(
    workshop: Workshop, collection: str | None = None, *, embedder: str = OLD.identity
) -> list[StoredPassage]:
    with workshop.database.reading() as session:
        return passages.current(session, embedder=embedder, collection=collection)


def test_only_the_current_version_of_what_is_still_there_is_read(workshop: Workshop) -> None:
    workshop.push(document("a", "the first version of it"), document("b", "soon to be gone"))
    workshop.push(document("a", "the second version of it"), removed=("b",))

    assert [each.text for each in current(workshop)] == ["the second version of it"]


def test_passages_come_with_what_they_are_embedded_under(workshop: Workshop) -> None:
    workshop.push(document("a", "# Prices\n\nOil rose.\n", title="News"))

    (found,) = current(workshop)

    assert (found.key, found.title, found.section, found.is_card) == ("a", "News", "Prices", False)
    assert found.embedded_text == f"News\nPrices\n{found.text}"
    assert len(found.vector) == 2 * workshop.embedder.dimension


def test_vectors_are_those_of_the_embedder_asked_for(workshop: Workshop) -> None:
    workshop.push(document("a", "some words"))
    add(workshop)
    workshop.push(document("b", "other words"))

    old = current(workshop)
    beside = current(workshop, embedder=NEW.identity)

    assert [len(each.vector) for each in old] == [2 * workshop.embedder.dimension] * 2
    assert [len(each.vector) for each in beside] == [2 * 32, 0]


def test_a_collection_is_that_of_the_sources(workshop: Workshop) -> None:
    workshop.source("other", collection="papers")
    workshop.read(documents(document("x", "a paper about oil")), source="other")
    workshop.push(document("a", "news about oil"))

    assert [each.key for each in current(workshop, "papers")] == ["x"]
    assert len(current(workshop)) == 2
    assert current(workshop, "nobody's") == []


def test_a_card_says_which_series_it_is_of(workshop: Workshop) -> None:
    brent = Series("BRENT", "Brent crude oil", aliases=("North Sea oil",))
    workshop.read(observations(value("BRENT", day(1), "84"), series=(brent,)))

    (found,) = current(workshop)

    assert found.is_card
    assert found.details["aliases"] == ["North Sea oil"]
