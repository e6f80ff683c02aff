"""Tests of `grounding/query/sufficiency.py`."""

import math
import tomllib
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from grounding.query import sufficiency as module
from grounding.query.records import Candidate, EvidenceState, Scores
from grounding.query.sufficiency import features, probability_of, sufficiency, weights_for
from tests.grounding.query.items import brent_card, brent_evidence, candidate

MINILM = "all-MiniLM-L6-v2/torch-fp32/53aa5117"
QUESTION = 'Did Pfizer ship 300 million doses of "Comirnaty" to Brazil?'


def found(
    text: str, *, dense: float | None = 0.5, lexical: float | None = 10.0, named: float = 0.0
) -> Candidate:
    return replace(candidate(text, title=""), scores=Scores(dense, lexical, 1.0, named=named))


def test_nothing_found_is_never_enough() -> None:
    said = sufficiency(QUESTION, (), embedder=MINILM)

    assert (said.probability, said.is_enough) == (0.0, False)
    assert said.reasons == ("nothing was found",)


def test_a_passage_that_answers_is_likelier_to_be_enough_than_one_about_something_else() -> None:
    answer = found("Pfizer did ship 300 million doses of Comirnaty to Brazil.", dense=0.8)
    other = found("The orchestra opens its season with Mahler.", dense=0.1, lexical=None)

    good, bad = (sufficiency(QUESTION, (each,), embedder=MINILM) for each in (answer, other))

    assert good.is_enough
    assert not bad.is_enough
    assert good.probability > bad.probability + 0.3


@pytest.mark.parametrize("embedder", [MINILM, "another/1", None])
def test_more_literal_terms_found_never_lower_it(embedder: str | None) -> None:
    pieces = ["doses", "Brazil", "Pfizer", "300 million", "Comirnaty"]
    others = [found("Doses were shipped.", dense=0.4), found("Pfizer reports.", dense=0.3)]

    said = [
        sufficiency(
            QUESTION, (found(" ".join(pieces[:count])), *others), embedder=embedder
        ).probability
        for count in range(len(pieces) + 1)
    ]

    assert said == sorted(said)
    assert said[-1] > said[0]


def test_weights_of_what_is_found_are_never_negative() -> None:
    for weights in (weights_for(MINILM), weights_for(None)):
        assert min(weights.of.values()) >= 0


def test_a_series_called_by_name_is_enough() -> None:
    card = Candidate(1, brent_evidence(), Scores(0.1, 0.2, -1.0, named=2.0))

    said = sufficiency("What is Brent?", (found("x"), card), embedder=MINILM)

    assert (said.probability, said.is_enough) == (1.0, True)
    assert "by name" in said.reasons[0]


@pytest.mark.parametrize(
    "card",
    [
        Candidate(1, brent_evidence(), Scores(0.0, 0.0, -1.0)),
        Candidate(1, brent_card(), Scores(0.0, 0.0, -1.0, named=2.0)),
        Candidate(
            1,
            replace(brent_evidence(), state=EvidenceState.EXPIRED),
            Scores(0.0, 0.0, -1.0, named=2.0),
        ),
    ],
    ids=["not called by name", "without a value", "expired"],
)
def test_any_other_card_is_judged_by_its_words(card: Candidate) -> None:
    assert sufficiency("How tall is the Eiffel tower?", (card,)).probability < 1


def test_another_embedder_is_judged_without_dense_scores_and_says_so() -> None:
    near, far = found("Pfizer ships doses.", dense=0.9), found("Pfizer ships doses.", dense=0.1)

    one, other = (sufficiency(QUESTION, (each,), embedder="bge-m3/x/1") for each in (near, far))

    assert one.probability == other.probability
    assert "bge-m3/x/1" in one.reasons[-1]
    assert all(
        "left out" not in each for each in sufficiency(QUESTION, (near,), embedder=MINILM).reasons
    )


def test_candidates_without_dense_scores_are_judged_without_them() -> None:
    given = (found("Pfizer ships doses.", dense=None),)

    said = sufficiency(QUESTION, given, embedder=MINILM)

    assert said.reasons[-1] == "no candidate has a dense score"
    assert said.probability == sufficiency(QUESTION, given, embedder=None).probability


@pytest.mark.parametrize(
    "question", ["", "?", "what is the", "東京の天気は？", "Погода в Москве", "🙂", "\ud800"]
)
@pytest.mark.parametrize("text", ["", " ", "東京の天気は晴れ", "Погода в Москве ясная", "\ud800"])
@pytest.mark.parametrize("scores", [Scores(), Scores(-0.2), Scores(None, 0.0), Scores(1e3, 1e9)])
def test_it_is_a_probability_whatever_is_given(question: str, text: str, scores: Scores) -> None:
    given = tuple(replace(found(text), scores=scores) for _ in range(12))

    for embedder in (MINILM, None):
        said = sufficiency(question, given, embedder=embedder)

        assert 0 <= said.probability <= 1
        assert said.is_enough == (said.probability >= said.threshold)


