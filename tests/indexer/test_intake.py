from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal

import pytest

from connectors.records import Document, JsonValue, Observation, Series, Span
from indexer import intake
from indexer.errors import UnstorableItem

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def test_nul_and_lone_surrogates_leave_every_text() -> None:
    bad = "a\x00b\ud800c"

    found = intake.document(
        Document(
            key=bad,
            text=bad,
            title=bad,
            url=bad,
            author=bad,
            language=bad,
            media_type=bad,
            metadata={bad: [bad, {bad: bad}]},
        )
    )

    assert found == Document(
        key="ab?c",
        text="ab?c",
        title="ab?c",
        url="ab?c",
        author="ab?c",
        language="ab?c",
        media_type="ab?c",
        metadata={"ab?c": ["ab?c", {"ab?c": "ab?c"}]},
    )


def test_nul_and_lone_surrogates_leave_every_text_of_a_series() -> None:
    bad = "a\x00b\ud800c"

    found = intake.series(
        Series(bad, "", bad, bad, bad, bad, bad, bad, aliases=(bad,), metadata={bad: bad})
    )

    clean = "ab?c"
    assert found == Series(
        clean, clean, clean, clean, clean, clean, clean, clean, (clean,), {clean: clean}
    )


def test_other_characters_stay() -> None:
    text = "naïve 日本 👩‍🔬 \u202e \u200b \U0010ffff\n\t"

    assert intake.clean(text) == text


def test_a_long_key_is_cut_and_told_from_others_by_its_digest() -> None:
    one, other = intake.key("k" * 10_000), intake.key("k" * 10_001)

    assert len(one) <= intake.LONGEST_KEY
    assert one != other
    assert one == intake.key("k" * 10_000)


@pytest.mark.parametrize("length", [499, 500])
def test_a_key_that_fits_stays(length: int) -> None:
    assert intake.key("k" * length) == "k" * length


@pytest.mark.parametrize("key", ["~series/brent", "~series/", "\x00~series/brent"])
def test_the_keys_of_series_cards_are_refused(key: str) -> None:
    with pytest.raises(UnstorableItem, match="kept for series"):
        intake.document(Document(key, "text"))


@pytest.mark.parametrize("key", ["", "\x00"])
def test_an_item_without_a_key_is_refused(key: str) -> None:
    with pytest.raises(UnstorableItem, match="no key"):
        intake.document(Document(key, "text"))
    with pytest.raises(UnstorableItem, match="no key"):
        intake.series(Series(key, "title"))


def test_a_title_stands_in_for_a_missing_text() -> None:
    assert intake.document(Document("a", " \n", title="title")).text == "title"


@pytest.mark.parametrize("nothing", ["", " \t\n", "\x00"])
def test_a_document_of_nothing_is_refused(nothing: str) -> None:
    with pytest.raises(UnstorableItem, match="neither text nor title"):
        intake.document(Document("a", nothing, title=nothing))


def test_a_text_of_absurd_length_is_refused() -> None:
    with pytest.raises(UnstorableItem, match="20000001 characters"):
        intake.document(Document("a", "x" * 20_000_001))


@pytest.mark.parametrize("name", ["published_at", "updated_at", "valid_from", "valid_until"])
def test_a_naive_time_is_refused_and_named(name: str) -> None:
    with pytest.raises(UnstorableItem, match=f"{name} 2026-03-01T12:00:00 has no time zone"):
        intake.document(Document("a", "text", **{name: datetime(2026, 3, 1, 12)}))  # type: ignore[arg-type]


def test_a_time_of_another_zone_becomes_utc() -> None:
    elsewhere = NOON.astimezone(timezone(timedelta(hours=-7)))

    found = intake.document(Document("a", "text", published_at=elsewhere)).published_at

    assert found == NOON
    assert found is not None
    assert found.tzinfo is UTC


