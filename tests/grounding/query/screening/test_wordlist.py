from pathlib import Path

import pytest

from grounding.query.screening.wordlist import WordList

WORDS = WordList.of(["# a remark", "darn", "Blast it  # two words", "", "ПРОКЛЯТЬЕ", "straße"])


@pytest.mark.parametrize(
    "text",
    [
        "Oh darn!",
        "DARN",
        "d a r n it",
        "d.a.r.n",
        "d4rn",
        "ｄａｒｎ",
        "d\u0430rn",
        "Well, blast it.",
        "Blast\nit",
        "проклятье",
        "STRASSE",
    ],
)
def test_unwanted_words_are_found_in_any_dress(text: str) -> None:
    assert WORDS.count_in(text) == 1


@pytest.mark.parametrize("text", ["darning socks", "a blast of its kind", "d a r", "", "dam"])
def test_words_within_words_are_not(text: str) -> None:
    assert WORDS.count_in(text) == 0


def test_a_file_is_read(tmp_path: Path) -> None:
    file = tmp_path / "words.txt"
    file.write_text("darn\n# heck\n", encoding="utf-8")

    assert WordList.read(file).words == {"darn"}
