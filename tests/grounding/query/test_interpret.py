from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from grounding.query.interpret import LONGEST, MOST_TERMS, interpret
from grounding.query.interpretation import Interpretation, Use, effects_as_json, loosened
from grounding.query.question import Filters

NOW = datetime(2026, 11, 27, 9, 30, tzinfo=UTC)  # a Friday
UTC_ZONE = ZoneInfo("UTC")
ANY = Filters()


def read(question: str, filters: Filters = ANY, zone: ZoneInfo = UTC_ZONE) -> Interpretation:
    return interpret(question, filters, now=NOW, zone=zone)


def used(question: str, filters: Filters = ANY) -> Mapping[str, str]:
    return {each.text: each.used.value for each in read(question, filters).times}


def day(year: int, month: int, of_month: int) -> datetime:
    return datetime(year, month, of_month, tzinfo=UTC)


@pytest.mark.parametrize(
    ("question", "text", "use"),
    [
        ("articles from March 2024 about floods", "from March 2024", "filter"),
        ("what was published last week on tariffs?", "last week", "filter"),
        ("what happened yesterday in Berlin?", "yesterday", "preference"),
        ("floods in March 2024", "in March 2024", "preference"),
        ("what changed since Monday?", "since Monday", "preference"),
        ("what is the latest on the strike?", "latest", "preference"),
        ("who was mayor as of 1 May 2024?", "as of 1 May 2024", "as_of"),
        ("which films came out in 2019?", "in 2019", "none"),
        ("who plays next week?", "next week", "none"),
        ("what was known before 3 March 2024?", "before 3 March 2024", "none"),
    ],
)
def test_each_time_is_used_as_far_as_it_can_be_trusted(question: str, text: str, use: str) -> None:
    assert used(question) == {text: use}


def test_what_is_about_publication_filters_by_its_window() -> None:
    found = read("articles from March 2024 about floods")

    assert (found.published_after, found.published_before) == (day(2024, 3, 1), day(2024, 4, 1))
    assert (found.preferred_from, found.as_of, found.prefers_newest) == (None, None, False)


def test_of_what_happened_only_the_beginning_is_preferred_and_nothing_hidden() -> None:
    found = read("floods in March 2024")

    assert found.preferred_from == day(2024, 3, 1)
    assert not found.can_hide


def test_the_state_of_things_is_that_of_the_last_instant() -> None:
    found = read("who was mayor as of 1 May 2024?")

    assert found.as_of == day(2024, 5, 2) - timedelta(microseconds=1)


def test_an_as_of_that_ends_ahead_is_the_present() -> None:
    found = read("who is mayor as of today?")

    assert [each.used for each in found.times] == [Use.AS_OF]
    assert found.as_of is None


def test_latest_lets_recency_count_twice() -> None:
    assert read("what is the latest on the strike?").prefers_newest
    assert not read("what of the strike?").prefers_newest


def test_what_the_request_says_goes_before_what_its_question_says() -> None:
    given = day(2026, 1, 1)

    for own in (
        Filters(published_after=given),
        Filters(published_before=given),
        Filters(max_age=timedelta(days=3)),
    ):
        assert used("articles from March 2024", own) == {"from March 2024": "none"}
        assert used("what happened yesterday?", own) == {"yesterday": "none"}
    assert used("who was mayor as of 1 May 2024?", Filters(as_of=given)) == {
        "as of 1 May 2024": "none"
    }


def test_times_are_told_from_the_as_of_of_the_request() -> None:
    found = read("what happened yesterday?", Filters(as_of=datetime(2024, 3, 2, 5, tzinfo=UTC)))

    assert found.preferred_from == day(2024, 3, 1)


def test_days_begin_at_midnight_where_the_question_is_asked() -> None:
    found = read("what happened yesterday?", zone=ZoneInfo("Asia/Tokyo"))

    assert found.preferred_from == datetime(2026, 11, 25, 15, tzinfo=UTC)


def test_several_windows_are_cut_to_what_they_have_in_common() -> None:
    found = read("articles from March 2024 and what was published after 10 March 2024")

    assert (found.published_after, found.published_before) == (day(2024, 3, 11), day(2024, 4, 1))


@pytest.mark.parametrize(
    "question",
    [
        "articles from March 2023 and articles from March 2024",
        "floods in March 2023 compared with floods in March 2024",
        "mayors as of 1 May 2023 and as of 1 May 2024",
    ],
)
def test_times_that_exclude_each_other_are_only_shown(question: str) -> None:
    found = read(question)

    assert [each.used for each in found.times] == [Use.NONE, Use.NONE]
    assert set(effects_as_json(found).values()) == {None, False}


def test_terms_are_looked_for_as_they_are_written() -> None:
    found = read('Does "fail closed" fix CVE-2024-3094 in v2.13.0?')

    assert found.literals == {"fail closed": 1.0, "CVE-2024-3094": 1.0, "v2.13.0": 1.0}


def test_a_name_counts_for_less_than_what_nothing_else_is_called() -> None:
    literals = read("What did Anna Mohr say about ISO 8601?").literals

    assert literals["Anna Mohr"] < literals["ISO 8601"]


def test_nothing_is_read_where_that_is_switched_off() -> None:
    found = read("articles from March 2024 on CVE-2024-3094", Filters(interpret=False))

    assert found == Interpretation()


def test_loosened_no_longer_hides_and_says_why() -> None:
    found = loosened(read("the latest articles from March 2024"))

    assert not found.can_hide
    assert [(each.used, "nothing was found" in each.reason) for each in found.times] == [
        (Use.PREFERENCE, False),
        (Use.NONE, True),
    ]


def test_every_time_says_why() -> None:
    found = read("the latest articles from March 2024, as of 1 May 2024, or next week in 1999")

    assert len(found.times) > 3
    assert all(each.reason for each in found.times)


@pytest.mark.parametrize("of", ['"a b" ', "CVE-2024-1 ", "yesterday ", "5 May 2024 ", "New York "])
def test_a_long_question_is_read_up_to_a_bound(of: str) -> None:
    question = "x " + of * 10_000

    found = read(question)

    assert len(found.terms) <= MOST_TERMS
    assert len(found.times) <= MOST_TERMS
    assert all(each.end <= LONGEST for each in found.terms)
