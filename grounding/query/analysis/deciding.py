"""Which of the times in a question is the one that counts."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime

from grounding.query.analysis.records import Strength, TimeExpression

_FIRST = datetime.min.replace(tzinfo=UTC)
_LAST = datetime.max.replace(tzinfo=UTC)


def deciding(found: Sequence[TimeExpression]) -> TimeExpression | None:
    """Return the narrowest of the strongest times, cut to what they all have in common.

    What lies ahead counts only where nothing else does: "said this week that it opens next month"
    is about this week. None where there is no window, or where two exclude each other.
    """
    windows = [one for one in found if not one.wants_newest]
    for strength in (Strength.STRONG, Strength.WEAK):
        for is_future in (False, True):
            equals = [
                one for one in windows if one.strength is strength and one.is_future is is_future
            ]
            if equals:
                return equals[0] if len(equals) == 1 else _in_common(equals)
    return None


def _in_common(windows: Sequence[TimeExpression]) -> TimeExpression | None:
    after = max(_after(one) for one in windows)
    before = min(_before(one) for one in windows)
    if after >= before:
        return None
    narrowest = min(windows, key=lambda one: _before(one) - _after(one))
    return replace(
        narrowest,
        after=None if after == _FIRST else after,
        before=None if before == _LAST else before,
    )


def _after(one: TimeExpression) -> datetime:
    return one.after or _FIRST


def _before(one: TimeExpression) -> datetime:
    return one.before or _LAST
