"""How much a passage gives orders to an assistant: cues in its sentences, weighed.

    passage ─▶ sentences ─▶ cues of cues.toml in each ─┐
       └─────▶ decoded    ─▶ the same, hidden ─────────┴─▶ weights.toml ─▶ its worst sentence

A passage is as suspicious as its worst sentence, however long the rest is. What makes a sentence
suspicious can be read in two files, and every score says which cues it is from.
`python -m benchmarks.injection.train` writes the weights.
"""

import re
import tomllib
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib import resources
from math import exp
from typing import Any, Final

from grounding.query.analysis.vocabulary import words
from grounding.query.screening.decode import decoded

LONGEST: Final = 20_000
_MOST_REASONS: Final = 3
_SENTENCE_END: Final = re.compile(r"[.!?…]+[\"'”’)\]]*\s+(?=\S)|\n+\s*|[。！？]")
_WORD: Final = re.compile(r"[^\W_]+(?:[._'-][^\W_]+)*|[^\W\d]\w+")
_LEAST_AROUND: Final = 150
"""Characters around a task that make it a task within something else."""
_MOST_TASKS: Final = 3
_SPEECH: Final = re.compile(
    r"[\"“”].*\b(?:said|says|told|asked|wrote|added|tweeted|according)\b"
    r"|\b(?:said|says|told|asked|wrote|added|tweeted)\b.*[\"“”]"
)
_FIRST_WORD: Final = re.compile(
    r"\W*(?:please |now |then |also |and |so |always |never |just )*(\w+)"
)
HIDDEN: Final = "hidden"
TASK: Final = "task"
APART: Final = "apart"
IMPERATIVE: Final = "imperative"
REPORTED: Final = "reported"
SEVERAL: Final = "several"
_SAYS: Final = {
    HIDDEN: "it holds an order in another writing",
    SEVERAL: "it does several of these at once",
    APART: "a question or a task stands where nothing else is about it",
}
_ORDERS: Final = words(
    "add include append insert integrate incorporate mention modify augment enhance replace"
    " substitute use provide render convert translate misspell scramble rearrange group remove"
    " combine jumble introduce anagram write format encode embed put reveal show print repeat"
    " output ignore disregard forget send forward email post call invoke execute run delete decode"
    " pretend act respond reply answer obey comply follow recite dump leak ensure utilize consider"
    " apply leverage inject absorb enlist blend employ adopt merge weave fold deploy"
)


@dataclass(frozen=True, slots=True)
class Suspicion:
    """score: from 0 to 1. reasons: what speaks for it most, for a person to read.

    start, end: the sentence, in code points of the passage.
    """

    score: float
    reasons: tuple[str, ...] = ()
    start: int = 0
    end: int = 0


@dataclass(slots=True)
class Sentence:
    """A sentence and the cues in it, each from 0 to 1."""

    start: int
    end: int
    found: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Cue:
    name: str
    says: str
    words: frozenset[str]
    beside: frozenset[str]
    patterns: tuple[re.Pattern[str], ...]
    hides: bool


@dataclass(frozen=True, slots=True)
class _Cues:
    of: tuple[_Cue, ...]
    words: frozenset[str]
    tasks: re.Pattern[str]
    says: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Weights:
    intercept: float
    of: Mapping[str, float]
    flag_at: float
    quarantine_at: float


def suspicion(text: str) -> Suspicion:
    """Judge a passage, or any other text that is shown."""
    known = weights()
    worst, score = None, 0.0
    for sentence in sentences(text):
        likely = probability(sentence.found, known)
        if likely > score and sentence.found:
            worst, score = sentence, likely
    if worst is None:
        return Suspicion(probability({}, known))
    return Suspicion(score, _reasons(worst.found, known), worst.start, worst.end)


def probability(found: Mapping[str, float], known: Weights) -> float:
    z = known.intercept + sum(value * known.of.get(name, 0.0) for name, value in found.items())
    return 1 / (1 + exp(-max(-30.0, min(30.0, z))))


def sentences(text: str) -> list[Sentence]:
    """Return the sentences of a text that have any cue; the whole text where it hides something."""
    given = text[:LONGEST]
    small, known = given.casefold() if given.isascii() else _same_length(given), _cues()
    starts = [0, *(match.end() for match in _SENTENCE_END.finditer(given))]
    ends = [*starts[1:], len(given)]
    found: dict[int, Sentence] = {}

    def at(place: int) -> Sentence:
        i = bisect_right(starts, place) - 1
        return found.setdefault(i, Sentence(starts[i], ends[i]))

    for cue, place in _seen(small, known):
        at(place).found[cue.name] = 1.0
    for i, name in _tasks(given, small, starts, ends, known):
        at(starts[i]).found[name] = 1.0
    for sentence in found.values():
        _look_closer(sentence, small)
    if any(_hides(each, known) for each in decoded(given, small)):
        found[-1] = Sentence(0, len(given), {HIDDEN: 1.0})
    return list(found.values())


