"""The names that stand in a sentence. Only scripts that have capitals have names here."""

import re
from collections.abc import Sequence
from typing import Final

from grounding.checking.facts.records import Name
from grounding.checking.facts.words import ENDINGS, ROOT, SMALL, TITLES, WORD, folded
from grounding.query.analysis.names import names as capitalised
from grounding.query.analysis.records import TermKind
from grounding.query.analysis.vocabulary import words

_INITIALS: Final = re.compile(r"(?<!\w)(?:[^\W\d_]\.)+[^\W\d_]$")
"""Of U.S. and the like, without the last full stop."""
_COMMON: Final = words(
    "song film movie book album band area city country state people paragraph text context answer"
    " question yes no i it he she they we you spring summer autumn fall winter"
)
_FEWEST_RAISED: Final = 8
_LONGEST_HEADLINE: Final = 200
_LONGEST_NAME: Final = 12
"""Words of it that are looked up."""
_FIRST: Final = re.compile(
    r"\s*(?P<word>[A-Z][^\W\d_]{2,30})(?=['’]s\b|\s+(?:is|was|has|had|were|are|did|does|became"
    r"|won|said|says|can|could|will|would|may|might|belongs?|wrote|sang|sings|plays|made|led|began"
    r"|beats?|bought|sold|lost|took|gave|came|went|ran|held|left|met|sent|told|fell|rose|grew|hit"
    r"|[a-z]{3,14}ed)\b)"
)
_FIRST_CODE: Final = re.compile(r"\s*(?P<word>[A-Z][a-z]{2,14}-\d{1,3})\b(?!-)")
_NO_FIRST: Final = words(
    "the this that these those there here what which who when where why how each every both some"
    " many most several few all any none nothing everyone everything someone something one two its"
    " their our your my his her she they you not but and now then today yes also other others nor"
    " for first last such only possible gone"
    " water air carbon temperature people data science evidence man men women life heat ice sea"
    " music food land energy money time work weather snow oil gas coal research climate global"
    " winter summer spring autumn nature rain wind frost fog hail thunder lightning visibility"
    " pressure humidity precipitation sunshine cloud smoke fire drought flood storm gust depth"
    " magnitude height width length weight speed size area distance"
    " revenue profit loss income price cost inflation unemployment growth demand supply trade"
    " output debt credit cash gold silver copper wheat corn coffee sugar rice cotton crude silver"
    " share stock bond yield index rate interest tax wage salary rent sale turnover budget deficit"
    " employment spending consumption"
    " police court government parliament congressman voter turnout war peace crime traffic school"
    " hospital patient student child family woman person public staff crew team player fan coach"
    " version support access use code software memory syntax type test error warning default input"
    " output result answer question context text document page table list example note summary"
    " version release total average about nearly almost half"
)
"""Words that begin a sentence and are no names, in the singular."""
_NO_FIRST_ENDING: Final = re.compile(
    r".*(?:ing|tion|ness|ity|ment|ism|ics|ure|ally|ists|ers|ors|ies)", re.IGNORECASE
)


def names(text: str, taken: Sequence[tuple[int, int]] = ()) -> list[Name]:
    """Return the names of a sentence, but for what stands in `taken`."""
    if _is_headline(text):
        return []
    found = [
        _name(text, start, end, is_acronym=kind is TermKind.ACRONYM)
        for start, end, kind in capitalised(text, taken)
    ]
    first = _FIRST.match(text) or _FIRST_CODE.match(text)
    if first and not _is_mere_opening(first["word"]):
        span = first.span("word")
        is_new = all(name.start >= span[1] or name.end <= span[0] for name in found)
        if is_new and not any(start < span[1] and span[0] < end for start, end in taken):
            found.insert(0, _name(text, *span, is_acronym=False))
    return [name for name in found if name.words and not _is_common(name)]


def _is_mere_opening(word: str) -> bool:
    small = word.lower()
    is_listed = not _NO_FIRST.isdisjoint({small, small.removesuffix("s")})
    return is_listed or _NO_FIRST_ENDING.fullmatch(small) is not None


def _is_headline(text: str) -> bool:
    """Whether nearly Every Word Has a Capital, so that none of them says anything."""
    if len(text) > _LONGEST_HEADLINE:
        return False
    long = [word for word in WORD.findall(text) if len(word) >= ROOT]
    return len(long) >= _FEWEST_RAISED and all(word[0].isupper() for word in long)


def _name(text: str, start: int, end: int, *, is_acronym: bool) -> Name:
    end += _INITIALS.search(text, start, end) is not None and text[end : end + 1] == "."
    every = [folded(each) for each in WORD.findall(text[start:end])[:_LONGEST_NAME]]
    whole = [word for word in every if word not in SMALL]
    kept = _without_titles(whole)
    is_telling = not set(kept) <= _COMMON
    return Name(start, end, tuple(kept if is_telling else whole), is_acronym, whole == every)


def _without_titles(said: list[str]) -> list[str]:
    first = next((i for i, word in enumerate(said) if word not in TITLES), 0)
    last = next((i for i in range(len(said), first, -1) if said[i - 1] not in ENDINGS), len(said))
    return said[first:last]


def _is_common(name: Name) -> bool:
    return len(name.words) == 1 and name.words[0] in _COMMON
