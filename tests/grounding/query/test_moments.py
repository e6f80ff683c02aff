from dataclasses import replace
from datetime import timedelta

import pytest

from grounding.errors import InvalidQuestion
from grounding.query.moments import Moment, moment
from tests.fakes import START

HOUR = timedelta(hours=1)
TICK = timedelta(microseconds=1)
NOW = Moment(START, START, START)


def test_both_instants_are_now_unless_given() -> None:
    assert moment(None, None, now=START) == NOW
    assert moment(START - HOUR, None, now=START) == replace(NOW, as_of=START - HOUR)
    assert moment(None, START, now=START) == NOW


@pytest.mark.parametrize("field", ["as_of", "known_at"])
def test_future_is_refused_from_the_next_tick_on(field: str) -> None:
    given = {"as_of": None, "known_at": None} | {field: START + TICK}

    with pytest.raises(InvalidQuestion, match="future") as refused:
        moment(**given, now=START)

    assert refused.value.field == field
