"""Until when things hold: said by the source, by a passage, or by the source's `ttl`."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from connectors.records import Batch, Cursor, Span
from indexer import sources as registry
from indexer.catalogue import changes
from indexer.decide import content_hash
from indexer.errors import UnstorableItem
from indexer.intake import document as accepted
from indexer.queue import Queue
from indexer.records import Counts
from indexer.sources import spec_of
from indexer.worker import Worker
from tests.indexer.workshop import (
    FakeConnector,
    Workshop,
    day,
    document,
    documents,
    observations,
    value,
)

HOUR = timedelta(hours=1)
TONIGHT = "Tonight: rain, wind from the west."
TOMORROW = "Tomorrow: sunny, twenty degrees."
FORECAST = f"{TONIGHT}\n\n{TOMORROW}"
SPANS = (
    Span(0, len(TONIGHT), day(1, 18), day(2, 6)),
    Span(len(TONIGHT) + 2, len(FORECAST), day(2, 6), day(2, 18)),
)


class StandingStill(FakeConnector):
    """Lists the same to who asks from the beginning, and nothing to who knows it already."""

    def read(self, cursor: Cursor) -> Iterator[Batch]:
        self.cursors.append(cursor)
        known = {"n": 1}
        if cursor == known:
            yield Batch(cursor=known, is_unmodified=True)
        else:
            yield documents(document("gate"), cursor=known)


def short_lived(workshop: Workshop, ttl: timedelta = HOUR) -> None:
    """Give the source "news" a ttl."""
    source = workshop.source("news")
    with workshop.database.writing() as session:
        spec = spec_of(source)
        registry.change(session, type(spec)(**{**_fields(spec), "ttl_seconds": ttl.seconds}))


def _fields(spec: registry.SourceSpec) -> dict[str, object]:
    return {name: getattr(spec, name) for name in spec.__dataclass_fields__}


def test_a_document_expires_with_its_source_s_ttl(workshop: Workshop) -> None:
    short_lived(workshop)

    workshop.read(
        documents(
            document("dated", published_at=day(1)),
            document("begins", valid_from=day(3)),
            document("says itself", published_at=day(1), valid_until=day(9)),
            document("undated"),
        )
    )

    ends = {row.key: row.valid_until for row in workshop.versions()}
    (undated,) = (row for row in workshop.versions() if row.key == "undated")
    assert ends == {
        "dated": day(1) + HOUR,
        "begins": day(3) + HOUR,
        "says itself": day(9),
        "undated": undated.observed_at + HOUR,
    }


def test_an_unchanged_document_is_no_new_version_because_of_a_ttl(workshop: Workshop) -> None:
    workshop.read(documents(document("a"), cursor={"n": 1}))
    short_lived(workshop)

    outcome = workshop.read(documents(document("a"), cursor={"n": 2}))

    assert outcome.counts == Counts(unchanged=1)


def test_a_value_expires_with_its_source_s_ttl_and_is_no_revision_when_read_again(
    workshop: Workshop,
) -> None:
    from connectors.records import Series

    short_lived(workshop)
    quotes = observations(value("gold", day(1), "84"), series=(Series("gold", "Gold"),))

    workshop.read(quotes)
    again = workshop.read(quotes)

    (stored,) = workshop.values()
    assert stored.valid_until == day(1) + HOUR
    assert again.counts == Counts()


def test_a_ttl_beyond_the_calendar_never_ends(workshop: Workshop) -> None:
    short_lived(workshop, HOUR)

    workshop.read(documents(document("a", valid_from=datetime(9999, 12, 31, 23, 30, tzinfo=UTC))))

    assert workshop.versions()[0].valid_until is None


def test_passages_hold_for_the_time_of_their_span(workshop: Workshop) -> None:
    workshop.read(documents(document("forecast", FORECAST, valid_until=day(5), spans=SPANS)))

    (row,) = workshop.versions()
    with workshop.database.reading() as session:
        indexed = changes.chunks_of(session, workshop.embedder.identity, [row.id])
    assert [(one.text, one.valid_from, one.valid_until) for one in indexed] == [
        (TONIGHT, day(1, 18), day(2, 6)),
        (TOMORROW, day(2, 6), day(2, 18)),
    ]


def test_text_outside_of_spans_holds_as_long_as_the_document(workshop: Workshop) -> None:
    text = f"Issued by the coast guard.\n\n{FORECAST}"
    shift = len(text) - len(FORECAST)
    spans = tuple(Span(s.start + shift, s.end + shift, None, s.valid_until) for s in SPANS)

    workshop.read(documents(document("forecast", text, valid_until=day(5), spans=spans)))

    (row,) = workshop.versions()
    with workshop.database.reading() as session:
        indexed = changes.chunks_of(session, workshop.embedder.identity, [row.id])
    assert [one.valid_until for one in indexed] == [day(5), day(2, 6), day(2, 18)]
    assert {one.valid_from for one in indexed} == {row.valid_from}


def test_another_validity_of_a_span_is_another_version() -> None:
    one = document("forecast", FORECAST, spans=SPANS)
    other = document("forecast", FORECAST, spans=(SPANS[0], Span(36, 40, None, day(3))))

    assert content_hash(one) != content_hash(other) != content_hash(document("forecast", FORECAST))


@pytest.mark.parametrize(
    "spans",
    [
        (Span(5, 3),),
        (Span(3, 3),),
        (Span(-1, 3),),
        (Span(0, len(FORECAST) + 1),),
        (Span(0, 9), Span(8, 12)),
        (Span(8, 12), Span(0, 4)),
    ],
)
def test_spans_that_make_no_sense_fail_the_item(spans: tuple[Span, ...]) -> None:
    with pytest.raises(UnstorableItem, match="spans"):
        accepted(document("forecast", FORECAST, spans=spans))


def test_spans_of_a_text_that_had_to_be_cleaned_fail_the_item() -> None:
    with pytest.raises(UnstorableItem, match=r"U\+0000"):
        accepted(document("forecast", "rain\x00 now", spans=(Span(0, 4),)))


def test_what_its_source_says_again_begins_anew_after_half_of_its_time(workshop: Workshop) -> None:
    short_lived(workshop, 4 * HOUR)
    first = workshop.read(documents(document("gate", "The gate is open."), cursor={"n": 1}))
    early = workshop.read(documents(document("gate", "The gate is open."), cursor={"n": 2}))

    late = workshop.read(documents(document("gate", "The gate is open."), cursor={"n": 3}))

    old, new = workshop.versions("gate")
    assert [one.counts for one in (first, early, late)] == [
        Counts(new=1),
        Counts(unchanged=1),
        Counts(changed=1),
    ]
    assert old.superseded_at == new.observed_at == new.valid_from
    assert new.valid_until == new.observed_at + 4 * HOUR
    assert len(workshop.embedder.embedded) == 1


def test_what_is_dated_does_not_begin_anew(workshop: Workshop) -> None:
    short_lived(workshop, HOUR)
    dated = document("news", published_at=day(1))

    for number in range(4):
        workshop.read(documents(dated, cursor={"n": number}))

    assert [row.version for row in workshop.versions()] == [1]


def test_a_clock_that_was_never_set_dates_nothing(workshop: Workshop) -> None:
    short_lived(workshop, 4 * HOUR)
    unset = document("gate", published_at=datetime(1970, 1, 1, tzinfo=UTC))

    for number in range(4):
        workshop.read(documents(unset, cursor={"n": number}))

    assert [row.version for row in workshop.versions("gate")] == [1, 2]


def test_a_source_is_read_anew_where_its_items_expire_meanwhile(workshop: Workshop) -> None:
    short_lived(workshop, 4 * HOUR)
    connector = StandingStill()
    queue = Queue(workshop.database, workshop.clock)
    worker = Worker(queue, lambda _: connector, workshop.tools)

    for _ in range(4):
        queue.add_manual("news")
        worker.run_next()
        workshop.clock.advance(HOUR)

    assert connector.cursors == [{}, {"n": 1}, {}, {"n": 1}]


@pytest.mark.parametrize("ends", [day(1), day(2)])
def test_what_ends_before_it_begins_fails_the_item(ends: datetime) -> None:
    backwards = document("alert", valid_from=day(2, 1), valid_until=ends)

    with pytest.raises(UnstorableItem, match="before valid_from"):
        accepted(backwards)


def test_an_unset_clock_makes_nothing_begin_in_1970(workshop: Workshop) -> None:
    short_lived(workshop)

    workshop.read(documents(document("a", published_at=datetime(1970, 1, 1, tzinfo=UTC))))

    (row,) = workshop.versions()
    assert row.valid_from == row.observed_at
    assert row.valid_until == row.observed_at + HOUR
    assert row.time_flags == ["published_at: 1970-01-01, a clock that was never set"]
