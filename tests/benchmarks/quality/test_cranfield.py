import pytest

from benchmarks.quality import cranfield

DOCUMENTS = """<doc>
<docno>1</docno>
<title>flow past a
plate .</title>
<author>li</author>
<text>flow past a
plate .
  the flow is slow .</text>
</doc>
<doc>
<docno>2</docno>
<title>heat .</title>
<text>another beginning .</text>
</doc>
<doc>
<docno>3</docno>
<title></title>
<text></text>
</doc>
"""
QUERIES = """<?xml version='1.0' encoding='utf-8' standalone='yes'?>
<xml>
<top>
<num> 1</num>
<title>
what of
flow .
</title>
</top>
<top>
<num> 40</num>
<title>what of heat .</title>
</top>
</xml>
"""
QRELS = "1 0 1 1\n1 0 2 0\n2 0 2 3 \n2 0 1 -1\n"


@pytest.fixture
def collection(tmp_path):
    folder = tmp_path / "cranfield"
    folder.mkdir()
    (folder / "cran.all.1400.xml").write_text(DOCUMENTS)
    (folder / "cran.qry.xml").write_text(QUERIES)
    (folder / "cranqrel.trec.txt").write_text(QRELS)
    return cranfield.collection(tmp_path)


def test_title_is_not_repeated_at_the_start_of_the_text(collection):
    first = collection.documents[0]

    assert (first.title, first.text) == ("flow past a plate .", "the flow is slow .")


def test_text_that_begins_otherwise_is_whole(collection):
    assert collection.documents[1].text == "another beginning ."


def test_document_without_words_is_kept(collection):
    assert (collection.documents[2].id, collection.documents[2].text) == ("3", "")


def test_questions_are_counted_from_one_whatever_number_they_bear(collection):
    assert [(each.id, each.text) for each in collection.questions] == [
        ("1", "what of flow ."),
        ("2", "what of heat ."),
    ]


def test_grades_of_zero_and_less_are_not_relevant(collection):
    assert collection.qrels == {"1": {"1": 1, "2": 0}, "2": {"2": 1, "1": 0}}
