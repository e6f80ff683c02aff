"""The calendar passes what every connector must pass, and says when its events are."""

from datetime import UTC, datetime

import pytest
from calendar_files import CalendarConnector

from connectors.errors import SourceBroken
from connectors.records import Batch, Document
from connectors.testing import Answer, ConnectorContract, Site, read_all

MARKET = """UID:market@harbour.example
SUMMARY:Fish market
DTSTART;TZID=Europe/Berlin:20260307T080000
DTEND;TZID=Europe/Berlin:20260307T130000
LOCATION:North Quay\\, hall 2
DESCRIPTION:Bring a bag.\\n\\nDogs stay outside.
CREATED:20260201T090000Z
LAST-MODIFIED:20260220T101500Z
ORGANIZER;CN=Ada Quill:mailto:ada@harbour.example
CATEGORIES:food,harbour
URL:https://harbour.example/market"""
REGATTA = "UID:regatta\nSUMMARY:Regatta\nDTSTART;VALUE=DATE:20260404\nDTEND;VALUE=DATE:20260406"
LESSON = "UID:lesson\nSUMMARY:Knots\nDTSTART:20260302T170000Z\nDURATION:PT1H30M\n"


def calendar(*events: str, before: str = "") -> Answer:
    inside = "".join(f"BEGIN:VEVENT\n{event}\nEND:VEVENT\n" for event in events)
    text = f"BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:test\n{before}{inside}END:VCALENDAR\n"
    return Answer(text.replace("\n", "\r\n").encode())


def zone_of(name: str, offset: str) -> str:
    return (
        f"BEGIN:VTIMEZONE\nTZID:{name}\nBEGIN:STANDARD\nDTSTART:19700101T000000\n"
        f"TZOFFSETFROM:{offset}\nTZOFFSETTO:{offset}\nEND:STANDARD\nEND:VTIMEZONE\n"
    )


