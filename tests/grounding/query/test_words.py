"""Tests of `grounding/query/words.py`."""

from grounding.query.words import is_unspaced, words_of


def test_words_are_told_in_order_in_no_case_and_as_often_as_they_stand() -> None:
    assert words_of("Oil, Gas; OIL_prices (2024).") == ["oil", "gas", "oil", "prices", "2024"]
    assert words_of("Погода: Москва") == ["погода", "москва"]
    assert words_of(" ?! ") == []


def test_scripts_without_spaces_are_told_in_pairs_of_characters() -> None:
    assert words_of("東京の天気") == ["東京", "京の", "の天", "天気"]
    assert words_of("iPhone東京 2024") == ["iphone", "東京", "2024"]
    assert words_of("雨") == ["雨"]


def test_pairs_are_known_from_words() -> None:
    assert [is_unspaced(each) for each in ("東京", "雨", "москва", "rain")] == [
        True,
        True,
        False,
        False,
    ]
