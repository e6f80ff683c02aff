"""Names of a claim, and whether a text has them: in full, as an acronym, or by the last name alone.

Accents, titles, possessives and plurals make no difference; neither does the noun of a country or
its adjective. Only scripts that have capitals have names here.
"""

import re
import unicodedata
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final

from grounding.checking.facts.aliases import alike, is_of_land, numerals, otherwise
from grounding.checking.facts.records import Name
from grounding.query.analysis.names import names as capitalised
from grounding.query.analysis.records import TermKind
from grounding.query.analysis.vocabulary import words

_WORD: Final = re.compile(r"(?<!\w)(?:[^\W\d_]\.){2,9}|[^\W_]+")
_INITIALS: Final = re.compile(r"(?<!\w)(?:[^\W\d_]\.)+[^\W\d_]$")
"""Of U.S. and the like, without the last full stop."""
_RUN: Final = re.compile(r"\d+|[^\W\d_]+")
_SMALL: Final = words(
    "of the de la le van von der den del della di da du dos das al el bin ibn y and a an for in on"
    " at to s"
)
_TITLES: Final = words(
    "mr mrs ms dr sir dame lord lady prof professor president senator sen rep representative"
    " governor gov minister prime king queen prince princess captain capt general gen col colonel"
    " lt sgt pope saint st judge justice chancellor secretary mayor ceo cfo"
    " the"
)
_RANKS: Final = _TITLES - {"the"}
_ENDINGS: Final = words("inc ltd corp co llc plc company corporation jr sr")
_COMMON: Final = words(
    "song film movie book album band area city country state people paragraph text context answer"
    " question yes no i it he she they we you"
)
_SHORT_NAMES: Final = frozenset(
    {("becky", "rebecca"), ("betty", "elizabeth"), ("beth", "elizabeth"), ("bill", "william")}
    | {("billy", "william"), ("bob", "robert"), ("bobby", "robert"), ("dick", "richard")}
    | {("drew", "andrew"), ("gene", "eugene"), ("hank", "henry"), ("jack", "john")}
    | {("jerry", "gerald"), ("jim", "james"), ("jimmy", "james"), ("liz", "elizabeth")}
    | {("ned", "edward"), ("peggy", "margaret"), ("ted", "edward"), ("ted", "theodore")}
    | {("tom", "thomas"), ("tony", "anthony"), ("larry", "lawrence")}
)
"""First names whose full one begins otherwise."""
_ALSO_WORDS: Final = words("us it who la fed aids arm ace act add")
"""Names that are other words in small letters."""
_OF_STEM: Final = words("an ian ans ians ese ish ies ied ing ings ed es ic e y i")
"""What may take the place of the last letter of a word: Italy, Italian."""
_ROOT: Final = 4
_LONG: Final = 6
"""Letters from which on another form of a lone name may be in small letters: Maine is not main."""
_FEWEST_RAISED: Final = 8
_LONGEST_HEADLINE: Final = 200
_LONGEST_NAME: Final = 12
"""Words of it that are looked up."""
_LONGEST_PERSON: Final = 3
_REACH: Final = 4
"""How many words there may be, on average, from one word of a name to the next."""
_STOP: Final = 2
"""Letters between two words that a full stop or a comma parts."""
_FIRST: Final = re.compile(
    r"\s*(?P<word>[A-Z][^\W\d_]{2,30})(?=['’]s\b|\s+(?:is|was|has|had|were|are|did|does|became"
    r"|won|said|says|can|could|will|would|may|might|belongs?|wrote|sang|sings|plays|made|led|began"
    r"|[a-z]{3,14}ed)\b)"
)
_FIRST_CODE: Final = re.compile(r"\s*(?P<word>[A-Z][a-z]{2,14}-\d{1,3})\b(?!-)")
_NO_FIRST: Final = re.compile(
    r"(?:[A-Z][a-z]*(?:ing|tion|ness|ity|ment|ism|ics|ure|ally|ists|ers|ors|ies)"
    r"|The|This|That|These|Those|There|Here|What|Which|Who|When|Where|Why|How|Each|Every|Both"
    r"|Some|Many|Most|Several|Few|All|Any|None|Nothing|Everyone|Everything|Someone|Something"
    r"|Water|Air|Carbon|Temperature|Temperatures|People|Data|Science|Evidence|Man|Men|Women|Life"
    r"|Heat|Ice|Sea|Music|Food|Land|Energy|Money|Time|Work|Weather|Snow|Oil|Gas|Coal|One|Two|Its"
    r"|Their|Our|Your|My|Possible|Such|Only|Research|Study|Studies|Experts|Climate|Global|Gone|Winter|Summer|Nature|Humans"
    r"|First|Last|His|Her|She|They|You|Not|But|And|Now|Then|Today|Yes|Also|Other|Others|Nor|For)"
)


