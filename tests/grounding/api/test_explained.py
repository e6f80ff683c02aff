"""Every candidate that was looked at is shown or left out for a reason, once, over HTTP."""

import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from grounding.client.records import Augmented, Explained, SearchReply
from indexer.catalogue import changes
from indexer.catalogue.evidence import passages
from tests.fakes import START
from tests.grounding.serving import DAY, HOUR, Plan, Running, document, serving

WORDS = ("gold", "silver", "price", "rose", "fell", "Friday", "London", "Paris", "market", "mine")
HOSTS = ("https://a.example/x", "https://b.example/y", None)
CORPORA = 4
ROUNDS = 12


@pytest.fixture(scope="module", params=range(CORPORA))
def filled(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """A service with a random corpus: repeated texts, several passages, titles, series."""
    choose = random.Random(request.param)
    with serving(Plan(tmp_path_factory.mktemp("filled"))) as running:
        texts = [random_text(choose) for _ in range(10)]
        for source in ("desk", "wiki", "wire")[: choose.randint(1, 3)]:
            made = [random_document(choose, n, texts) for n in range(choose.randint(1, 14))]
            running.push(*made, source=source)
        running.client.push_observations(
            [
                {"series": "gold", "valid_from": START - DAY, "value": "2000"},
                {"series": "old", "valid_from": START - DAY, "value": "1", "valid_until": START},
            ],
            series=[{"key": "gold", "title": "Gold price"}, {"key": "old", "title": "Old price"}],
        )
        running.service.parts.views.catch_up()
        yield running


def random_text(choose: random.Random) -> str:
    sentences = choose.choice([1, 2, 40])
    return " ".join(
        " ".join(choose.choices(WORDS, k=7)).capitalize() + "." for _ in range(sentences)
    )


def random_document(choose: random.Random, n: int, texts: list[str]) -> dict[str, object]:
    return document(
        f"k{n}",
        choose.choice(texts),
        title=choose.choice(["Gold", "Market", f"Note {n}"]),
        url=choose.choice(HOSTS),
        published_at=START - HOUR * choose.randint(0, 200),
    )


def stored(running: Running, sources: list[str] | None) -> set[str]:
    """Return the ids of all passages and cards of these sources."""
    with running.service.parts.database.reading() as session:
        rows = [each.chunk for each in changes.all_chunks(session, "hash-words/64", 0, 10_000)]
        found = passages(session, rows)
    return {
        f"{passage.uid}@{passage.version}#{passage.ordinal}"
        for passage, standing in found
        if sources is None or standing.source in sources
    }


def random_options(choose: random.Random) -> dict[str, Any]:
    return {
        "explain": True,
        "diversity": choose.choice([None, 0.0, 0.5, 1.0]),
        "max_per_source": choose.choice([None, None, 1, 3]),
        "include_domains": choose.choice([None, None, ["a.example"]]),
        "sources": choose.choice([None, None, ["push-series"]]),
    }


def told(reply: SearchReply | Augmented) -> dict[str, Explained]:
    """Return the candidates of a reply by id, each of which is told of once."""
    assert reply.explanation is not None
    found = {each.id: each for each in reply.explanation.candidates}
    assert len(found) == len(reply.explanation.candidates) == reply.explanation.looked_at
    return found


def check(reply: SearchReply | Augmented, shown: list[str], everything: set[str]) -> None:
    candidates = told(reply)
    assert candidates.keys() == everything
    assert {name for name, each in candidates.items() if each.is_shown} == set(shown)
    assert all(bool(each.reason) is not each.is_shown for each in candidates.values())
    ranked = sorted(candidates.values(), key=lambda each: each.rank)
    assert [each.rank for each in ranked] == list(range(1, len(ranked) + 1))
    assert [each.score for each in ranked] == sorted((e.score for e in ranked), reverse=True)
    for each in ranked:
        if each.reason is not None and each.reason.startswith(("says the same", "merged")):
            other = candidates[each.reason.split()[-1]]
            assert not (other.reason or "").startswith("says the same")


@pytest.mark.parametrize("seed", range(ROUNDS))
def test_a_search_tells_of_everything_it_looked_at(filled: Running, seed: int) -> None:
    choose = random.Random(seed)
    options = random_options(choose) | {"max_results": choose.choice([1, 3, 10, 100])}

    found = filled.client.search("gold price in London", **options)

    shown = [each.id for each in found.results]
    check(found, shown, stored(filled, options["sources"]))
    if not options["diversity"]:
        candidates = told(found)
        assert [candidates[each].rank for each in shown] == sorted(
            candidates[each].rank for each in shown
        )
        assert [candidates[each].score for each in shown] == [e.score for e in found.results]


@pytest.mark.parametrize("seed", range(ROUNDS))
def test_a_prompt_tells_of_everything_it_looked_at(filled: Running, seed: int) -> None:
    choose = random.Random(seed)
    options = random_options(choose) | {
        "max_items": choose.choice([1, 3, 12]),
        "token_budget": choose.choice([64, 200, 2_000]),
    }

    made = filled.client.augment("gold price in London", **options)

    check(made, [each.id for each in made.evidence], stored(filled, options["sources"]))


@pytest.fixture(scope="module")
def gold(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A service that knows of gold, twice of the same, and of a price that holds no more."""
    with serving(Plan(Path(tmp_path_factory.mktemp("gold")))) as running:
        running.push(
            document("a", "Gold rose by two percent on Friday.", url="https://a.example/1"),
            document("b", "Gold fell in Paris.", url="https://b.example/1"),
            source="desk",
        )
        running.push(document("c", "Gold rose by two percent on Friday.", title="a"), source="wiki")
        running.client.push_observations(
            [{"series": "g", "valid_from": START - DAY, "value": "1", "valid_until": START - HOUR}],
            series=[{"key": "g", "title": "Gold, spot"}],
        )
        running.service.parts.views.catch_up()
        yield running


def reasons(running: Running, **options: Any) -> dict[str, str | None]:
    """Return what became of each candidate by its source and title."""
    found = running.client.search("gold", explain=True, **options)
    return {f"{each.source}: {each.title}": each.reason for each in told(found).values()}


def test_repetitions_values_that_ended_and_the_rest_have_their_reasons(gold: Running) -> None:
    found = gold.client.search("gold rose", explain=True, max_results=1)

    (first,) = found.results
    candidates = told(found)
    assert candidates[first.id].scores == first.scores
    others = {each.title: each.reason for each in candidates.values() if not each.is_shown}
    assert others == {
        "a": f"says the same as {first.id}",
        "b": "not among the best 1",
        "Gold, spot": "a series that has no value in the time asked for",
    }


def test_what_filters_and_shares_leave_out_has_its_reason(gold: Running) -> None:
    outside, of_one = "on none of include_domains", "its source has its max of results"

    by_domain = reasons(gold, include_domains=["b.example"])
    by_source = reasons(gold, sources=["desk"], max_per_source=1)

    assert (by_domain["desk: a"], by_domain["desk: b"]) == (outside, None)
    assert by_domain["wiki: a"] == outside
    assert sorted(by_source.values(), key=str) == [None, of_one]


def test_packing_has_its_reasons(gold: Running) -> None:
    made = gold.client.augment("gold", explain=True, max_items=1, sources=["desk"])

    assert sorted((each.reason for each in told(made).values()), key=str) == [
        None,
        "more items than max_items",
    ]


@pytest.mark.parametrize("path", ["search", "augment"])
def test_nothing_is_explained_unless_asked_for(gold: Running, path: str) -> None:
    reply = gold.post(f"/v1/{path}", {"query": "gold"}).json()

    assert reply["explanation"] is None
