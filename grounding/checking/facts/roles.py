"""Whether a claim has two names the other way round: who beat, bought or succeeded whom.

Only where a claim and a sentence of evidence have the same two names with the same verb right
between them, and no other sentence has them as the claim has. The verbs are some that hold one way.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import pairwise
from typing import Final

from grounding.checking.facts.asked import MOST_ASKED, Asked
from grounding.checking.facts.lookup import place_of
from grounding.checking.facts.names import names
from grounding.checking.facts.reading import MOST_FACTS, Held, Reading, Sentence
from grounding.checking.facts.records import Name
from grounding.checking.records import FactKind, Finding, Match, Span
from grounding.query.analysis.vocabulary import words

_VERBS: Final = words(
    "accus acquir admir appoint arrest attack ban beat bit blam block bombard bomb bought buy"
    " captur coach conquer conduct convict criticis criticiz crush defeat defend destroy edg elect"
    " employ endors fir follow fund hir hit honour inherit interview invad invest join jail kill"
    " lead led murder nominat oust outpac outperform outscor outsold overtak overtook own pardon"
    " preced prais promot prosecut replac rescu rout sack sanction shot shoot strik struck sue"
    " support surpass su succeed teach taught threat thrash topp train trounc vanquish"
)
_VERB: Final = "|".join(sorted(_VERBS, key=lambda verb: (-len(verb), verb)))
_BETWEEN: Final = re.compile(
    r"(?:['’]s)?\s(?:(?:has|had|have|was|were|is|are|been|being|be|later|then|also|finally|narrowly"
    rf"|easily|once|now|will|would)\s){{0,4}}(?P<verb>{_VERB})(?:e|es|s|ed|ted|d|en|ten|ing|ies|ied)?"
    r"(?P<by>\sby)?(?:\s(?:the|a|an))?\s"
)
_STOP: Final = re.compile(r"[.!?]\s+(?=[A-Z])")
_LONGEST: Final = 40
"""Letters of a comma, a verb and an article before a name."""
_DOING: Final = re.compile(rf",\s(?P<verb>{_VERB})(?:t|e)?ing(?:\s(?:the|a|an))?\s$")


@dataclass(frozen=True, slots=True)
class _Deed:
    """A verb between two names: who did it to whom."""

    verb: str
    is_passive: bool


def reversed_roles(asked: Asked) -> Iterator[Finding]:
    """Yield at most one finding: that evidence has two names of the claim the other way round."""
    for first, second in pairwise(asked.said.names[:MOST_ASKED]):
        deed = _deed(asked.said.text, first.end, second.start)
        if deed is None:
            continue
        told = [
            (is_same, held, sentence)
            for held in asked.held
            if place_of(first, held.text.words) is not None
            for sentence in held.text.sentences
            if (is_same := _has(held.text, sentence, deed, first, second)) is not None
        ]
        if told and not any(is_same for is_same, _, _ in told):
            yield _finding(asked, (first.start, second.end), *told[0][1:])
            return


def _deed(text: str, start: int, end: int) -> _Deed | None:
    match = _BETWEEN.fullmatch(text, start, end)
    return None if match is None else _Deed(match["verb"], match["by"] is not None)


def _has(held: Reading, sentence: Sentence, deed: _Deed, one: Name, other: Name) -> bool | None:
    """Whether a sentence tells a deed as the claim does (True), the other way (False), or not."""
    found: bool | None = None
    for first, second, told in _deeds(held.text[sentence.start : sentence.end]):
        if told.verb != deed.verb:
            continue
        is_straight = first.shares_word(one) and second.shares_word(other)
        is_swapped = first.shares_word(other) and second.shares_word(one)
        if is_straight != is_swapped:
            found = found or is_straight == (told.is_passive == deed.is_passive)
    return found


@lru_cache(maxsize=4096)
def _deeds(text: str) -> tuple[tuple[Name, Name, _Deed], ...]:
    """Return who did what to whom in a sentence: A beat B; A won, beating B."""
    found = []
    named = _named(text)
    for first, second in pairwise(named):
        if (told := _deed(text, first.end, second.start)) is not None:
            found.append((first, second, told))
        elif match := _DOING.search(text, max(named[0].end, second.start - _LONGEST), second.start):
            found.append((named[0], second, _Deed(match["verb"], is_passive=False)))
    return tuple(found)


def _named(text: str) -> list[Name]:
    """Return the names of a sentence, where every word behind a full stop may be one."""
    starts = [0, *(stop.end() for stop in _STOP.finditer(text))]
    return [
        replace(name, start=name.start + start, end=name.end + start)
        for start, end in pairwise([*starts, len(text)])
        for name in names(text[start:end])
    ][:MOST_FACTS]


def _finding(asked: Asked, span: tuple[int, int], held: Held, sentence: Sentence) -> Finding:
    said = asked.said.text[slice(*span)]
    reason = f'[{held.item.number}] has "{said}" the other way round'
    return replace(
        asked.finding(FactKind.POLARITY, Match.DIFFERS, *span, reason),
        number=held.item.number,
        place=Span(sentence.start, sentence.end),
        says=held.text.text[sentence.start : sentence.end],
    )
