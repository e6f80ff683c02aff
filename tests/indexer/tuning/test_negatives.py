from indexer.tuning.negatives import mined
from indexer.tuning.records import PoolText
from tests.fakes import HashEmbedder
from tests.indexer.tuning.tiny import pair

POOL = [
    PoolText("oil price rises on fears", "answer"),
    PoolText("oil price rises", "same words as the question"),
    PoolText("oil tanker runs aground", "near"),
    PoolText("the price of bread", "near too"),
]


def negatives_of(*, each: int, question: str = "oil price rises") -> set[str]:
    embedder = HashEmbedder(256)
    vectors = embedder.embed_passages([text.text for text in POOL])
    asked = pair(question, "oil price rises on fears", document="answer", negatives=("given",))
    (found,) = mined([asked], POOL, vectors, embedder, each=each, seed=1)
    return set(found.negatives)


def test_near_passages_of_other_documents_are_added() -> None:
    assert negatives_of(each=1) - {"given"} < {"oil tanker runs aground", "the price of bread"}
    assert len(negatives_of(each=1)) == 2


def test_neither_the_document_itself_nor_what_answers_as_well_is_a_negative() -> None:
    assert negatives_of(each=9) == {"given", "oil tanker runs aground", "the price of bread"}


def test_none_are_added_where_none_are_wanted() -> None:
    assert negatives_of(each=0) == {"given"}


def test_documents_that_answer_the_same_question_are_no_negatives_of_it() -> None:
    embedder = HashEmbedder(256)
    vectors = embedder.embed_passages([text.text for text in POOL])
    both = [
        pair("oil news", "oil price rises on fears", document="answer"),
        pair("oil news", "oil tanker runs aground", document="near"),
    ]

    found = mined(both, POOL, vectors, embedder, each=9, seed=1)

    assert all("oil tanker runs aground" not in each.negatives for each in found)
