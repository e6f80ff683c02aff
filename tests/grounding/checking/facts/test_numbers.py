"""Numbers with units agree or differ as a careful reader would say."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from grounding.query.records import PreviousValue, ValueAt
from tests.grounding.checking.facts.evidence import alarms, found


@pytest.mark.parametrize(
    ("answer", "evidence"),
    [
        ("It cost 84.1 USD.", "It cost 84.12 USD."),
        ("It cost $84.12.", "It cost 84.12 dollars."),
        ("It cost US$ 1.5 million.", "It cost 1,523,000 US dollars."),
        ("It cost 3 crore rupees.", "It cost ₹30,000,000."),
        ("It has 1,234,567 people.", "It has 1.234.567 people."),
        ("It has 1234567 people.", "It has 12,34,567 people."),
        ("It has 84k users.", "It has 84,212 users."),
        ("It has two lakes.", "It has 2 lakes."),
        ("It has a dozen lakes.", "It has 12 lakes."),
        ("It has twenty-one lakes.", "It has 21 lakes."),
        ("Half of the lakes froze.", "50 percent of the lakes froze."),
        ("Two thirds of the lakes froze.", "66.7% of the lakes froze."),
        ("It ended 3rd.", "It ended third."),
        ("The walk is 3.1 miles.", "The walk is 5 km."),
        ("It was 68 °F.", "It was 20 °C."),
        ("It weighs 10 kg.", "It weighs 22 lb."),
        ("It burned 500 acres.", "It burned 202 hectares."),
        ("It lasted 2 weeks.", "It lasted 14 days."),
        ("About 500 homes burned.", "512 homes burned."),
        ("More than 500 homes burned.", "523 homes burned."),
        ("At least 500 homes burned.", "More than 500 homes burned."),
        ("From 5 to 10 km were closed.", "5–10 km were closed."),
        ("It fell to -5 °C.", "It fell to −5 °C."),
        ("Sales rose by 20 to 120.", "Sales rose from 100 to 120."),
        ("Sales rose 20 percent.", "Sales rose from 100 to 120."),
        ("The Boeing 747 landed.", "A Boeing 747 landed."),
        ("It burned 500 acres.", "Oak Fire\nAcres burned: 500\nPercent contained: 20"),
        ("20 percent is contained.", "Oak Fire\nAcres burned: 500\nPercent contained: 20"),
        ("Levels of CO2 rose.", "Levels of CO 2 rose."),
        ("It burned 12 000 acres.", "It burned 12,000 acres."),
        ("1 234 567 people came.", "1,234,567 people came."),
        ("It lasted 90 minutes.", "It lasted an hour and a half."),
        ("It lasted six and a half years.", "It lasted six-and-a-half years."),
        ("It lasted six months.", "It lasted half a year."),
        ("2.5 million people came.", "Two and a half million people came."),
        ("Prices fell 0.5%.", "Prices fell half a percent."),
        ("A third of it burned.", "1/3 of it burned."),
        ("It was -5 °C.", "It was minus 5 degrees Celsius."),
        ("There were zero fires.", "There were no fires."),
        ("It returns `-1` then.", "It returns ``-1`` then."),
        ("No fires burned.", "Zero fires burned."),
        ("It began on the 5th.", "It began on January 5."),
        ("The show ended after season 4.", "The show ended after its fourth season."),
        ("The show was renewed for a fourth season.", "The show was renewed for Season 4."),
        ("It was in the third chapter.", "It was in chapter 3."),
        ("The 51st Super Bowl was played in Houston.", "Super Bowl 51 was played in Houston."),
        ("He is 5'10\" tall.", "He is 5 feet 10 inches tall."),
        ("He is 5 ft 10 in tall.", "He is 5 feet 10 inches tall."),
        ("He is 1.78 m tall.", "He is 5 feet 10 inches tall."),
        ("One in five homes burned.", "20 percent of homes burned."),
        ("20% of homes burned.", "One in five homes burned."),
        ("One out of four homes burned.", "25 percent of homes burned."),
        ("A quarter of a million people came.", "250,000 people came."),
        ("Sales doubled.", "Sales rose from 50 to 100."),
        ("Sales tripled to 90.", "Sales rose from 30 to 90."),
        ("The rate rose 25 basis points.", "The rate rose a quarter of a percentage point."),
        ("The rate rose by 25 basis points.", "The rate rose by 0.25 percentage points."),
        ("It is 10 degrees below zero.", "It is -10 degrees."),
        ("It rose 0.2 points.", "It rose from 4.1 to 4.3 points."),
        ("It is 1/2 full.", "It is half full."),
        ("It is half full.", "It is 50% full."),
        ("It takes 100 ms.", "It takes 0.1 seconds."),
        ("It takes 1h 30m.", "It takes 90 minutes."),
        ("Covid-19 cases fell.", "COVID-19 cases fell."),
        ("It ran for 10 years.", "It ran for a decade."),
        ("It ran for 100 years.", "It ran for a century."),
        ("It is 72 degrees.", "Temperature: 72°F"),
        ("In the third quarter revenue was $5.1 billion.", "Q3 revenue: $5.1bn"),
        ("Revenue fell by 12%.", "Revenue: -12%"),
        ("Shares lost 3.5%.", "Shares: −3.5%"),
        ("The interest rate is between 4.50% and 4.75%.", "Target range: 4-1/2 to 4-3/4 percent"),
        ("It reached number 5 on the chart.", "It peaked at #5."),
        ("It peaked at number 5.", "It peaked at 5th on the chart."),
        ("It was in episode 5 of season 3.", "It was in S3E5."),
        ("It was in season 3 episode 5.", "It was in the fifth episode of the third season."),
        ("It is 5.5 out of 10.", "It has a score of 5.5/10."),
        ("He is 6 feet 2 inches tall.", "He is 6-foot-2."),
        ("He is 6 feet 2 inches tall.", "He is 6 ft 2."),
        ("It weighs 180 pounds.", "It weighs 180 lbs."),
        ("It weighs 180 pounds.", "It weighs 180lb."),
        ("It lasted 2 h.", "It lasted two hours."),
        ("It has doubled.", "It has increased twofold."),
        ("It grew 10x.", "It grew tenfold."),
        ("It grew tenfold.", "It grew 10-fold."),
        ("It grew from 5 to 50.", "It grew tenfold from 5 to 50."),
        ("Article 5 applies.", "Article V applies."),
        ("Type 2 diabetes rose.", "Type II diabetes rose."),
        ("It's a level 3 trauma centre.", "Level III trauma center"),
        ("Grade 8 pupils sang.", "Eighth-grade pupils sang."),
        ("He was the 45th president.", "He was president number 45."),
        ("It begins at 7.", "It begins at 7 pm."),
        ("It's 5 o'clock.", "It's 5:00."),
        ("It cost 5 pounds.", "It cost £5."),
        ("The rate is 4-1/2 to 4-3/4 percent.", "The rate is between 4.50% and 4.75%."),
        ("Nearly half of it is contained.", "45 percent of it is contained."),
        ("Revenue rose 6%.", "Revenue was up 6 percent."),
        ("Shares rose 6%.", "After falling 3% in May, shares rose 6%."),
        ("Shares rose 6%.", "Shares fell 6% in May. Shares rose 6% in June."),
        ("Rates were cut by 25 basis points.", "The bank lowered rates by 0.25 percentage points."),
        ("Revenue did not rise 6%.", "Revenue fell 6%."),
        ("It holds up to 500 people.", "Down below, it holds 500 people."),
        ("It rose 0.3 percentage points.", "It was up at 4.3%, from 4.0%."),
        ("It rose to 4.3% from 4.0%.", "It was up to 4.3%, from 4.0% before."),
    ],
)
def test_agrees(answer: str, evidence: str) -> None:
    assert alarms(answer, evidence) == []


@pytest.mark.parametrize(
    ("answer", "evidence", "alarm"),
    [
        ("It cost 84.2 USD.", "It cost 84.12 USD.", ("number", "differs", "84.2 USD")),
        ("It cost 84.123 USD.", "It cost 84.12 USD.", ("number", "differs", "84.123 USD")),
        ("It cost 5 million.", "It cost 5 billion.", ("number", "differs", "5 million")),
        ("It burned 500 acres.", "It burned 700 acres.", ("number", "differs", "500 acres")),
        ("It burned 500 acres.", "It burned 500 hectares.", ("unit", "differs", "acres")),
        ("It cost 5 dollars.", "It cost 5 euros.", ("unit", "differs", "dollars")),
        (
            "Rates rose 2 percent.",
            "Rates rose 2 percentage points.",
            ("unit", "differs", "percent"),
        ),
        ("The walk is 5 miles.", "The walk is 5 km.", ("unit", "differs", "miles")),
        ("Over 500 homes burned.", "Under 500 homes burned.", ("number", "differs", "500")),
        ("About 500 homes burned.", "612 homes burned.", ("number", "differs", "500")),
        ("It has five lakes.", "It has four lakes.", ("number", "differs", "five")),
        ("It ended fourth.", "It ended third.", ("number", "differs", "fourth")),
        ("It lasted 60 minutes.", "It lasted half an hour.", ("number", "differs", "60 minutes")),
        ("It was 5 °C.", "It was minus 5 °C.", ("number", "missing", "5 °C")),
        ("It burned 12 000 acres.", "It burned 12 acres.", ("number", "differs", "12 000 acres")),
        ("There were zero fires.", "There were five fires.", ("number", "differs", "zero")),
        ("It flew a Boeing 737.", "It flew a Boeing 747.", ("name", "differs", "Boeing 737")),
        (
            "The show ended after season 4.",
            "The show ended after its fifth season.",
            ("number", "missing", "4"),
        ),
        (
            "The show was renewed for a fourth season.",
            "The show was renewed for Season 5.",
            ("number", "missing", "fourth"),
        ),
        ("It was in the third chapter.", "It was in chapter 2.", ("number", "missing", "third")),
        ("He is 5'10\" tall.", "He is 5 feet 11 inches tall.", ("number", "differs", "5'10\"")),
        (
            "He is 5 ft 10 in tall.",
            "He is 6 feet 10 inches tall.",
            ("number", "differs", "5 ft 10 in"),
        ),
        ("He is 1.88 m tall.", "He is 5 feet 10 inches tall.", ("number", "differs", "1.88 m")),
        (
            "One in five homes burned.",
            "25 percent of homes burned.",
            ("number", "missing", "One in five"),
        ),
        (
            "One in five homes burned.",
            "One in six homes burned.",
            ("number", "differs", "One in five"),
        ),
        ("20% of homes burned.", "One in four homes burned.", ("number", "missing", "20%")),
        (
            "A quarter of a million people came.",
            "350,000 people came.",
            ("number", "differs", "A quarter of a million"),
        ),
        (
            "A quarter of a million people came.",
            "A quarter of a billion people came.",
            ("number", "differs", "A quarter of a million"),
        ),
        (
            "Half a million people came.",
            "600,000 people came.",
            ("number", "differs", "Half a million"),
        ),
        ("It cost £1.2bn.", "It cost 1.3 billion pounds.", ("number", "differs", "£1.2bn")),
        ("Sales doubled.", "Sales rose from 50 to 120.", ("number", "missing", "doubled")),
        ("Sales tripled to 90.", "Sales rose from 40 to 90.", ("number", "differs", "tripled")),
        (
            "The rate rose by 25 basis points.",
            "The rate rose by 0.5 percentage points.",
            ("number", "differs", "25 basis points"),
        ),
        (
            "The rate rose by 25 basis points.",
            "The rate rose a half of a percentage point.",
            ("number", "differs", "25 basis points"),
        ),
        (
            "It is 10 degrees below zero.",
            "It is 10 degrees.",
            ("number", "missing", "10 degrees below zero"),
        ),
        ("It is 10 degrees.", "It is 10 degrees below zero.", ("number", "missing", "10 degrees")),
        ("The match ended 3-1.", "They won the match 3–2.", ("number", "missing", "1")),
        (
            "It burned 39 square miles.",
            "It burned 20,000 acres.",
            ("number", "differs", "39 square miles"),
        ),
        ("They met on 42nd Street.", "They met on 43rd St.", ("number", "missing", "42nd")),
        ("It is 1/2 full.", "It is a third full.", ("number", "differs", "1/2")),
        ("It takes 100 ms.", "It takes 100 seconds.", ("unit", "differs", "ms")),
        ("It takes 1h 30m.", "It takes 100 minutes.", ("number", "differs", "1h 30m")),
        ("It ran for 10 years.", "It ran for a century.", ("number", "differs", "10 years")),
        ("It ran for 20 years.", "It ran for a decade.", ("number", "differs", "20 years")),
        (
            "The index rose 0.2 points.",
            "The index rose from 4.1 to 4.4 points.",
            ("number", "differs", "0.2"),
        ),
        ("It lasted 2 weeks.", "It lasted for a week.", ("number", "differs", "2 weeks")),
        ("He came in 2nd.", "He came in 3rd.", ("number", "missing", "2nd")),
        ("He came second.", "He came third.", ("number", "differs", "second")),
        (
            "It was the second of 5 races.",
            "It was the third of 5 races.",
            ("number", "missing", "second"),
        ),
        (
            "Three out of four agreed.",
            "Two out of four agreed.",
            ("number", "differs", "Three out of four"),
        ),
        ("Three in five agreed.", "30 percent agreed.", ("number", "missing", "Three in five")),
        ("The second season began.", "Season 3 began.", ("number", "missing", "second")),
        ("Revenue rose by 12%.", "Revenue: -12%", ("number", "missing", "12%")),
        (
            "In the third quarter revenue was $5.1 billion.",
            "Q2 revenue: $5.1bn",
            ("number", "missing", "third"),
        ),
        ("The rate is 4.5%.", "Target: 4-1/4 percent", ("number", "missing", "4.5%")),
        ("It is 72 degrees.", "Temperature: 71°F", ("number", "missing", "72 degrees")),
        ("There were zero fires.", "There were no homes.", ("number", "missing", "zero")),
        ("It's a level 2 trauma centre.", "Level III trauma center", ("number", "missing", "2")),
        ("It weighs 180 pounds.", "It weighs 190 lbs.", ("number", "differs", "180 pounds")),
        ("It grew tenfold.", "It grew from 5 to 60.", ("number", "missing", "tenfold")),
        ("It was in episode 5 of season 2.", "It was in S3E5.", ("number", "missing", "2")),
        ("It reached number 5.", "It peaked at #6.", ("number", "missing", "5")),
        ("It begins at 7.", "It begins at 8 pm.", ("number", "missing", "7")),
        (
            "He was the 45th president.",
            "He was president number 46.",
            ("number", "missing", "45th"),
        ),
        (
            "Nearly half of it is contained.",
            "40% of it is contained.",
            ("number", "missing", "half"),
        ),
        ("Revenue fell 6%.", "Revenue was up 6 percent.", ("polarity", "differs", "fell 6%")),
        ("We saw a 6% drop.", "Revenue rose 6 percent.", ("polarity", "differs", "6% drop")),
        ("Revenue rose 6%.", "We saw a 6 percent decline.", ("polarity", "differs", "rose 6%")),
        (
            "Unemployment rose to 3.9%.",
            "Unemployment declined to 3.9%.",
            ("polarity", "differs", "rose to 3.9%"),
        ),
        (
            "It fell to 4.0% then.",
            "It edged up to 4.3%, from 4.0% before.",
            ("polarity", "differs", "fell to 4.0%"),
        ),
    ],
)
def test_disagrees(answer: str, evidence: str, alarm: tuple[str, str, str]) -> None:
    assert alarms(answer, evidence) == [alarm]


def test_finding_says_what_stands_in_its_place_and_where() -> None:
    evidence = "Since Monday the Oak Fire has burned 700 acres. Rain is near."

    (number,) = (
        e
        for e in found("The Oak Fire has burned 500 acres.", evidence)
        if e.number == 1 and e.kind == "number"
    )

    assert number.place is not None
    assert evidence[slice(*number.place)] == number.says == "700 acres"
    assert number.reason == 'the answer says "500 acres", [1] says "700 acres"'


def test_number_of_another_thing_does_not_bear_it_out() -> None:
    evidence = "The trilogy has three volumes. Each volume holds two books."

    assert alarms("The trilogy has two volumes.", evidence) == [("number", "differs", "two")]


def test_number_of_something_with_another_name_does_not_stand_in_its_place() -> None:
    evidence = "The Elm Fire has burned 900 acres."

    (number,) = (
        each
        for each in found("The Oak Fire has burned 500 acres.", evidence)
        if each.kind == "number"
    )

    assert number.match == "missing"


class TestObservations:
    VALUE = ValueAt(
        "brent",
        "Brent",
        Decimal("84.12"),
        datetime(2024, 11, 20, tzinfo=UTC),
        datetime(2024, 11, 20, 9, tzinfo=UTC),
        unit="per barrel",
        currency="USD",
        previous=PreviousValue(Decimal("80.50"), datetime(2024, 11, 19, tzinfo=UTC)),
    )
    TEXT = "Brent: 84.12 USD per barrel, previous 80.50 at 2024-11-19T00:00:00Z"

    def test_exact_value_bears_a_rounding_out(self) -> None:
        assert alarms("Brent is at $84.1.", "Brent", value=self.VALUE) == []

    def test_value_before_is_not_the_value(self) -> None:
        assert alarms("Brent is at $80.50.", self.TEXT, value=self.VALUE) != []

    def test_value_before_is_told_as_such(self) -> None:
        assert alarms("Brent rose from $80.50.", self.TEXT, value=self.VALUE) == []

    def test_day_of_the_value_is_its_date(self) -> None:
        (date,) = (
            e
            for e in found(
                "As of 20 November, Brent was at $84.12.", "Brent at 84.12 USD", value=self.VALUE
            )
            if e.kind == "date"
        )

        assert (date.match, date.text, date.place) == ("matched", "20 November", None)


def test_change_the_other_way_is_told_with_both_numbers() -> None:
    found = alarms("Sales fell from 12 to 10.", "Sales rose from 10 to 12.")

    assert {kind for kind, _, _ in found} == {"polarity"}
    assert {"fell from 12", "fell from 12 to 10"} <= {text for _, _, text in found}
