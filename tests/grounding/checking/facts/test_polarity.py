"""What evidence denies is noticed; what stands in it word for word is never denied by it."""

import pytest

from tests.grounding.checking.facts.evidence import alarms


@pytest.mark.parametrize(
    ("answer", "evidence"),
    [
        ("The road was closed.", "The road was not closed."),
        ("The road was not closed.", "The road was closed."),
        ("Gold prices rose sharply in the spring.", "Gold prices fell sharply in the spring."),
    ],
)
def test_the_opposite_is_noticed(answer: str, evidence: str) -> None:
    assert [(kind, match) for kind, match, _ in alarms(answer, evidence)] == [
        ("polarity", "differs")
    ]


@pytest.mark.parametrize(
    "sentence",
    [
        "He said that he 'would not agree' that the road was closed.",
        "The road to the harbour was closed.",
        "Crawls of supported sites.",
    ],
)
def test_what_stands_there_is_not_denied(sentence: str) -> None:
    evidence = (
        f"{sentence[:-1]}; it is not open before noon. It was not always so.\n"
        "The answer is 'no, not really'."
    )

    assert alarms(sentence, evidence) == []
