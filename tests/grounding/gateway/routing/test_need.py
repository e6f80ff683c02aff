"""Tests of `grounding/gateway/routing/need.py` and `cues.py`, with the weights that are shipped."""

import tomllib
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from benchmarks.routing.train import FILE, labelled, written
from grounding.gateway.routing.cues import MEANINGS, cues
from grounding.gateway.routing.need import NeedJudge, weights_for
from indexer.embed import Embedder, load

NOW = datetime(2026, 11, 1, tzinfo=UTC)


@pytest.fixture(scope="module")
def minilm() -> Embedder:
    return load("minilm", device="cpu")


def by_words(question: str) -> bool:
    return NeedJudge(None, clock=lambda: NOW).judge(question, None).is_needed


NEEDING = (
    "What is the weather in Lisbon today?",
    "Who is the chancellor of Austria?",
    "What is Nvidia's share price?",
    "Which airline announced that it will merge with a rival?",
    "How many acres has the Ridge Fire burned?",
    "What is the latest version of Node.js?",
)
TIMELESS = (
    "What is 18 times 23?",
    "Write a poem about the wind",
    "Translate the following sentence into Spanish: I am tired",
    "What is the difference between a comet and an asteroid?",
    "Write a Python function that counts vowels",
    "Thank you, that was helpful",
    "Ligation of the receptor induces apoptosis in murine fibroblasts.",
)


@pytest.mark.parametrize("question", NEEDING)
def test_what_changes_needs_evidence(question: str, minilm: Embedder) -> None:
    need = NeedJudge(minilm.identity).judge(question, minilm.embed_query(question), now=NOW)

    assert need.is_needed
    assert need.reasons


@pytest.mark.parametrize("question", TIMELESS)
def test_what_does_not_change_needs_none(question: str, minilm: Embedder) -> None:
    need = NeedJudge(minilm.identity).judge(question, minilm.embed_query(question), now=NOW)

    assert not need.is_needed
    assert need.reasons


def test_a_series_that_is_named_needs_evidence_whatever_else_is_said() -> None:
    need = NeedJudge().judge("Write a poem about Brent", None, series=("Brent",))

    assert (need.is_needed, need.probability) == (True, 1.0)
    assert need.reasons == ("it names a known series: Brent",)


def test_another_embedder_leaves_words_alone_to_decide(minilm: Embedder) -> None:
    question = "What is the weather in Lisbon today?"
    alone = NeedJudge("others/1").judge(question, None, now=NOW)

    others: list[NDArray[np.float32]] = [
        np.ones(384, dtype=np.float32),
        np.ones(64, dtype=np.float32),
    ]

    assert [NeedJudge("others/1").judge(question, each, now=NOW) for each in others] == [alone] * 2
    assert NeedJudge(minilm.identity).judge(question, others[1], now=NOW) == alone
    assert "its words alone were weighed" in alone.reasons[-1]


def test_a_vector_that_is_no_number_is_left_out(minilm: Embedder) -> None:
    judge = NeedJudge(minilm.identity)
    broken = np.full(384, np.nan, dtype=np.float32)

    assert judge.judge("Is it open?", broken, now=NOW) == judge.judge("Is it open?", None, now=NOW)


@pytest.mark.parametrize("question", ["", "   ", "?!?… --- ((", "\x00\n\t", "🙂🙂"])
def test_what_has_no_words_needs_none(question: str) -> None:
    need = NeedJudge().judge(question, None)

    assert (need.is_needed, need.reasons) == (False, ("it has no words",))


@pytest.mark.parametrize(
    "question",
    [
        "Какая погода в Москве?",
        "东京今天天气怎么样",
        "Quel est l'âge de la présidente française ?",
        "Wie ist das Wetter heute in Berlin",
        "Cual es el precio del petroleo hoy",
        "Wat kost een vat olie",
    ],
)
def test_another_language_is_not_judged_so_evidence_is_looked_for(question: str) -> None:
    need = NeedJudge().judge(question, None)

    assert (need.is_needed, need.probability) == (True, 0.5)
    assert "not in English" in need.reasons[0]


