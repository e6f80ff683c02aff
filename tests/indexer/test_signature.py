import hashlib
import subprocess
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from indexer.signature import FEWEST_WORDS, LONGEST, alike, shingles, signature, similarity, words
from tests.indexer.workshop import Workshop, document

STORY = (
    "The harbour office said on Monday that the ferry to the islands will not run before noon. "
    "Strong wind from the west had damaged the pier during the night, and divers have to look at "
    "its foundations first. Passengers with a ticket can ask for their money back, or travel on "
    "any other day of this month without paying again."
)


def signed(text: str) -> bytes:
    made = signature(text)
    assert made is not None
    return made


def exactly(one: str, other: str) -> float:
    here, there = shingles(words(one)), shingles(words(other))
    return len(here & there) / len(here | there)


class TestWords:
    @pytest.mark.parametrize(
        ("text", "said"),
        [
            ("“Don’t”, she said.", ["Don't", "she", "said"]),
            ("up 3.5% to $1,000.20.", ["up", "3.5", "%", "to", "$", "1,000.20"]),
            ("from -5 to +7 °C", ["from", "-5", "to", "+7", "°", "C"]),
            ("COVID-19, F-16, a 3-year plan", ["COVID", "19", "F", "16", "a", "3", "year", "plan"]),
            ("2026-03-01T12:00Z at 9:15", ["2026-03", "01T12", "00Z", "at", "9:15"]),
            ("zero\u200bwidth soft\u00adhyphen", ["zerowidth", "softhyphen"]),
            ("ＷＩＤＥ ﬁ", ["WIDE", "fi"]),
            ("大雨警報。", ["大", "雨", "警", "報"]),
            ("▲ 3 ▼ 3", ["▲", "3", "▼", "3"]),
            ("... — ‘’ | # *", []),
            ("", []),
        ],
    )  # fmt: skip
    def test_are_what_is_said_without_punctuation(self, text: str, said: list[str]) -> None:
        assert words(text) == said


class TestSignature:
    @pytest.mark.parametrize(
        "other",
        [
            STORY.upper(),
            STORY.replace(" ", "\n  "),
            STORY.replace(",", " –").replace(".", "!"),
            STORY.replace("ferry", "fer\u200bry"),
        ],
    )
    def test_does_not_change_with_case_spacing_punctuation_or_what_is_not_seen(
        self, other: str
    ) -> None:
        assert signed(other) == signed(STORY)

    @pytest.mark.parametrize("text", ["", "  \n", "...", "one two three four five six seven"])
    def test_a_short_text_has_none(self, text: str) -> None:
        assert signature(text) is None

    def test_so_has_what_is_too_long_for_a_passage(self) -> None:
        assert signature("a b c d e f g h " * (LONGEST // 16 + 1)) is None

    def test_is_small(self) -> None:
        assert len(signed(STORY)) == 129

    def test_is_the_same_in_every_process_and_release(self) -> None:
        """Stored ones are compared with new ones: another digest here needs another VERSION."""
        code = (
            "import hashlib; from indexer.signature import signature;"
            f"print(hashlib.sha256(signature({STORY!r})).hexdigest())"
        )
        digest = hashlib.sha256(signed(STORY)).hexdigest()

        done = subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, check=True
        )

        assert done.stdout.strip() == digest
        assert digest == "8a22372f6da5661bfb4fe1d7670075367cbd74cfcdb6f36be7173f5661518f6f"

    def test_lone_surrogates_do_no_harm(self) -> None:
        assert signature("\ud800 " + STORY) is not None


class TestSimilarity:
    @settings(derandomize=True)
    @given(
        shared=st.integers(0, 150), one=st.integers(FEWEST_WORDS, 100), other=st.integers(0, 100)
    )
    def test_estimates_the_share_of_common_shingles(
        self, shared: int, one: int, other: int
    ) -> None:
        both = [f"both{number}" for number in range(shared)]
        first = " ".join([*both, *(f"one{number}" for number in range(one))])
        second = " ".join([*both, *(f"other{number}" for number in range(other + FEWEST_WORDS))])

        estimate = similarity(signed(first), signed(second))

        assert abs(estimate - exactly(first, second)) < 0.2  # four and a half deviations

    @pytest.mark.parametrize(
        ("other", "least"),
        [
            (f"By Jane Doe\n\n{STORY}", 0.9),
            (f"{STORY} The next storm is already on its way.", 0.75),
            (". ".join(reversed(STORY.split(". "))), 0.75),
            (STORY.replace("Monday", "Tuesday"), 0.75),
        ],
        ids=["byline", "sentence added", "paragraphs moved", "word replaced"],
    )
    def test_near_duplicates_are_near(self, other: str, least: float) -> None:
        assert similarity(signed(STORY), signed(other)) >= least

    def test_other_scripts_are_compared_as_well(self) -> None:
        rain = "気象庁は日曜日、関東地方に大雨警報を発表した。川の近くでは注意が必要である。"
        snow = "日本銀行は金曜日、政策金利を据え置くことを全員一致で決定したと発表した。"

        assert similarity(signed(rain), signed(rain.replace("日曜日", "日曜"))) > 0.7
        assert similarity(signed(rain), signed(snow)) < 0.2


class TestAlike:
    def test_tells_the_pairs_that_are_worth_a_look(self) -> None:
        given = [STORY, "word " * 8 + "of something else", STORY + " More.", "short", STORY]

        found = alike([signature(text) for text in given], least=0.8)

        assert found == [(0, 2), (0, 4), (2, 4)]

    def test_goes_beyond_one_block_of_rows(self) -> None:
        given = [signature(f"{STORY} {number} " + "x y z " * number) for number in range(150)]

        found = set(alike(given, least=0.99))

        assert {(i, j) for i in (0, 70, 149) for j in (0, 149) if (i, j) in found} == set()
        assert (149, 150) in alike([*given, given[149]], least=0.99)

    def test_what_was_signed_in_another_way_is_never_compared(self) -> None:
        ours = signed(STORY)

        assert alike([ours, bytes([99]) + ours[1:], ours[:65], b"", None], least=0.1) == []

    def test_nothing_is_alike_among_nothing(self) -> None:
        assert alike([], least=0.5) == alike([None], least=0.5) == []


class TestStored:
    def test_each_passage_is_stored_with_its_own(self, workshop: Workshop) -> None:
        workshop.push(document("story", STORY), document("note", "It rains."))

        for version in workshop.versions():
            (chunk,) = workshop.chunks(version.id)
            assert chunk.signature == signature(chunk.text)
            assert (chunk.signature is None) == (version.key == "note")

    def test_a_passage_that_is_not_embedded_again_has_one_in_the_next_version(
        self, workshop: Workshop
    ) -> None:
        workshop.push(document("story", STORY, author="Jane"))
        workshop.push(document("story", STORY, author="Jo"))

        first, second = (workshop.chunks(row.id)[0] for row in workshop.versions("story"))
        assert first.signature == second.signature == signature(STORY)
        assert len(workshop.embedder.embedded) == 1
