"""Fill a budget: passages best first, whole where they fit, then more of what was taken.

Tokens are added up part by part here; whether the whole fits is seen afterwards, and what was
taken last is given back where it does not.
"""

from collections.abc import Iterable, Sequence

from grounding.query.packing.costs import Costs
from grounding.query.packing.items import (
    Item,
    Part,
    Run,
    is_in,
    missing_places,
    next_place,
    run_within,
    with_place,
)
from grounding.query.question import Limits
from grounding.query.records import Candidate

TOO_MANY = "more items than max_items"
TOO_BIG = "does not fit the token budget"
ENOUGH = "its source has its max of items"

WITH_SURROUNDINGS = 3
"""How many of the best items take what stands around them before any other item begins."""


class Draft:
    """Which sentences of which items are shown, while that is being decided.

    runs: by place in `items`, which are best first. reasons: why the others are not shown.
    used: tokens of the parts.
    """

    def __init__(self, items: Sequence[Item], costs: Costs, limits: Limits, budget: int) -> None:
        self.runs: dict[int, Run] = {}
        self.reasons: dict[int, str] = {}
        self.used = 0
        self._items = items
        self._costs = costs
        self._limits = limits
        self._budget = budget
        self._grown: list[tuple[int, int]] = []

    def fill(self) -> None:
        for place, part in self._turns():
            if place in self.runs:
                self._extend(place, part)
            elif place not in self.reasons:
                self._begin(place)
        self._grow(is_own=True)
        self._grow(is_own=False)

    def shown(self) -> list[Candidate]:
        """Return what is shown, best first."""
        return [self._items[place].shown(self.runs[place]) for place in sorted(self.runs)]

    def give_back(self, tokens: int) -> None:
        """Shorten what grew last by this many tokens at least; where nothing did, drop an item."""
        while self._grown and tokens > 0:
            place, sentence = self._grown.pop()
            run = self.runs[place]
            is_first = sentence == run.first
            self.runs[place] = (
                Run(run.first + 1, run.last) if is_first else Run(run.first, run.last - 1)
            )
            tokens -= self._costs.sentence(self._items[place].sentences[sentence])
        if tokens > 0:
            place = self._least_needed()
            del self.runs[place]
            self.reasons[place] = TOO_BIG

    def _turns(self) -> list[tuple[int, Part]]:
        """Return every passage that was found in the order of the ranking, owed ones first."""
        turns = [(place, part) for place, item in enumerate(self._items) for part in item.parts]
        owed: set[int] = set()
        for source in self._limits.per_source:
            of_source = [i for i, item in enumerate(self._items) if _source(item) == source]
            owed.update(of_source[: self._limits.least_of(source)])
        first = [(place, self._items[place].parts[0]) for place in sorted(owed)]
        return [*first, *sorted(turns, key=lambda turn: turn[1].place)]

    def _begin(self, place: int) -> None:
        """Take the best passage of an item, or as much of it as fits."""
        item = self._items[place]
        if len(self.runs) >= self._limits.max_items:
            self.reasons[place] = TOO_MANY
        elif self._of_source(_source(item)) >= self._limits.most_of(_source(item)):
            self.reasons[place] = ENOUGH
        else:
            header = self._costs.header(item) + (0 if self.runs else self._costs.around(item))
            left = self._budget - self.used - header
            run = run_within(item, item.parts[0].run, left, self._costs.sentence)
            if run is None:
                self.reasons[place] = TOO_BIG
                return
            self.runs[place] = run
            self.used += header + self._costs.run(item, run)
            if place < WITH_SURROUNDINGS:
                self._grow_alone(place)

    def _grow_alone(self, place: int) -> None:
        for is_own in (True, False):
            while self._grows(place, is_own=is_own):
                pass

    def _extend(self, place: int, part: Part) -> None:
        """Take another passage of an item, and what is between, if all of it fits."""
        item = self._items[place]
        missing = missing_places(self.runs[place], part.run)
        cost = sum(self._costs.sentence(item.sentences[each]) for each in missing)
        if self.used + cost <= self._budget:
            for each in missing:
                self._add(place, each)

    def _grow(self, *, is_own: bool) -> None:
        """Let items grow by a sentence each in turn, into their passages or into what is around."""
        growing = sorted(self.runs)
        while growing:
            growing = [place for place in growing if self._grows(place, is_own=is_own)]

    def _grows(self, place: int, *, is_own: bool) -> bool:
        item, run = self._items[place], self.runs[place]
        bounds = item.own if is_own else Run(0, len(item.sentences) - 1)
        sentence = next_place(item, run, bounds)
        if sentence is None or self.used + self._costs.sentence(item.sentences[sentence]) > (
            self._budget
        ):
            return False
        if not is_in(sentence, item.own) and self._is_taken(place, sentence):
            return False
        self._add(place, sentence)
        return True

    def _add(self, place: int, sentence: int) -> None:
        self.runs[place] = with_place(self.runs[place], sentence)
        self._grown.append((place, sentence))
        self.used += self._costs.sentence(self._items[place].sentences[sentence])

    def _is_taken(self, place: int, sentence: int) -> bool:
        """Whether another item shows this sentence, or may grow into it as its own."""
        item = self._items[place]
        start = item.sentences[sentence].start
        others = (i for i in self.runs if i != place and self._items[i].version == item.version)
        return any(
            _holds(self._items[other], run, start)
            for other in others
            for run in (self.runs[other], self._items[other].own)
        )

    def _least_needed(self) -> int:
        """Return the last item that its source is not owed; the last of all if all are."""
        places = sorted(self.runs, reverse=True)
        return next((place for place in places if not self._is_owed(place)), places[0])

    def _is_owed(self, place: int) -> bool:
        source = _source(self._items[place])
        return self._of_source(source) <= self._limits.least_of(source)

    def _of_source(self, source: str) -> int:
        return sum(_source(self._items[place]) == source for place in self.runs)


def _holds(item: Item, run: Run, start: int) -> bool:
    return item.sentences[run.first].start <= start < item.sentences[run.last].end


def _source(item: Item) -> str:
    return item.candidate.evidence.source


def left_out_parts(item: Item, run: Run) -> Iterable[tuple[Part, str]]:
    """Return all parts but the first, and why they are no items of their own."""
    for part in item.parts[1:]:
        is_shown = part.run.first <= run.last and run.first <= part.run.last
        yield part, f"merged into {item.candidate.evidence.id}" if is_shown else TOO_BIG
