from connectors.records import Series
from indexer.catalogue import passages
from indexer.tuning.pairs import made
from indexer.tuning.records import Origin, Pair
from tests.indexer.workshop import Workshop, day, document, observations, value

PROSE = (
    "The pumps are switched off in the evening, and a watchman walks along the shore with a lamp."
)
OTHER = "Nobody has seen the heron since the reeds were cut down and burnt by the new tenants."
THIRD = "A ferry takes passengers across twice a day unless the wind blows hard from the north."


def pairs_of(workshop: Workshop) -> dict[str, Pair]:
    with workshop.database.reading() as session:
        stored = passages.current(session, embedder=workshop.embedder.identity)
    return {pair.question: pair for pair in made(stored, seed=1)}


def test_a_title_asks_for_the_passage_below_it(workshop: Workshop) -> None:
    workshop.push(document("a", PROSE, title="Night at the reservoir"))

    found = pairs_of(workshop)["Night at the reservoir"]

    assert (found.passage, found.origin) == (PROSE, Origin.TITLE)
    assert found.answers == (PROSE,)


def test_a_heading_asks_with_its_title_for_the_passage_of_its_section(workshop: Workshop) -> None:
    text = f"# Pumps\n\n{PROSE * 3}\n\n# Birds\n\n{OTHER * 3}\n"
    workshop.push(document("a", text, title="The reservoir"))

    found = pairs_of(workshop)

    assert found["The reservoir: Birds"].passage == OTHER * 3
    assert found["The reservoir: Birds"].origin is Origin.HEADING
    assert found["The reservoir: Birds"].answers == (OTHER * 3,)


def test_a_title_asks_for_the_section_below_it_with_its_heading(workshop: Workshop) -> None:
    workshop.push(document("a", f"# Pumps\n\n{PROSE}\n", title="The reservoir"))

    assert pairs_of(workshop)["The reservoir"].passage == f"Pumps\n{PROSE}"


def test_the_words_of_the_question_are_not_left_above_the_passage(workshop: Workshop) -> None:
    text = f"# The old reservoir\n\n## Herons\n\n{OTHER * 3}\n\n## Ferries\n\n{THIRD * 3}\n"
    workshop.push(document("a", text, title="The old reservoir"))

    for pair in pairs_of(workshop).values():
        assert "old reservoir" not in pair.passage
        if pair.origin is Origin.HEADING:
            assert "Herons" not in pair.passage
            assert "Ferries" not in pair.passage


def test_a_title_that_the_text_begins_with_is_taken_off(workshop: Workshop) -> None:
    workshop.push(document("a", f"Night watch: {PROSE}", title="Night watch"))

    assert pairs_of(workshop)["Night watch"].passage == PROSE


def test_a_question_that_fits_several_documents_is_left_out(workshop: Workshop) -> None:
    workshop.push(
        document("a", PROSE, title="Weekly report"),
        document("b", OTHER, title="weekly  Report!"),
        document("c", THIRD, title="Crossing the lake"),
    )

    assert set(pairs_of(workshop)) == {"Crossing the lake"}


def test_of_near_duplicates_one_is_kept(workshop: Workshop) -> None:
    long = " ".join((PROSE, OTHER, THIRD))
    workshop.push(
        document("a", long, title="Evening at the lake"),
        document("b", f"{long} Updated.", title="How the lake is kept"),
        document("c", OTHER, title="Where herons went"),
    )

    assert len(pairs_of(workshop)) == 2


def test_a_word_or_a_passage_of_few_words_asks_nothing(workshop: Workshop) -> None:
    workshop.push(
        document("a", PROSE, title="Home"),
        document("b", "Nothing to see here.", title="An empty page"),
        document("c", OTHER),
    )

    assert pairs_of(workshop) == {}


def test_names_of_a_series_ask_for_its_card_without_the_name(workshop: Workshop) -> None:
    brent = Series(
        "DCOILBRENTEU",
        "Brent crude oil",
        unit="dollars a barrel",
        description="Spot price, free on board, as the ports report it",
        aliases=("North Sea oil",),
    )
    workshop.read(observations(value("DCOILBRENTEU", day(1), "84"), series=(brent,)))

    found = pairs_of(workshop)

    assert set(found) == {"Brent crude oil", "North Sea oil"}
    assert {pair.origin for pair in found.values()} == {Origin.SERIES}
    for question, pair in found.items():
        assert question not in pair.passage
        assert "Spot price, free on board" in pair.passage
