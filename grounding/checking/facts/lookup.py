"""Whether a text has a name: in full, as an acronym, otherwise spelt, or by the last name alone.

Accents, titles, possessives and plurals make no difference; neither does the noun of a country or
its adjective.
"""

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Final

from grounding.checking.facts.aliases import alike, is_place, may_be_same, otherwise
from grounding.checking.facts.records import Name
from grounding.checking.facts.words import ENDINGS, SMALL, TITLES, Word, Words
from grounding.query.analysis.vocabulary import words

_RUN: Final = re.compile(r"\d+|[^\W\d_]+")
_RANKS: Final = TITLES - {"the"}
_OFFICES: Final = words("attorney foreign finance defense defence interior first")
"""What may stand before a title as part of it."""
_ALSO_WORDS: Final = words("us it who la fed aids arm ace act add")
"""Names that are other words in small letters."""
_FULL: Final = 4
"""Letters of a word in small letters that an acronym may be short for."""
_LONGEST_ACRONYM: Final = 8
_TELLING: Final = 3
"""Letters from which an acronym may be spelt in small letters: GDP."""
_LONG: Final = 6
"""Letters from which on another form of a lone name may be in small letters: Maine is not main."""
_MOST_REMEMBERED: Final = 1_000
"""Names whose place in a text is remembered: an answer names the same again and again."""
_UNKNOWN: Final = (-1, -1)
_LONGEST_PERSON: Final = 3
_REACH: Final = 4
"""How many words there may be, on average, from one word of a name to the next."""


def place_of(name: Name, held: Words) -> tuple[int, int] | None:
    """Return where a text has a name, or what it is short for; None where it has neither."""
    known, key = held.looked_up, (name.words, name.is_acronym, name.is_plain)
    if (found := known.get(key, _UNKNOWN)) is not _UNKNOWN:
        return found
    if len(known) >= _MOST_REMEMBERED:
        known.clear()
    found = known[key] = _looked_up(name, held)
    return found


def _looked_up(name: Name, held: Words) -> tuple[int, int] | None:
    return (
        _in_full(name.words, held)
        or _in_full(_apart(name.words), held)
        or _spelled_otherwise(name, held)
        or _as_acronym(name, held)
        or _by_last(name, held)
        or _behind_title(name, held)
    )


def _behind_title(name: Name, held: Words) -> tuple[int, int] | None:
    """Return where a person stands of whom a name tells the office: Fed Chair Jerome Powell."""
    at = max((i for i, word in enumerate(name.words[:-1]) if word in _RANKS), default=0)
    if not at:
        return None
    office = [word for word in name.words[:at] if word not in _RANKS | _OFFICES]
    if office and place_of(replace(name, words=tuple(office)), held) is None:
        return None
    return place_of(replace(name, words=name.words[at + 1 :]), held)


def _in_full(said: Sequence[str], held: Words) -> tuple[int, int] | None:
    """Return the shortest stretch that has all the words, or where the last of them stands."""
    every = [sorted({*held.like(word), *_numbered(word, said, held)}) for word in said]
    if len(said) == 1 and len(said[0]) < _LONG:
        every = [[i for i in every[0] if _may_be_name(held.all[i], said[0])]]
    if not all(every):
        return None
    lead = min(every, key=len)[:50]
    near = [span for place in lead if (span := _around(place, every)) is not None]
    if not near:
        return _scattered(said, held)
    first, last = min(near, key=lambda span: span[1] - span[0])
    return held.all[first].start, held.all[last].end


def _may_be_name(word: Word, said: str) -> bool:
    """Whether a word may be a short name that stands alone: "us" and "Who" are not US and WHO."""
    if said in _ALSO_WORDS:
        return word.is_loud
    return word.is_capital or word.text == said


def _numbered(word: str, said: Sequence[str], held: Words) -> Iterator[int]:
    return held.numbered(word) if len(said) > 1 else iter(())


def _scattered(said: Sequence[str], held: Words) -> tuple[int, int] | None:
    """Return where the last word stands if a text has all of them exactly, if far apart."""
    if not all(word in held.places for word in said):
        return None
    last = held.all[held.places[said[-1]][0]]
    return last.start, last.end


def _apart(said: Sequence[str]) -> list[str]:
    """Part letters from digits: CO2 may stand as CO 2."""
    return [part for word in said for part in _RUN.findall(word)]


