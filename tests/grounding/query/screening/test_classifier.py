"""Every classifier keeps the contract of the seam: the fake that other tests use, and the real."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from grounding.errors import InvalidSettings
from grounding.query.screening import classifier
from grounding.query.screening.classifier import Classifier
from tests.grounding.query.encoders import tiny_cross_encoder, tiny_encoder


class CountsCats:
    """Takes a text for unwanted that has cats in it."""

    names = frozenset({"fine", "unwanted"})

    def classified(self, texts: Sequence[str]) -> list[Mapping[str, float]]:
        likely = [0.9 if "cat" in text else 0.1 for text in texts]
        return [{"unwanted": each, "fine": 1 - each} for each in likely]


@pytest.fixture(scope="module", params=["fake", "real"])
def some(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Classifier:
    if request.param == "fake":
        return CountsCats()
    directory = tiny_cross_encoder(tmp_path_factory.mktemp("tiny") / "classifier", labels=3)
    return classifier.load(str(directory))


def test_each_text_has_a_probability_for_each_label(some: Classifier) -> None:
    texts = ["the cat sleeps", "", "oil " * 3_000, "gold \ud800 price", *["rain"] * 20]

    found = some.classified(texts)

    assert len(found) == len(texts)
    assert all(each.keys() == some.names for each in found)
    assert all(0 <= value <= 1 for each in found for value in each.values())
    assert some.classified([]) == []


def test_a_text_is_classified_the_same_among_others(some: Classifier) -> None:
    alone = some.classified(["the cat sleeps"])[0]
    among = some.classified(["oil rises", "the cat sleeps", "gold"])[1]

    assert among == pytest.approx(alone, abs=1e-5)


def test_what_is_not_there_or_no_classifier_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidSettings, match="cannot be loaded"):
        classifier.load(str(tmp_path))
    with pytest.raises(InvalidSettings, match="classifies no texts"):
        classifier.load(str(tiny_encoder(tmp_path / "encoder")))
