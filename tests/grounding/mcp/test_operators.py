from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grounding.mcp.errors import InvalidInput
from grounding.mcp.operators import NAMES, Asked, read

NAME = st.text(st.characters(exclude_characters='"', exclude_categories=("C", "Z")), min_size=1)
WORD = st.from_regex(r"[a-z]{1,8}", fullmatch=True)


def test_a_plain_question_is_left_as_it_is() -> None:
    assert read(" What does  gold cost?\n") == Asked("What does  gold cost?")


def test_operators_are_taken_out_wherever_they_stand() -> None:
    asked = read('as_of:2024-01-05 what does source:lbma gold source:"my feed" cost? since:2d')

    assert asked == Asked(
        "what does gold cost?",
        as_of=datetime(2024, 1, 5, tzinfo=UTC),
        since=timedelta(days=2),
        sources=("lbma", "my feed"),
    )


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("2024-01-05", datetime(2024, 1, 5, tzinfo=UTC)),
        ("2024-01-05T08:30Z", datetime(2024, 1, 5, 8, 30, tzinfo=UTC)),
        ("2024-01-05t08:30:01.5z", datetime(2024, 1, 5, 8, 30, 1, 500_000, tzinfo=UTC)),
        (
            "2024-01-05T08:30:00+02:00",
            datetime(2024, 1, 5, 8, 30, tzinfo=timezone(timedelta(hours=2))),
        ),
    ],
)
@pytest.mark.parametrize("name", ["as_of", "known_at", "since"])
def test_instants_are_read(name: str, written: str, meant: datetime) -> None:
    assert getattr(read(f"{name}:{written} gold"), name) == meant


@pytest.mark.parametrize(
    "text",
    ["see http://x.example", "note: this", "a:b", "data-source: x", "resource:x", "Since:2d",
     '"since:2d" ago', 'the words "x source:y z"', "as_of_2024", 'an open " quote'],
)  # fmt: skip
def test_text_that_is_no_operator_stays_text(text: str) -> None:
    assert read(text) == Asked(text)


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("as_of:yesterday gold", "as_of:yesterday: expected a date such as"),
        ("as_of:2d gold", "as_of:2d: expected a date such as"),
        ("as_of:2024-02-31 gold", "as_of:2024-02-31: expected a date"),
        ("as_of:2024-01-05T08:00:00 gold", "an instant such as 2024-01-05T08:00:00Z"),
        ("known_at:20240105 gold", "known_at:20240105: expected a date"),
        ("since:soon gold", "or a duration such as 2d"),
        ("since:0d gold", "or a duration such as 2d"),
        ("since:99999999999d gold", "or a duration such as 2d"),
        ("source: gold", "source: expected a value right after the colon"),
        ('collection:"" gold', "collection: expected a value"),
        ('source:"my feed gold', "expected a closing quote"),
        ('source:"a"b gold', "expected a closing quote"),
        ("as_of:2024-01-05 as_of:2024-01-06 gold", "as_of: given 2 times; expected once"),
        ("source:lbma", "expected a question besides the operators"),
        ("  ", "expected a question"),
        ("", "expected a question"),
    ],
)
def test_what_cannot_be_used_is_an_error_that_says_what_was_expected(query: str, said: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        read(query)

    assert said in str(refused.value)


@given(st.text())
def test_any_text_is_read_or_refused_and_never_loses_words_without_operators(text: str) -> None:
    try:
        asked = read(text)
    except InvalidInput:
        assert not text.strip() or any(f"{name}:" in text for name in NAMES)
        return
    if not any(f"{name}:" in text for name in NAMES):
        assert asked == Asked(text.strip())


@given(st.lists(WORD, min_size=1), st.lists(NAME), st.datetimes(timezones=st.just(UTC)))
def test_what_is_written_is_what_is_read(
    words: list[str], sources: list[str], at: datetime
) -> None:
    parts = [*words, *(f'source:"{name}"' for name in sources), f"known_at:{at.isoformat()}"]

    asked = read(" ".join(parts))

    assert asked.question == " ".join(words)
    assert asked.sources == tuple(dict.fromkeys(sources))
    assert asked.known_at == at


def test_a_duration_is_an_age_and_an_instant_a_time_of_publication() -> None:
    assert read("since:12h x").filters == {"max_age": timedelta(hours=12)}
    assert read("since:2024-01-05 x").filters == {
        "published_after": datetime(2024, 1, 5, tzinfo=UTC)
    }
    assert read("collection:news x").filters == {"collections": ("news",)}
