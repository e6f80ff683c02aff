"""What a search may see of a built corpus: the present, and windows that keep a given share."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from benchmarks.speed.corpus import BEGIN, SPAN
from benchmarks.speed.dense import as_instant
from benchmarks.speed.rows import Rows
from indexer.records import Scope

NOW = BEGIN + SPAN + timedelta(days=30)


def present() -> Scope:
    """Return the scope of a search without filters, a while after the last block."""
    return Scope(as_of=NOW, known_at=NOW)


def published_within(rows: Rows, share: float, random: np.random.Generator) -> Scope:
    """Return a window of publication, anywhere on the axis, that keeps that share of the rows."""
    ordered = np.sort(rows.column("published_at"))
    wanted = round(share * len(ordered))
    first = int(random.integers(0, len(ordered) - wanted + 1))
    last = ordered[min(first + wanted, len(ordered) - 1)]
    return replace(
        present(),
        published_after=as_instant(int(ordered[first])),
        published_before=as_instant(int(last)),
    )


def known_by(rows: Rows, share: float) -> Scope:
    """Return a look back to when only that share of the rows had been received."""
    ordered = np.sort(rows.column("observed_at"))
    at = as_instant(int(ordered[min(round(share * len(ordered)), len(ordered) - 1)]))
    return Scope(as_of=at.astimezone(UTC), known_at=at)


def kept_by(rows: Rows, scope: Scope) -> NDArray[np.bool_]:
    """Return which rows a scope keeps, told row by row from their times alone."""
    known_at, as_of = _micros(scope.known_at), _micros(scope.as_of)
    kept: NDArray[np.bool_] = rows.column("observed_at") <= known_at
    kept &= rows.column("superseded_at") > known_at
    kept &= rows.column("published_at") <= as_of
    kept &= rows.column("valid_from") <= as_of
    if scope.published_after is not None:
        kept &= rows.column("published_at") >= _micros(scope.published_after)
    if scope.published_before is not None:
        kept &= rows.column("published_at") < _micros(scope.published_before)
    return kept


def _micros(at: datetime) -> int:
    return round((at - datetime(1970, 1, 1, tzinfo=UTC)) / timedelta(microseconds=1))
