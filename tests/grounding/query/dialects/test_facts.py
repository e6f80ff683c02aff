import pytest
from hypothesis import given

from grounding.query.dialects.facts import facts_of
from grounding.query.render import lines_of
from tests.grounding.query.dialects.conversations import texts
from tests.grounding.query.items import brent_evidence, evidence, frame


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("It rains. It pours.", ["It rains.", "It pours."]),
        ("It rains!\nIt pours", ["It rains!", "It pours"]),
        ('He said "no." She left.', ['He said "no."', "She left."]),
        ("It rose 5%. Then it fell.", ["It rose 5%.", "Then it fell."]),
        ("In 2026. 84.12 USD.", ["In 2026.", "84.12 USD."]),
        ("Mr. Smith of the U.S. Navy, e.g. here.", ["Mr. Smith of the U.S. Navy, e.g. here."]),
        ("v1.2.3 and https://e.example/a.b", ["v1.2.3 and https://e.example/a.b"]),
        ("Gov. Newsom met Prof. Li vs. Ohio.", ["Gov. Newsom met Prof. Li vs. Ohio."]),
        ("See Fig. 2 (approx. Half). Then go.", ["See Fig. 2 (approx. Half).", "Then go."]),
        ("बारिश है। हवा है।", ["बारिश है।", "हवा है।"]),
        ("雨です。風です。", ["雨です。", "風です。"]),
        ("Идёт дождь. Ветер.", ["Идёт дождь.", "Ветер."]),
        ("", []),
        (" \n\u200b\n", []),
    ],
)
def test_a_passage_is_cut_into_its_sentences_and_lines(text: str, expected: list[str]) -> None:
    assert facts_of(evidence(text), frame()) == expected


def test_a_value_is_one_fact() -> None:
    assert facts_of(brent_evidence(), frame()) == [brent_evidence().text]


@given(texts)
def test_no_word_is_lost_or_moved(text: str) -> None:
    facts = facts_of(evidence(text), frame())

    whole = "".join("".join(lines_of(evidence(text), frame())).split())
    assert "".join("".join(facts).split()) == whole
    assert all(fact.strip() == fact != "" for fact in facts)
