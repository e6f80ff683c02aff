import math
import re
from datetime import timedelta

import pytest

from indexer.durations import age_in_words, parse_duration, parse_half_life


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("15m", timedelta(minutes=15)),
        ("2h", timedelta(hours=2)),
        ("1d", timedelta(days=1)),
        ("1w", timedelta(weeks=1)),
        ("90s", timedelta(seconds=90)),
        ("1h30m", timedelta(minutes=90)),
        ("0.5h", timedelta(minutes=30)),
        ("P1D", timedelta(days=1)),
        ("P2W", timedelta(weeks=2)),
        ("PT15M", timedelta(minutes=15)),
        ("P1DT2H3M4.5S", timedelta(days=1, hours=2, minutes=3, seconds=4.5)),
        (" 5m ", timedelta(minutes=5)),
    ],
)
def test_short_and_iso_forms_are_read(text: str, expected: timedelta) -> None:
    assert parse_duration(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        *("", " ", "15", "m", "-5m", "+5m", "0m", "PT0S", "P", "PT", "P1DT", "P1Y", "P1M"),
        *("5 m", "5M", "1m1h", "1e3s", "inf", "nan", "٥m", "999999999999999w", "-P1D", "1_000s"),
    ],
)
def test_what_is_no_positive_duration_is_refused_by_name(text: str) -> None:
    with pytest.raises(ValueError, match=re.escape(repr(text))):
        parse_duration(text)


@pytest.mark.parametrize(
    ("text", "seconds"), [("2d", 172_800.0), ("PT15M", 900.0), ("timeless", math.inf)]
)
def test_a_half_life_is_a_duration_or_timeless(text: str, seconds: float) -> None:
    assert parse_half_life(text) == seconds


@pytest.mark.parametrize("given", ["", "0d", "-2d", "Timeless", "forever", "inf", 2, None, True])
def test_what_is_no_half_life_is_refused_with_what_may_be_written(given: object) -> None:
    with pytest.raises(ValueError, match=r'expected a .*, or "timeless"$'):
        parse_half_life(given)


@pytest.mark.parametrize(
    ("age", "words"),
    [
        (timedelta(0), "under a minute"),
        (timedelta(seconds=59), "under a minute"),
        (timedelta(seconds=60), "1 minute"),
        (timedelta(minutes=59), "59 minutes"),
        (timedelta(hours=1), "1 hour"),
        (timedelta(hours=47), "1 day"),
        (timedelta(days=29), "29 days"),
        (timedelta(days=61), "2 months"),
        (timedelta(days=800), "2 years"),
        (timedelta(hours=-3), "in 3 hours"),
        (timedelta(seconds=-1), "in under a minute"),
    ],
)
def test_ages_are_rounded_down_to_one_unit(age: timedelta, words: str) -> None:
    assert age_in_words(age) == words
