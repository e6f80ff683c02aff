from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grounding.query.analysis.records import Strength, TimeExpression, Times
from grounding.query.analysis.times import MOST_TIMES, read_times, time_window
from tests.grounding.query.analysis.asking import (
    GREENWICH,
    LONGEST_SECONDS,
    read,
    seconds,
    shown,
    window,
)

ZONES = ("UTC", "Europe/Berlin", "America/New_York", "Pacific/Auckland", "Asia/Kathmandu")
CLEAR = {
    "what happened yesterday?": ("yesterday", "2024-05-14/2024-05-15"),
    "who won today's match": ("today", "2024-05-15/2024-05-16"),
    "the day before yesterday, what was said?": ("day before yesterday", "2024-05-13/2024-05-14"),
    "road works this morning": ("this morning", "2024-05-15/2024-05-15T12"),
    "the fire last night": ("last night", "2024-05-14T18/2024-05-15T06"),
    "what did she say yesterday evening": ("yesterday evening", "2024-05-14T18/2024-05-15"),
    "which harbour was closed last week?": ("last week", "2024-05-06/2024-05-13"),
    "last week's votes": ("last week", "2024-05-06/2024-05-13"),
    "votes this week": ("this week", "2024-05-13/2024-05-20"),
    "rain this month": ("this month", "2024-05-01/2024-06-01"),
    "rain last month": ("last month", "2024-04-01/2024-05-01"),
    "sales this quarter": ("this quarter", "2024-04-01/2024-07-01"),
    "sales last quarter": ("last quarter", "2024-01-01/2024-04-01"),
    "births this year": ("this year", "2024-01-01/2025-01-01"),
    "births last year": ("last year", "2023-01-01/2024-01-01"),
    "what changed earlier this month": ("this month", "2024-05-01/2024-05-15T10:30"),
    "outages in the last 3 days": ("in the last 3 days", "2024-05-12T10:30/2024-05-15T10:30"),
    "in the past 24 hours": ("in the past 24 hours", "2024-05-14T10:30/2024-05-15T10:30"),
    "over the last week": ("over the last week", "2024-05-08T10:30/2024-05-15T10:30"),
    "within the past two months": (
        "within the past two months",
        "2024-03-15T10:30/2024-05-15T10:30",
    ),
    "last five years": ("last five years", "2019-05-15T10:30/2024-05-15T10:30"),
    "in the last few days": ("in the last few days", "2024-05-08T10:30/2024-05-15T10:30"),
    "this past weekend": ("this past weekend", "2024-05-11/2024-05-13"),
    "3 days ago": ("3 days ago", "2024-05-12/2024-05-13"),
    "what was the rate two weeks ago": ("two weeks ago", "2024-04-24T10:30/2024-05-08T10:30"),
    "a month ago": ("a month ago", "2024-03-15T10:30/2024-05-15T10:30"),
    "more than two years ago": ("two years ago", "/2022-05-15T10:30"),
    "less than a week ago": ("a week ago", "2024-05-08T10:30/2024-05-15T10:30"),
    "a couple of days ago": ("a couple of days ago", "2024-05-12T10:30/2024-05-15T10:30"),
    "what has been decided since Monday": ("since Monday", "2024-05-13/"),
    "since 5 March": ("since 5 March", "2024-03-05/"),
    "since yesterday": ("since yesterday", "2024-05-14/"),
    "since 1979": ("since 1979", "1979-01-01/"),
    "who resigned on Tuesday?": ("on Tuesday", "2024-05-14/2024-05-15"),
    "who resigned on Wednesday?": ("on Wednesday", "2024-05-15/2024-05-16"),
    "who resigned on Thursday?": ("on Thursday", "2024-05-09/2024-05-10"),
    "who resigned Tuesday?": ("Tuesday", "2024-05-14/2024-05-15"),
    "the count at Monday's meeting": ("Monday", "2024-05-13/2024-05-14"),
    "on Friday night": ("on Friday night", "2024-05-10/2024-05-11"),
    "last Friday": ("last Friday", "2024-05-10/2024-05-11"),
    "last Wednesday": ("last Wednesday", "2024-05-08/2024-05-09"),
    "last May": ("last May", "2023-05-01/2023-06-01"),
    "over the weekend": ("over the weekend", "2024-05-11/2024-05-13"),
    "last weekend": ("last weekend", "2024-05-11/2024-05-13"),
    "in March 2024": ("in March 2024", "2024-03-01/2024-04-01"),
    "the March 2024 budget": ("March 2024", "2024-03-01/2024-04-01"),
    "in early Feb. 2024": ("in early Feb. 2024", "2024-02-01/2024-03-01"),
    "in 2024-03": ("in 2024-03", "2024-03-01/2024-04-01"),
    "in Q3 2023": ("in Q3 2023", "2023-07-01/2023-10-01"),
    "2023 Q4": ("2023 Q4", "2023-10-01/2024-01-01"),
    "H1 2023": ("H1 2023", "2023-01-01/2023-07-01"),
    "in the second quarter of 2023": ("in the second quarter of 2023", "2023-04-01/2023-07-01"),
    "March 5, 2024": ("March 5, 2024", "2024-03-05/2024-03-06"),
    "on the 5th of March 2024": ("on the 5th of March 2024", "2024-03-05/2024-03-06"),
    "Tuesday, March 5th, 2024": ("Tuesday, March 5th, 2024", "2024-03-05/2024-03-06"),
    "2024-03-05": ("2024-03-05", "2024-03-05/2024-03-06"),
    "2024/03/05": ("2024/03/05", "2024-03-05/2024-03-06"),
    "on Feb 29, 2024": ("on Feb 29, 2024", "2024-02-29/2024-03-01"),
    "between March and May 2023": ("between March and May 2023", "2023-03-01/2023-06-01"),
    "between November and January 2024": (
        "between November and January 2024",
        "2023-11-01/2024-02-01",
    ),
    "from 3 to 7 May": ("from 3 to 7 May", "2024-05-03/2024-05-08"),
    "from March 30 to April 2": ("from March 30 to April 2", "2024-03-30/2024-04-03"),
    "3–7 May 2023": ("3–7 May 2023", "2023-05-03/2023-05-08"),
    "between 2019 and 2021": ("between 2019 and 2021", "2019-01-01/2022-01-01"),
    "from Monday to Tuesday": ("from Monday to Tuesday", "2024-05-13/2024-05-15"),
    "before 2020": ("before 2020", "/2020-01-01"),
    "after June 2023": ("after June 2023", "2023-07-01/"),
    "prior to last week": ("prior to last week", "/2024-05-06"),
    "until 5 March 2023": ("until 5 March 2023", "/2023-03-06"),
    "by March 2024": ("by March 2024", "/2024-04-01"),
    "as of 1 May": ("as of 1 May", "/2024-05-02"),
    "on or before 2024-05-01": ("on or before 2024-05-01", "/2024-05-02"),
    "no later than May 1, 2024": ("no later than May 1, 2024", "/2024-05-02"),
    "since the start of the year": ("since the start of the year", "2024-01-01/"),
    "the week of March 6, 2024": ("March 6, 2024", "2024-03-04/2024-03-11"),
    "from 2020 to the present": ("from 2020", "2020-01-01/"),
    "over five years ago": ("over five years ago", "/2019-05-15T10:30"),
    "after the 5th of March 2023": ("after the 5th of March 2023", "2023-03-06/"),
    "was the pool open on Sunday?": ("on Sunday", "2024-05-12/2024-05-13"),
}
AHEAD = {
    "storms expected this afternoon": ("this afternoon", "2024-05-15T12/2024-05-15T18"),
    "who plays tomorrow?": ("tomorrow", "2024-05-16/2024-05-17"),
    "the day after tomorrow": ("day after tomorrow", "2024-05-17/2024-05-18"),
    "the concert tonight": ("tonight", "2024-05-15T18/2024-05-16T06"),
    "what opens next week?": ("next week", "2024-05-20/2024-05-27"),
    "next Friday": ("next Friday", "2024-05-17/2024-05-18"),
    "next March": ("next March", "2025-03-01/2025-04-01"),
    "in the next 3 days": ("in the next 3 days", "2024-05-15T10:30/2024-05-18T10:30"),
    "over the coming weeks, and in the coming year": (
        "in the coming year",
        "2024-05-15T10:30/2025-05-15T10:30",
    ),
    "later this week": ("this week", "2024-05-15T10:30/2024-05-20"),
    "will it rain on Sunday?": ("on Sunday", "2024-05-19/2024-05-20"),
    "is the pool open on Sunday?": ("on Sunday", "2024-05-19/2024-05-20"),
    "what is the weather on Friday": ("on Friday", "2024-05-17/2024-05-18"),
    "will it be dry this weekend?": ("this weekend", "2024-05-18/2024-05-20"),
    "three days from now": ("three days from now", "2024-05-18/2024-05-19"),
    "after 1 June 2024": ("after 1 June 2024", "2024-06-02/"),
}
WEAK = {
    "in 2023": ("in 2023", "2023-01-01/2024-01-01"),
    "the 2024 election": ("2024", "2024-01-01/2025-01-01"),
    "Great Lakes Regatta 2023": ("2023", "2023-01-01/2024-01-01"),
    "in the 1990s": ("in the 1990s", "1990-01-01/2000-01-01"),
    "songs of the '90s": ("90s", "1990-01-01/2000-01-01"),
    "the 2022-23 season": ("2022-23", "2022-01-01/2024-01-01"),
    "2009-2014": ("2009-2014", "2009-01-01/2015-01-01"),
    "in March": ("in March", "2024-03-01/2024-04-01"),
    "in June": ("in June", "2023-06-01/2023-07-01"),
    "on March 5": ("on March 5", "2024-03-05/2024-03-06"),
    "last summer": ("last summer", "2023-06-01/2023-09-01"),
    "after the 2020 election": ("after the 2020", "2020-01-01/"),
    "before the March 2023 vote": ("before the March 2023", "/2023-04-01"),
    "on 29 February": ("on 29 February", "2024-02-29/2024-03-01"),
}
NO_TIME = (
    "May I ask who leads the council?",
    "this may cause delays",
    "how do I march to the beat?",
    "between 3 and 7 may be enough",
    "wait a second",
    "which runner came second?",
    "the week-long strike",
    "who stars in Friday Night Lights?",
    "what is sold on Black Friday?",
    "is it Friday?",
    "every Monday",
    "who plays Wednesday Addams?",
    "who reads The Sunday Times?",
    "who wrote 1984 by Orwell?",
    "1984 by Orwell",
    "drivers for windows 2000",
    "the last of us",
    "the last week of pregnancy",
    "the last days of Pompeii",
    "how do I open a current account?",
    "what is an eddy current?",
    "I know about snow",
    "who hosts the today show?",
    "does USA Today print weather maps?",
    "who directed Apocalypse Now?",
    "who presents This Morning on television?",
    'who sang "Yesterday" first?',
    "5/3/2024",
    "CVE-2024-3094",
    "in 2000 patients",
    "the fee of 1999 dollars",
    "10,000 years ago",
    "after 12 weeks of treatment",
    "its first win in 32 years",
    "3 hours after the dose",
    "on February 30",
    "in her 30s",
    "after March Madness",
    "Q3",
    "events on this day in history",
    "what must be done by Friday?",
    "wait until Friday",
    "is app 2024.3.1 stable?",
    "since when is it closed?",
    "before and after the war",
    "24/7 support since the crash of flight 1999",
    "",
    "   ",
    "сегодня в Киеве",
    "昨日の天気",
)
NEWEST = (
    "latest news on the dam",
    "the newest release",
    "what is the current price of oil?",
    "who is president now?",
    "is the bridge currently closed?",
    "recent storms",
    "at the moment",
    "these days",
)


