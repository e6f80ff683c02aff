import pytest

from grounding.query.analysis.reading import has_case


@pytest.mark.parametrize(
    "question",
    [
        "Who leads the Bank of England?",
        "Bank of England Andrew Bailey",
        "Is NASA part of the USA?",
        "What is IBM?",
        "Alexander The Great of Macedon",
        "Где Нижний Новгород?",
    ],
)
def test_capitals_mark_names_in_an_ordinary_question(question: str) -> None:
    assert has_case(question)


@pytest.mark.parametrize(
    "question",
    [
        "who leads the bank of england",
        "WHO LEADS THE BANK OF ENGLAND?",
        "WHO LEADS THE BANK OF ENGLAND, please?",
        "Who Is The Head Of The Bank Of England",
        "ГДЕ НИЖНИЙ НОВГОРОД",
    ],
)
def test_capitals_say_nothing_where_all_or_none_are(question: str) -> None:
    assert not has_case(question)
