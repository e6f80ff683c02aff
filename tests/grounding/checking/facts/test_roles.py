"""Who did what to whom, where two names stand around one verb."""

import pytest

from tests.grounding.checking.facts.evidence import alarms, found


@pytest.mark.parametrize(
    ("answer", "evidence"),
    [
        ("Chelsea beat Arsenal 2-1.", "Arsenal beat Chelsea 2-1 on Sunday."),
        ("Arsenal was beaten by Chelsea.", "Arsenal beat Chelsea 2-1 on Sunday."),
        ("Activision acquired Microsoft.", "Activision was acquired by Microsoft."),
        ("Donald Trump succeeded Joe Biden.", "Biden succeeded Trump in 2021."),
        ("Ukraine invaded Russia.", "In 2022 Russia invaded Ukraine."),
        ("Harris defeated Trump.", "Trump won the vote, defeating Harris by far."),
    ],
)
def test_names_the_other_way_round_are_noticed(answer: str, evidence: str) -> None:
    assert [(kind, match) for kind, match, _ in alarms(answer, evidence)] == [
        ("polarity", "differs")
    ]


@pytest.mark.parametrize(
    ("answer", "evidence"),
    [
        ("Arsenal beat Chelsea 2-1.", "Arsenal beat Chelsea 2-1 on Sunday."),
        ("Chelsea was beaten by Arsenal.", "Arsenal beat Chelsea 2-1 on Sunday."),
        ("Microsoft acquired Activision.", "Activision was acquired by Microsoft."),
        ("Joe Biden succeeded Donald Trump.", "Biden succeeded Trump in 2021."),
        ("Chelsea beat Arsenal.", "Arsenal beat Chelsea in May. Chelsea beat Arsenal in June."),
        ("Ann married Bob.", "Bob married Ann."),
        ("Paris is north of Lyon.", "Lyon is south of Paris."),
        ("Alice told Bob to leave.", "Alice, who had met Bob, told him to leave."),
        ("Trump defeated Harris.", "Trump won the vote, defeating Harris by far."),
    ],
)
def test_what_holds_raises_no_alarm(answer: str, evidence: str) -> None:
    assert alarms(answer, evidence) == []


def test_finding_says_which_names_and_where() -> None:
    (finding,) = [
        each
        for each in found("Then Chelsea beat Arsenal.", "It rained. Arsenal beat Chelsea 2-1.")
        if each.match == "differs"
    ]

    assert finding.text == "Chelsea beat Arsenal"
    assert finding.says == "Arsenal beat Chelsea 2-1."
    assert finding.number == 1
