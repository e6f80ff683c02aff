from datetime import UTC, datetime

import pytest

from benchmarks.corpus.records import Expected, Value
from benchmarks.corpus.statements import commented, content_type, stated


def claims_of(expression: str) -> dict[int | None, dict[str, Value]]:
    found = stated(f"<!--\nDescription: something\nExpect:  {expression}\n-->\n<feed/>")
    assert found is not None
    return {entry.position: dict(entry.claims) for entry in found.entries}


@pytest.mark.parametrize(
    ("expression", "claims"),
    [
        ("not bozo and entries[0]['title'] == 'Level'", {0: {"title": "Level"}}),
        ("entries[1].link == u'http://a.example/'", {1: {"link": "http://a.example/"}}),
        (
            "not bozo and entries[0]['guid'] == '1' and entries[0]['title'] == 'x'",
            {0: {"id": "1", "title": "x"}},
        ),
        (
            "entries[0]['updated_parsed'] == (2004, 1, 1, 19, 48, 21, 3, 1, 0)",
            {0: {"updated": datetime(2004, 1, 1, 19, 48, 21, tzinfo=UTC)}},
        ),
        (
            "entries[0]['content'][0]['value'] == 'x' and entries[0].summary == 'y'",
            {0: {"text": "y"}},
        ),
        (
            "entries[0]['link'] == entries[1]['link'] == 'http://a.example/'",
            {0: {"link": "http://a.example/"}, 1: {"link": "http://a.example/"}},
        ),
    ],
)
def test_what_is_stated_of_entries_is_taken_from_the_expression(
    expression: str, claims: dict[int | None, dict[str, Value]]
) -> None:
    assert claims_of(expression) == claims


@pytest.mark.parametrize(
    "expression",
    [
        "not bozo and feed['subtitle'] == 'Level'",
        "entries[0]['title'] == open('/etc/passwd').read()",
        "entries[0]['title'] != 'Level'",
        "entries[0]['tags'][0]['term'] == 'x'",
        "bozo and",
    ],
)
def test_what_cannot_be_compared_is_counted_and_never_run(expression: str) -> None:
    found = stated(f"<!-- Expect: {expression} -->")

    assert found is not None
    assert (list(found.entries), found.count, found.unusable) == ([], None, 1)


@pytest.mark.parametrize(
    ("expression", "count"), [("not bozo and not entries", 0), ("len(entries) == 2", 2)]
)
def test_the_number_of_entries_is_a_statement_too(expression: str, count: int) -> None:
    found = stated(f"<!-- Expect: {expression} -->")

    assert found is not None
    assert found.count == count


def test_the_title_of_the_feed_is_a_statement_too() -> None:
    found = stated("<!-- Expect: not bozo and feed['title'] == 'Rivers' -->")

    assert found is not None
    assert (found.feed_title, found.unusable) == ("Rivers", 0)


def test_a_file_without_a_statement_says_nothing() -> None:
    assert stated("<feed/>") is None


@pytest.mark.parametrize("charset", ["utf-8", "utf-16", "utf-16-be", "utf-32-le", "cp037"])
def test_the_comment_is_read_in_the_encoding_of_its_file(charset: str) -> None:
    text = "<?xml version='1.0'?><!-- Expect: entries[0]['title'] == 'x' -->"

    found = stated(commented(text.encode(charset)))

    assert found is not None
    assert found.entries == [Expected({"title": "x"}, position=0)]


def test_the_content_type_of_the_comment_is_served() -> None:
    comment = "<!--\nHeader:   Content-type: text/xml; charset=windows-1252\n-->"

    assert content_type(comment, default="x/y") == "text/xml; charset=windows-1252"
    assert content_type("<!-- nothing -->", default="x/y") == "x/y"
