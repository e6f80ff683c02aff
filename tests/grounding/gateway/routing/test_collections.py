"""Tests of `grounding/gateway/routing/collections.py` on a real database."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import numpy as np
import pytest

from connectors.records import Batch, Document, Observation, Series
from grounding.gateway.routing.collections import CollectionChoice, CollectionProfiles
from grounding.service import Service
from tests.fakes import START, FakeClock, HashEmbedder
from tests.grounding.serving import Plan, started

EMBEDDER = HashEmbedder()
BREAD = ("flour water salt bread oven", "bread dough yeast flour", "oven bread crust flour bake")
SHIPS = ("harbour ship mast sail", "ship sail captain sea", "sea harbour anchor ship")
ABOUT_BREAD = "flour bread oven"


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    with started(Plan(tmp_path, clock=FakeClock(), embedder=EMBEDDER)) as one:
        push(one, "bakery", "food", BREAD)
        push(one, "port", "sea", SHIPS)
        yield one


def push(service: Service, source: str, collection: str, texts: tuple[str, ...]) -> None:
    documents = tuple(Document(key=f"{source}-{n}", text=each) for n, each in enumerate(texts))
    outcome = service.push(source, collection, Batch(cursor={}, documents=documents))
    assert outcome.error is None


def push_series(service: Service, source: str, collection: str, series: Series) -> None:
    value = Observation(series.key, START - timedelta(days=1), Decimal(7))
    batch = Batch(cursor={}, series=(series,), observations=(value,))
    assert service.push(source, collection, batch).error is None


def refreshed(service: Service, profiles: CollectionProfiles | None = None) -> CollectionProfiles:
    known = profiles or CollectionProfiles()
    with service.parts.database.reading() as session:
        known.refresh(session, EMBEDDER.identity)
    return known


def choose(
    profiles: CollectionProfiles, question: str, allowed: frozenset[str] | None = None
) -> CollectionChoice:
    return profiles.choose(
        question, EMBEDDER.embed_query(question), allowed=allowed, embedder=EMBEDDER.identity
    )


def test_what_is_far_from_a_question_is_left_out_and_it_is_said_why(service: Service) -> None:
    choice = choose(refreshed(service), ABOUT_BREAD)

    assert choice.collections == {"food"}
    assert choice.scores["food"] > choice.scores["sea"]
    assert "'food' is nearest" in choice.reasons[0]
    assert "'sea'" in choice.reasons[0]


def test_what_comes_near_in_both_is_looked_for_in_both(service: Service) -> None:
    choice = choose(refreshed(service), "bread flour ship sail")

    assert choice.collections is None
    assert choice.reasons == ("not narrowed: every collection comes near",)


def test_what_nothing_comes_near_to_is_looked_for_everywhere(service: Service) -> None:
    choice = choose(refreshed(service), "quarterly taxation of municipal bonds")

    assert choice.collections is None
    assert choice.reasons == ("not narrowed: nothing comes near the question",)


def test_only_what_is_allowed_is_offered(service: Service) -> None:
    push(service, "mill", "grain", ("wheat rye flour mill",))
    profiles = refreshed(service)

    choice = choose(profiles, ABOUT_BREAD, allowed=frozenset({"sea", "grain"}))

    assert choice.scores.keys() == {"sea", "grain"}
    assert "food" not in (choice.collections or ())
    assert "'food'" not in " ".join(choice.reasons)


def test_a_series_that_is_named_keeps_its_collection(service: Service) -> None:
    push_series(service, "exchange", "prices", Series("wheat", "Wheat future", aliases=("XWHT",)))
    profiles = refreshed(service)

    choice = choose(profiles, f"{ABOUT_BREAD} and the Wheat future")

    assert choice.series == ("Wheat future",)
    assert choice.collections == {"food", "prices"}
    assert choice.reasons[0] == "it names the series 'Wheat future'"


def test_a_series_of_a_collection_that_is_not_allowed_is_not_named(service: Service) -> None:
    push_series(service, "exchange", "prices", Series("wheat", "Wheat future"))

    choice = choose(refreshed(service), "the Wheat future", allowed=frozenset({"food", "sea"}))

    assert choice.series == ()


def test_a_name_that_many_series_share_names_none(service: Service) -> None:
    series = tuple(Series(f"s{n}", f"Town {n}", aliases=("rainfall",)) for n in range(21))
    values = tuple(Observation(each.key, START - timedelta(days=1), Decimal(7)) for each in series)
    batch = Batch(cursor={}, series=series, observations=values)
    assert service.push("rain", "rain", batch).error is None

    profiles = refreshed(service)

    assert choose(profiles, "rainfall").series == ()
    assert choose(profiles, "rainfall in Town 3").series == ("Town 3",)


def test_before_it_has_looked_nothing_is_narrowed() -> None:
    choice = choose(CollectionProfiles(), ABOUT_BREAD)

    assert choice == CollectionChoice(
        None, (), {}, ("not narrowed: there are not several collections",)
    )


def test_a_collection_that_is_not_known_yet_is_not_narrowed_away(service: Service) -> None:
    profiles = refreshed(service)
    allowed = frozenset({"food", "sea", "new"})

    choice = choose(profiles, ABOUT_BREAD, allowed=allowed)

    assert choice.collections is None
    assert choice.reasons == ("not narrowed: a collection that is allowed is not known yet",)


def test_an_empty_collection_does_not_hinder_and_is_kept(service: Service) -> None:
    assert service.push("void", "empty", Batch(cursor={})).error is None
    push(service, "bakery", "food", BREAD)

    choice = choose(refreshed(service), ABOUT_BREAD)

    assert choice.collections == {"food", "empty"}


def test_what_there_was_no_time_for_is_kept_and_looked_at_next_time(service: Service) -> None:
    profiles = CollectionProfiles()
    with service.parts.database.reading() as session:
        assert profiles.refresh(session, EMBEDDER.identity, seconds=-1.0)
    hasty = choose(profiles, ABOUT_BREAD)

    refreshed(service, profiles)

    assert hasty.collections is None
    assert choose(profiles, ABOUT_BREAD).collections == {"food"}


def test_without_a_change_there_is_nothing_to_refresh(service: Service) -> None:
    profiles = refreshed(service)
    seq = profiles.seq

    with service.parts.database.reading() as session:
        assert not profiles.refresh(session, EMBEDDER.identity)
    push(service, "bakery", "food", ("bread with olives",))
    with service.parts.database.reading() as session:
        assert profiles.refresh(session, EMBEDDER.identity)

    assert profiles.seq > seq


def test_a_refresh_sees_what_a_source_says_now(service: Service) -> None:
    profiles = refreshed(service)
    push(service, "port", "sea", BREAD)

    refreshed(service, profiles)

    assert choose(profiles, ABOUT_BREAD).collections is None


def test_vectors_of_another_embedder_are_not_compared(service: Service) -> None:
    profiles = refreshed(service)
    vector = EMBEDDER.embed_query(ABOUT_BREAD)

    other = profiles.choose(ABOUT_BREAD, vector, embedder="others/1")
    short = profiles.choose(ABOUT_BREAD, vector[:10])
    broken = profiles.choose(ABOUT_BREAD, np.full_like(vector, np.nan))
    absent = profiles.choose(ABOUT_BREAD, None)

    why = ("not narrowed: nothing is known by the vectors of this embedder",)
    assert [(each.collections, each.reasons) for each in (other, short, broken, absent)] == [
        (None, why)
    ] * 4


@pytest.mark.parametrize("question", ["", "  \n"])
def test_without_a_question_nothing_is_narrowed(service: Service, question: str) -> None:
    assert choose(refreshed(service), question).collections is None


def test_a_choice_for_a_very_long_question_reads_its_beginning_only(service: Service) -> None:
    push_series(service, "exchange", "prices", Series("wheat", "Wheat future"))
    profiles = refreshed(service)
    vector = EMBEDDER.embed_query(ABOUT_BREAD)

    begun, late = (
        profiles.choose(text, vector)
        for text in (f"Wheat future {'x ' * 10**5}", f"{'x ' * 10**5} Wheat future")
    )

    assert (begun.series, late.series) == (("Wheat future",), ())
    assert replace(late, series=begun.series) != begun
