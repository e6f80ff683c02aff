import json

from hypothesis import given
from hypothesis import strategies as st

from connectors.pages.restless import (
    LONGEST_PAUSE_SECONDS,
    PATIENCE,
    SHORTEST_PAUSE_SECONDS,
    Rhythm,
    changed,
    similarity,
    sketch_of,
    unchanged,
)

START = 1_772_000_000
WORDS = (
    "The harbour reopened on Sunday after a storm that lasted for three days and closed every "
    "pier in the city, said the officials who had counted the damage and found it large. "
) * 3


def after(changes: int, *, every: int = 60) -> Rhythm:
    """The rhythm of a page whose number changed so many times in a row."""
    rhythm = Rhythm(handed_at=START)
    for number in range(changes):
        text = f"{WORDS} Read {number} times."
        rhythm = changed(rhythm, text, at=START + number * every).rhythm
    return rhythm


def test_changes_are_handed_over_until_patience_ends() -> None:
    rhythm = Rhythm(handed_at=START)
    handed = []
    for number in range(PATIENCE + 3):
        decision = changed(rhythm, f"{WORDS} {number}", at=START + number)
        handed.append(decision.is_handed_over)
        rhythm = decision.rhythm

    assert handed == [True] * (PATIENCE - 1) + [False] * 4
    assert rhythm.is_restless


def test_other_words_are_handed_over_at_once() -> None:
    decision = changed(after(8), "The harbour closed again.", at=START + 500)

    assert decision.is_handed_over
    assert decision.rhythm.handed_at == START + 500


def test_numbers_and_a_few_words_are_not_other_words() -> None:
    rhythm = after(8)

    assert not changed(rhythm, f"{WORDS} Read 17,112 times.", at=START + 500).is_handed_over
    assert not changed(rhythm, f"{WORDS} Read once today.", at=START + 500).is_handed_over


def test_small_changes_are_handed_over_after_pauses_that_double_up_to_a_day() -> None:
    rhythm, at, pauses = after(PATIENCE, every=0), START, []
    for minute in range(10 * 24 * 60):
        decision = changed(rhythm, f"{WORDS} {minute}", at=START + minute * 60)
        if decision.is_handed_over:
            pauses.append(START + minute * 60 - at)
            at = START + minute * 60
        rhythm = decision.rhythm

    assert pauses[0] == SHORTEST_PAUSE_SECONDS
    assert pauses[:4] == [SHORTEST_PAUSE_SECONDS * 2**step for step in range(4)]
    assert max(pauses) == LONGEST_PAUSE_SECONDS


def test_page_that_was_once_unchanged_is_at_rest_again() -> None:
    rhythm = unchanged(after(20))

    assert not rhythm.is_restless
    assert changed(rhythm, WORDS, at=START + 9_000).is_handed_over


def test_slow_accumulation_of_small_changes_is_noticed() -> None:
    """Compared is always with what was handed over last, not with what was seen last."""
    words = WORDS.split()
    rhythm = after(PATIENCE + 1)
    was_handed_over = False
    for place in range(0, len(words), 2):
        words[place] = "new"
        decision = changed(rhythm, " ".join(words), at=START + 400)
        rhythm = decision.rhythm
        was_handed_over |= decision.is_handed_over

    assert was_handed_over


def test_rhythm_survives_the_cursor() -> None:
    rhythm = after(9)

    assert Rhythm.from_cursor(json.loads(json.dumps(rhythm.as_cursor()))) == rhythm
    assert Rhythm.from_cursor(Rhythm().as_cursor()) == Rhythm()


@given(
    st.one_of(st.none(), st.text(), st.dictionaries(st.text(), st.one_of(st.text(), st.integers())))
)
def test_any_cursor_is_survived(given: object) -> None:
    assert isinstance(Rhythm.from_cursor(given), Rhythm)


@given(st.text(), st.text())
def test_similarity_is_a_share(one: str, other: str) -> None:
    share = similarity(sketch_of(one), sketch_of(other))

    assert 0 <= share <= 1
    assert similarity(sketch_of(one), sketch_of(one)) == 1


def test_texts_without_a_word_are_alike() -> None:
    assert similarity(sketch_of("1 2 3"), sketch_of("4 5")) == 1
