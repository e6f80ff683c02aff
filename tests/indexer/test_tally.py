from indexer.tally import Tally


def test_a_value_counts_at_every_bound_that_it_does_not_exceed() -> None:
    tally = Tally((1, 2.5))

    for value in (0.5, 1, 2, 2.5, 3):
        tally.add(value)

    assert tally.buckets() == [("1", 2), ("2.5", 4), ("+Inf", 5)]
    assert tally.sum == 9.0