def names() -> list[str]:
    """Return the names of all cues, in the order of the file."""
    return [*(cue.name for cue in _cues().of), TASK, APART, IMPERATIVE, REPORTED, SEVERAL, HIDDEN]


def _seen(small: str, known: _Cues) -> list[tuple[_Cue, int]]:
    said = set(_WORD.findall(small))
    if said.isdisjoint(known.words):
        return []
    return [
        (cue, match.start())
        for cue in known.of
        if not said.isdisjoint(cue.words) and (not cue.beside or not said.isdisjoint(cue.beside))
        for pattern in cue.patterns
        for match in pattern.finditer(small)
    ]


def _hides(text: str, known: _Cues) -> bool:
    return any(cue.hides for cue, _ in _seen(text.casefold(), known))


def _tasks(
    given: str, small: str, starts: Sequence[int], ends: Sequence[int], known: _Cues
) -> list[tuple[int, str]]:
    """Return the sentences that set a task, if they are few and stand within something else.

    Of a question the words are nowhere else in the passage.
    """
    tasks = [
        i
        for i, start in enumerate(starts)
        if known.tasks.match(small, start, ends[i]) and _begins(given[start : ends[i]])
    ]
    length = sum(ends[i] - starts[i] for i in tasks)
    if not tasks or len(small) - length < _LEAST_AROUND or len(tasks) > _MOST_TASKS:
        return []
    found = []
    for i in tasks:
        said = small[starts[i] : ends[i]]
        is_apart = _stems(said).isdisjoint(_stems(small[: starts[i]] + small[ends[i] :]))
        if not said.rstrip().endswith("?"):
            found.append((i, TASK))
        if is_apart:
            found.append((i, APART))
    return found


def _begins(sentence: str) -> bool:
    """Whether it begins with a capital: a line within a sentence does not."""
    first = next(filter(str.isalpha, sentence), "")
    return bool(first) and not first.islower()


def _stems(text: str) -> set[str]:
    return {word[:5] for word in _WORD.findall(text) if len(word) >= 5}


def _look_closer(sentence: Sentence, small: str) -> None:
    said = small[sentence.start : sentence.end]
    found = sentence.found
    first = _FIRST_WORD.match(said)
    kinds = len(found)
    if first is not None and first[1] in _ORDERS:
        found[IMPERATIVE] = 1.0
    if _SPEECH.search(said):
        found[REPORTED] = 1.0
    if kinds >= 2:
        found[SEVERAL] = min(1.0, (kinds - 1) / 3)


def _same_length(text: str) -> str:
    """Return a text in small letters, each in the place of its large one."""
    small = text.lower()
    if len(small) == len(text):
        return small
    return "".join(low if len(low := each.lower()) == 1 else each for each in text)


def _reasons(found: Mapping[str, float], known: Weights) -> tuple[str, ...]:
    says = _cues().says
    weighed = sorted(
        ((value * known.of.get(name, 0.0), name) for name, value in found.items()), reverse=True
    )
    return tuple(says[name] for weight, name in weighed if weight > 0 and name in says)[
        :_MOST_REASONS
    ]


@cache
def weights() -> Weights:
    table = _table("weights.toml")
    return Weights(
        intercept=float(table["intercept"]),
        of={name: float(weight) for name, weight in table["weights"].items()},
        flag_at=float(table["flag_at"]),
        quarantine_at=float(table["quarantine_at"]),
    )


@cache
def _cues() -> _Cues:
    table = _table("cues.toml")
    lists = table["lists"]

    def compiled(pattern: str) -> re.Pattern[str]:
        for name, alternatives in lists.items():
            pattern = pattern.replace(f"{{{name}}}", alternatives)
        return re.compile(pattern, re.MULTILINE)

    cues = tuple(
        _Cue(
            name=name,
            says=each["says"],
            words=frozenset(each["words"]),
            beside=frozenset(each.get("with", ())),
            patterns=tuple(map(compiled, each["patterns"])),
            hides=each.get("hidden", False),
        )
        for name, each in table["cues"].items()
    )
    tasks = re.compile(r"\W{0,3}(?:" + "|".join(table["tasks"]["openings"]) + ")")
    says = {cue.name: cue.says for cue in cues} | {TASK: table["tasks"]["says"]} | _SAYS
    return _Cues(cues, frozenset(word for cue in cues for word in cue.words), tasks, says)


def _table(name: str) -> dict[str, Any]:  # Any: parsed TOML
    return tomllib.loads(resources.files(__package__).joinpath(name).read_text(encoding="utf-8"))
