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
        ("Super Bowl LI was played in Houston.", "Super Bowl 51 was played in Houston."),
        ("Super Bowl 51 was played in Houston.", "Super Bowl LI was played in Houston."),
        ("World War II ended.", "The Second World War ended."),
        ("World War II ended.", "World War 2 ended."),
        ("He fought in the First World War.", "He fought in World War I."),
        ("Elizabeth II died.", "Queen Elizabeth the Second died."),
        ("It is in New York City.", "It is in New York."),
        ("It is in New York.", "It is in New York City."),
        ("Al-Qaida claimed it.", "Al-Qaeda claimed it."),
        ("Al Qaeda claimed it.", "Al-Qaeda claimed it."),
        ("Great Britain won.", "The UK won."),
        ("Türkiye agreed.", "Turkey agreed."),
        ("Turkey agreed.", "Türkiye agreed."),
        ("Czechia agreed.", "The Czech Republic agreed."),
        ("The Czech team won.", "The team from Czechia won."),
        ("Kyiv was hit.", "Kiev was hit."),
        ("Burma agreed.", "Myanmar agreed."),
        ("Ivory Coast won.", "Côte d'Ivoire won."),
        ("Holland won.", "The Netherlands won."),
        ("The Norwegian team won.", "Norway's team won."),
        ("The Thai team won.", "The team from Thailand won."),
        ("The Filipino team won.", "The team of the Philippines won."),
        ("The Portuguese team won.", "The team of Portugal won."),
        ("The Peruvian team won.", "Peru's team won."),
        ("They met on Fifth Avenue.", "They met on 5th Ave."),
        ("They met on 42nd Street.", "They met on 42nd St."),
        ("Muhammad Ali fought.", "Mohammed Ali fought."),
        ("The G7 met.", "The Group of Seven met."),
        ("Version 3.11 is supported.", "Python 3.11.4 is supported."),
        ("Fed Chair Jerome Powell spoke.", "Powell, the chair of the Federal Reserve, spoke."),
        ("The fire is in California.", "Location: Mariposa County, CA"),
        ("The fire is in California.", "The fire is in Calif."),
        ("The fire is in Texas.", "Amarillo, TX"),
        ("They met in Los Angeles, California.", "They met in L.A., Calif."),
        ("President Zelensky spoke.", "Volodymyr Zelenskyy spoke."),
        ("Prime Minister Benjamin Netanyahu spoke.", "PM Netanyahu spoke."),
        ("Vice President Kamala Harris spoke.", "Kamala Harris spoke."),
        ("The DOJ sued.", "The Department of Justice sued."),
        ("The House of Representatives voted.", "The House voted."),
        ("Chinese President Xi Jinping spoke.", "China's leader Xi spoke."),
        ("Winds are NW at 10-15 mph.", "Northwest wind 10 to 15 mph."),
        ("The GDP grew.", "The gross domestic product grew."),
        ("The AI grew.", "Artificial intelligence grew."),
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
        (
            "Super Bowl LI was played in Houston.",
            "Super Bowl 52 was played in Houston.",
            "Super Bowl LI",
        ),
        (
            "Super Bowl 51 was played in Houston.",
            "Super Bowl LII was played in Houston.",
            "Super Bowl 51",
        ),
        ("World War II ended.", "The First World War ended.", "World War II"),
        ("World War II ended.", "World War I ended.", "World War II"),
        ("He fought in the First World War.", "He fought in World War II.", "First World War"),
        ("Elizabeth II died.", "Elizabeth the First died.", "Elizabeth II"),
        ("It is in New York City.", "It is in New Jersey.", "New York City"),
        ("It is in New York.", "It is in New Orleans.", "New York"),
        ("Al-Qaida claimed it.", "Al-Shabaab claimed it.", "Al-Qaida"),
        ("Great Britain won.", "The US won.", "Great Britain"),
        ("Turkey agreed.", "Tunisia agreed.", "Turkey"),
        ("Ivory Coast won.", "Ghana won.", "Ivory Coast"),
        ("The Norwegian team won.", "Sweden's team won.", "Norwegian"),
        ("The Thai team won.", "The team from Taiwan won.", "Thai"),
        ("The Belgian team won.", "The team from the Netherlands won.", "Belgian"),
        ("The American team won.", "They let us win the game.", "American"),
        ("The British team won.", "The French team won.", "British"),
        ("They met on Fifth Avenue.", "They met on 6th Ave.", "Fifth Avenue"),
        ("Mohammed Ali fought.", "Mohammed Omar fought.", "Mohammed Ali"),
        ("The G7 met.", "The Group of Twenty met.", "G7"),
        ("Covid-19 cases fell.", "COVID-18 cases fell.", "Covid-19"),
        ("Elizabeth II died.", "Elizabeth I died.", "Elizabeth II"),
        ("Charles III spoke.", "Charles II spoke.", "Charles III"),
        ("Henry VIII died.", "Henry VII died.", "Henry VIII"),
        ("Rocky IV opened.", "Rocky III opened.", "Rocky IV"),
        ("North Korea agreed.", "South Korea agreed.", "North Korea"),
        ("South Africa won.", "Central African Republic won.", "South Africa"),
        ("The fire is in California.", "It is in Amarillo, TX.", "California"),
        ("The fire is in Indiana.", "In the morning it grew.", "Indiana"),
        ("The fire is in Maine.", "Me and my friends saw it.", "Maine"),
        (
            "Fed Chair Janet Yellen spoke.",
            "Fed Chair Jerome Powell spoke.",
            "Fed Chair Janet Yellen",
        ),
        ("The Oak Fire grew.", "Of the fires, one grew.", "Oak Fire"),
        ("The DC office closed.", "She did come to the office.", "DC"),
        ("Prime Minister Theresa May spoke.", "PM Netanyahu spoke.", "Prime Minister Theresa May"),
        ("The WHO said so.", "Who said so with her own hands?", "WHO"),
        ("The US grew.", "They helped us grow.", "US"),
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
