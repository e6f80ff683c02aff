"""What evidence denies is noticed; what stands in it word for word is never denied by it."""

import pytest

from tests.grounding.checking.facts.evidence import alarms


@pytest.mark.parametrize(
    ("answer", "evidence"),
    [
        ("The road was closed.", "The road was not closed."),
        ("The road was not closed.", "The road was closed."),
        ("A tsunami warning is in effect.", "Tsunami: no warning was issued."),
        ("Evacuation orders for Lush are in place.", "Evacuation orders were lifted for Lush."),
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


@pytest.mark.parametrize(
    ("answer", "evidence"),
    [
        (
            "The bridge is mentioned in the second report.",
            "The bridge is not mentioned in the first report, but it is mentioned in the second.",
        ),
        (
            "Council offices located in Ghent.",
            "The council's offices are located in Ghent, although Ghent is not a council member.",
        ),
        (
            "Ministers may be present during joint sessions.",
            "Ministers may also be present during joint sessions, but they do not chair sessions.",
        ),
        (
            "She later pleaded guilty to fraud.",
            "She first pleaded not guilty to fraud, but later pleaded guilty to fraud.",
        ),
    ],
)
def test_a_denial_in_another_part_of_the_sentence_denies_nothing_else(
    answer: str, evidence: str
) -> None:
    assert alarms(answer, evidence) == []


def test_a_sentence_that_says_both_does_not_acquit() -> None:
    denied = "The road was not closed."
    both = "The road that was closed to cars was never a closed road."

    assert [kind for kind, _, _ in alarms("The road was closed.", denied, both)] == ["polarity"]
