from datetime import timedelta
from email.utils import format_datetime

import httpx
import pytest

from connectors.http.caching import fresh_for_seconds, seconds_until
from tests.fakes import START, FakeClock


def http_date(seconds: float) -> str:
    return format_datetime(START + timedelta(seconds=seconds), usegmt=True)


def fresh(**headers: str) -> float | None:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return fresh_for_seconds(httpx.Headers(named), FakeClock())


@pytest.mark.parametrize(
    ("cache_control", "expected"),
    [
        ("max-age=600", 600),
        ("public, max-age=600, must-revalidate", 600),
        ("MAX-AGE = 600", 600),
        ('max-age="600"', 600),
        ("max-age=600, max-age=60", 60),
        ("max-age=0", 0),
        ("s-maxage=600", None),
        ("no-store, max-age=600", 0),
        ("no-cache", 0),
        ("max-age=600, no-cache", 0),
        ('no-cache="set-cookie", max-age=600', 600),
        ("private", None),
        ("private, max-age=5", 5),
        ("max-age=soon", 0),
        ("max-age=-5", 0),
        ("max-age", 0),
        ("max-ages=600", None),
        ("", None),
        (",,,", None),
        ("max-age=99999999999999999999999999", 999_999_999_999),
    ],
)
def test_cache_control_says_how_long_an_answer_holds(
    cache_control: str, expected: float | None
) -> None:
    assert fresh(cache_control=cache_control) == expected


@pytest.mark.parametrize(
    ("age", "expected"), [("60", 540), ("6000", 0), ("-60", 600), ("old", 600)]
)
def test_age_has_passed_already(age: str, expected: float) -> None:
    assert fresh(cache_control="max-age=600", age=age) == expected


def test_expires_counts_from_the_date_of_the_answer() -> None:
    assert fresh(expires=http_date(900), date=http_date(300)) == 600
    assert fresh(expires=http_date(900), date=http_date(300), age="100") == 500


def test_expires_without_a_date_counts_from_now() -> None:
    assert fresh(expires=http_date(900)) == 900
    assert fresh(expires=http_date(900), date="yesterday") == 900


@pytest.mark.parametrize("expires", ["0", "-1", "", "never", http_date(-900)])
def test_what_has_expired_is_asked_for_anew(expires: str) -> None:
    assert fresh(expires=expires) == 0


def test_max_age_overrules_expires() -> None:
    assert fresh(expires=http_date(900), cache_control="max-age=5") == 5


def test_nothing_said_is_nothing_known() -> None:
    assert fresh(age="5", date=http_date(0)) is None


def test_retry_after_is_seconds_or_a_date() -> None:
    assert seconds_until("120", FakeClock()) == 120
    assert seconds_until(http_date(90), FakeClock()) == 90
    assert seconds_until(http_date(-90), FakeClock()) == 0
    assert seconds_until("soon", FakeClock()) is None
