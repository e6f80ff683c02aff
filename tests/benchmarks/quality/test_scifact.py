import gzip
import zipfile

import pytest

from benchmarks.quality import scifact

CORPUS = """doc_id,title,abstract,structured
1,First title,"['One sentence.'
 ""It's another, with 'quotes'.""
 'A third\\n']",False
2,"Second, title",['Only one.'],True
"""
CLAIMS = """id,claim,evidence_doc_id,evidence_label,evidence_sentences,cited_doc_ids
5,Claims are true.,1,SUPPORT,[0 2],"[ 1
 2]"
5,Claims are true.,1,SUPPORT,[1],"[ 1
 2]"
6,Nothing is known.,,,[],[2]
"""


@pytest.fixture
def folder(tmp_path):
    inner = tmp_path / "scifact_claims_corpus"
    for name in ("data", "topics", "qrels"):
        (inner / name).mkdir(parents=True)
    with zipfile.ZipFile(inner / "data" / "scifact.zip", "w") as archive:
        archive.writestr("corpus_train.csv", CORPUS)
        archive.writestr("claims_train.csv", CLAIMS)
        archive.writestr("claims_validation.csv", CLAIMS.replace("\n5,", "\n7,"))
    topics = inner / "topics" / "topics.beir-v1.0.0-scifact.test.tsv.gz"
    topics.write_bytes(gzip.compress(b"7\tClaims are true.\n9\tSo is\tthis.\n"))
    qrels = inner / "qrels" / "qrels.beir-v1.0.0-scifact.test.txt"
    qrels.write_text("7 0 1 1\n7 0 2 1\n9 0 2 0\n")
    return tmp_path


def test_sentences_printed_without_commas_are_told_apart(folder):
    first, second = scifact.abstracts(folder)

    assert first.sentences == ("One sentence.", "It's another, with 'quotes'.", "A third")
    assert first.text == "One sentence. It's another, with 'quotes'. A third"
    assert (second.title, second.sentences) == ("Second, title", ("Only one.",))


def test_claim_has_all_of_its_sets_of_evidence(folder):
    claim, other = scifact.claims(folder)

    assert (claim.id, claim.cited) == ("5", ("1", "2"))
    assert [each.sentences for each in claim.evidence] == [(0, 2), (1,)]
    assert {(each.document, each.label) for each in claim.evidence} == {("1", "SUPPORT")}
    assert (other.cited, other.evidence) == (("2",), ())


def test_claims_of_another_file_can_be_read(folder):
    assert [each.id for each in scifact.claims(folder, scifact.VALIDATION)] == ["7", "6"]


def test_test_collection_is_that_of_beir(folder):
    found = scifact.beir_test(folder)

    assert [(each.id, each.text) for each in found.questions] == [
        ("7", "Claims are true."),
        ("9", "So is\tthis."),
    ]
    assert found.qrels == {"7": {"1": 1, "2": 1}, "9": {"2": 0}}
    assert [each.id for each in found.documents] == ["1", "2"]


def test_training_claims_are_answered_by_what_they_cite(folder):
    found = scifact.training(folder)

    assert [each.id for each in found.questions] == ["5", "6"]
    assert found.qrels == {"5": {"1": 1, "2": 1}, "6": {"2": 1}}


def test_archive_without_its_file_is_named(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"expected one file scifact\.zip, found 0"):
        scifact.abstracts(tmp_path)
