from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexer.views.vectors import Segment, Vectors

ROWS = np.arange(1000, dtype=np.float16).reshape(250, 4)


def vectors(directory: Path | None = None, *, count: int = 250, step: int = 30) -> Vectors:
    found = Vectors(4, directory, segment=64)
    for first in range(0, count, step):
        found.append(ROWS[first : min(first + step, count)])
    return found


@given(
    count=st.integers(0, 250),
    step=st.integers(1, 250),
    positions=st.lists(st.integers(0, 249), max_size=20),
)
def test_rows_come_back_as_they_were_added(count: int, step: int, positions: list[int]) -> None:
    found = vectors(count=count, step=step)
    here = np.array([at for at in positions if at < count], dtype=np.int64)

    assert len(found) == count
    assert found.at(here).tolist() == ROWS[here].tolist()
    assert found.between(0, count).tolist() == ROWS[:count].tolist()


def test_full_segments_are_sealed_into_files_and_read_from_there(tmp_path: Path) -> None:
    found = vectors(tmp_path / "dense")

    found.seal()

    assert [each.path for each in found.full()] == [
        tmp_path / "dense" / f"vectors-{number:05}.f16" for number in range(3)
    ]
    assert not any(each.rows.flags.writeable for each in found.full())
    assert found.at(np.arange(250)).tolist() == ROWS.tolist()
    assert found.newest().tolist() == ROWS[192:].tolist()


def test_a_segment_that_cannot_be_written_stays_in_memory(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "dense").write_text("a file, not a folder")
    found = vectors(tmp_path / "dense")

    found.seal()

    assert [each.path for each in found.full()] == [None] * 3
    assert found.at(np.arange(250)).tolist() == ROWS.tolist()
    assert "vectors-00000.f16 stays in memory" in caplog.text


def test_rows_can_be_added_to_segments_of_before() -> None:
    before = vectors()
    again = Vectors(4, segment=64)

    again.adopt(before.full())
    again.append(before.newest())
    again.append(ROWS[:10])

    assert again.between(0, 260).tolist() == [*ROWS.tolist(), *ROWS[:10].tolist()]


def test_segments_of_another_shape_are_refused() -> None:
    with pytest.raises(ValueError, match="segments are not of 64 rows of 4"):
        Vectors(4, segment=64).adopt([Segment(ROWS[:63])])


def test_rows_of_another_dimension_are_refused() -> None:
    with pytest.raises(ValueError, match=r"expected \[n, 5\]"):
        Vectors(5).append(ROWS)
