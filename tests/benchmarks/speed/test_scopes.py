from datetime import timedelta

import numpy as np
import pytest

from benchmarks.speed.corpus import BEGIN, SPAN
from benchmarks.speed.dense import Leg, recall, true_ids
from benchmarks.speed.rows import Rows
from benchmarks.speed.scopes import kept_by, known_by, present, published_within
from indexer.records import Scope
from indexer.views.kept import kept_in
from indexer.views.rows import COLUMNS, RowTable
from indexer.views.times import OPEN, micros

COUNT = 9_000
"""More than two tiles."""


@pytest.fixture(scope="module")
def rows() -> Rows:
    random = np.random.default_rng(1)
    observed = np.sort(random.integers(micros(BEGIN), micros(BEGIN + SPAN), COUNT))
    published = observed - random.integers(
        0, micros(BEGIN + timedelta(days=2)) - micros(BEGIN), COUNT
    )
    superseded = np.where(random.random(COUNT) < 0.05, observed + 10**12, OPEN)
    found = {"observed_at": observed, "published_at": published, "valid_from": published}
    found |= {"superseded_at": superseded, "valid_until": np.full(COUNT, OPEN)}
    found |= {"chunk": np.arange(COUNT), "document_row": np.arange(COUNT)}
    found |= {"source": np.arange(COUNT) % 3, "series": np.zeros(COUNT)}
    found |= {"dated_at": published}
    vectors = random.standard_normal((COUNT, 16)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    block = np.stack([found[name].astype(np.int64) for name in COLUMNS])
    return Rows(block, vectors.astype(np.float16))


def scopes(rows: Rows) -> list[Scope]:
    random = np.random.default_rng(2)
    windows = [published_within(rows, share, random) for share in (0.9, 0.5, 0.1, 0.01)]
    return [present(), *windows, *(known_by(rows, share) for share in (0.9, 0.1))]


def test_what_is_kept_is_what_the_service_keeps(rows: Rows) -> None:
    table = RowTable()
    table.append(rows.block)

    for scope in scopes(rows):
        assert (kept_by(rows, scope) == kept_in(table, scope).mask()).all()


def test_a_window_keeps_its_share(rows: Rows) -> None:
    random = np.random.default_rng(3)

    for share in (0.9, 0.5, 0.1):
        kept = kept_by(rows, published_within(rows, share, random))
        of_all = kept.sum() / rows.is_current.sum()
        assert of_all == pytest.approx(share, rel=0.05)


def test_the_leg_finds_what_brute_force_finds(rows: Rows) -> None:
    leg = Leg(rows)
    queries = rows.vectors[:20].astype(np.float32)

    for scope in scopes(rows):
        true, scores = true_ids(rows, queries, 10, kept_by(rows, scope))
        assert recall(leg.search(queries, scope, 10, exact=True), true) == 1.0
        assert (np.diff(scores, axis=1) <= 0).all()


def test_recall_counts_what_is_missing() -> None:
    assert recall(np.array([[1, 2], [3, -1]]), np.array([[2, 1], [3, 4]])) == 0.75
