"""Symbols that are traded, where a mark or the words beside them say so.

AAPL and NATO look alike. A dollar sign, an exchange or a word such as "shares" nearby makes a
symbol; without one, a word in capitals is an acronym.
"""

import re

from grounding.query.analysis.vocabulary import words

_MONEY = (
    "USD|EUR|GBP|JPY|CHF|CNY|CNH|CAD|AUD|NZD|SEK|NOK|DKK|INR|BRL|KRW|MXN|RUB|TRY|ZAR|PLN|HKD|SGD"
    "|BTC|ETH|XAU|XAG|XRP|SOL|USDT|USDC"
)
_MARKED = re.compile(
    r"(?<![\w$])\$(?P<cashtag>[A-Za-z]{1,6}(?:\.[A-Za-z])?)\b(?!\s?[0-9])"
    rf"|(?<![\w/])(?P<pair>(?:{_MONEY})[/-](?:{_MONEY}))(?![\w/])"
    r"|(?<![\w.])(?P<dotted>[A-Z]{2,5}\.(?:[A-Z]{1,2}))(?![\w.])"
    r"|\b(?:NASDAQ|NYSE|AMEX|LSE|TSX|ASX|XETRA|FRA|HKEX|OTC):\s?(?P<listed>[A-Z0-9.]{1,8})\b"
)
_MARK = re.compile(r"[A-Z]{2}[./:-]|\$[A-Za-z]")
_CUES = re.compile(
    r"\b(?:stocks?|shares?|tickers?|quote[ds]?|nasdaq|nyse|market\s+cap|dividends?|earnings"
    r"|trading|traded?|trades|closed?|closing|share\s+price|shareholders?|options?|calls|puts"
    r"|price)\b",
    re.IGNORECASE,
)
_CAPITALS = re.compile(r"(?<![\w$.@#/&'’-])[A-Z][A-Z]{1,4}(?![\w.@&/-]|['’][A-Za-z]{2})")
_NEAR = 25
_NOT_TRADED = words(
    "US USA UK EU UN UAE NATO GDP CEO CFO CTO CPI PPI IPO ETF ETFS AI NYSE SEC FED ECB IMF OPEC"
    " WHO FDA FBI CIA NASA NFL NBA USD EUR GBP JPY CHF CNY YTD PE EPS LLC INC PLC LTD AG API FAQ"
    " IT TV THE AND OR NOT IF IS ARE WAS OF IN ON AT TO FOR BY DO DID HAS HOW WHAT WHEN WHERE WHO"
    " WHY"
)


def tickers(question: str, *, has_case: bool) -> list[tuple[int, int]]:
    """Return where each traded symbol begins and ends, without a dollar sign, in order.

    has_case: capitals tell words apart; where they do not, only marked symbols are found.
    """
    found = []
    if _MARK.search(question):
        found = [match.span(match.lastgroup or 0) for match in _MARKED.finditer(question)]
    if has_case:
        found.extend(_unmarked(question))
    return sorted(found)


def _unmarked(question: str) -> list[tuple[int, int]]:
    symbols = [
        match.span() for match in _CAPITALS.finditer(question) if match[0] not in _NOT_TRADED
    ]
    if not symbols:
        return []
    cues = [match.span() for match in _CUES.finditer(question)]
    return [span for span in symbols if _is_near(span, cues)]


def _is_near(span: tuple[int, int], cues: list[tuple[int, int]]) -> bool:
    return any(start - span[1] <= _NEAR and span[0] - end <= _NEAR for start, end in cues)
