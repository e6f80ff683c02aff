"""A claim that is being held against evidence, and the findings that are made of it."""

from dataclasses import dataclass
from functools import cached_property
from typing import Final

from grounding.checking.facts.days import relatives
from grounding.checking.facts.directions import tells_a_fall
from grounding.checking.facts.lookup import place_of
from grounding.checking.facts.reading import Held, Reading, Sentence
from grounding.checking.facts.records import Relative
from grounding.checking.records import FactKind, Finding, Match, Span, When
from grounding.query.analysis.vocabulary import words

_STEM: Final = 6
_EMPTY: Final = words(
    "a an the of to in on at by for from with and or as is are was were be been has have had it its"
    " this that these those he she they his her their which who about around over more than nearly"
)
MOST_ASKED: Final = 64
"""How many facts of one kind are looked up for one claim, the first ones."""
MOST_NEAR: Final = 64
"""How many facts of one sentence may stand in the place of one, the first ones."""
_ALIKE: Final = 0.6


@dataclass(frozen=True)
class Asked:
    """A claim, read; shift: where it begins in the answer."""

    said: Reading
    shift: int
    held: tuple[Held, ...]
    when: When

    @cached_property
    def stems(self) -> dict[str, tuple[int, int]]:
        """The words that say what it is about, cut short, and where each stands."""
        return {
            word.text[:_STEM]: (word.start, word.end)
            for word in self.said.words.all
            if word.text not in _EMPTY and not word.text[0].isdigit()
        }

    @cached_property
    def relatives(self) -> list[Relative]:
        return relatives(self.said.text, self.when.now, self.when.timezone, self.said.days)

    @cached_property
    def tells_a_fall(self) -> bool:
        return tells_a_fall(self.said.text)

    def alike(self, start: int, end: int) -> list[tuple[float, Held, Sentence]]:
        """Return the sentences that say the rest of the claim, the nearest first."""
        rest = self._rest(start, end)
        if not rest:
            return []
        scored = [
            (len(rest & sentence.stems) / len(rest), held, sentence)
            for held in self.held
            for sentence in held.text.sentences
        ]
        near = [each for each in scored if each[0] >= _ALIKE]
        return sorted(near, key=lambda each: -each[0])

    def is_about_same(self, held: Held) -> bool:
        """Whether an item has the first name of the claim, so that it may speak of the same."""
        number = held.item.number
        if number not in self._about_same:
            first = self.said.names[0] if self.said.names else None
            self._about_same[number] = first is None or any(
                place_of(first, read.words) is not None for read in held.both
            )
        return self._about_same[number]

    @cached_property
    def _about_same(self) -> dict[int, bool]:
        return {}

    def shared(self, start: int, end: int, sentence: Sentence) -> frozenset[str]:
        """Return the claim's other words that a sentence has."""
        return sentence.stems & self._rest(start, end)

    def likeness(self, start: int, end: int, sentence: Sentence) -> float:
        """Return the share of the claim's other words that a sentence has."""
        rest = self._rest(start, end)
        return len(rest & sentence.stems) / len(rest) if rest else 0.0

    def _rest(self, start: int, end: int) -> frozenset[str]:
        if (start, end) not in self._rests:
            self._rests[start, end] = frozenset(
                stem for stem, place in self.stems.items() if place[0] < start or place[1] > end
            )
        return self._rests[start, end]

    @cached_property
    def _rests(self) -> dict[tuple[int, int], frozenset[str]]:
        return {}

    def finding(self, kind: FactKind, match: Match, start: int, end: int, reason: str) -> Finding:
        text = self.said.text[start:end]
        return Finding(kind, match, self.shift + start, self.shift + end, text, reason)

    def matched(
        self, kind: FactKind, start: int, end: int, held: Held, place: Span | None
    ) -> Finding:
        """Return the finding that an item has it; place: where in its text, None if not there."""
        text, number = self.said.text[start:end], held.item.number
        says = None if place is None else held.text.text[place.start : place.end]
        return Finding(
            kind=kind,
            match=Match.MATCHED,
            start=self.shift + start,
            end=self.shift + end,
            text=text,
            reason=f'[{number}] has "{says}"' if says else f"[{number}] has it beside its text",
            number=number,
            place=place,
            says=says,
        )

    def differs(self, kind: FactKind, span: tuple[int, int], held: Held, place: Span) -> Finding:
        """Return the finding that an item has another in its place."""
        start, end = span
        text = self.said.text[start:end]
        says = held.text.text[place.start : place.end]
        number = held.item.number
        return Finding(
            kind=kind,
            match=Match.DIFFERS,
            start=self.shift + start,
            end=self.shift + end,
            text=text,
            reason=f'the answer says "{text}", [{number}] says "{says}"',
            number=number,
            place=place,
            says=says,
        )

    def missing(self, kind: FactKind, start: int, end: int) -> Finding:
        reason = f'no evidence has "{self.said.text[start:end]}"'
        return self.finding(kind, Match.MISSING, start, end, reason)

    def nearness(self, start: int, end: int, held: Reading, place: tuple[int, int]) -> int:
        """Return how many words around a fact stand around a place of evidence too."""
        return len(self.said.around(start, end) & held.around(*place))
