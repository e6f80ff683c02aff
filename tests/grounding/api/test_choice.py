"""How results are chosen, and whether they are enough, over HTTP."""

from typing import Any

import pytest

from tests.fakes import START
from tests.grounding.api.problem import fields_of
from tests.grounding.serving import DAY, Running, document

MANY = [document(f"k{n}", f"gold gold {n}", title=f"Note {n}") for n in range(400)]
OTHER = "a great many other words about ships and shoes and sealing wax and cabbages and kings"
ALIKE = (
    document("a", "gold price rises in London today"),
    document("b", "gold price rises in London now"),
    document("c", "gold price at a mine: strike goes on"),
    document("d", "Weather: rain is expected tomorrow, wind from the north"),
)


@pytest.fixture
def notes(running: Running) -> Running:
    running.push(*MANY, source="desk")
    others = [document(f"o{n}", f"{n} times gold among {OTHER}", title="Other") for n in range(3)]
    seq = running.push(*others, source="wiki")
    running.titles("gold", min_seq=seq)
    return running


@pytest.fixture
def alike(running: Running) -> Running:
    running.titles("gold", min_seq=running.push(*ALIKE))
    return running


def test_other_sources_are_found_below_many_better_hits_of_one(notes: Running) -> None:
    best = notes.client.search("gold gold", max_results=20).results

    found = notes.client.search("gold gold", max_results=10, max_per_source=2).results

    assert {each.source for each in best} == {"desk"}
    assert [each.source for each in found] == ["desk", "desk", "wiki", "wiki"]
    assert [each.id for each in found[:2]] == [each.id for each in best[:2]]


def test_what_was_looked_at_in_other_sources_is_told_of_once(notes: Running) -> None:
    found = notes.client.search("gold gold", max_results=10, max_per_source=2, explain=True)

    assert found.explanation is not None
    told = found.explanation.candidates
    assert len({each.id for each in told}) == len(told) == found.explanation.looked_at
    assert [each.id for each in told if each.is_shown] == [each.id for each in found.results]
    assert [each.reason for each in told if each.source == "wiki"] == [
        None,
        None,
        "its source has its max of results",
    ]


def test_a_max_that_all_keep_anyway_changes_nothing(notes: Running) -> None:
    assert notes.ids("gold", max_per_source=10) == notes.ids("gold")


def test_more_diversity_shows_what_does_not_repeat_the_first(alike: Running) -> None:
    query, most = "gold price rises in London", 2

    assert set(alike.titles(query, max_results=most)) == {"a", "b"}
    assert alike.titles(query, max_results=most, diversity=0.0) == alike.titles(query)[:most]
    assert len({"a", "b"} & set(alike.titles(query, max_results=most, diversity=0.7))) == 1


def test_more_diversity_is_in_the_prompt_and_its_receipt(alike: Running) -> None:
    made = alike.client.augment("gold price rises in London", max_items=2, diversity=0.7)

    receipt: Any = alike.client.receipt(made.receipt_id)
    assert len({"a", "b"} & {each.title for each in made.evidence}) == 1
    assert receipt["options"]["diversity"] == 0.7
    plain: Any = alike.client.receipt(alike.client.augment("gold").receipt_id)
    assert plain["options"]["diversity"] == 0.0


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("search", {"diversity": 1.1}),
        ("search", {"diversity": -0.1}),
        ("augment", {"diversity": 2}),
        ("search", {"max_per_source": 0}),
        ("search", {"explain": "perhaps"}),
    ],
)
def test_a_choice_that_makes_no_sense_is_refused(
    shared: Running, path: str, body: dict[str, Any]
) -> None:
    assert fields_of(shared.post(f"/v1/{path}", {"query": "gold", **body})) == [*body]


class TestSufficiency:
    def test_it_does_not_depend_on_how_much_is_shown(self, notes: Running) -> None:
        query = "gold among other words"

        one, many = (notes.client.search(query, max_results=n).sufficiency for n in (1, 10))
        prompt = notes.client.augment(query, max_items=1).sufficiency

        assert one is not None
        assert one == many == prompt
        assert one.is_enough == (one.probability >= one.threshold)
        assert one.reasons

    def test_it_looks_at_ten_also_where_a_filter_leaves_few(self, running: Running) -> None:
        far = [
            document(f"far {n}", f"gold {n}", url="https://b.example/", title=f"Far {n}")
            for n in range(20)
        ]
        near = [{**each, "url": "https://a.example/"} for each in MANY]
        running.titles("gold", min_seq=running.push(*near, *far))
        asked: Any = {"include_domains": ["b.example"]}

        one, many = (
            running.client.search("gold gold", max_results=n, **asked).sufficiency for n in (1, 10)
        )

        assert one is not None
        assert one == many

    def test_nothing_found_is_not_enough(self, shared: Running) -> None:
        said = shared.client.search("gold").sufficiency

        assert said is not None
        assert (said.probability, said.is_enough, said.reasons) == (
            0.0,
            False,
            ("nothing was found",),
        )

    def test_a_series_that_is_called_by_name_is(self, running: Running) -> None:
        pushed = running.client.push_observations(
            [{"series": "gold", "valid_from": START - DAY, "value": "2000"}],
            series=[{"key": "gold", "title": "Gold spot price"}],
        )

        said = running.client.augment("gold spot price?", min_seq=pushed.seq).sufficiency

        assert said is not None
        assert (said.probability, said.is_enough) == (1.0, True)


def test_an_exact_search_is_asked_for_by_name_and_finds_the_same(running: Running) -> None:
    seq = running.push(*(document(str(n), f"gold rose by {n}") for n in range(30)))

    usual = running.client.search("gold", min_seq=seq)
    exact = running.client.search("gold", min_seq=seq, exact=True)
    prompt = running.client.augment("gold", exact=True)

    assert [each.id for each in exact.results] == [each.id for each in usual.results]
    assert running.client.receipt(prompt.receipt_id)["options"]["exact"] is True