@dataclass(frozen=True, slots=True)
class Word:
    """A word in no case and without accents, and where it stands."""

    text: str
    start: int
    end: int
    is_capital: bool


@dataclass(frozen=True)
class Words:
    """The words of a text, to be looked up."""

    all: tuple[Word, ...]
    places: dict[str, list[int]] = field(default_factory=dict)

    @classmethod
    def of(cls, text: str) -> "Words":
        every = tuple(
            Word(folded(match[0]), *match.span(), match[0][0].isupper())
            for match in _WORD.finditer(text)
        )
        made = cls(every)
        for i, word in enumerate(every):
            made.places.setdefault(word.text, []).append(i)
        return made

    @cached_property
    def starts(self) -> list[int]:
        return [word.start for word in self.all]

    @cached_property
    def roots(self) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        for word in self.places:
            if len(word) >= _ROOT:
                found.setdefault(word[:_ROOT], []).append(word)
        return found

    def within(self, start: int, end: int) -> Sequence[Word]:
        first = bisect_left(self.starts, start)
        return self.all[first : bisect_left(self.starts, end)]

    def _named(self, word: str) -> Iterator[int]:
        """Yield the places of a word, of a short one only those with a capital."""
        for place in self.places.get(word, ()):
            if len(word) >= _ROOT or self.all[place].is_capital:
                yield place

    def numbered(self, word: str) -> Iterator[int]:
        """Yield the places where the numeral of a name is written otherwise."""
        for other in numerals(word):
            yield from self._named(other) if other[0].isalpha() else self.places.get(other, ())

    def like(self, word: str) -> Iterator[int]:
        """Yield the places of a word, and of those that only end otherwise."""
        yield from self.places.get(word, ())
        for other in alike(word):
            yield from self._named(other)
        if len(word) < _ROOT:
            return
        for other in self.roots.get(word[:_ROOT], ()):
            if other != word and _is_form(word, other):
                yield from self.places[other]


def folded(word: str) -> str:
    """Return a word in no case, without accents and the full stops of U.S."""
    if word.isascii():
        return word.lower().replace(".", "")
    parts = unicodedata.normalize("NFKD", word.casefold())
    return "".join(each for each in parts if not unicodedata.combining(each))


def _is_form(one: str, other: str) -> bool:
    """Whether two words share all but an ending: America, American; company, companies."""
    short, long = sorted((one, other), key=len)
    if one.isdigit() or other.isdigit() or len(long) - len(short) > 3:
        return False
    shared = next((i for i, (a, b) in enumerate(zip(short, long, strict=False)) if a != b), None)
    kept = len(short) if shared is None else shared
    if kept == len(short):
        return True
    return kept >= max(_ROOT, len(short) - 1) and long[kept:] in _OF_STEM


def names(text: str, taken: Sequence[tuple[int, int]] = ()) -> list[Name]:
    """Return the names of a sentence, but for what stands in `taken`."""
    if _is_headline(text):
        return []
    found = [
        _name(text, start, end, is_acronym=kind is TermKind.ACRONYM)
        for start, end, kind in capitalised(text, taken)
    ]
    first = _FIRST.match(text) or _FIRST_CODE.match(text)
    if first and not _NO_FIRST.fullmatch(first["word"]):
        span = first.span("word")
        is_new = all(name.start >= span[1] or name.end <= span[0] for name in found)
        if is_new and not any(start < span[1] and span[0] < end for start, end in taken):
            found.insert(0, _name(text, *span, is_acronym=False))
    return [name for name in found if name.words and not _is_common(name)]


def _is_headline(text: str) -> bool:
    """Whether nearly Every Word Has a Capital, so that none of them says anything."""
    if len(text) > _LONGEST_HEADLINE:
        return False
    long = [word for word in _WORD.findall(text) if len(word) >= _ROOT]
    return len(long) >= _FEWEST_RAISED and all(word[0].isupper() for word in long)


