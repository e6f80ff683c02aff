from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grounding.query.analysis.records import TermKind
from grounding.query.analysis.terms import terms
from tests.grounding.query.analysis.asking import LONGEST_SECONDS, seconds

FOUND = {
    'what is "zero trust" for?': "quote: zero trust",
    "who coined “dark matter.”?": "quote: dark matter",
    "what means «laissez faire» here": "quote: laissez faire",
    "who said 'let them eat cake'?": "quote: let them eat cake",
    "who said ‘don’t panic’?": "quote: don’t panic",
    "is CVE-2024-3094 fixed?": "identifier: CVE-2024-3094",
    "is cve-2024-3094 fixed?": "identifier: cve-2024-3094",
    "how is COVID-19, or covid-19, spread": "identifier: COVID-19, identifier: covid-19",
    "does RFC 9110 replace RFC2616?": "identifier: RFC 9110, identifier: RFC2616",
    "what does PEP 8 say": "identifier: PEP 8",
    "dates in ISO-8601 or ISO 8601:2004": "identifier: ISO-8601, identifier: ISO 8601:2004",
    "price of AB-1234?": "identifier: AB-1234",
    "changes in 3.11.2": "identifier: 3.11.2",
    "changes in version 3.11": "identifier: 3.11",
    "is v2 out": "identifier: v2",
    "what is error E0502": "identifier: E0502",
    "open main.py and pyproject.toml": "identifier: main.py, identifier: pyproject.toml",
    "where is src/app/main.rs or /etc/hosts": "identifier: src/app/main.rs, identifier: /etc/hosts",
    "what does os.path.join do?": "identifier: os.path.join",
    "set OMP_NUM_THREADS=1 in ~/.bashrc": "identifier: OMP_NUM_THREADS, identifier: ~/.bashrc",
    "who is CEO of OpenAI": "name: OpenAI",
    "call my_func() or run()": "identifier: my_func(), identifier: run()",
    "rename snake_case to camelCase": "identifier: snake_case, identifier: camelCase",
    "is std::vector faster": "identifier: std::vector",
    "learn C++, C# or .NET": "identifier: C++, identifier: C#, identifier: .NET",
    "pass --no-cache to it": "identifier: --no-cache",
    "commit 9fceb02 broke it": "identifier: 9fceb02",
    "address 0x80070005": "identifier: 0x80070005",
    "ping 192.168.0.1": "identifier: 192.168.0.1",
    "a p53-dependent pathway": "identifier: p53",
    "the iPhone's battery": "identifier: iPhone",
    "read https://example.org/a_(b)?q=1.": "address: https://example.org/a_(b)?q=1",
    "see www.example.org, please": "address: www.example.org",
    "write to jo.doe@example.org.": "address: jo.doe@example.org",
    "why did AAPL shares fall?": "ticker: AAPL",
    "is $TSLA up, or $brk.b?": "ticker: TSLA, ticker: brk.b",
    "how is EUR/USD doing": "ticker: EUR/USD",
    "BRK.B or BT.A": "ticker: BRK.B, ticker: BT.A",
    "listed as NASDAQ: MSFT now": "acronym: NASDAQ, ticker: MSFT",
    "what is AAPL?": "acronym: AAPL",
    "do US stocks rise with NATO orders?": "acronym: US, acronym: NATO",
    "it closed at 84.12 USD": "quantity: 84.12 USD",
    "a rise of 5% or 5.5 percent": "quantity: 5%, quantity: 5.5 percent",
    "a fine of $3.4 million": "quantity: $3.4 million",
    "costs €1,200 or £14bn": "quantity: €1,200, quantity: £14bn",
    "winds of 120 km/h over 3 GB": "quantity: 120 km/h, quantity: 3 GB",
    "a dose of 400mg at 38.5 °C": "quantity: 400mg, quantity: 38.5 °C",
    "a deficit of -2.5%": "quantity: -2.5%",
    "on 2024-03-05": "date: 2024-03-05",
    "on March 5, 2024": "date: March 5, 2024",
    "on 5th of March 2024": "date: 5th of March 2024",
    "on 5/3/2024": "date: 5/3/2024",
    "from 05.03.2024": "date: 05.03.2024",
    "what did the Bank of England decide?": "name: Bank of England",
    "when was Ursula von der Leyen elected": "name: Ursula von der Leyen",
    "who is Taiwan's president?": "name: Taiwan",
    "Taiwan's president": "name: Taiwan",
    "did South Africa's Desmond Tutu speak": "name: South Africa, name: Desmond Tutu",
    "is Johnson & Johnson hiring": "name: Johnson & Johnson",
    "where did J. R. R. Tolkien live": "name: J. R. R. Tolkien",
    "meet Mr. Darcy. Then leave": "name: Mr. Darcy",
    "the St. David's Day march": "name: St. David's Day",
    "is Airbus 320 Neo 5 safe": "name: Airbus 320 Neo 5",
    "is Python 3.11 slower": "name: Python 3.11",
    "ask the U.S. Forest Service": "name: U.S. Forest Service",
    "Judi Dench films": "name: Judi Dench",
    "Director Greta Gerwig films what": "name: Greta Gerwig",
    "is TikTok down? TikTok fails": "name: TikTok, name: TikTok",
    "who reads The Sunday Times": "name: The Sunday Times",
    "Removal of DNS records": "acronym: DNS",
    "wo liegt Bad Tölz": "name: Bad Tölz",
    "где Нижний Новгород": "name: Нижний Новгород",
}
NOTHING = (
    "what is this?",
    "What Is This",
    "WHAT IS THIS",
    "WHY DID THE BANK OF ENGLAND RAISE RATES",
    "Why Did The Bank Of England Raise Rates In The Spring",
    "who leads the bank of england",
    "Scientists found water. Engineers did not",
    "I think I'm right and I've said it",
    "don't the dogs' owners care, isn't it",
    "rock 'n' roll of the '90s",
    "the 66th and/or 16-year-old's T-shirt",
    "what is NOT allowed",
    "see no. 5, e.g. on Monday in March",
    "we left at 10:30 with 5 people",
    "it ended.Then it began",
    "昨日の天気はどうですか",
    "",
    " \n ",
)
_REPEATED = (
    "1|1 |1,|1.|1'000'|a.|a-|a_|a@|a/|a::|_|A|A |A/|A.|A.B.|Aa |Aa of |Aa-|Aa'|Aa.|'|'a |a'|a' 'b"
    "|‘|’s |“|«a|$|$A|$1,|http://|@a|#a|--|\\|(|0x|deadbeef|v1.|RFC |version 1.|EUR/|NYSE: |A price"
    '|Jr. |March |5 March |1%|1 000|İ|ß|٣|"|\ud800|\n'
)


