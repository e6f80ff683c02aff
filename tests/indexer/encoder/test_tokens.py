from hypothesis import given
from hypothesis import strategies as st

from indexer.encoder.tokens import batches


@given(st.lists(st.integers(1, 512), max_size=200), st.integers(1, 2_048))
def test_every_text_is_in_one_batch_that_is_within_bounds(
    lengths: list[int], most_tokens: int
) -> None:
    found = batches(lengths, most_tokens=most_tokens)

    assert sorted(position for batch in found for position in batch) == [*range(len(lengths))]
    for batch in found:
        padded = max(lengths[position] for position in batch) * len(batch)
        assert len(batch) == 1 or padded <= most_tokens


def test_texts_of_like_length_are_together_and_the_longest_come_first() -> None:
    lengths = [10, 200, 12, 100, 90, 11]

    assert batches(lengths, most_tokens=200) == [[1], [3, 4], [2, 5, 0]]
