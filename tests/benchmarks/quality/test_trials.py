"""Tests of `benchmarks/quality/trials.py`, on the real service with an embedder of words."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from benchmarks.quality.collections import Collection, Question, SourceDocument
from benchmarks.quality.held import Held, document_of, held
from benchmarks.quality.trials import agreement, answers, trials
from grounding.query.sufficiency import sufficiency
from tests.fakes import HashEmbedder

TOWNS = ("Aberdeen", "Bergen", "Cork", "Dresden", "Essen", "Faro", "Genoa", "Hull")
COLLECTION = Collection(
    name="Towns",
    documents=tuple(
        SourceDocument(f"d{n}", town, f"The harbour of {town} was opened in {1800 + n}.")
        for n, town in enumerate(TOWNS)
    ),
    questions=tuple(
        Question(f"q{n}", f"When was the harbour of {town} opened?")
        for n, town in enumerate(TOWNS[:4])
    ),
    qrels={f"q{n}": {f"d{n}": 1, "d7": 0} for n in range(4)},
)


@pytest.fixture(scope="module")
def holding(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Held]:
    folder: Path = tmp_path_factory.mktemp("held")
    with held(COLLECTION, HashEmbedder(), folder) as found:
        yield found


def test_each_question_is_asked_with_its_answer_and_without(holding: Held) -> None:
    made = trials(holding, COLLECTION)

    assert [each.is_enough for each in made] == [True, False] * 4
    assert [each.had_answer for each in made] == [True, False] * 4
    for number, (has, lacks) in enumerate(zip(made[::2], made[1::2], strict=True)):
        assert f"d{number}" in map(document_of, has.candidates)
        assert f"d{number}" not in map(document_of, lacks.candidates)
        assert len(lacks.candidates) == 7


def test_a_sample_is_spread_over_all_questions(holding: Held) -> None:
    made = trials(holding, COLLECTION, most=2)

    asked = [each.text for each in COLLECTION.questions]
    assert [each.question for each in made[::2]] == [asked[0], asked[2]]


def test_leaving_out_is_like_removing(holding: Held) -> None:
    def judge(question: str, candidates: object) -> float:
        return sufficiency(question, candidates).probability  # type: ignore[arg-type]

    assert agreement(holding, COLLECTION, judge, questions=3) < 0.01
    assert trials(holding, COLLECTION)[0].is_enough


def test_without_judgements_an_answer_is_in_what_says_its_words() -> None:
    quiz = Collection(
        name="Quiz",
        documents=COLLECTION.documents,
        questions=(Question("q", "When was Cork's opened?", answers=("1802",)),),
    )

    assert answers(quiz) == {"q": {"d2"}}
