"""Find what is to be matched literally: quotations, identifiers, symbols, numbers, dates, names.

Where two readings overlap the earlier kind in this order wins, so that nothing is found twice:
quotation, address or identifier, symbol, date, quantity, name.
"""

from collections.abc import Iterable
from functools import lru_cache

from grounding.query.analysis.identifiers import identifiers
from grounding.query.analysis.names import names
from grounding.query.analysis.quantities import quantities, written_dates
from grounding.query.analysis.quotes import quoted
from grounding.query.analysis.reading import has_case
from grounding.query.analysis.records import Term, TermKind
from grounding.query.analysis.symbols import tickers

_Found = tuple[int, int, TermKind]


@lru_cache(maxsize=64)
def terms(question: str) -> tuple[Term, ...]:
    """Return the terms of a question in order; none overlaps another.

    Names need a script with capitals, and a question that uses them for names only.
    """
    is_cased = has_case(question)
    found = _all(quoted(question), TermKind.QUOTE)
    _add(found, identifiers(question))
    _add(found, _all(tickers(question, has_case=is_cased), TermKind.TICKER))
    _add(found, _all(written_dates(question), TermKind.DATE))
    _add(found, _all(quantities(question), TermKind.QUANTITY))
    found.sort()
    if is_cased:
        found.extend(names(question, [(start, end) for start, end, _ in found]))
    return tuple(Term(question[start:end], kind, start, end) for start, end, kind in sorted(found))


def _all(spans: Iterable[tuple[int, int]], kind: TermKind) -> list[_Found]:
    return [(start, end, kind) for start, end in spans]


def _add(found: list[_Found], more: Iterable[_Found]) -> None:
    """Merge what overlaps nothing that was found before."""
    before = sorted(found)
    i, last_end = 0, 0
    for start, end, kind in more:
        while i < len(before) and before[i][1] <= start:
            i += 1
        is_free = i == len(before) or end <= before[i][0]
        if is_free and start >= last_end:
            found.append((start, end, kind))
            last_end = end
