"""Tests of `indexer/hits.py`."""

import numpy as np
import pytest

from indexer.hits import Dates, Hit, Hits, Vectors, are_among


def test_hits_in_columns_are_the_hits_they_were_made_of() -> None:
    given = [Hit(7, 0.5), Hit(3, 0.25)]

    hits = Hits.of(given)

    assert [*hits] == given
    assert (len(hits), hits.chunks.tolist(), hits.scores.tolist()) == (2, [7, 3], [0.5, 0.25])


def test_hits_are_equal_by_what_they_hold_in_that_order() -> None:
    hits = Hits([1, 2], [0.5, 0.5])

    assert hits == Hits([1, 2], [0.5, 0.5]) != Hits([2, 1], [0.5, 0.5])
    assert hits != Hits([1, 2], [0.5, 0.25])
    assert Hits() == Hits.of([])
    assert not Hits()


def test_hits_are_put_after_each_other() -> None:
    assert Hits([1], [0.5]) + Hits() + Hits([1], [0.75]) == Hits([1, 1], [0.5, 0.75])


def test_some_of_the_chunks_are_told_from_the_others() -> None:
    chunks, some = np.array([2, 5, 7, 9]), np.array([9, 2, 9])

    assert are_among(chunks, some).tolist() == [True, False, False, True]
    assert not are_among(chunks, some[:0]).any()


def test_vectors_are_found_by_chunk() -> None:
    vectors = Vectors([2, 5], [(1, 2), (3, 4)])

    assert [*vectors] == [2, 5]
    assert vectors[5].tolist() == [3, 4]
    assert 3 not in vectors
    assert 9 not in vectors
    with pytest.raises(KeyError):
        vectors[1]


def test_what_has_no_vector_is_given_zeros() -> None:
    vectors = Vectors([2, 5], [(1, 2), (3, 4)])

    assert vectors.of([9, 5, 1, 2, 3]).tolist() == [[0, 0], [3, 4], [0, 0], [1, 2], [0, 0]]
    assert Vectors().of([1, 2]).shape == (2, 0)


def test_vectors_that_are_asked_for_are_copies() -> None:
    vectors = Vectors([1], [(1, 2)])

    vectors.of([1])[0] = 0

    assert vectors[1].tolist() == [1, 2]


def test_vectors_are_joined_by_chunk() -> None:
    joined = Vectors([2, 5], [(1, 2), (3, 4)]) | Vectors([1, 5], [(5, 6), (3, 4)])

    assert [*joined] == [1, 2, 5]
    assert np.array_equal(joined.of([1, 2, 5]), [(5, 6), (1, 2), (3, 4)])
    assert [*(Vectors() | joined)] == [*(joined | Vectors())] == [1, 2, 5]


def dates(*rows: tuple[int, int, int, bool, bool]) -> Dates:
    chunks, sources, at, is_dated, is_told = zip(*rows, strict=True)
    return Dates(chunks, sources, at, is_dated=is_dated, is_told=is_told)


def as_rows(given: Dates) -> list[tuple[object, ...]]:
    columns = (given.chunks, given.sources, given.at, given.is_dated, given.is_told)
    return list(zip(*(column.tolist() for column in columns), strict=True))


def test_dates_are_given_in_the_order_asked_for_and_nothing_of_what_is_not_here() -> None:
    first, second = (2, 7, 100, True, True), (5, 8, 0, False, True)

    found = dates(first, second).of(np.array([5, 3, 2, 9]))

    assert [as_rows(found)[0], as_rows(found)[2]] == [second, first]
    assert found.is_told.tolist() == [True, False, True, False]
    assert not Dates().of(np.array([1, 2])).is_told.any()


def test_dates_are_joined_by_chunk() -> None:
    one, other = (2, 7, 100, True, True), (5, 8, 0, False, True)

    assert as_rows(dates(other) | dates(one, other)) == [one, other]
    assert as_rows(Dates() | dates(one)) == as_rows(dates(one) | Dates()) == [one]