def _name(text: str, start: int, end: int, *, is_acronym: bool) -> Name:
    end += _INITIALS.search(text, start, end) is not None and text[end : end + 1] == "."
    every = [folded(each) for each in _WORD.findall(text[start:end])[:_LONGEST_NAME]]
    whole = [word for word in every if word not in _SMALL]
    kept = _without_titles(whole)
    is_telling = not set(kept) <= _COMMON
    return Name(start, end, tuple(kept if is_telling else whole), is_acronym, whole == every)


def _without_titles(said: list[str]) -> list[str]:
    first = next((i for i, word in enumerate(said) if word not in _TITLES), 0)
    last = next((i for i in range(len(said), first, -1) if said[i - 1] not in _ENDINGS), len(said))
    return said[first:last]


def _is_common(name: Name) -> bool:
    return len(name.words) == 1 and name.words[0] in _COMMON


def place_of(name: Name, held: Words) -> tuple[int, int] | None:
    """Return where a text has a name, or what it is short for; None where it has neither."""
    return (
        _in_full(name.words, held)
        or _in_full(_apart(name.words), held)
        or _spelled_otherwise(name, held)
        or _as_acronym(name, held)
        or _by_last(name, held)
    )


def _in_full(said: Sequence[str], held: Words) -> tuple[int, int] | None:
    """Return the shortest stretch that has all the words, or where the last of them stands."""
    every = [sorted({*held.like(word), *_numbered(word, said, held)}) for word in said]
    if len(said) == 1 and len(said[0]) < _LONG:
        every = [[i for i in every[0] if held.all[i].is_capital or _is_same(said[0], held.all[i])]]
    if not all(every):
        return None
    lead = min(every, key=len)[:50]
    near = [span for place in lead if (span := _around(place, every)) is not None]
    if not near:
        return _scattered(said, held)
    first, last = min(near, key=lambda span: span[1] - span[0])
    return held.all[first].start, held.all[last].end


def _is_same(said: str, word: Word) -> bool:
    """Whether a word in small letters may be the name: us is not US."""
    return word.text == said and said not in _ALSO_WORDS


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
        initials = "".join(word[0] for word in name.words)
        if initials in _ENDINGS | _TITLES:
            return None
        for place in held.places.get(initials, ()):
            if held.all[place].is_capital:
                return held.all[place].start, held.all[place].end
        return None
    letters = name.words[0]
    if not (name.is_acronym and 2 <= len(letters) <= 8):
        return None
    heads = [i for i, word in enumerate(held.all) if word.text not in _SMALL]
    spelt = "".join(held.all[i].text[0] for i in heads)
    if len(spelt) != len(heads) or (at := spelt.find(letters)) < 0:
        return None
    return held.all[heads[at]].start, held.all[heads[at + len(letters) - 1]].end


def _by_last(name: Name, held: Words) -> tuple[int, int] | None:
    """Return where the last of two or three names stands alone, if no other first name is given.

    A title may stand before the first one instead: President Xi.
    """
    if not (name.is_plain and 2 <= len(name.words) <= _LONGEST_PERSON) or is_of_land(
        name.words[-1]
    ):
        return None
    places = held.places.get(name.words[-1], ())
    given = [(place, _first_name(place, held)) for place in places]
    firsts = {first for _, first in given if first is not None}
    if firsts and not any(_may_be_same(name.words[0], first) for first in firsts):
        return None
    for place, first in given:
        word = held.all[place]
        is_alone = first is None and word.is_capital and not _goes_on(place - 1, held)
        is_same = first is not None and _may_be_same(name.words[0], first)
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
    return is_next and after.text not in _ENDINGS and word.text not in _RANKS


def _first_name(place: int, held: Words) -> str | None:
    """Return the word with a capital right before a last name, initials between them left out."""
    at = place - 1
    while at > 0 and len(held.all[at].text) == 1:
        at -= 1
    if at < 0 or not held.all[place].is_capital:
        return None
    before, after = held.all[at], held.all[at + 1]
    is_next = after.start - before.end == 1 and before.is_capital
    return before.text if is_next and before.text not in _TITLES | _SMALL else None


def _may_be_same(one: str, other: str) -> bool:
    """Whether two first names may be one: J., Joe and Joseph, Steven and Stephen, Bill, William.

    Those that begin with the same two letters are taken for one: names are spelt and cut in more
    ways than can be listed.
    """
    short, long = sorted((one, other), key=len)
    return long.startswith(short[:2]) or (short, long) in _SHORT_NAMES
