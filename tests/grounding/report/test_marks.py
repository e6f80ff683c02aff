"""A verdict is read back from its JSON, with all that a report shows of it."""

from datetime import UTC, datetime

import pytest

from grounding.checking.records import (
    Aligned,
    Claim,
    ClaimVerdict,
    Conflict,
    FactKind,
    Finding,
    Match,
    Outcome,
    Shown,
    Span,
    Support,
    Verdict,
)
from grounding.checking.wire import as_json
from grounding.report.marks import checked
from grounding.report.records import Clash, Place

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
CLAIM = Claim(0, 8, "It rains", citations=(2,))


def verdict(outcome: Outcome | None = Outcome.SUPPORTED, **more: object) -> Verdict:
    said = ClaimVerdict(CLAIM, outcome, 0.9, **more)  # type: ignore[arg-type]
    shown = (Shown(1, "a@1#0", "It snows"), Shown(2, "b@1#0", "It rains"))
    return Verdict(outcome or Outcome.INSUFFICIENT, 0.9, (said,), shown, NOW, NOW)


@pytest.mark.parametrize("outcome", [*Outcome, None])
def test_every_outcome_is_read(outcome: Outcome | None) -> None:
    assert checked(as_json(verdict(outcome))).claims[0].outcome is outcome


@pytest.mark.parametrize("with_texts", [True, False])
def test_claims_name_items_by_their_numbers(with_texts: bool) -> None:
    found = checked(as_json(verdict(supported_by=(2,)), with_texts=with_texts)).claims[0]

    assert (found.citations, found.supported_by) == ((2,), (2,))


def test_a_place_that_words_and_a_fact_share_is_named_once() -> None:
    support = Support(0.9, 0.0, 0.9, aligned=(Aligned(2, 0, 8, 0.9),))
    same = Finding(FactKind.NAME, Match.MATCHED, 0, 8, "It rains", "there", 2, Span(0, 8))
    none = Finding(FactKind.NAME, Match.MISSING, 0, 2, "It", "nowhere")

    found = checked(as_json(verdict(support=support, findings=(same, none))))

    assert found.claims[0].places == (Place(2, 0, 8),)


def test_conflicts_keep_both_times() -> None:
    clash = Conflict((1, 2), (None, NOW), ("snow", "rain"), 2, "they differ")

    found = checked(as_json(verdict(Outcome.CONFLICT, conflicts=(clash,))))

    expected = Clash((1, 2), (None, NOW), ("snow", "rain"), 2, "they differ")
    assert found.claims[0].conflicts == (expected,)


def test_what_is_no_verdict_is_refused() -> None:
    with pytest.raises((KeyError, ValueError)):
        checked({"outcome": "splendid"})