def ranked(count: int, *, lead: float = 0.0) -> list[Candidate]:
    """Return candidates whose scores fall evenly; the best five lead by so much in both legs."""
    return [
        replace(
            found(f"Passage {n}.", dense=0.5 - n / 1000 + lead * (n < 5), lexical=None), chunk=n
        )
        for n in range(count)
    ]


def test_only_the_ten_best_are_read() -> None:
    ten = tuple(found("Doses were shipped.", dense=0.3) for _ in range(10))

    assert features(QUESTION, (*ten, found("Pfizer", dense=0.9))) == features(QUESTION, ten)


def test_fused_scores_have_no_say() -> None:
    given = ranked(30)
    moved = [
        replace(each, scores=each.scores._replace(fused=-7.0, recency=0.2, reranked=3.0))
        for each in given
    ]

    assert features(QUESTION, given) == features(QUESTION, moved)


def test_the_best_five_are_ahead_by_deviations_of_the_pool() -> None:
    even, led = features("q", ranked(100)), features("q", ranked(100, lead=0.5))
    scores = np.array([0.5 - n / 1000 for n in range(100)])

    assert math.isclose(even["ahead"], float(((scores - scores.mean()) / scores.std())[:5].mean()))
    assert led["ahead"] > even["ahead"] + 1


def test_both_legs_say_how_far_ahead_the_best_are() -> None:
    dense = ranked(100, lead=0.5)
    flat = [replace(each, scores=Scores(each.scores.dense, 3.0)) for each in dense]
    alike = [replace(c, scores=Scores(c.scores.dense, 40 * (c.scores.dense or 0))) for c in dense]

    alone, halved, both = (features("q", each)["ahead"] for each in (dense, flat, alike))

    assert math.isclose(halved, alone / 2)
    assert math.isclose(both, alone)


def test_a_leg_that_does_not_know_a_candidate_counts_as_its_worst() -> None:
    lexical = np.arange(29.0, 0.0, -1.0)
    given = [replace(each, scores=Scores()) for each in ranked(30)]
    given[1:] = [
        replace(each, scores=Scores(None, score))
        for each, score in zip(given[1:], lexical.tolist(), strict=True)
    ]

    standing = (np.array([1.0, 29.0, 28.0, 27.0, 26.0]) - lexical.mean()) / lexical.std()
    assert math.isclose(features("q", given)["ahead"], float(standing.mean()))


def test_what_is_below_the_best_hundred_of_each_leg_moves_nothing() -> None:
    given = ranked(140)
    fallen = [
        each if n < 100 else replace(each, scores=Scores(-0.9)) for n, each in enumerate(given)
    ]

    assert features("q", given)["ahead"] == features("q", fallen)["ahead"]


def test_nothing_is_ahead_of_too_few_and_the_usual_stands_in() -> None:
    few = ranked(19)

    assert "ahead" not in features(QUESTION, few)
    assert "ahead" in features(QUESTION, ranked(20))
    weights = weights_for(MINILM)
    measured = features(QUESTION, few)
    usual = measured | {"ahead": weights.usual["ahead"]}
    assert probability_of(measured, weights) == probability_of(usual, weights)
    assert "too little" in sufficiency(QUESTION, few, embedder=MINILM).reasons[-1]


@pytest.mark.parametrize("embedder", [MINILM, "another/1"])
def test_standing_out_further_makes_it_likelier(embedder: str) -> None:
    even, led = (
        sufficiency(QUESTION, ranked(100, lead=lead), embedder=embedder).probability
        for lead in (0.0, 0.3)
    )

    assert led > even


def test_the_file_of_weights_names_only_features_there_are() -> None:
    tables = tomllib.loads(Path(module.__file__).with_suffix(".toml").read_text(encoding="utf-8"))
    measured = features(QUESTION, ranked(20))

    assert set(tables) == {"dense", "without_dense"}
    for table in tables.values():
        assert set(table["weights"]) <= set(measured)
        assert set(table["weights"]) == set(table["usual"])
        assert 0 < table["threshold"] < 1
    assert not [name for name in tables["without_dense"]["weights"] if name.startswith("dense")]
    assert MINILM.startswith(tables["dense"]["embedder"])


def test_a_probability_stays_one_however_large_the_score() -> None:
    weights = replace(weights_for(None), intercept=1e6)

    assert 0.99 < probability_of(features("q", [found("x")]), weights) <= 1
