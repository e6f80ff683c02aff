import pytest
import pytrec_eval
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.quality.metrics import (
    answer_in_evidence,
    compared,
    mean,
    ndcg,
    normalised,
    order,
    per_query,
    recall,
    reciprocal_rank,
)

DOCUMENTS = st.sampled_from([f"d{number}" for number in range(30)])
QUERIES = st.sampled_from(["q1", "q2", "q3"])
SCORES = st.sampled_from([-1.0, 0.0, 0.25, 0.5, 1.0, 2.0, 7.5])
RUNS = st.dictionaries(QUERIES, st.dictionaries(DOCUMENTS, SCORES, min_size=1), min_size=1)
# A grade below -1 has pytrec_eval write outside of its memory.
QRELS = st.dictionaries(
    QUERIES, st.dictionaries(DOCUMENTS, st.integers(-1, 3), min_size=1), min_size=1
)


@given(RUNS, QRELS)
def test_values_are_those_of_trec_eval(run, qrels):
    names = {"ndcg_cut_5,10", "ndcg_cut_10", "recall_5", "recall_10", "recip_rank"}
    theirs = pytrec_eval.RelevanceEvaluator(qrels, names).evaluate(run)
    ranked = {query: list(scored.items()) for query, scored in run.items()}
    measures = {
        "ndcg_cut_5": lambda ranking, grades: ndcg(ranking, grades, k=5),
        "ndcg_cut_10": lambda ranking, grades: ndcg(ranking, grades, k=10),
        "recall_5": lambda ranking, grades: recall(ranking, grades, k=5),
        "recall_10": lambda ranking, grades: recall(ranking, grades, k=10),
        "recip_rank": reciprocal_rank,
    }

    for name, measure in measures.items():
        for query, value in per_query(measure, ranked, qrels).items():
            expected = theirs[query][name] if query in run else 0.0
            assert value == pytest.approx(expected, abs=1e-9), (name, query)


@given(RUNS, QRELS, st.integers(1, 12))
def test_reciprocal_rank_at_k_is_that_of_the_shortened_run(run, qrels, k):
    evaluator = pytrec_eval.RelevanceEvaluator(qrels, {"recip_rank"})
    short = {query: order(list(scored.items()))[:k] for query, scored in run.items()}
    falling = {
        query: {each: float(-rank) for rank, each in enumerate(found)}
        for query, found in short.items()
    }
    theirs = evaluator.evaluate(falling)

    for query in run.keys() & qrels.keys():
        value = reciprocal_rank(list(run[query].items()), qrels[query], k=k)
        assert value == pytest.approx(theirs[query]["recip_rank"], abs=1e-9)


@pytest.mark.parametrize("measure", [ndcg, recall])
def test_any_grade_below_one_is_not_relevant(measure):
    ranking = ["a", "b", "c"]

    assert measure(ranking, {"a": -2, "c": 2}, k=3) == measure(ranking, {"a": 0, "c": 2}, k=3)


def test_question_that_no_document_answers_counts_as_zero():
    qrels = {"q1": {"a": 1}, "q2": {"a": 0, "b": -1}}

    values = per_query(reciprocal_rank, {"q1": ["b", "a"], "q2": ["a"], "q3": ["a"]}, qrels)

    assert values == {"q1": 0.5, "q2": 0.0}


def test_question_that_the_run_lacks_counts_as_zero():
    values = per_query(reciprocal_rank, {"q1": ["a"]}, {"q1": {"a": 1}, "q2": {"a": 1}})

    assert values == {"q1": 1.0, "q2": 0.0}
    assert mean(values) == 0.5


def test_names_alone_are_taken_in_their_order():
    assert order(["b", "a", "c"]) == ["b", "a", "c"]


def test_document_ranked_twice_is_refused():
    with pytest.raises(ValueError, match="document a is ranked twice"):
        order(["a", "b", "a"])


def test_mean_of_nothing_is_refused():
    with pytest.raises(ValueError, match="no question has a value"):
        mean({})


@pytest.mark.parametrize(
    ("answer", "is_there"),
    [
        ("The  Detroit LIONS", True),
        ("lion", False),
        ("$1,500", True),
        ("U.S.", True),
        ("Jürgen Klopp", True),
        ("“Oppenheimer”", True),
        ("the", False),
        ("third text", False),
    ],
)
def test_answer_is_found_word_for_word(answer, is_there):
    texts = [
        "Detroit Lions paid $1,500 in the US—so Jürgen Klopp said—for",
        'an "Oppenheimer".',
        "third text",
    ]

    assert answer_in_evidence(texts, [answer], k=2) is is_there


def test_one_of_several_answers_is_enough():
    assert answer_in_evidence(["it was blue"], ["red", "blue"], k=1)
    assert not answer_in_evidence(["it was blue"], [], k=1)


def test_normalised_is_what_squad_compares():
    assert normalised("  The U.S.'s  best; an  answer!") == "uss best answer"


def test_equal_systems_do_not_differ():
    values = {f"q{number}": number / 10 for number in range(10)}

    same = compared(values, values, seed=1)

    assert (same.difference, same.lowest, same.highest) == (0.0, 0.0, 0.0)
    assert same.p_value == 1.0


def test_system_that_is_always_better_differs():
    one = {f"q{number}": 0.5 + number / 100 for number in range(30)}
    other = {query: value - 0.1 for query, value in one.items()}

    found = compared(one, other, seed=1)

    assert found.difference == pytest.approx(0.1)
    assert found.p_value < 0.01
    assert found.lowest == pytest.approx(0.1)


def test_randomisation_agrees_with_all_exchanges_of_signs():
    one = {"a": 0.9, "b": 0.5, "c": 0.7, "d": 0.4}
    other = {"a": 0.5, "b": 0.4, "c": 0.4, "d": 0.5}
    differences = [0.4, 0.1, 0.3, -0.1]
    sums = [
        abs(sum(d if pattern >> i & 1 else -d for i, d in enumerate(differences)))
        for pattern in range(16)
    ]
    exact = sum(each >= 0.7 - 1e-12 for each in sums) / 16

    assert compared(one, other, seed=3).p_value == pytest.approx(exact, abs=0.02)


def test_comparison_is_the_same_for_a_seed():
    one = {"a": 0.9, "b": 0.2, "c": 0.7}
    other = {"a": 0.5, "b": 0.4, "c": 0.4}

    assert compared(one, other, seed=5) == compared(one, other, seed=5)


def test_systems_with_other_questions_are_not_compared():
    with pytest.raises(ValueError, match="the same questions"):
        compared({"a": 1.0}, {"b": 1.0}, seed=1)
