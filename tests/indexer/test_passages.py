"""Tests of `indexer/catalogue/passages.py`."""

from connectors.records import Series
from indexer.catalogue import passages
from indexer.catalogue.passages import StoredPassage
from tests.indexer.workshop import Workshop, day, document, documents, observations, value


def current(workshop: Workshop, collection: str | None = None) -> list[StoredPassage]:
    with workshop.database.reading() as session:
        return passages.current(session, collection=collection)


def test_only_the_current_version_of_what_is_still_there_is_read(workshop: Workshop) -> None:
    workshop.push(document("a", "the first version of it"), document("b", "soon to be gone"))
    workshop.push(document("a", "the second version of it"), removed=("b",))

    assert [each.text for each in current(workshop)] == ["the second version of it"]


def test_passages_come_with_what_they_are_embedded_under(workshop: Workshop) -> None:
    workshop.push(document("a", "# Prices\n\nOil rose.\n", title="News"))

    (found,) = current(workshop)

    assert (found.key, found.title, found.section, found.is_card) == ("a", "News", "Prices", False)
    assert found.embedded_text == f"News\nPrices\n{found.text}"
    assert found.embedder == workshop.embedder.identity
    assert len(found.vector) == 2 * workshop.embedder.dimension


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
