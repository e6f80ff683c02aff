"""What the words of a question say about whether its answer changes. Pure functions.

Each cue is 1 where it is there and 0 where not. What a cue weighs is learnt, see `need.toml`; what
it is called in an explanation stands in `MEANINGS`. Cues are English.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from grounding.query.analysis.reading import has_case
from grounding.query.analysis.records import TimeExpression
from grounding.query.analysis.symbols import tickers
from grounding.query.analysis.times import read_times

LONGEST: Final = 2_000
"""How many characters of a question are read, the first ones."""
_UTC: Final = ZoneInfo("UTC")


def _any(text: str) -> re.Pattern[str]:
    """Return a pattern that finds any of the alternatives as whole words."""
    return re.compile(rf"(?<!\w)(?:{text})(?!\w)", re.IGNORECASE)


_PATTERNS: Final[Mapping[str, re.Pattern[str]]] = {
    "drifting": _any(
        r"prices?|costs?|worth|stocks?|shares?|weather|temperatures?|forecast|rain(?:ing)?|scores?"
        r"|standings|polls?|status|versions?|releases?|outages?|down|delay(?:s|ed)?|in stock"
        r"|available|open|closed|exchange rate|interest rates?|mortgage rates?|inflation"
        r"|unemployment|population|net worth|acres|contained|casualties|death toll|traffic"
        r"|followers|subscribers|headcount|queue|level|balance|deadline|how much is"
    ),
    "office": _any(
        r"(?:who(?:'s| is| are| runs| leads| heads| owns| won| has)|which (?:country|company|team"
        r"|city|actor|singer|player|senator|state|candidate|celebrity|nation|politician|band"
        r"|athlete))|ceo|president|prime minister|chancellor|mayor|governor|champions?|coach"
        r"|minister|chair(?:man|woman)?|leader|secretary|record holder|head of"
    ),
    "event": _any(
        r"announced?|launched?|resigned?|elected|elections?|strikes?|struck|arrested|sued|lawsuit"
        r"|banned?|approved?|acquired?|merger|bankruptcy|layoffs?|laid off|hurricane|wildfires?"
        r"|earthquakes?|storms?|protests?|war|ceasefire|sanctions|tariffs|summit|verdict"
        r"|convicted|indicted|trial|recall(?:ed)?|outbreak|crash(?:ed)?|died|killed|injured"
        r"|won|win|beat|defeated|playoffs?|tournament|season|olympics?|awards?|oscars?|box office"
        r"|released?|premiere[ds]?|debut(?:ed|s)?|album|tour|signed|fired|stepp?(?:ed|ing) down"
        r"|according to|reportedly|news|headlines?|happened|going on|update[ds]?|set to|plans? to"
        r"|will|first time|voters|lawmakers|ruling|ruled|supreme court|reached|broke|breaking"
    ),
    "definition": _any(
        r"what (?:is|are) (?:an?|the (?:meaning|definition|difference|capital|formula|purpose"
        r"|function|role|structure)(?: (?:of|between))?)|define|definition of|meaning of"
        r"|what does .{1,60} mean|difference between|synonyms?|antonyms?|stands? for"
        r"|explain|what is meant by|etymology|plural of|spell(?:ed)?|how do you say"
    ),
    "how_it_works": _any(
        r"how (?:do|does|can|should) (?:i|you|we|one|an?|the)|why (?:do|does|is|are)|how to"
        r"|works?|formula|properties|theorem|principle|mechanism|process of|cause[sd]? by"
    ),
    "arithmetic": re.compile(
        r"\d\s*(?:[-+*/×÷^%=]|\*\*|plus|minus|times|divided by|multiplied by|over|mod|percent of"
        r"|% of|squared|cubed)\s*\(?\s*-?\d|\b(?:square root|cube root|sum of|product of|average of"
        r"|remainder|factorial|gcd|lcm|log(?:arithm)?|convert|add|subtract|multiply|divide|halve"
        r"|double|fraction of|common (?:divisor|multiple) of|area of|perimeter of) .{0,20}\d|\d+!"
        r"|\d+ (?:more|less|larger|smaller) than \d|\d ?[x×] ?\d|\bfind [a-z]\b.{0,40}="
        r"|\bhow many (?:seconds|minutes|hours|grams|centimet(?:re|er)s) (?:are|is) \d"
        r"|\d ?(?:squared|cubed|factorial)|\bsolve\b.{0,40}=",
        re.IGNORECASE,
    ),
    "code": _any(
        r"python|javascript|typescript|java|rust|golang|c\+\+|sql|html|css|bash|shell|regex(?:p)?"
        r"|regular expression|function|class|method|code|script|algorithm|loop|array|json|yaml"
        r"|docker ?file|git|unit tests?|refactor|compile|debug|exception|stack trace|recursion"
    ),
    "given_text": _any(
        r"summari[sz]e|translate|rewrite|rephrase|paraphrase|proofread|shorten|simplify|correct"
        r"|fix (?:the )?(?:grammar|spelling)|convert|format|extract|classify|following|below"
        r"|this (?:text|paragraph|email|sentence|passage|message|essay|code|list|table|letter)"
        r"|into (?:french|german|spanish|english|italian|japanese|chinese|a list|bullet points"
        r"|a table)"
    ),
    "creative": _any(
        r"poem|haiku|story|limerick|sonnet|song|lyrics|joke|riddle|slogan|tagline|screenplay"
        r"|dialogue|write (?:me )?an?|compose|invent|imagine|brainstorm|suggest (?:a )?names?"
        r"|role-?play|pretend|draft|birthday|toast|cover letter|essay"
    ),
    "talk": _any(
        r"hi|hello|hey|thanks?|thank you|good (?:morning|evening|afternoon|night)|bye|goodbye"
        r"|how are you|who are you|what can you do|your name|are you (?:an?|real|human)"
        r"|tell me about yourself|please|sorry|ok(?:ay)?|great|never ?mind|yes|no|nice|cheers"
    ),
    "advice": _any(
        r"recipe|tips|advice|should i|help me|how can i|best way|good way|ideas?|steps to|teach me"
    ),
    "science": _any(
        r"proteins?|cells?|genes?|genetic|dna|rna|enzymes?|receptors?|molecul(?:e|es|ar)|atoms?"
        r"|expression|mice|mouse|in vitro|in vivo|inhibit(?:s|ion|ors?)?|mutations?|kinase"
        r"|pathways?|antibod(?:y|ies)|tumou?rs?|cancer|bacteri(?:a|al)|viral|virus(?:es)?|insulin"
        r"|neurons?|tissue|clinical|patients|risk of|associated with|correlat\w+|increases?"
        r"|reduces?|decreases?|photosynthesis|gravity|electrons?|quantum|chemical|acid|species|planets?"
        r"|light|boil(?:s|ing)?|temperature of|mass|velocity|energy|metabolism|deficiency"
    ),
    "history": _any(
        r"century|ancient|medieval|world war|empire|dynasty|revolution|king|queen|roman|greek"
        r"|pharaoh|founded|invented|discovered|wrote|author of|painted|composer|novel|playwright"
        r"|philosopher|treaty of|battle of|born|treaty|first person"
    ),
}
_ABOUT: Final[Mapping[str, str]] = {
    "relative_time": "it names a time that moves with the present",
    "wants_newest": "it asks for the newest",
    "recent_year": "it names a year not long ago or ahead",
    "past_year": "it names a year long ago",
    "traded": "it names a traded symbol",
    "numbers": "it gives several numbers",
    "asks": "it is a question",
    "begins_with_which": "it asks who, which, where or when",
    "long": "it is long",
    "short": "it is very short",
    "drifting": "it asks for what drifts: a price, the weather, a score, a status, a version",
    "office": "it asks who holds an office, a title or a lead",
    "event": "it speaks of events",
    "definition": "it asks what something means",
    "how_it_works": "it asks how something works or is done",
    "arithmetic": "it is arithmetic",
    "code": "it is about code",
    "given_text": "it is about a text that it brings along",
    "creative": "it asks for something to be invented",
    "talk": "it is small talk, or about the assistant",
    "advice": "it asks for advice",
    "science": "it is in the words of science",
    "history": "it is in the words of history",
}
MEANINGS: Final[Mapping[str, str]] = _ABOUT
NAMES: Final = tuple(_ABOUT)
"""Every cue, in the order of what is learnt."""
_YEAR: Final = re.compile(r"(?<![\d.,$€£#/-])(?:1[0-9]{3}|20[0-9]{2})(?![\d.,]?\d|%)")
_NUMBER: Final = re.compile(r"(?<![\w.,])\d[\d.,]*")
_SEVERAL: Final = 2
_WHO: Final = re.compile(r"(?:\w+ ){0,3}?(?:who|which|where|when|whose)\b", re.IGNORECASE)
_ASKS: Final = re.compile(
    r"\?|^(?:who|what|which|where|when|why|how|is|are|did|does|do|has|have|was|were|will|can)\b",
    re.IGNORECASE,
)


def cues(question: str, *, now: datetime) -> dict[str, float]:
    """Return every cue of a question, 0 or 1.

    now: aware; years count as recent from the year before.
    """
    text = question[:LONGEST]
    found = {name: pattern.search(text) is not None for name, pattern in _PATTERNS.items()}
    words = len(text.split())
    found |= _times(text, now)
    found |= {
        "traded": bool(tickers(text, has_case=has_case(text))),
        "asks": _ASKS.search(text.strip()) is not None,
        "begins_with_which": _WHO.match(text.strip()) is not None,
        "long": words > 40,
        "short": words <= 3,
    }
    return {name: float(found[name]) for name in NAMES}


def _times(text: str, now: datetime) -> dict[str, bool]:
    years = [int(match[0]) for match in _YEAR.finditer(text)]
    found = read_times(text, now=now, zone=_UTC).found
    told = [each for each in found if not _YEAR.search(each.text) and not each.wants_newest]
    return {
        "relative_time": bool(told),
        "wants_newest": any(each.wants_newest for each in found),
        "recent_year": any(now.year - 1 <= year <= now.year + 10 for year in years),
        "past_year": any(year < now.year - 1 for year in years),
        "numbers": _numbers(text, found) >= _SEVERAL,
    }


def _numbers(text: str, times: Sequence[TimeExpression]) -> int:
    """Return how many numbers there are that are no part of a time or of a word."""
    dated = {place for each in times for place in range(each.start, each.end)}
    return sum(match.start() not in dated for match in _NUMBER.finditer(text))
