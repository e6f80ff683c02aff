"""Names and quotations must stand in the evidence; what only looks otherwise does."""

import pytest

from tests.grounding.checking.facts.evidence import alarms


@pytest.mark.parametrize(
    ("answer", "evidence"),
    [
        ("President Barack Obama spoke.", "Obama spoke."),
        ("Mr. Obama's dog barked.", "The dog of Barack Obama barked."),
        ("They met in Zurich.", "They met in Zürich."),
        ("The American team won.", "The team from America won."),
        ("The IPCC met.", "The Intergovernmental Panel on Climate Change met."),
        ("The World Health Organization met.", "The WHO met."),
        ("They met in the United States.", "They met in the U.S."),
        ("They met in the USA.", "They met in the United States."),
        ("They met in the U.S. then.", "They met in the U.S. then."),
        ("The U.S. grew.", "The USA grew."),
        ("He lives in Washington D.C. now.", "He lives in Washington, D.C., now."),
        ("U.S.-based firms grew.", "Firms based in the United States grew."),
        ("J.R.R. Tolkien wrote it.", "J. R. R. Tolkien wrote it."),
        ("Most OAK FIRE crews left the Oak Fire.", "Crews left the oak fire."),
        ("The British team won.", "The team from the UK won."),
        ("Researchers met in Oslo.", "People met in Oslo."),
        ("Bill Clinton spoke.", "William Clinton came. Clinton spoke."),
        ("Ben Smith spoke.", "Benjamin T. Smith spoke."),
        ("Steven Smith spoke.", "Stephen Smith spoke."),
        ("R. Obama spoke.", "Robert Obama came. Obama spoke."),
        ("An Italian team won.", "A team from Italy won."),
        ("They met Joe Biden.", "They met President Joseph R. Biden Jr. there."),
        ("Xi Jinping spoke.", "Then President Xi spoke."),
        ("Joe Biden spoke.", "Then President Biden spoke."),
        ("The Fed raised rates.", "The Federal Reserve raised rates."),
    ],
)
def test_agrees(answer: str, evidence: str) -> None:
    assert alarms(answer, evidence) == []


@pytest.mark.parametrize(
    ("answer", "evidence", "name"),
    [
        ("Obama was there.", "Trump was there.", "Obama"),
        ("Michelle Obama spoke.", "Barack Obama spoke.", "Michelle Obama"),
        (
            "He left the University of Oxford.",
            "He left the University of Cambridge.",
            "University of Oxford",
        ),
        ("They met in Paris.", "They met in Rome.", "Paris"),
        ("They met in Maine.", "They met in the main hall.", "Maine"),
        ("It began with Congress.", "It began in the Congo.", "Congress"),
        ("Michelle Obama spoke.", "Barack Obama came. Obama spoke.", "Michelle Obama"),
        ("John Smith spoke.", "James Smith spoke.", "John Smith"),
        ("Xi Mingze spoke.", "The Xi family spoke.", "Xi Mingze"),
        ("We learnt Middle English.", "We learnt English.", "Middle English"),
        ("We met James Richardson.", "We met Ben Smith Jr.", "James Richardson"),
    ],
)
def test_disagrees(answer: str, evidence: str, name: str) -> None:
    assert [(kind, text) for kind, _, text in alarms(answer, evidence)] == [("name", name)]


def test_name_in_the_title_is_there() -> None:
    assert alarms("The Oak Fire grew.", "It grew.", title="Oak Fire") == []


class TestQuotations:
    SAID = "He said: “We will NOT  give up,\nnot now or ever.”"

    @pytest.mark.parametrize(
        "answer",
        [
            'He said "we will not give up".',
            "He said 'We will not give up, not now or ever.'",
            'He said "we will not … now or ever".',
            'He said "we will not [...] or ever".',
            'He said "no way".',
        ],
    )
    def test_same_words_agree(self, answer: str) -> None:
        assert alarms(answer, self.SAID) == []

    def test_other_words_do_not(self) -> None:
        assert alarms('He said "we will never give up".', self.SAID)[0][:2] == (
            "quotation",
            "missing",
        )

    def test_parts_in_another_order_do_not(self) -> None:
        assert alarms('He said "now or ever … we will".', self.SAID) != []


class TestPolarity:
    @pytest.mark.parametrize(
        ("answer", "evidence"),
        [
            ("The bridge was not closed.", "The bridge was closed."),
            ("The bridge was closed.", "The bridge wasn't closed."),
            ("Oil prices rose on Friday.", "Oil prices fell on Friday."),
        ],
    )
    def test_opposite_is_told(self, answer: str, evidence: str) -> None:
        assert [each[:2] for each in alarms(answer, evidence)] == [("polarity", "differs")]

    @pytest.mark.parametrize(
        ("answer", "evidence"),
        [
            ("The bridge was not closed.", "The bridge was never closed."),
            ("The bridge was closed.", "The bridge was closed, but not the tunnel."),
            ("The bridge was closed.", "The bridge was closed. The bridge was not closed twice."),
        ],
    )
    def test_same_is_not(self, answer: str, evidence: str) -> None:
        assert alarms(answer, evidence) == []
