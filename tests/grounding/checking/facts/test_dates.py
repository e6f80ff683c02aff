"""Dates agree at the granularity that is said, also those told from the present."""

from datetime import UTC, datetime

import pytest

from tests.grounding.checking.facts.evidence import alarms


@pytest.mark.parametrize(
    ("answer", "evidence"),
    [
        ("It opened in 2022.", "It opened on 2022-06-01."),
        ("It opened on June 3.", "It opened on 3 June 2022."),
        ("It opened in June 2022.", "It opened on 6/3/2022."),
        ("It opened on June 3, 2022.", "2022 was busy. It opened on Friday, 3 June."),
        ("It opened in Q2 2022.", "It opened in May 2022."),
        ("It opened in the 1990s.", "It opened in 1994."),
        ("It opened in the 19th century.", "It opened in 1875."),
        ("It ran in 2003–04.", "It ran in 2003-04."),
        ("It ran from 2003 to 2005.", "It ran 2003–05."),
        ("It ran in the 2020/21 season.", "It ran in 2020-21."),
        ("It opened in '98.", "It opened in 1998."),
        ("It opened in fiscal 2021.", "It opened in FY2021."),
        ("It begins at 9:30 am EST.", "It begins at 14:30 UTC."),
        ("It begins at 9:30.", "It begins at 09:30 am."),
        ("It opened in the nineties.", "It opened in the 1990s."),
        ("It opened in the nineties.", "It opened in 1994."),
        ("It opened on Christmas Day.", "It opened on December 25."),
        ("It opened on December 25.", "It opened on Christmas Day."),
        ("It opened on New Year's Day.", "It opened on January 1."),
        ("The attacks of 9/11 killed many.", "The attacks of September 11 killed many."),
        ("The attacks of September 11 killed many.", "The 9/11 attacks killed many."),
        ("It begins at half past seven.", "It begins at 7:30."),
        ("It lasted from June to August.", "It lasted June–August."),
        ("The fire began on July 22, 2022.", "Started: 2022-07-22T21:10:00Z"),
        ("The launch is at 3:30 p.m. EST.", "Launch: 20:30 UTC"),
        ("In the 1800s it grew.", "In the 19th century it grew."),
        ("It ran May 5-7, 2022.", "It ran from May 5 to May 7, 2022."),
        ("It ran on 5 and 6 May.", "It ran 5–6 May."),
        ("It happened on 5 May.", "It happened on 5/6 May."),
        ("It opened in Spring 2022.", "It opened in April 2022."),
        ("The 2019-2020 season ended.", "The 2019–20 season ended."),
        ("The 2019/2020 season ended.", "The 2019–20 season ended."),
    ],
)
def test_agrees(answer: str, evidence: str) -> None:
    assert alarms(answer, evidence) == []


@pytest.mark.parametrize(
    ("answer", "evidence", "alarm"),
    [
        ("It opened in 2021.", "It opened in 2022.", ("date", "differs", "2021")),
        ("It opened on June 4.", "It opened on June 3.", ("date", "differs", "June 4")),
        ("It opened on June 3, 2022.", "It opened in 2022.", ("date", "missing", "June 3, 2022")),
        ("It opened in May 2022.", "It opened in June 2022.", ("date", "differs", "May 2022")),
        ("It ran until 2004.", "It ran 2003–05.", ("date", "missing", "2004")),
        ("It opened in '97.", "It opened in 1998.", ("date", "differs", "'97")),
        ("It ran in 2001–04.", "It ran in 2003-04.", ("date", "differs", "2001–04")),
        ("It begins at 9:30 am EST.", "It begins at 9:30 UTC.", ("date", "missing", "9:30 am EST")),
        ("It opened in the nineties.", "It opened in the 1980s.", ("date", "differs", "nineties")),
        (
            "It opened on Christmas Day.",
            "It opened on December 26.",
            ("date", "differs", "Christmas Day"),
        ),
        (
            "It opened on December 24.",
            "It opened on Christmas Day.",
            ("date", "differs", "December 24"),
        ),
        (
            "It begins at half past seven.",
            "It begins at 8:30.",
            ("date", "missing", "half past seven"),
        ),
        (
            "It lasted from June to August.",
            "It lasted June–September.",
            ("date", "differs", "August"),
        ),
        (
            "The fire began on July 23, 2022.",
            "Started: 2022-07-22T21:10:00Z",
            ("date", "missing", "July 23, 2022"),
        ),
        (
            "He served from 1983-1989.",
            "He served from 1983 to 1987.",
            ("date", "differs", "1983-1989"),
        ),
        ("He served from 1983–89.", "He served from 1983 to 1987.", ("date", "differs", "1983–89")),
        ("It ran May 5-8, 2022.", "It ran from May 5 to May 7, 2022.", ("date", "differs", "8")),
        ("It ran 5–6 May.", "It ran 4–6 May.", ("date", "differs", "5")),
        ("In the 1800s it grew.", "In the 18th century it grew.", ("date", "differs", "1800s")),
        (
            "The 2019-2020 season ended.",
            "The 2018–19 season ended.",
            ("date", "differs", "2019-2020"),
        ),
    ],
)
def test_disagrees(answer: str, evidence: str, alarm: tuple[str, str, str]) -> None:
    assert alarms(answer, evidence) == [alarm]


class TestFromThePresent:
    PUBLISHED = datetime(2024, 11, 20, 9, tzinfo=UTC)

    def test_yesterday_is_the_day_before_the_answer(self) -> None:
        assert alarms("It opened yesterday.", "It opened.", published_at=self.PUBLISHED) == []

    def test_another_day_is_not_yesterday(self) -> None:
        found = alarms("It opened two days ago.", "It opened.", published_at=self.PUBLISHED)

        assert found == [("date", "missing", "two days ago")]

    def test_day_is_that_of_the_authors_zone(self) -> None:
        late = datetime(2024, 11, 20, 23, 30, tzinfo=UTC)

        assert alarms("It opened yesterday.", "It opened.", published_at=late) != []

    def test_evidence_without_any_time_says_nothing_of_it(self) -> None:
        assert alarms("It opened yesterday.", "It opened.") == []
