"""Whether a claim says that something is so where the evidence, in the same words, says not."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

from grounding.query.analysis.vocabulary import words

_TOKEN: Final = re.compile(r"[^\W_]+(?:['’][^\W_]+)?|[.,;:!?()]")
_NEGATORS: Final = words(
    "not non never no none nobody neither nor"
    " without cannot can't won't isn't aren't wasn't weren't"
    " don't doesn't didn't hasn't haven't hadn't couldn't wouldn't shouldn't hardly barely fails"
    " failed unable zero"
)
_EMPTY: Final = words(
    "a an the of to in on at by for from with and or as is are was were be been being has have had"
    " do does did it its this that these those he she they his her their him them will would can"
    " could may might must should shall also which who whom whose than then so if but while when"
    " into over only just any such very more most some there not no never yet even longer still"
    " now currently already effect place force"
)


def _pairs(text: str) -> tuple[tuple[str, str], ...]:
    halves = (pair.partition("/") for pair in text.split())
    return tuple((one, other) for one, _, other in halves)


_OPPOSITES: Final = _pairs("""
increase/decrease increased/decreased increases/decreases increasing/decreasing rise/fall
rises/falls rose/fell rising/falling before/after above/below open/closed opened/closed
allow/ban allowed/banned legal/illegal possible/impossible positive/negative
positively/negatively gain/loss gained/lost won/lost wins/loses higher/lower
highest/lowest larger/smaller largest/smallest longer/shorter longest/shortest first/last
older/younger oldest/youngest warmer/cooler warming/cooling always/never all/none
accept/reject accepted/rejected approve/reject approved/rejected improve/worsen
improved/worsened more/less most/least better/worse best/worst maximum/minimum
majority/minority include/exclude includes/excludes included/excluded similar/different
same/different safe/dangerous northern/southern eastern/western north/south east/west
male/female hot/cold strong/weak stronger/weaker early/late true/false right/wrong
innocent/guilty alive/dead begin/end began/ended started/ended
place/lifted effect/lifted force/lifted place/rescinded effect/expired effect/suspended
ongoing/over ongoing/ended arrested/released convicted/acquitted upheld/overturned
confirmed/denied approved/denied signed/vetoed passed/rejected scheduled/cancelled
scheduled/canceled joined/left hired/fired bought/sold buy/sell imports/exports
""")
_REACH: Final = 4
_SCOPE: Final = 2
ALIKE: Final = 0.66
_OWN: Final = 0.5
"""The least share of a claim's words that the denying part of a sentence must have."""
_MARKS: Final = frozenset(",:()")
_ENDS: Final = frozenset(";.!?")
_BEGINNINGS: Final = words(
    "but although though whereas while because since as and or so which who whose where if unless"
    " however including"
)
_Token: TypeAlias = tuple[str, int, int]
"""A word or mark in small letters, and where it stands."""
_STEM: Final = 6
_FEWEST: Final = 2


@dataclass(frozen=True, slots=True)
class Denial:
    """Where a word that denies stands.

    head: what it denies first, but for adverbs. clause: what is said in its part of the sentence.
    """

    place: tuple[int, int]
    head: str
    clause: frozenset[str]


@dataclass(frozen=True, slots=True)
class Side:
    """One sentence as it affirms and denies; all words cut short.

    said: what it speaks of. denied: what stands after words that deny each time it is said, and
    the first denial of it. mixed: what is denied once and not another time.
    """

    said: frozenset[str]
    plain: frozenset[str]
    denied: dict[str, Denial]
    mixed: frozenset[str]

    @property
    def denies(self) -> bool:
        return bool(self.denied or self.mixed)


@dataclass(frozen=True, slots=True)
class Opposed:
    """Where a claim and a sentence are opposed; each place is relative to its own text.

    is_by_antonym: whether one says "north" where the other says "south", and nothing is denied.
    """

    claim: tuple[int, int]
    held: tuple[int, int] | None
    reason: str
    is_by_antonym: bool = False