@pytest.mark.parametrize("question", ["Bitcoin price El Salvador", "Rain Las Vegas today"])
def test_a_few_english_words_without_small_ones_are_judged(question: str) -> None:
    assert "not in English" not in NeedJudge().judge(question, None).reasons[0]


def test_no_more_is_read_than_the_first_characters() -> None:
    begun = "Write a poem about the wind. " + "la " * 1_000

    judge = NeedJudge(clock=lambda: NOW)

    assert judge.judge(begun + "today " * 100_000, None) == judge.judge(begun, None)


@pytest.mark.parametrize(
    ("question", "cue"),
    [
        ("What happened yesterday?", "relative_time"),
        ("What is the latest news?", "wants_newest"),
        ("Who won in 2026?", "recent_year"),
        ("Who won in 1966?", "past_year"),
        ("What did $TSLA close at?", "traded"),
        ("What is 3 + 4?", "arithmetic"),
        ("Is 7 more than 6.5?", "numbers"),
        ("What is a hedge?", "definition"),
        ("Write a limerick", "creative"),
        ("Summarize the text below", "given_text"),
    ],
)
def test_a_cue_is_seen(question: str, cue: str) -> None:
    assert cues(question, now=NOW)[cue] == 1.0
    assert cues("The.", now=NOW)[cue] == 0.0


@pytest.mark.parametrize(
    "question", ["Is 7 odd?", "Sales on 2026-03-04 and on 5 May 2026", "Do A4 and B12 fit?"]
)
def test_dates_and_codes_are_no_numbers(question: str) -> None:
    assert cues(question, now=NOW)["numbers"] == 0.0


def test_an_older_year_becomes_past_as_time_goes_on() -> None:
    assert cues("Sales in 2024", now=datetime(2025, 1, 1, tzinfo=UTC))["recent_year"] == 1.0
    assert cues("Sales in 2024", now=NOW)["past_year"] == 1.0


def test_every_cue_has_a_weight_and_a_meaning() -> None:
    for embedder in ("all-MiniLM-L6-v2/torch-fp32/53aa5117", None):
        assert weights_for(embedder).of.keys() == MEANINGS.keys()


def test_the_weights_are_what_training_gives(minilm: Embedder) -> None:
    made = tomllib.loads(written(labelled(), minilm))

    shipped = tomllib.loads(Path(FILE).read_text(encoding="utf-8"))

    for table in ("with_vector", "words_alone"):
        assert made[table]["weights"] == pytest.approx(shipped[table]["weights"], abs=0.01)
        assert made[table]["intercept"] == pytest.approx(shipped[table]["intercept"], abs=0.01)
        assert made[table]["threshold"] == pytest.approx(shipped[table]["threshold"], abs=0.02)
    direction = (made["with_vector"]["direction"], shipped["with_vector"]["direction"])
    assert direction[0] == pytest.approx(direction[1], abs=0.01)


def test_rounding_of_another_machine_decides_nothing(minilm: Embedder) -> None:
    judge = NeedJudge(minilm.identity)
    vector = minilm.embed_query("Is it open?")
    noise = np.random.default_rng(1).normal(0, 1e-6, vector.shape).astype(np.float32)

    before, after = (judge.judge("Is it open?", each, now=NOW) for each in (vector, vector + noise))

    assert after.probability == pytest.approx(before.probability, abs=1e-3)


def test_questions_of_both_kinds_are_told_apart_by_their_words() -> None:
    said = [by_words(each) for each in (*NEEDING, *TIMELESS)]
    right = [True] * len(NEEDING) + [False] * len(TIMELESS)

    assert sum(one == other for one, other in zip(said, right, strict=True)) >= 11
