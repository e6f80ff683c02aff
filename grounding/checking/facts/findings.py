"""Hold every number, date, name and quotation of a claim against the evidence.

claim ─▶ quotations ─▶ dates and times ─▶ quantities ─▶ names      what one has taken
             │               │                │           │        is no other's
             └───────────────┴───── items ────┴───────────┘
                                      ▼
                    Finding: matched, missing, or another in its place
"""

from collections.abc import Iterator, Sequence

from grounding.checking.facts import quotations
from grounding.checking.facts.asked import MOST_ASKED, Asked
from grounding.checking.facts.dated import dated
from grounding.checking.facts.measured import measured
from grounding.checking.facts.named import named
from grounding.checking.facts.opposite import opposite
from grounding.checking.facts.reading import Held, reading
from grounding.checking.facts.roles import reversed_roles
from grounding.checking.records import Claim, FactKind, Finding, Match, Shown, Span, When
from grounding.query.citation_marks import MARK

_DECORATION = str.maketrans(dict.fromkeys("*`", " "))


def findings(answer: str, claim: Claim, shown: Sequence[Shown], when: When) -> tuple[Finding, ...]:
    """Return what became of each fact of a claim, in the order they stand.

    shown: the items it may rest on: those it cites, or all where it cites none.
    """
    asked = Asked(
        said=reading(_plain(answer[claim.start : claim.end])),
        shift=claim.start,
        held=tuple(Held.of(item) for item in shown),
        when=when,
    )
    found = [
        *_quoted(asked),
        *dated(asked),
        *measured(asked),
        *named(asked, _taken_by_quotations(asked)),
        *opposite(asked),
        *reversed_roles(asked),
    ]
    once = {(each.start, each.end, each.kind): each for each in reversed(found)}
    return tuple(each for _, each in sorted(once.items()))


def _plain(text: str) -> str:
    """Blank out citation marks and decoration, keeping every other character in its place."""
    return MARK.sub(lambda mark: " " * len(mark[0]), text).translate(_DECORATION)


def _taken_by_quotations(asked: Asked) -> list[tuple[int, int]]:
    return quotations.quotations(asked.said.text)


def _quoted(asked: Asked) -> Iterator[Finding]:
    for start, end in quotations.quotations(asked.said.text)[:MOST_ASKED]:
        words = asked.said.text[start:end]
        for held in asked.held:
            if (place := quotations.place_of(words, held.text.ink)) is not None:
                yield asked.matched(FactKind.QUOTATION, start, end, held, Span(*place))
                break
            if quotations.place_of(words, held.title.ink) is not None:
                yield asked.matched(FactKind.QUOTATION, start, end, held, None)
                break
        else:
            reason = f'"{words}" is quoted, and no evidence has these words'
            yield asked.finding(FactKind.QUOTATION, Match.MISSING, start, end, reason)
