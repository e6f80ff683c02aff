"""Tests of `grounding/query/coverage.py`."""

from grounding.query.coverage import Coverage, coverage


def test_a_passage_with_all_words_holds_the_whole_question() -> None:
    held = coverage("How many doses did Pfizer ship?", ["Pfizer shipped doses, many doses."])

    assert (held.words_best, held.words_three, held.terms_three) == (1.0, 1.0, 1.0)


def test_other_forms_of_a_word_are_the_word() -> None:
    assert coverage("vaccines", ["A vaccine, a vaccination."]).words_best == 1.0
    assert coverage("cat", ["A category."]).words_best == 0.0


def test_a_word_that_every_passage_has_counts_less_than_one_that_few_have() -> None:
    passages = ["storm in Madeira", "storm in Wales", "storm over Kent"]

    rare = coverage("storm Madeira", ["Madeira", *passages[1:]]).words_best
    common = coverage("storm Madeira", ["storm", "Madeira storm", *passages[1:]]).words_best

    assert rare > 0.5 > common


def test_three_passages_together_hold_what_none_of_them_does() -> None:
    held = coverage("Pfizer Brazil Comirnaty", ["Pfizer here", "Brazil here", "Comirnaty here"])

    assert held.words_three == 1.0
    assert held.words_best < 0.5


def test_literal_terms_are_found_in_any_case_and_punctuation() -> None:
    held = coverage('Who said "never again" about CVE-2024-3094?', ["CVE 2024-3094: Never, again!"])

    assert (held.term_count, held.terms_three) == (2, 1.0)


def test_small_words_say_nothing() -> None:
    assert coverage("What is the?", ["what is the"]).words_best == 0.0
    assert coverage("What is the harbour?", ["harbour"]).words_best == 1.0


def test_scripts_without_spaces_are_compared_by_pairs_of_characters() -> None:
    near, far = coverage("東京の天気", ["東京の天気は晴れ"]), coverage("東京の天気", ["大阪の祭り"])

    assert near.words_best == 1.0
    assert far.words_best == 0.0


def test_other_scripts_are_compared_by_words() -> None:
    assert coverage("погода Москва", ["Погода: Москва, ясно"]).words_best == 1.0


def test_without_words_or_passages_nothing_is_held() -> None:
    assert coverage("", ["text"]) == Coverage()
    assert coverage("Pfizer", []).words_best == 0.0
    assert coverage("pfizer", [""]) == Coverage()