@pytest.mark.parametrize(("question", "expected"), CLEAR.items())
def test_a_clear_restriction_gives_its_window(question: str, expected: tuple[str, str]) -> None:
    found = window(question)

    assert shown(found) == expected
    assert found.strength is Strength.STRONG
    assert not found.is_future


@pytest.mark.parametrize(("question", "expected"), AHEAD.items())
def test_what_lies_ahead_is_marked(question: str, expected: tuple[str, str]) -> None:
    found = read(question).found[-1]

    assert shown(found) == expected
    assert found.is_future


@pytest.mark.parametrize(("question", "expected"), WEAK.items())
def test_a_bare_year_or_month_is_weak(question: str, expected: tuple[str, str]) -> None:
    found = window(question)

    assert shown(found) == expected
    assert found.strength is Strength.WEAK


@pytest.mark.parametrize("question", NO_TIME)
def test_what_only_looks_like_a_time_is_none(question: str) -> None:
    assert read(question) == Times((), None, wants_newest=False)


@pytest.mark.parametrize("question", NEWEST)
def test_a_preference_for_the_newest_has_no_window(question: str) -> None:
    times = read(question)

    assert times.wants_newest
    assert times.window is None
    assert [(one.after, one.before) for one in times.found] == [(None, None)]


def test_capitals_of_a_headline_do_not_make_a_name() -> None:
    assert window("WHAT HAPPENED LAST WEEK IN ULM").text == "LAST WEEK"
    assert window("What Happened Last Week In The City Of Ulm").text == "Last Week"


