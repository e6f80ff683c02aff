"""Whether a claim says that something is so where the evidence, in the same words, says not."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

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
    " into over only just any such very more most some there not no never yet even longer"
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
""")
_REACH: Final = 4
_SCOPE: Final = 2
ALIKE: Final = 0.7
_STEM: Final = 6
_FEWEST: Final = 2


@dataclass(frozen=True, slots=True)
class Side:
    """One sentence as it affirms and denies; all words cut short.

    said: what it speaks of. denied: what stands after a word that denies, and where that stands.
    """

    said: frozenset[str]
    plain: frozenset[str]
    denied: dict[str, tuple[int, int]]


@dataclass(frozen=True, slots=True)
class Opposed:
    """Where a claim and a sentence are opposed; each place is relative to its own text."""

    claim: tuple[int, int]
    held: tuple[int, int] | None
    reason: str


def side(text: str) -> Side:
    tokens = [
        (match[0].lower().replace("’", "'"), *match.span()) for match in _TOKEN.finditer(text)
    ]
    said = frozenset(_stem(token) for token, _, _ in tokens if _is_full(token))
    denied: dict[str, tuple[int, int]] = {}
    for i, (token, start, end) in enumerate(tokens):
        if token in _NEGATORS or token.endswith("n't"):
            for word in _scope(tokens[i + 1 : i + 1 + _REACH]):
                denied.setdefault(word, (start, end))
    return Side(said, frozenset(token for token, _, _ in tokens), denied)


def _scope(following: Sequence[tuple[str, int, int]]) -> list[str]:
    found: list[str] = []
    for token, _, _ in following:
        if not token[0].isalnum() or len(found) >= _SCOPE:
            break
        if _is_full(token):
            found.append(_stem(token))
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
        if not held.denied:
            return Opposed(claim.denied[word], None, "the evidence says so without denying it")
    for word in held.denied.keys() & shared - claim.denied.keys():
        if not claim.denied:
            return Opposed((0, len(text)), held.denied[word], "the evidence denies it")
    return _by_opposite(claim, text, held, shared)


def _by_opposite(claim: Side, text: str, held: Side, shared: frozenset[str]) -> Opposed | None:
    if claim.denied or held.denied or len(shared) < len(claim.said) - 1:
        return None
    for pair in _OPPOSITES:
        for one, other in (pair, pair[::-1]):
            if one in claim.plain - held.plain and other in held.plain - claim.plain:
                match = re.search(rf"\b{one}\b", text, re.IGNORECASE)
                place = match.span() if match else (0, len(text))
                return Opposed(place, None, f'the evidence says "{other}", not "{one}"')
    return None


def _is_full(token: str) -> bool:
    return token[0].isalnum() and token not in _EMPTY and token not in _NEGATORS


def _stem(token: str) -> str:
    return token[:_STEM].rstrip("s") or token
