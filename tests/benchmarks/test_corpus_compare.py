"""Whether a wrong result of a connector would be noticed at all."""

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from benchmarks.corpus.compare import UNEXPLAINED, compared, explained
from benchmarks.corpus.feed_rules import FEED_RULES
from benchmarks.corpus.measure import Tally, add
from benchmarks.corpus.records import (
    Disagreement,
    Expectations,
    Expected,
    Reading,
    Recording,
    Refusal,
    Suite,
    Value,
)
from benchmarks.tasks.corpus import hanging
from connectors.records import Document, Failure, Observation

AT = datetime(2026, 3, 1, 8, tzinfo=UTC)
LATER = datetime(2026, 3, 1, 9, tzinfo=UTC)
RECORDING = Recording("suite", "feed.xml", Path("feed.xml"), "feed", "application/xml", body=b"")
FIRST = Document("1", "words", title="Level", url="http://a.example/1", published_at=AT)
SECOND = Document("2", "words", title="Flood", url="http://a.example/2", published_at=LATER)
CLAIMS: dict[str, Value] = {"id": "1", "title": "Level", "published": AT}


def differing(expected: Expectations, *documents: Document) -> list[tuple[str, Value, Value]]:
    found = compared(RECORDING, Reading(documents=documents), expected)
    return [(each.name, each.expected, each.found) for each in found.disagreements]


def disagreement(
    field: str, expected: Value, found: Value, *, document: Document | None = FIRST
) -> Disagreement:
    reading = Reading(address="http://127.0.0.1:1/feed.xml")
    return Disagreement(RECORDING, reading, field, expected, found, document)


def test_what_is_read_as_expected_differs_in_nothing() -> None:
    expected = Expectations([Expected(CLAIMS)], count=1)

    assert differing(expected, FIRST) == []
    assert compared(RECORDING, Reading(documents=(FIRST,)), expected).count == 4


@pytest.mark.parametrize(
    ("field", "wrong", "found"),
    [
        ("title", replace(FIRST, title="Levels"), "Levels"),
        ("published", replace(FIRST, published_at=LATER), LATER),
        ("published", replace(FIRST, published_at=None), None),
        ("id", replace(FIRST, key="01"), "01"),
    ],
)
def test_a_wrong_field_is_noticed(field: str, wrong: Document, found: Value) -> None:
    expected = Expectations([Expected(CLAIMS)], count=1)

    assert differing(expected, wrong) == [(field, CLAIMS[field], found)]


def test_an_entry_that_is_missing_is_noticed_in_each_of_its_fields() -> None:
    both = Expectations([Expected(CLAIMS), Expected({"id": "2", "title": "Flood"})], count=2)

    assert differing(both, SECOND) == [
        ("entries", "2", "1"),
        ("id", "1", None),
        ("title", "Level", None),
        ("published", AT, None),
    ]


def test_an_entry_too_many_is_noticed() -> None:
    assert differing(Expectations([Expected(CLAIMS)], count=1), FIRST, SECOND) == [
        ("entries", "1", "2")
    ]


def test_entries_are_found_in_any_order_unless_their_position_is_stated() -> None:
    in_any = Expectations([Expected({"id": "1"}), Expected({"id": "2"})])
    in_order = Expectations([Expected({"id": "1"}, position=0)])

    assert differing(in_any, SECOND, FIRST) == []
    assert differing(in_order, SECOND, FIRST) == [("id", "1", "2")]


@pytest.mark.parametrize(
    ("values", "found"),
    [
        ({("level", AT): "3.2"}, []),
        ({("level", AT): "3.3"}, ["level at 2026-03-01T08:00:00+00:00: 3.3"]),
        ({("level", LATER): "3.2"}, [None, "level at 2026-03-01T09:00:00+00:00: 3.2"]),
        ({}, [None]),
    ],
)
def test_values_that_are_wrong_missing_or_too_many_are_noticed(
    values: dict[tuple[str, datetime], str], found: list[str | None]
) -> None:
    read = tuple(Observation(name, at, Decimal(value)) for (name, at), value in values.items())
    expected = Expectations(values={("level", AT): Decimal("3.20")})

    differences = compared(RECORDING, Reading(observations=read), expected).disagreements

    assert [each.found for each in differences] == found


