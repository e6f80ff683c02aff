"""The scorer on texts small enough to be judged by reading them, with the weights that ship."""

from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import pairwise

import numpy as np
import pytest
from numpy.typing import NDArray

from grounding.checking.facts.findings import findings
from grounding.checking.records import Claim, Finding, Shown, Support, When
from grounding.checking.support.alignment import DENSE, LEXICAL, aligning, features, sentences
from grounding.checking.support.cues import cues, cues_of
from grounding.checking.support.scorer import MOST_EMBEDDED, shipped, supports
from indexer import embed
from indexer.embed import Embedder
from tests.fakes import HashEmbedder

DAM = Shown(
    1,
    "a",
    "The dam was finished in 1936. It holds 35 cubic kilometres of water. About 2,080 megawatts of"
    " power come from its turbines. Seven million people visit it every year.",
    title="Hoover Dam",
)
AGAINST = {"words_missing", "facts_missing", "facts_differ", "negation", "opposite"}
TEA = Shown(2, "b", "Green tea is steamed after the harvest. Black tea is left to oxidise.")


def _claim(text: str) -> Claim:
    return Claim(0, len(text), text)


def _facts(claims: Sequence[Claim], items: Sequence[Shown]) -> list[tuple[Finding, ...]]:
    when = When(datetime(2026, 11, 1, tzinfo=UTC))
    return [findings(claim.text, claim, items, when) for claim in claims]


@pytest.fixture(scope="module")
def minilm() -> Embedder:
    return embed.load("minilm", device="cpu")


@pytest.fixture(params=["with vectors", "by words"])
def weighed(request: pytest.FixtureRequest) -> "Weighed":
    if request.param == "by words":
        return Weighed(HashEmbedder())
    return Weighed(request.getfixturevalue("minilm"))


class Weighed:
    def __init__(self, embedder: Embedder) -> None:
        self.embedder = embedder

    def __call__(self, texts: Sequence[str], items: Sequence[Shown]) -> list[Support]:
        claims = [_claim(text) for text in texts]
        return supports(
            claims,
            [items] * len(texts),
            _facts(claims, items),
            self.embedder.embed_queries,
            embedder=self.embedder.identity,
        )


def test_what_the_evidence_says_is_likelier_than_what_it_does_not(weighed: Weighed) -> None:
    found = weighed(
        [
            "The dam holds 35 cubic kilometres of water.",
            "The dam holds 90 cubic kilometres of oil.",
            "Lisbon has a tram.",
        ],
        [DAM, TEA],
    )

    likely = [each.supported for each in found]
    assert likely == sorted(likely, reverse=True)
    assert likely[0] >= shipped().supported > likely[2]


def test_what_is_about_something_else_is_not_related(weighed: Weighed) -> None:
    about, other = weighed(["Green tea is steamed.", "Lisbon elected a mayor."], [TEA])

    assert about.related >= shipped().related > other.related


def test_aligned_stretches_are_sentences_of_their_items(weighed: Weighed) -> None:
    (found,) = weighed(["Black tea is left to oxidise."], [DAM, TEA])

    best = found.aligned[0]
    assert best.number == TEA.number
    assert TEA.text[best.start : best.end] == "Black tea is left to oxidise."
    assert all(one.score >= other.score for one, other in pairwise(found.aligned))


def test_a_claim_without_evidence_is_not_borne_out(weighed: Weighed) -> None:
    empty = Shown(1, "a", " \n")

    assert weighed(["The dam is high."], []) == [Support(0.0, 0.0, 0.0)]
    assert weighed(["The dam is high."], [empty]) == [Support(0.0, 0.0, 0.0)]


@pytest.mark.parametrize(
    "text", ["", "…", "堤防は高い。", "\u202eabc", "lone \ud800 one", "x" * 5_000]
)
def test_odd_claims_are_weighed(text: str) -> None:
    (found,) = Weighed(HashEmbedder())([text], [DAM])

    assert 0 <= found.supported <= 1
    assert 0 <= found.related <= 1


def test_what_is_weighed_does_not_depend_on_the_other_claims(weighed: Weighed) -> None:
    texts = ["Green tea is steamed.", "Seven million people visit the dam.", "It rains."]

    together = weighed(texts, [DAM, TEA])
    alone = [weighed([text], [DAM, TEA])[0] for text in texts]

    for one, other in zip(together, alone, strict=True):
        assert one.supported == pytest.approx(other.supported, abs=1e-4)


