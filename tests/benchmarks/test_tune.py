from benchmarks.quality.collections import Collection, Question, SourceDocument
from benchmarks.tasks.tune import pairs

CLAIMS = Collection(
    name="claims",
    documents=(
        SourceDocument("7", "A title", "Its text."),
        SourceDocument("8", "Another", "Text."),
    ),
    questions=(
        Question("1", "Known."),
        Question("2", "Asked."),
        Question("3", "Known."),
        Question("4", "Nobody judged this."),
    ),
    qrels={"1": {"7": 1, "8": 1}, "2": {"8": 1, "7": 0}, "3": {"7": 1}},
)


def test_each_abstract_that_is_relevant_to_a_claim_makes_a_pair() -> None:
    found = pairs(CLAIMS, without={"Asked."})

    assert [(each.question, each.document) for each in found] == [("Known.", "7"), ("Known.", "8")]


def test_a_pair_has_the_title_and_the_text_of_its_abstract() -> None:
    (found,) = pairs(CLAIMS, without={"Known."})

    assert (found.passage, found.answers) == ("Another\nText.", ("Another\nText.",))


def test_a_claim_of_the_test_set_is_not_learnt_from() -> None:
    assert {each.question for each in pairs(CLAIMS)} == {"Known.", "Asked."}
    assert {each.question for each in pairs(CLAIMS, without={"Asked."})} == {"Known."}