def _around(place: int, every: Sequence[Sequence[int]]) -> tuple[int, int] | None:
    near = [_nearest(place, places) for places in every]
    low, high = min(near), max(near)
    return (low, high) if high - low <= _REACH * len(every) else None


def _nearest(place: int, places: Sequence[int]) -> int:
    i = bisect_left(places, place)
    return min(places[max(0, i - 1) : i + 1], key=lambda each: abs(each - place))


def _spelled_otherwise(name: Name, held: Words) -> tuple[int, int] | None:
    for other in otherwise(name.words):
        if (place := _in_full(other, held)) is not None:
            return place
    return None


def _as_acronym(name: Name, held: Words) -> tuple[int, int] | None:
    """Return where IPCC stands for Intergovernmental Panel on Climate Change, or the reverse."""
    if len(name.words) > 1:
        return _by_initials(name, held)
    if name.is_acronym and 2 <= len(name.words[0]) <= _LONGEST_ACRONYM:
        return _spelt(name.words[0], held, SMALL) or _spelt(name.words[0], held, frozenset())
    return None


def _by_initials(name: Name, held: Words) -> tuple[int, int] | None:
    initials = "".join(word[0] for word in name.words)
    for place in held.places.get(initials, ()):
        word = held.all[place]
        if word.is_loud and initials not in ENDINGS | TITLES:
            return word.start, word.end
    return None


def _spelt(letters: str, held: Words, small: frozenset[str]) -> tuple[int, int] | None:
    heads = [word for word in held.all if word.text not in small]
    spelt = "".join(word.text[0] for word in heads)
    at = spelt.find(letters) if len(spelt) == len(heads) else -1
    while at >= 0:
        spelling = heads[at : at + len(letters)]
        if _may_spell(spelling, has_small=not small):
            return spelling[0].start, spelling[-1].end
        at = spelt.find(letters, at + 1)
    return None


def _may_spell(spelling: Sequence[Word], *, has_small: bool) -> bool:
    """Whether words may be what an acronym is short for; two small ones have its letters by chance.

    has_small: whether words such as "of" count: DOJ.
    """
    raised = sum(word.is_capital for word in spelling)
    if len(spelling) < _TELLING:
        return raised == len(spelling)
    if has_small:
        return raised >= len(spelling) - 1
    return all(word.is_capital or word.end - word.start >= _FULL for word in spelling)


def _by_last(name: Name, held: Words) -> tuple[int, int] | None:
    """Return where the last of two or three names stands alone, if no other first name is given.

    A title may stand before the first one instead: President Xi.
    """
    if not (name.is_plain and 2 <= len(name.words) <= _LONGEST_PERSON) or is_place(name.words[-1]):
        return None
    every = (name.words[-1], *alike(name.words[-1]))
    places = [place for word in every for place in held.places.get(word, ())]
    given = [(place, _first_name(place, held)) for place in places]
    firsts = {first for _, first in given if first is not None}
    if firsts and not any(may_be_same(name.words[0], first) for first in firsts):
        return None
    for place, first in given:
        word = held.all[place]
        is_alone = first is None and word.is_capital and not _goes_on(place - 1, held)
        is_same = first is not None and may_be_same(name.words[0], first)
        if (is_alone or is_same) and not _goes_on(place, held):
            return word.start, word.end
    return _by_title(name, held)


def _by_title(name: Name, held: Words) -> tuple[int, int] | None:
    """Return where the first word of a name stands alone behind a title."""
    for place in held.places.get(name.words[0], ()):
        before = held.all[place - 1] if place else None
        if before and before.text in _RANKS and not _goes_on(place, held):
            word = held.all[place]
            return (word.start, word.end) if word.is_capital else None
    return None


def _goes_on(place: int, held: Words) -> bool:
    """Whether the word after a place is one more of the same name."""
    if not 0 <= place < len(held.all) - 1:
        return False
    word, after = held.all[place], held.all[place + 1]
    is_next = word.is_capital and after.is_capital and after.start - word.end == 1
    return is_next and after.text not in ENDINGS and word.text not in _RANKS


def _first_name(place: int, held: Words) -> str | None:
    """Return the word with a capital right before a last name, initials between them left out."""
    at = place - 1
    while at > 0 and len(held.all[at].text) == 1:
        at -= 1
    if at < 0 or not held.all[place].is_capital:
        return None
    before, after = held.all[at], held.all[at + 1]
    is_next = after.start - before.end == 1 and before.is_capital
    return before.text if is_next and before.text not in TITLES | SMALL else None