def test_every_text_is_embedded_once_if_words_leave_a_doubt() -> None:
    asked: list[str] = []

    def counting(texts: Sequence[str]) -> NDArray[np.float32]:
        asked.extend(texts)
        return np.tile(np.float32([1.0, 0.0]), (len(texts), 1))

    sure = "After the harvest green tea is steamed."
    claims = [_claim(text) for text in (sure, "Green tea is old.", "Old tea is red.", "It rains.")]
    found = supports(claims, [[DAM, TEA]] * 4, [[]] * 4, counting, embedder=shipped().embedder)

    assert len(asked) == len(set(asked)) == 3 + 6
    assert sure not in asked
    assert found[0].supported >= shipped().sure
    assert set(found[0].features) == set(LEXICAL)


def test_nothing_is_embedded_by_an_embedder_that_nothing_was_learnt_for() -> None:
    def refusing(texts: Sequence[str]) -> NDArray[np.float32]:
        raise AssertionError(texts)

    (found,) = supports([_claim("Green tea.")], [[TEA]], [[]], refusing, embedder="another/fp32")

    assert set(found.features) == set(LEXICAL)


def test_what_is_too_much_to_embed_is_weighed_by_its_words() -> None:
    asked: list[str] = []

    def counting(texts: Sequence[str]) -> NDArray[np.float32]:
        asked.extend(texts)
        return np.tile(np.float32([1.0, 0.0]), (len(texts), 1))

    claims = [_claim(f"Tea number {n} is green.") for n in range(MOST_EMBEDDED + 10)]
    shown, facts = [[TEA]] * len(claims), [[]] * len(claims)
    found = supports(claims, shown, facts, counting, embedder=shipped().embedder)

    assert len(asked) == MOST_EMBEDDED
    assert set(found[0].features) == {*LEXICAL, *DENSE}
    assert set(found[-1].features) == set(LEXICAL)


def test_weights_say_what_speaks_for_a_claim_and_what_against_it() -> None:
    for dense in (True, False):
        for count in (1, 100):
            weights = shipped().weights(dense=dense, sentences=count).weights
            assert set(weights) == {*LEXICAL, *(DENSE if dense else ())}
            for name, weight in weights.items():
                assert weight <= 0 if name in AGAINST else weight >= 0


def test_features_are_shares() -> None:
    claim = _claim("The dam of Hoover holds 35 cubic kilometres of water.")

    found = features(aligning(claim, [DAM], *_facts([claim], [DAM])), None)

    assert found["facts_missing"] == found["facts_differ"] == found["words_missing"] == 0.0
    assert 0.5 < found["words_best"] <= found["words_two"] <= found["words_all"] == 1.0


@pytest.mark.parametrize(
    ("text", "missing", "differ"),
    [
        ("It holds 36 cubic kilometres of water.", 0.0, 1.0),
        ("Seven million people from Norway visit it every year.", 1.0, 0.0),
    ],
)
def test_a_fact_that_the_evidence_lacks_counts(text: str, missing: float, differ: float) -> None:
    claim = _claim(text)

    found = features(aligning(claim, [DAM], *_facts([claim], [DAM])), None)

    assert (found["facts_missing"], found["facts_differ"]) == (missing, differ)
    assert 0 < found["words_missing"] < 1


def test_a_word_that_the_evidence_lacks_counts_less_in_a_long_claim() -> None:
    short, long = (
        features(aligning(_claim(text), [DAM], []), None)["words_missing"]
        for text in (
            "The dam is red.",
            "The red dam was finished in 1936 and holds 35 cubic kilometres of water.",
        )
    )

    assert short > long > 0


def test_sentences_are_cut_where_they_stand() -> None:
    for each in sentences(DAM.number, DAM.text, DAM.title):
        assert DAM.text[each.start : each.end] == each.text


@pytest.mark.parametrize(
    ("claim", "held", "negation", "opposite"),
    [
        ("Prices rose.", "Prices fell.", False, True),
        ("Prices rose.", "Prices did not rise.", True, False),
        ("Prices didn’t rise.", "Prices did not rise.", False, False),
        ("It is not impossible.", "It is possible.", False, True),
        ("Sales rose and costs fell.", "Costs fell while sales rose.", False, False),
        ("It opened before noon.", "It closed after noon.", False, True),
        ("Tea is green.", "Tea is green.", False, False),
    ],
)
def test_cues_tell_what_turns_a_sentence_round(
    claim: str, held: str, negation: bool, opposite: bool
) -> None:
    found = cues(cues_of(claim), cues_of(held))

    assert (found.negation_differs, found.is_opposite) == (negation, opposite)