def test_a_question_quoted_as_a_whole_is_read() -> None:
    assert window('"what happened yesterday?"').text == "yesterday"


def test_as_of_asks_for_a_state_of_the_world() -> None:
    assert window("members as of 1 May").is_as_of
    assert not window("members since 1 May").is_as_of


def test_words_about_publication_say_that_the_time_is_not_about_the_event() -> None:
    assert not window("articles from March 2024").is_about
    assert not window("this week's headlines").is_about
    assert window("floods in March 2024").is_about


def test_a_strong_time_counts_before_a_weak_one() -> None:
    assert window("Which 2019 song was played last Friday?").text == "last Friday"


def test_what_lies_ahead_does_not_contradict_what_was_said() -> None:
    found = window("Who said this week that the tunnel opens next month?")

    assert found.text == "this week"


def test_two_times_that_exclude_each_other_leave_no_window() -> None:
    times = read("compare last week with this week")

    assert len(times.found) == 2
    assert times.window is None


def test_two_limits_are_cut_to_what_they_have_in_common() -> None:
    found = window("everything since Monday until yesterday")

    assert shown(found)[1] == "2024-05-13/2024-05-15"


@pytest.mark.parametrize("year", [1, 2, 9998, 9999])
@pytest.mark.parametrize("zone", ZONES)
def test_no_window_leaves_the_calendar(year: int, zone: str) -> None:
    for month, day in ((1, 1), (12, 31)):
        now = datetime(year, month, day, 12, tzinfo=UTC)
        for question in (*CLEAR, *AHEAD, *WEAK, "9999 years ago", "the next 9999 decades"):
            for found in read_times(question, now=now, zone=ZoneInfo(zone)).found:
                _assert_sound(question, found)


