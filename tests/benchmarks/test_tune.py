import csv
import gzip
import io
import zipfile
from pathlib import Path

import pytest

from benchmarks.tasks.tune import SciFact, _pairs, _scifact


def table(*rows: dict[str, str]) -> str:
    text = io.StringIO()
    writer = csv.DictWriter(text, list(rows[0]))
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


@pytest.fixture
def scifact(tmp_path: Path) -> SciFact:
    abstract = """['It\\'s one.\\n' "Don't ask 'why'."\n 'Three.']"""
    with zipfile.ZipFile(tmp_path / "scifact.zip", "w") as archive:
        archive.writestr(
            "corpus_train.csv",
            table(
                {"doc_id": "7", "title": "A title", "abstract": abstract},
                {"doc_id": "8", "title": "Another", "abstract": "['Text.']"},
            ),
        )
        archive.writestr(
            "claims_train.csv",
            table(
                {"claim": "Known.", "cited_doc_ids": "[7 8]"},
                {"claim": "Known.", "cited_doc_ids": "[7 8]"},
                {"claim": "Asked.", "cited_doc_ids": "[8]"},
            ),
        )
    with gzip.open(tmp_path / "topics.beir-v1.0.0-scifact.test.tsv.gz", "wt") as topics:
        topics.write("1\tAsked.\n")
    (tmp_path / "qrels.beir-v1.0.0-scifact.test.txt").write_text("1 0 8 1\n1 0 7 0\n")
    return _scifact(tmp_path)


def test_abstracts_are_read_as_numpy_prints_them(scifact: SciFact) -> None:
    assert scifact.abstracts["7"] == "A title\nIt's one. Don't ask 'why'. Three."


def test_a_claim_of_the_test_set_is_not_learnt_from(scifact: SciFact) -> None:
    assert scifact.claims == [("Known.", ("7", "8"))]
    assert scifact.test == [("Asked.", ("8",))]


def test_each_abstract_that_a_claim_cites_makes_a_pair(scifact: SciFact) -> None:
    pairs = _pairs(scifact, scifact.claims)

    assert [(each.question, each.document) for each in pairs] == [("Known.", "7"), ("Known.", "8")]
