import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from indexer.catalogue.passages import StoredPassage
from indexer.errors import TuningRefused
from indexer.tuning import pair_file
from indexer.tuning.records import Pair

GOOD = {"question": "what rose?", "passage": "oil rose"}


def stored(uid: str, key: str, *texts: str) -> list[StoredPassage]:
    return [
        StoredPassage(uid, key, n, "Title", "", text, False, {}, b"")
        for n, text in enumerate(texts)
    ]


STORED = [
    *stored("u1", "oil.md", "oil rose", "oil fell"),
    *stored("u2", "twice.md", "one"),
    *stored("u3", "twice.md", "two"),
]


def last(question: str, texts: Sequence[str]) -> int:
    del question
    return len(texts) - 1


def read(tmp_path: Path, *lines: object) -> tuple[list[Pair], list[str]]:
    file = tmp_path / "pairs.jsonl"
    file.write_text(
        "\n".join(line if isinstance(line, str) else json.dumps(line) for line in lines)
    )
    return pair_file.read(file, STORED, best=last)


def test_a_passage_that_is_stored_is_taken_as_it_is_embedded(tmp_path: Path) -> None:
    ((found,), bad) = read(tmp_path, GOOD)

    assert (found.passage, found.document) == ("Title\noil rose", "u1")
    assert found.answers == ("Title\noil rose",)
    assert bad == []


def test_a_passage_from_elsewhere_is_a_document_of_its_own(tmp_path: Path) -> None:
    (found, again), _ = read(
        tmp_path,
        {"question": "one?", "passage": "from elsewhere", "negatives": ["not this"]},
        {"question": "two?", "passage": "from elsewhere"},
    )

    assert (found.passage, found.negatives) == ("from elsewhere", ("not this",))
    assert found.document == again.document


@pytest.mark.parametrize("name", ["u1", "oil.md"])
def test_a_document_stands_for_its_best_passage_and_all_of_them_answer(
    tmp_path: Path, name: str
) -> None:
    ((found,), _) = read(tmp_path, {"question": "what fell?", "document": name})

    assert found.passage == "Title\noil fell"
    assert found.answers == ("Title\noil rose", "Title\noil fell")


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("{", "line 21: Expecting property name"),
        ("[]", "line 21: expected a JSON object"),
        ({"passage": "x"}, "line 21: question: expected a text"),
        ({"question": " ", "passage": "x"}, "line 21: question: expected a text"),
        ({"question": "x"}, "line 21: expected either a passage or a document"),
        ({**GOOD, "document": "u1"}, "line 21: expected either a passage or a document"),
        ({"question": "x", "passage": 5}, "line 21: passage: expected a text"),
        ({**GOOD, "negatives": "x"}, "line 21: negatives: expected a list of texts"),
        ({"question": "x", "document": "no"}, "line 21: no stored document has the key or id no"),
        ({"question": "x", "document": "twice.md"}, "line 21: several sources have a document"),
    ],
)
def test_a_bad_line_is_named_and_left_out(tmp_path: Path, line: object, reason: str) -> None:
    found, (bad,) = read(tmp_path, *[GOOD] * 20, line)

    assert len(found) == 20
    assert bad.startswith(reason)


def test_empty_lines_are_no_bad_lines(tmp_path: Path) -> None:
    found, bad = read(tmp_path, "", GOOD, "  ", "")

    assert (len(found), bad) == (1, [])


def test_a_file_with_many_bad_lines_is_refused(tmp_path: Path) -> None:
    with pytest.raises(TuningRefused, match=r"7 of 9 lines cannot be used: line 3: .*; …"):
        read(tmp_path, GOOD, GOOD, *["{"] * 7)


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(TuningRefused, match="cannot be read"):
        pair_file.read(tmp_path / "none", STORED, best=last)


def test_bytes_that_are_no_text_are_refused(tmp_path: Path) -> None:
    (tmp_path / "pairs").write_bytes(b"\xff\xfe\x00")

    with pytest.raises(TuningRefused, match="cannot be read as UTF-8"):
        pair_file.read(tmp_path / "pairs", STORED, best=last)