def test_a_present_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="expected a time with a zone"):
        time_window("yesterday", now=datetime(2024, 5, 15), zone=GREENWICH)


def test_only_the_first_times_of_a_long_question_are_read() -> None:
    assert len(read("today, " * 100).found) == MOST_TIMES


_PIECES = st.sampled_from(
    [*CLEAR, *AHEAD, *WEAK, *NEWEST, "since", "between", "and", "the", "May", "2024", "-", "'", '"']
)
_INSTANTS = st.datetimes(timezones=st.just(UTC))


@given(
    st.one_of(st.text(max_size=200), st.lists(_PIECES, max_size=6).map(" ".join)),
    _INSTANTS,
    st.sampled_from(ZONES),
)
def test_every_window_is_aware_ordered_and_says_where_it_stands(
    question: str, now: datetime, zone: str
) -> None:
    times = read_times(question, now=now, zone=ZoneInfo(zone))

    for found in (*times.found, *([times.window] if times.window else [])):
        _assert_sound(question, found)
    starts = [one.start for one in times.found]
    assert starts == sorted(starts)
    assert all(a.end <= b.start for a, b in pairwise(times.found))


_REPEATED = (
    "today |now |2024 |2024-|3-|3–7 |March 5 |since |since the end of |between 3 |Monday's |last "
    '|a |first quarter of |1|\'|"a" |current |over 3 years |day before |Q3 |May |5 May - |the | |\n'
)


@pytest.mark.parametrize("unit", _REPEATED.split("|"))
def test_the_longest_question_takes_no_longer_than_its_length(unit: str) -> None:
    question = (unit * 4000)[:4000]

    assert seconds(read, question) < LONGEST_SECONDS


def _assert_sound(question: str, found: TimeExpression) -> None:
    assert question[found.start : found.end] == found.text
    edges = [at for at in (found.after, found.before) if at is not None]
    assert all(at.utcoffset() == timedelta(0) for at in edges)
    assert edges == sorted(set(edges))
    assert found.wants_newest is not bool(edges)