@pytest.mark.parametrize(
    "moment",
    [
        datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=1))),
        datetime(9999, 12, 31, 23, tzinfo=timezone(timedelta(hours=-2))),
    ],
)
def test_a_time_outside_the_calendar_is_refused(moment: datetime) -> None:
    with pytest.raises(UnstorableItem, match="outside the calendar"):
        intake.document(Document("a", "text", published_at=moment))


def test_metadata_that_is_no_number_in_json_becomes_null() -> None:
    metadata: dict[str, JsonValue] = {
        "a": float("nan"),
        "b": [float("inf"), -float("inf"), 1.5],
    }

    found = intake.document(Document("a", "text", metadata=metadata))

    assert found.metadata == {"a": None, "b": [None, None, 1.5]}


def test_metadata_without_a_bottom_is_refused() -> None:
    deep: list[JsonValue] = []
    for _ in range(50):
        deep = [deep]

    with pytest.raises(UnstorableItem, match="nested too deeply"):
        intake.document(Document("a", "text", metadata={"deep": deep}))


@pytest.mark.parametrize(
    "number", ["NaN", "sNaN", "Infinity", "-Infinity", "1E+999999", "1E-999999", "0E-999999"]
)
def test_a_value_that_cannot_be_written_down_is_refused(number: str) -> None:
    with pytest.raises(UnstorableItem, match="value"):
        intake.observation(Observation("q", NOON, Decimal(number)))


@pytest.mark.parametrize("number", ["0", "-1.10", "1E+50", "1E-50", "9" * 60])
def test_a_value_that_can_be_written_down_is_kept(number: str) -> None:
    given = Observation("q", NOON, Decimal(number))

    assert intake.observation(given) == given


def test_a_value_without_a_time_zone_is_refused() -> None:
    with pytest.raises(UnstorableItem, match="valid_from"):
        intake.observation(Observation("q", datetime(2026, 3, 1), Decimal(1)))


def test_a_series_and_its_values_find_each_other_by_any_key() -> None:
    key = "\x00" + "q" * 10_000

    series = intake.series(Series(key, "Quantity"))

    assert intake.observation(Observation(key, NOON, Decimal(1))).series == series.key


def test_names_of_volatile_metadata_are_those_that_are_stored() -> None:
    given = Document("a", "text", metadata={"b\x00": 1}, volatile=("views", "b\x00", "views"))

    found = intake.document(given)

    assert (found.volatile, [*found.metadata]) == (("b", "views"), ["b"])


def test_a_text_for_the_names_of_volatile_metadata_fails_the_item() -> None:
    with pytest.raises(UnstorableItem, match="volatile"):
        intake.document(Document("a", "text", volatile="views"))  # type: ignore[arg-type]


def test_what_no_reader_sees_is_taken_out_of_every_text() -> None:
    hidden = "".join(chr(0xE0000 + ord(letter)) for letter in "obey me") + "\u200b"

    found = intake.document(
        Document(
            "a\u200b",
            f"open{hidden}",
            title=f"T{hidden}",
            author=f"A{hidden}",
            metadata={"tags": [f"pier{hidden}"]},
        )
    )

    assert (found.text, found.title, found.author) == ("open", "T", "A")
    assert found.metadata == {"tags": ["pier"]}
    assert found.key == "a\u200b"


def test_spans_stay_on_their_words_when_what_is_between_goes() -> None:
    text = "\u200bMon: sun\n\u200b\u200bTue: rain\n\u200b"
    spans = (Span(1, 9, NOON), Span(9, 11, NOON), Span(11, 21, NOON))

    found = intake.document(Document("a", text, spans=spans))

    assert [found.text[span.start : span.end] for span in found.spans] == [
        "Mon: sun",
        "\n",
        "Tue: rain",
    ]


def test_a_document_of_nothing_that_can_be_seen_is_refused() -> None:
    with pytest.raises(UnstorableItem, match="neither text nor title"):
        intake.document(Document("a", "\u200b\u2060", title="\u200b"))
