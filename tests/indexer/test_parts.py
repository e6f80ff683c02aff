from datetime import UTC, datetime, timedelta
from decimal import Decimal

from connectors.records import Batch, Document, Failure, Observation, Series
from indexer.parts import (
    FIRST_CHARACTERS,
    LEAST_CHARACTERS,
    MOST_CHARACTERS,
    MOST_DOCUMENTS,
    MOST_OBSERVATIONS,
    Size,
    parts,
)
from tests.fakes import FakeClock

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def _values(series: str, count: int) -> tuple[Observation, ...]:
    return tuple(
        Observation(series, NOON + timedelta(seconds=nth), Decimal(nth)) for nth in range(count)
    )


def test_only_the_last_part_carries_what_is_said_of_the_whole() -> None:
    batch = Batch(
        cursor={"page": 2},
        documents=tuple(Document(str(nth), "text") for nth in range(100)),
        removed=("gone",),
        unchanged=("same",),
        failures=(Failure("bad", "broken"),),
        is_complete=True,
        bytes_read=10,
    )

    *first, last = parts(batch)

    assert last == Batch(
        cursor={"page": 2},
        removed=("gone",),
        unchanged=("same",),
        failures=(Failure("bad", "broken"),),
        is_complete=True,
        bytes_read=10,
    )
    assert [part.cursor for part in first] == [{}, {}]
    assert not any(part.is_complete or part.removed or part.bytes_read for part in first)


def test_no_part_has_too_many_documents_or_characters() -> None:
    small = [Document(f"small {nth}", "x") for nth in range(MOST_DOCUMENTS * 2 + 1)]
    large = [Document(f"large {nth}", "x" * (MOST_CHARACTERS // 2)) for nth in range(5)]

    found = list(parts(Batch(cursor={}, documents=(*small, *large))))

    assert [document for part in found for document in part.documents] == [*small, *large]
    assert all(len(part.documents) <= MOST_DOCUMENTS for part in found)
    assert all(
        sum(len(document.text) for document in part.documents) <= MOST_CHARACTERS for part in found
    )


def test_a_document_longer_than_a_part_has_one_to_itself() -> None:
    long = Document("long", "x" * (MOST_CHARACTERS + 1))

    sizes = [
        len(part.documents)
        for part in parts(
            Batch(cursor={}, documents=(Document("a", "x"), long, Document("b", "x")))
        )
    ]

    assert sizes == [1, 1, 1, 0]


def test_values_come_with_the_series_they_belong_to() -> None:
    series = (Series("a", "A"), Series("b", "B"))
    values = (*_values("a", MOST_OBSERVATIONS), *_values("b", 1))

    first, second, last = parts(Batch(cursor={}, series=series, observations=values))

    assert [one.key for one in first.series] == ["a"]
    assert [one.key for one in second.series] == ["b"]
    assert last.series == series


def test_an_empty_batch_is_one_part() -> None:
    assert list(parts(Batch(cursor={"etag": "x"}))) == [Batch(cursor={"etag": "x"})]


def test_equal_items_far_apart_are_one_item() -> None:
    between = [Document(str(nth), "text") for nth in range(MOST_DOCUMENTS)]
    batch = Batch(
        cursor={},
        documents=(Document("a", "first"), *between, Document("a", "last")),
        observations=(*_values("q", MOST_OBSERVATIONS + 1), *_values("q", 1)),
    )

    found = list(parts(batch))

    assert [d.text for part in found for d in part.documents if d.key == "a"] == ["last"]
    assert sum(len(part.observations) for part in found) == MOST_OBSERVATIONS + 1


def test_a_key_that_is_given_is_not_removed() -> None:
    batch = Batch(cursor={}, documents=(Document("a", "text"),), removed=("a", "b"))

    *_, last = parts(batch)

    assert last.removed == ("b",)


def test_parts_of_a_slow_read_shrink_and_of_a_fast_one_grow() -> None:
    batch = Batch(cursor={}, documents=tuple(Document(str(n), "x" * 1_000) for n in range(400)))

    crawling, slow, fast = (_characters(batch, a_second=pace) for pace in (1_000, 2_000, 1_000_000))

    assert slow[:2] == fast[:2] == [FIRST_CHARACTERS] * 2  # the pace of the first is not known yet
    assert slow[2:4] == [6_000, 6_000]
    assert crawling[2:4] == [LEAST_CHARACTERS] * 2
    assert fast[2:4] == [MOST_CHARACTERS] * 2


def _characters(batch: Batch, *, a_second: int) -> list[int]:
    """Return the sizes of parts that are taken at this pace, each while the next is on its way."""
    watch = FakeClock()
    sizes = [0]
    for part in parts(batch, Size(lambda: watch().timestamp())):
        watch.advance(timedelta(seconds=sizes[-1] / a_second))
        sizes.append(sum(len(document.text) for document in part.documents))
    return sizes[1:-1]
