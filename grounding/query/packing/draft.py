"""Fill a budget: passages best first where they fit, then more of what was taken.

Passages of one item that do not touch are shown apart, as long as that costs less than what is
between them; they become one where they meet.

Tokens are added up part by part here; whether the whole fits is seen afterwards, and what was
taken last is given back where it does not.
"""

from collections.abc import Sequence

from grounding.query.packing.costs import Costs
from grounding.query.packing.items import (
    Item,
    Run,
    is_in,
    is_short,
    missing_places,
    next_place,
    overlap,
    run_within,
    touch,
    with_place,
    without_edge,
)
from grounding.query.question import Limits
from grounding.query.records import Candidate, LeftOut

TOO_MANY = "more items than max_items"
TOO_BIG = "does not fit the token budget"
ENOUGH = "its source has its max of items"


WITH_SURROUNDINGS = 1
"""How many of the best passages take what stands around them, if that is short, before others."""


class Draft:
    """Which sentences of which items are shown, while that is being decided.

    runs: what is shown, by the place in the ranking of the passage that it is named after; runs
        of one item never touch. reasons: why passages are not shown, by their place. used: tokens
        of the parts.
    """

    def __init__(self, items: Sequence[Item], costs: Costs, limits: Limits, budget: int) -> None:
        self.runs: dict[int, Run] = {}
        self.reasons: dict[int, str] = {}
        self.used = 0
        self._found = {part.place: (item, part) for item in items for part in item.parts}
        self._costs = costs
        self._limits = limits
        self._budget = budget
        self._grown: list[tuple[int, int]] = []
        self._joined: dict[int, int] = {}

    def fill(self) -> None:
        for place in self._turns():
            if place not in self.runs:
                self._take(place)
        self._grow(is_own=True)
        self._grow(is_own=False)

    def shown(self) -> list[Candidate]:
        """Return what is shown, best first."""
        return [self._shown(place) for place in sorted(self.runs)]

    def left_out(self) -> list[LeftOut]:
        """Return, best first, the candidates that are not shown under their own id, and why."""
        others = (place for place in sorted(self._found) if place not in self.runs)
        return [LeftOut(self._found[each][1].candidate, self._reason(each)) for each in others]

    def give_back(self, tokens: int) -> None:
        """Shorten what grew last by this many tokens at least; where nothing did, drop an item."""
        while self._grown and tokens > 0:
            place, sentence = self._grown.pop()
            run = self.runs.get(place)
            shorter = without_edge(run, sentence) if run else None
            if shorter is not None:
                self.runs[place] = shorter
                tokens -= self._costs.sentence(self._item(place).sentences[sentence])
        if tokens > 0:
            place = self._least_needed()
            del self.runs[place]
            self.reasons[place] = TOO_BIG

    def _turns(self) -> list[int]:
        """Return every passage that was found in the order of the ranking, owed ones first."""
        owed: set[int] = set()
        for source in self._limits.per_source:
            of_source = [place for place in sorted(self._found) if self._source(place) == source]
            firsts = [place for place in of_source if self._is_best(place)]
            owed.update(firsts[: self._limits.least_of(source)])
        return [*sorted(owed), *sorted(self._found)]

    def _take(self, place: int) -> None:
        """Take a passage: as more of a run of its item or by itself, whichever is cheaper."""
        item, part = self._found[place]
        near, missing = self._nearest(place)
        more = sum(self._costs.sentence(item.sentences[each]) for each in missing)
        alone = self._header(item) + self._costs.run(item, part.run)
        reason = self._refusal(place)
        is_cheaper = more <= alone or reason is not None
        if near is not None and is_cheaper and self.used + more <= self._budget:
            for each in missing:
                self._add(near, each)
        elif reason is not None:
            self.reasons[place] = reason
        else:
            self._begin(place)

    def _begin(self, place: int) -> None:
        """Take a passage by itself, or as much of it as fits."""
        item, part = self._found[place]
        header = self._header(item)
        left = self._budget - self.used - header
        run = run_within(item, part.run, left, self._costs.sentence)
        if run is None or any(overlap(run, other) for _, other in self._runs_of(item)):
            self.reasons[place] = TOO_BIG
            return
        self.runs[place] = run
        self.used += header + self._costs.run(item, run)
        self._join(place)
        if place < WITH_SURROUNDINGS and is_short(item):
            while place in self.runs and self._grows(place, self._bounds(place, is_own=False)):
                pass

    def _header(self, item: Item) -> int:
        return self._costs.header(item) + (0 if self.runs else self._costs.around())

    def _refusal(self, place: int) -> str | None:
        source = self._source(place)
        if len(self.runs) >= self._limits.max_items:
            return TOO_MANY
        return ENOUGH if self._of_source(source) >= self._limits.most_of(source) else None

    def _nearest(self, place: int) -> tuple[int | None, list[int]]:
        """Return which run of its item a passage is nearest to, and what is missing of both."""
        item, part = self._found[place]
        runs = self._runs_of(item)
        if not runs:
            return None, []
        ways = ((missing_places(run, part.run), near) for near, run in runs)
        missing, near = min(ways, key=lambda way: (len(way[0]), way[1]))
        return near, missing

    def _grow(self, *, is_own: bool) -> None:
        """Let items grow by a sentence each in turn, into their passages or into what is around."""
        growing = sorted(self.runs)
        while growing:
            growing = [
                place
                for place in growing
                if place in self.runs and self._grows(place, self._bounds(place, is_own=is_own))
            ]

    def _bounds(self, place: int, *, is_own: bool) -> Run:
        item = self._item(place)
        return item.own if is_own else Run(0, len(item.sentences) - 1)

    def _grows(self, place: int, bounds: Run) -> bool:
        item, run = self._item(place), self.runs[place]
        sentence = next_place(item, run, bounds)
        if sentence is None or self.used + self._costs.sentence(item.sentences[sentence]) > (
            self._budget
        ):
            return False
        if not is_in(sentence, item.own) and self._is_taken(item, sentence):
            return False
        self._add(place, sentence)
        return True

    def _add(self, place: int, sentence: int) -> None:
        while place not in self.runs:
            place = self._joined[place]
        if is_in(sentence, self.runs[place]):
            return
        self.runs[place] = with_place(self.runs[place], sentence)
        self._grown.append((place, sentence))
        self.used += self._costs.sentence(self._item(place).sentences[sentence])
        self._join(place)

    def _join(self, place: int) -> None:
        """Make one of the runs of an item that touch: it has the better name, and one header."""
        item, mine = self._item(place), self.runs[place]
        for other, run in self._runs_of(item):
            if other != place and touch(mine, run):
                kept, gone = sorted((place, other))
                self.runs[kept] = Run(min(mine.first, run.first), max(mine.last, run.last))
                del self.runs[gone]
                self._joined[gone] = kept
                self.used -= self._costs.header(item)
                self._join(kept)
                return

    def _is_taken(self, item: Item, sentence: int) -> bool:
        """Whether another item shows this sentence, or may grow into it as its own."""
        start = item.sentences[sentence].start
        others = (
            (self._item(place), run)
            for place, run in self.runs.items()
            if self._item(place) is not item and self._item(place).version == item.version
        )
        return any(_holds(other, each, start) for other, run in others for each in (run, other.own))

    def _least_needed(self) -> int:
        """Return the last item that its source is not owed; the last of all if all are."""
        places = sorted(self.runs, reverse=True)
        return next((place for place in places if not self._is_owed(place)), places[0])

    def _is_owed(self, place: int) -> bool:
        source = self._source(place)
        return self._of_source(source) <= self._limits.least_of(source)

    def _of_source(self, source: str) -> int:
        return sum(self._source(place) == source for place in self.runs)

    def _shown(self, place: int) -> Candidate:
        item, part = self._found[place]
        return item.shown(self.runs[place], part)

    def _reason(self, place: int) -> str:
        item, part = self._found[place]
        for other, run in self._runs_of(item):
            if overlap(run, part.run):
                return f"merged into {self._found[other][1].candidate.evidence.id}"
        return self.reasons.get(place, TOO_BIG)

    def _runs_of(self, item: Item) -> list[tuple[int, Run]]:
        return [(place, run) for place, run in self.runs.items() if self._item(place) is item]

    def _is_best(self, place: int) -> bool:
        return self._item(place).parts[0].place == place

    def _item(self, place: int) -> Item:
        return self._found[place][0]

    def _source(self, place: int) -> str:
        return self._item(place).candidate.evidence.source


def _holds(item: Item, run: Run, start: int) -> bool:
    return item.sentences[run.first].start <= start < item.sentences[run.last].end
