"""Words that turn a statement into its opposite: negations, antonyms, directions of comparison.

A sentence that shares all words with a claim but one "not" says the opposite of it. What is looked
at are words alone, so that this is a cue to be weighed and never a verdict.
"""

import re
from dataclasses import dataclass
from typing import Final

_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)?")
_NEGATIONS: Final = frozenset(
    (  # noqa: SIM905 - read as words
        "no not never none nobody nothing nowhere neither nor without cannot lacks lack lacked "
        "lacking fails fail failed refuses refused denies denied deny false untrue incorrect "
        "wrong myth hardly scarcely barely rarely unlikely impossible"
    ).split()
)
_PAIRS: Final = (
    ("increase", "decrease"), ("increases", "decreases"), ("increased", "decreased"),
    ("increasing", "decreasing"), ("rise", "fall"), ("rises", "falls"), ("rose", "fell"),
    ("rising", "falling"), ("risen", "fallen"), ("gain", "loss"), ("gains", "losses"),
    ("gained", "lost"), ("up", "down"), ("above", "below"), ("over", "under"), ("more", "less"),
    ("more", "fewer"), ("most", "least"), ("higher", "lower"), ("high", "low"),
    ("highest", "lowest"), ("larger", "smaller"), ("large", "small"), ("largest", "smallest"),
    ("greater", "smaller"), ("greater", "less"), ("bigger", "smaller"), ("faster", "slower"),
    ("fast", "slow"), ("stronger", "weaker"), ("strong", "weak"), ("warmer", "cooler"),
    ("warming", "cooling"), ("warm", "cool"), ("warm", "cold"), ("hot", "cold"),
    ("hotter", "colder"), ("before", "after"), ("earlier", "later"), ("early", "late"),
    ("first", "last"), ("oldest", "youngest"), ("older", "newer"), ("older", "younger"),
    ("old", "new"), ("old", "young"), ("open", "closed"), ("open", "close"),
    ("opened", "closed"), ("opens", "closes"), ("begin", "end"), ("begins", "ends"),
    ("began", "ended"), ("start", "stop"), ("starts", "stops"), ("started", "stopped"),
    ("allow", "ban"), ("allowed", "banned"), ("allows", "bans"), ("allow", "forbid"),
    ("allowed", "forbidden"), ("legal", "illegal"), ("accept", "reject"),
    ("accepted", "rejected"), ("approve", "reject"), ("approved", "rejected"),
    ("agree", "disagree"), ("agreed", "disagreed"), ("agrees", "disagrees"),
    ("support", "oppose"), ("supports", "opposes"), ("supported", "opposed"), ("win", "lose"),
    ("won", "lost"), ("wins", "loses"), ("buy", "sell"), ("bought", "sold"),
    ("enter", "leave"), ("entered", "left"), ("arrive", "depart"), ("arrived", "departed"),
    ("include", "exclude"), ("included", "excluded"), ("includes", "excludes"),
    ("cause", "prevent"), ("causes", "prevents"), ("positive", "negative"), ("good", "bad"),
    ("better", "worse"), ("best", "worst"), ("benefit", "harm"), ("benefits", "harms"),
    ("beneficial", "harmful"), ("safe", "dangerous"), ("safe", "unsafe"), ("true", "false"),
    ("right", "wrong"), ("success", "failure"), ("succeeded", "failed"), ("alive", "dead"),
    ("born", "died"), ("male", "female"), ("north", "south"), ("northern", "southern"),
    ("east", "west"), ("eastern", "western"), ("left", "right"), ("inside", "outside"),
    ("internal", "external"), ("import", "export"), ("imports", "exports"),
    ("maximum", "minimum"), ("majority", "minority"), ("expand", "shrink"),
    ("expanded", "shrank"), ("expanding", "shrinking"), ("grow", "shrink"),
    ("growing", "shrinking"), ("grew", "shrank"), ("accelerating", "slowing"),
    ("accelerated", "slowed"), ("raise", "lower"), ("raised", "lowered"), ("add", "remove"),
    ("added", "removed"), ("present", "absent"), ("possible", "impossible"),
    ("likely", "unlikely"), ("known", "unknown"), ("same", "different"), ("full", "empty"),
    ("wet", "dry"), ("natural", "artificial"), ("permanent", "temporary"), ("public", "private"),
    ("always", "never"), ("all", "none"), ("everyone", "nobody"), ("everything", "nothing"),
)  # fmt: skip


def _opposites() -> dict[str, frozenset[str]]:
    found: dict[str, set[str]] = {}
    for one, other in _PAIRS:
        found.setdefault(one, set()).add(other)
        found.setdefault(other, set()).add(one)
    return {word: frozenset(others) for word, others in found.items()}


_OPPOSITES: Final = _opposites()


@dataclass(frozen=True, slots=True)
class Cues:
    """What can turn the sense of a text: how often it negates, its words that have opposites."""

    negations: int
    polar: frozenset[str]


@dataclass(frozen=True, slots=True)
class Compared:
    """Whether one text negates what the other does not, and whether they say opposite words."""

    negation_differs: bool
    is_opposite: bool


def cues_of(text: str) -> Cues:
    found = [word.casefold().replace("’", "'") for word in _WORD.findall(text)]
    negated = sum(word in _NEGATIONS or word.endswith("n't") for word in found)
    return Cues(negated, frozenset(word for word in found if word in _OPPOSITES))


def cues(one: Cues, other: Cues) -> Compared:
    """Compare the cues of a claim with those of the sentence that comes nearest to it."""
    differs = one.negations % 2 != other.negations % 2
    opposite = any(
        not _OPPOSITES[word].isdisjoint(other.polar) and word not in other.polar
        for word in one.polar
    )
    return Compared(differs, opposite)