@pytest.mark.parametrize(("question", "expected"), FOUND.items())
def test_what_is_to_be_matched_literally_is_found(question: str, expected: str) -> None:
    assert ", ".join(f"{term.kind}: {term.text}" for term in terms(question)) == expected


@pytest.mark.parametrize("question", NOTHING)
def test_ordinary_words_are_no_terms(question: str) -> None:
    assert terms(question) == ()


def test_the_marks_around_a_quotation_are_not_part_of_it() -> None:
    (term,) = terms('is "a b" said')

    assert (term.kind, term.start, term.end) == (TermKind.QUOTE, 4, 7)


def test_offsets_count_code_points() -> None:
    (term,) = terms("🎉🎉 see main.py")

    assert (term.start, term.end) == (7, 14)


_PIECES = st.sampled_from([*FOUND, *NOTHING, "'", '"', "’s", "$", ".", "-", "of", "5"])


@given(st.one_of(st.text(max_size=200), st.lists(_PIECES, max_size=6).map(" ".join)))
def test_terms_stand_in_order_beside_each_other(question: str) -> None:
    found = terms(question)

    assert all(term.text == question[term.start : term.end] for term in found)
    assert all(term.text and term.text == term.text.strip() for term in found)
    assert all(a.end <= b.start for a, b in pairwise(found))


@pytest.mark.parametrize("unit", _REPEATED.split("|"))
def test_the_longest_question_takes_no_longer_than_its_length(unit: str) -> None:
    question = (unit * 4000)[:4000]

    assert seconds(terms, question) < LONGEST_SECONDS
