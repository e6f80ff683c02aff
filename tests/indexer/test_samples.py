"""Tests of `indexer/catalogue/samples.py`."""

from connectors.records import Series
from indexer.catalogue import changes, samples, sources
from indexer.catalogue.samples import Card
from tests.indexer.switching import NEW, OLD, add, fill
from tests.indexer.workshop import Workshop, day, document, observations, value


def source_row(workshop: Workshop) -> int:
    with workshop.database.reading() as session:
        return sources.all_sources(session)[0].id


def test_a_sample_is_spread_over_all_current_documents(workshop: Workshop) -> None:
    fill(workshop, 10)
    row = source_row(workshop)

    with workshop.database.reading() as session:
        few = samples.documents(session, row, most=3)
        all_of_them = samples.documents(session, row, most=10)

    assert len(all_of_them) == 10
    assert few == [all_of_them[3], all_of_them[7]]


def test_what_is_superseded_or_of_another_source_is_in_no_sample(workshop: Workshop) -> None:
    workshop.push(document("a", "the first version"), document("b", "soon to be gone"))
    workshop.push(document("a", "the second version"), removed=("b",))

    with workshop.database.reading() as session:
        row = sources.all_sources(session)[0].id
        assert len(samples.documents(session, row, most=10)) == 1
        assert samples.documents(session, row + 1, most=10) == []


def test_vectors_are_those_of_the_embedder_wherever_they_lie(workshop: Workshop) -> None:
    fill(workshop, 4)
    add(workshop)
    row = source_row(workshop)

    with workshop.database.reading() as session:
        rows = samples.documents(session, row, most=10)
        old = samples.vectors(session, OLD.identity, rows, most=3)
        new = samples.vectors(session, NEW.identity, rows, most=10)
        none = samples.vectors(session, "unknown/1", rows, most=10)

    assert [len(each) for each in old] == [2 * 64] * 3
    assert [len(each) for each in new] == [2 * 32] * 4
    assert none == []


def test_cards_say_what_series_are_called(workshop: Workshop) -> None:
    series = Series("brent", "Brent crude", aliases=("oil price",))
    workshop.read(observations(value("brent", day(1), "71.2"), series=(series,)))
    row = source_row(workshop)

    with workshop.database.reading() as session:
        assert samples.cards(session, row, most=5) == [
            Card(row, "brent", ("Brent crude", "brent", "oil price"))
        ]


def test_only_sources_with_later_changes_have_changed(workshop: Workshop) -> None:
    workshop.push(document("a", "some words"))

    with workshop.database.reading() as session:
        seq, _ = changes.head(session)
        assert samples.changed_sources(session, after=0) == {source_row(workshop)}
        assert samples.changed_sources(session, after=seq) == set()
