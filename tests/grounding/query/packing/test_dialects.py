"""What is counted is what is sent, whatever the dialect."""

import json
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grounding.query.dialects.registry import DIALECTS
from grounding.query.packing.pack import pack
from grounding.query.question import Limits
from grounding.query.records import DialectName, Packed, Rendered
from tests.grounding.query.items import candidate, frame

ASKED = [{"role": "user", "content": "Who rules?"}]
NAMES = pytest.mark.parametrize("name", [*DialectName])
PASSAGE = "The harbour opens at six. “Ferries” leave on time!\n\nTickets cost 12.50 EUR each. " * 4


def words(text: str) -> int:
    return len(re.findall(r"\w+|[^\w\s]", text))


def packed(name: DialectName, budget: int, texts: list[str]) -> Packed:
    ranked = [candidate(each, title=f"No. {i}") for i, each in enumerate(texts)]
    return pack(
        ranked,
        frame=frame(),
        count_tokens=words,
        limits=Limits(budget, 10),
        question="When do ferries leave?",
        dialect=DIALECTS[name],
    )


def sent(rendered: Rendered) -> str:
    """Return what stands in the request besides the instructions and the caller's words."""
    last: Any = rendered.messages[-1]["content"] if rendered.messages else rendered.text
    match rendered.dialect:
        case DialectName.ANTHROPIC:
            return json.dumps(last[:-1], ensure_ascii=False, separators=(",", ":"))
        case DialectName.COHERE:
            documents = [
                json.dumps(each, ensure_ascii=False, separators=(",", ":"))
                for each in rendered.documents
            ]
            return "\n".join([str(last).removesuffix("\n\nWho rules?"), *documents])
    return str(last).removesuffix("\n\nWho rules?")[str(last).index("Current time") :]


@NAMES
@given(st.integers(30, 900), st.lists(st.text(min_size=1, max_size=200), max_size=8))
def test_the_budget_is_kept_and_the_count_is_that_of_the_context(
    name: DialectName, budget: int, texts: list[str]
) -> None:
    made = packed(name, budget, [*texts, PASSAGE])

    evidence = [each.evidence for each in made.candidates]
    assert made.token_count == words(DIALECTS[name].context(evidence, frame()))
    assert made.token_count <= budget or not evidence


@NAMES
def test_what_is_counted_is_what_is_sent(name: DialectName) -> None:
    made = packed(name, 1_500, [PASSAGE, PASSAGE.upper(), "Open."])

    evidence = [each.evidence for each in made.candidates]
    rendered = DIALECTS[name].render(evidence, frame=frame(), messages=ASKED)
    assert len(evidence) == 3
    assert made.token_count == words(sent(rendered))


@NAMES
def test_a_budget_is_used_up_to_about_a_sentence(name: DialectName) -> None:
    made = packed(name, 400, [PASSAGE * 8])

    assert 340 < made.token_count <= 400
