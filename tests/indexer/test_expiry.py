"""Until when things hold: said by the source, by a passage, or by the source's `ttl`."""

from datetime import UTC, datetime, timedelta

import pytest

from connectors.records import Span
from indexer import sources as registry
from indexer.catalogue import changes
from indexer.decide import content_hash
from indexer.errors import UnstorableItem
from indexer.intake import document as accepted
from indexer.records import Counts
from indexer.sources import spec_of
from tests.indexer.workshop import Workshop, day, document, documents, observations, value

HOUR = timedelta(hours=1)
TONIGHT = "Tonight: rain, wind from the west."
TOMORROW = "Tomorrow: sunny, twenty degrees."
FORECAST = f"{TONIGHT}\n\n{TOMORROW}"
SPANS = (
    Span(0, len(TONIGHT), day(1, 18), day(2, 6)),
    Span(len(TONIGHT) + 2, len(FORECAST), day(2, 6), day(2, 18)),
)


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
        indexed = changes.chunks_of(session, [row.id])
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
        indexed = changes.chunks_of(session, [row.id])
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