def side(text: str) -> Side:
    tokens = [
        (match[0].lower().replace("’", "'"), *match.span()) for match in _TOKEN.finditer(text)
    ]
    said = Counter(_stem(token) for token, _, _ in tokens if _is_full(token))
    denied: dict[str, Denial] = {}
    times = Counter[str]()
    for clause in _clauses(tokens):
        own = frozenset(_stem(token) for token, _, _ in clause if _is_full(token))
        for word, head, place in _denied(clause):
            denied.setdefault(word, Denial(place, head, own))
            times[word] += 1
    always = {word: denial for word, denial in denied.items() if times[word] >= said[word]}
    plain = frozenset(token for token, _, _ in tokens)
    return Side(frozenset(said), plain, always, frozenset(denied.keys() - always.keys()))


def _clauses(tokens: Sequence[_Token]) -> Iterator[Sequence[_Token]]:
    """Part a sentence where a mark is followed by a word that begins another statement."""
    first = 0
    for i in range(1, len(tokens)):
        before, token = tokens[i - 1][0], tokens[i][0]
        if before in _ENDS or (before in _MARKS and token in _BEGINNINGS):
            yield tokens[first:i]
            first = i
    yield tokens[first:]


def _denied(clause: Sequence[_Token]) -> Iterator[tuple[str, str, tuple[int, int]]]:
    """Yield what is denied, once for each place of it, its head, and the place of the denial."""
    seen: set[int] = set()
    for i, (token, start, end) in enumerate(clause):
        if token in _NEGATORS or token.endswith("n't"):
            scope = _scope(clause, i + 1)
            heads = [place for place in scope if not clause[place][0].endswith("ly")] or scope
            for place in scope:
                if place not in seen:
                    seen.add(place)
                    yield _stem(clause[place][0]), _stem(clause[heads[0]][0]), (start, end)


def _scope(clause: Sequence[_Token], first: int) -> list[int]:
    found: list[int] = []
    for i in range(first, min(first + _REACH, len(clause))):
        if not clause[i][0][0].isalnum() or len(found) >= _SCOPE:
            break
        if _is_full(clause[i][0]):
            found.append(i)
    return found


def opposed(claim: Side, text: str, held: Side) -> Opposed | None:
    """Return where a sentence in nearly the words of a claim says the opposite, if it does.

    text: the claim's.
    """
    if len(claim.said) < _FEWEST or not claim.said:
        return None
    shared = claim.said & held.said
    if len(shared) < ALIKE * len(claim.said):
        return None
    for word in claim.denied.keys() & shared - held.denied.keys():
        denial = claim.denied[word]
        if not held.denies and not (word[0].isdigit() and word != denial.head):
            return Opposed(denial.place, None, "the evidence says so without denying it")
    for word in held.denied.keys() & shared - claim.denied.keys():
        denial = held.denied[word]
        is_of_it = denial.head in shared and len(denial.clause & shared) >= _OWN * len(claim.said)
        if is_of_it and not claim.denies:
            return Opposed((0, len(text)), denial.place, "the evidence denies it")
    return _by_opposite(claim, text, held, shared)


def _by_opposite(claim: Side, text: str, held: Side, shared: frozenset[str]) -> Opposed | None:
    if claim.denies or held.denies or len(shared) < len(claim.said) - 1:
        return None
    for pair in _OPPOSITES:
        for one, other in (pair, pair[::-1]):
            if one in claim.plain - held.plain and other in held.plain - claim.plain:
                match = re.search(rf"\b{one}\b", text, re.IGNORECASE)
                place = match.span() if match else (0, len(text))
                reason = f'the evidence says "{other}", not "{one}"'
                return Opposed(place, None, reason, is_by_antonym=True)
    return None


def _is_full(token: str) -> bool:
    return token[0].isalnum() and token not in _EMPTY and token not in _NEGATORS


def _stem(token: str) -> str:
    return token[:_STEM].rstrip("s") or token
