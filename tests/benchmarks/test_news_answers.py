from benchmarks.tasks.news import first_answer

FOUND = [("a", "Nothing of note."), ("b", "It was Taylor"), ("c", "Swift who won."), ("d", "Utah")]


def test_an_answer_counts_from_the_first_passage_that_completes_it():
    assert first_answer(FOUND, ["Utah"]) == 4
    assert first_answer(FOUND, ["utah", "nothing"]) == 1


def test_an_answer_may_be_read_across_two_passages_as_they_are_put_together():
    assert first_answer(FOUND, ["Taylor Swift"]) == 3


def test_no_answer_has_no_place():
    assert first_answer(FOUND, ["Ohio"]) is None
    assert first_answer([], ["Ohio"]) is None
