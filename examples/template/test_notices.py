"""The template passes what every connector must pass, and reads what it says it does."""

from datetime import UTC, datetime

from notices import NoticesConnector

from connectors.testing import Answer, ConnectorContract, Site, read_all

GOOD = "n17 | 2026-03-01T10:00:00Z | The bridge is closed.\nn18 | 2026-03-01 11:00 | Ice on Elm.\n"


class TestNotices(ConnectorContract):
    kind = NoticesConnector
    media_type = "text/plain; charset=utf-8"
    good = Answer(GOOD.encode())
    changed = Answer(GOOD.replace("closed", "open").encode())

    def options(self, site: Site) -> dict[str, object]:
        return {"url": site.url}

    def test_a_line_becomes_a_document(self) -> None:
        with self.reading(self.good) as (_, connector):
            first, second = read_all(connector).documents

        assert (first.key, first.text) == ("n17", "The bridge is closed.")
        assert first.published_at == datetime(2026, 3, 1, 10, tzinfo=UTC)
        assert first.time_flags == ()
        assert second.time_flags == ("published_at: names no zone, read as UTC",)

    def test_a_line_that_is_no_notice_is_reported_and_the_rest_is_read(self) -> None:
        with self.reading(Answer(b"n17 | soon\n" + GOOD.encode())) as (_, connector):
            found = read_all(connector)

        assert len(found.documents) == 2
        assert [failure.reason[:7] for failure in found.failures] == ["line 1:"]