@pytest.mark.parametrize(
    ("wrong", "name"),
    [
        (disagreement("title", "<b>Level</b> &amp; flood", "Level & flood"), "plain text"),
        (disagreement("title", "<b>Level</b>", "Levels"), UNEXPLAINED),
        (disagreement("title", "Level ", "Level"), "white space"),
        (disagreement("title", "Level", None, document=None), UNEXPLAINED),
        (disagreement("link", "/1", "http://127.0.0.1:1/1"), "relative link resolved"),
        (disagreement("link", "/1", "http://127.0.0.1:1/2"), UNEXPLAINED),
        (disagreement("link", "http://a.example/1", None), UNEXPLAINED),
        (
            disagreement("link", "http://a.example/?utm_source=x&p=1", "http://a.example/?p=1"),
            "tracking parameters dropped",
        ),
        (disagreement("link", "http://a.example/?p=1", "http://a.example/"), UNEXPLAINED),
        (disagreement("id", "0123456789abcdef0123456789abcdef", "1"), "the suite makes up an id"),
        (disagreement("id", "1", "http://a.example/1"), UNEXPLAINED),
        (disagreement("updated", AT, None), "one date, not two"),
        (disagreement("updated", LATER, None), UNEXPLAINED),
        (disagreement("text", "safe and sound", "safe"), UNEXPLAINED),
        (disagreement("text", "a\u200eb", "ab"), "invisible characters dropped"),
        (disagreement("updated", AT, LATER), UNEXPLAINED),
    ],
)
def test_a_rule_explains_what_it_says_and_no_other_error(wrong: Disagreement, name: str) -> None:
    assert explained(wrong, FEED_RULES) == name


def judged(
    reading: Reading,
    *,
    claims: dict[str, Value] = CLAIMS,
    refusals: tuple[Refusal, ...] = (),
) -> Tally:
    expected = Expectations([Expected(claims)], count=1)
    suite = Suite("suite", [RECORDING], lambda _: expected, FEED_RULES, refusals)
    tally = Tally("suite")
    add(tally, suite, RECORDING, reading)
    return tally


def test_what_no_rule_explains_is_named() -> None:
    tally = judged(Reading(documents=(replace(FIRST, title="Flood"),)))

    assert tally.unexplained == ["feed.xml: title: 'Flood', not 'Level'"]
    assert tally.classes == {UNEXPLAINED: 1}


def test_a_crash_is_named_and_counts_as_not_parsed() -> None:
    tally = judged(Reading(crash="Traceback …\nKeyError: 'x'\n"))

    assert tally.crashes == ["feed.xml: KeyError: 'x'"]
    assert tally.parsed == 0


def test_a_refusal_is_named_unless_it_is_expected() -> None:
    refused = Reading(refusal="not a feed: empty")

    assert judged(refused).unexplained == ["feed.xml: not a feed: empty"]
    assert judged(refused, refusals=(Refusal("no feed", "not a feed"),)).unexplained == []


def test_a_failed_entry_is_explained_only_if_the_suite_finds_no_words_in_it_either() -> None:
    failed = Reading(failures=(Failure("1", "the entry has no text"),))

    assert judged(failed, claims={"title": '<img src="a.png"/>'}).unexplained == []
    assert judged(failed, claims={"title": "Level"}).unexplained != []
    assert judged(Reading(), claims={"title": '<img src="a.png"/>'}).unexplained != []


def test_an_entry_that_is_lost_is_explained_only_by_another_that_says_the_same() -> None:
    expected = Expectations([Expected({"title": "Level"}), Expected({"title": "Flood"})])
    twice = Expectations([Expected({"title": "Level"}), Expected({"title": "Level"})])
    read = Reading(documents=(FIRST,))

    lost, alike = (compared(RECORDING, read, each).disagreements[0] for each in (expected, twice))

    assert explained(lost, FEED_RULES) == UNEXPLAINED
    assert explained(alike, FEED_RULES) == "entries alike in everything are one"


def test_a_wrong_title_of_a_feed_is_noticed() -> None:
    body = b"<rss version='2.0'><channel><title>Rivers</title></channel></rss>"
    recording = replace(RECORDING, body=body)

    right = compared(recording, Reading(), Expectations(feed_title="Rivers"))
    wrong = compared(recording, Reading(), Expectations(feed_title="Lakes"))

    assert (right.count, right.disagreements) == (1, ())
    assert [each.found for each in wrong.disagreements] == ["Rivers"]


def test_a_file_hangs_that_takes_long_in_both_passes_for_what_it_holds() -> None:
    tally = Tally("suite", observations=200_000, cpu={"large": 9.0, "endless": 12.0})

    assert hanging(tally) == ["endless"]