class TestCalendar(ConnectorContract):
    kind = CalendarConnector
    media_type = "text/calendar; charset=utf-8"
    good = calendar(MARKET, REGATTA)
    changed = calendar(MARKET.replace("hall 2", "hall 3"), REGATTA)
    empty = calendar()

    def options(self, site: Site) -> dict[str, object]:
        return {"url": site.url}

    def read(self, *events: str, before: str = "", **options: object) -> Batch:
        with self.reading(calendar(*events, before=before), **options) as (_, connector):
            return read_all(connector)

    def only(self, event: str, **options: object) -> Document:
        [document] = self.read(event, **options).documents
        return document

    def test_an_event_becomes_a_document_that_holds_until_it_is_over(self) -> None:
        event = self.only(MARKET)

        assert (event.key, event.title) == ("market@harbour.example", "Fish market")
        assert event.text == (
            "Fish market\n\n"
            "When: Saturday, 07 March 2026, 08:00 to 13:00 (Europe/Berlin)\n"
            "Where: North Quay, hall 2\n\n"
            "Bring a bag.\n\nDogs stay outside."
        )
        assert event.valid_from is None
        assert event.valid_until == datetime(2026, 3, 7, 12, tzinfo=UTC)
        assert event.published_at == datetime(2026, 2, 1, 9, tzinfo=UTC)
        assert event.updated_at == datetime(2026, 2, 20, 10, 15, tzinfo=UTC)
        assert (event.author, event.url) == ("Ada Quill", "https://harbour.example/market")
        assert event.metadata["categories"] == ["food", "harbour"]
        assert event.time_flags == ()

    def test_whole_days_end_with_their_last_day(self) -> None:
        event = self.only(REGATTA)

        assert "Saturday, 04 April 2026 to Sunday, 05 April 2026, all day" in event.text
        assert event.valid_until == datetime(2026, 4, 6, tzinfo=UTC)
        day = self.only("UID:1\nDTSTART;VALUE=DATE:20260404")
        assert day.text == "When: Saturday, 04 April 2026, all day"
        assert day.valid_until == datetime(2026, 4, 5, tzinfo=UTC)

    def test_a_floating_time_without_a_zone_is_flagged(self) -> None:
        event = self.only("UID:1\nDTSTART:20260404T100000")

        assert event.text.endswith("10:00 (no zone given)")
        assert event.time_flags == ("valid_until: names no zone, read as UTC",)

    def test_a_zone_that_is_set_holds_for_whole_days_and_floating_times(self) -> None:
        zone = "Europe/Berlin"
        event = self.only("UID:1\nDTSTART:20260404T100000", zone=zone)
        regatta = self.only(REGATTA, zone=zone)

        assert event.text.endswith("10:00 (Europe/Berlin)")
        assert (event.valid_until, event.time_flags) == (datetime(2026, 4, 4, 8, tzinfo=UTC), ())
        assert regatta.valid_until == datetime(2026, 4, 5, 22, tzinfo=UTC)
        assert "04 April 2026 to Sunday, 05 April 2026" in regatta.text

    def test_a_cancelled_event_stays_and_says_so(self) -> None:
        event = self.only(MARKET + "\nSTATUS:CANCELLED")

        assert "Status: cancelled" in event.text
        assert event.metadata["status"] == "cancelled"

    def test_a_series_holds_until_its_last_day_is_over(self) -> None:
        event = self.only(
            LESSON + "RRULE:FREQ=WEEKLY;UNTIL=20260316T170000Z\nEXDATE:20260309T170000Z"
        )

        assert "Repeats: freq weekly, until 20260316t170000z" in event.text
        assert "But not on: 09 March 2026" in event.text
        assert event.metadata["rrule"] == "FREQ=WEEKLY;UNTIL=20260316T170000Z"
        assert event.valid_until == datetime(2026, 3, 16, 18, 30, tzinfo=UTC)
        assert self.only(LESSON + "RRULE:FREQ=WEEKLY").valid_until is None
        assert self.only(LESSON + "RRULE:FREQ=WEEKLY;COUNT=3").valid_until is None

    def test_a_moved_occurrence_is_a_document_of_its_own(self) -> None:
        moved = "UID:lesson\nRECURRENCE-ID:20260309T170000Z\nDTSTART:20260310T170000Z"
        found = self.read(LESSON + "RRULE:FREQ=WEEKLY", moved)

        assert [one.key for one in found.documents] == ["lesson", "lesson/20260309T170000Z"]
        assert found.failures == ()

    def test_each_calendar_has_zones_of_its_own(self) -> None:
        event = "UID:1\nDTSTART;TZID=Pier:20260401T120000"
        ahead = self.read(event, before=zone_of("Pier", "+0500")).documents[0]
        behind = self.read(event, before=zone_of("Pier", "-0300")).documents[0]

        assert ahead.valid_until == datetime(2026, 4, 1, 7, tzinfo=UTC)
        assert behind.valid_until == datetime(2026, 4, 1, 15, tzinfo=UTC)
        assert "12:00 (Pier)" in behind.text
        assert "nobody can place" in self.read(REGATTA, event).failures[0].reason

    def test_an_hour_that_comes_twice_is_flagged(self) -> None:
        event = self.only("UID:1\nDTSTART;TZID=Europe/Berlin:20261025T023000")

        assert event.valid_until == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
        assert event.time_flags[0].startswith("valid_until: comes twice")

    @pytest.mark.parametrize(
        ("event", "reason"),
        [
            ("SUMMARY:Who?\nDTSTART:20260401T120000Z", "has no UID"),
            ("UID:1", "DTSTART is missing"),
            ("UID:1\nDTSTART:20261341T120000Z", "DTSTART cannot be read"),
            ("UID:1\nDTSTART:PT1H", "DTSTART cannot be read"),
            ("UID:1\nDTSTART:20260401T120000Z\nDTEND:soon", "DTEND cannot be read"),
            ("UID:1\nDTSTART:20260401T120000Z\nDTEND:20260301T120000Z", "ends before it begins"),
            ("UID:1\nDTSTART:20260401T120000Z\nDURATION:long", "DURATION cannot be read"),
            ("UID:1\nDTSTART:20260401T120000Z\nDURATION:20260401", "DURATION cannot be read"),
            ("UID:1\nDTSTART:20260401T120000Z\nDURATION:P3000000D", "lasts too long"),
            ("UID:1\nDTSTART:20260401T120000Z\nRRULE:sometimes", "RRULE cannot be read"),
            (
                "UID:1\nDTSTART:20260401T120000Z\nRRULE:FREQ=DAILY;UNTIL=202603;VALUE=DATE:T1",
                "RRULE cannot be read",
            ),
            ("UID:1\nDTSTART;TZID=Europe:20260401T120000", "cannot be parsed"),
            ("UID:1\nDTSTART:20260401T120000Z\nCATEGORIES;VALUE=INTEGER:5", "cannot be parsed"),
        ],
    )
    def test_a_broken_event_is_reported_and_the_rest_is_read(self, event: str, reason: str) -> None:
        found = self.read(REGATTA, event)

        assert [one.key for one in found.documents] == ["regatta"]
        assert [one.reason.partition(": ")[2][: len(reason)] for one in found.failures] == [reason]
        assert not found.is_complete

    def test_an_unquoted_comma_in_a_name_and_a_line_separator_in_a_text_are_kept(self) -> None:
        said = "\nORGANIZER;CN=Quill,Ada:mailto:a@b.example\nDESCRIPTION:a\u2028b"
        event = self.only(REGATTA + said)

        assert event.author == "Quill, Ada"
        assert event.text.endswith("a\u2028b")

    def test_categories_that_cannot_be_read_are_left_out(self) -> None:
        assert "categories" not in self.only(REGATTA + "\nCATEGORIES;VALUE=PERIOD:x").metadata

    def test_two_events_with_one_uid_are_reported(self) -> None:
        found = self.read(REGATTA, REGATTA.replace("Regatta", "Parade"))

        assert [one.title for one in found.documents] == ["Parade"]
        assert [one.key for one in found.failures] == ["regatta"]

    def test_what_is_no_whole_calendar_is_refused(self) -> None:
        whole = calendar(MARKET, REGATTA).body
        for body in (b"", b"<html></html>", whole[:300], whole[:-20], b"BEGIN:VCARD\nEND:VCARD\n"):
            with self.reading(Answer(body)) as (_, connector), pytest.raises(SourceBroken):
                read_all(connector)

    def test_too_many_events_are_refused(self) -> None:
        with pytest.raises(SourceBroken, match="2 events, max_events = 1"):
            self.read(MARKET, REGATTA, max_events=1)
