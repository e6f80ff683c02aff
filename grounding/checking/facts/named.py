"""Hold the names of a claim against the evidence."""

from collections.abc import Iterator, Sequence

from grounding.checking.facts.asked import MOST_ASKED, Asked
from grounding.checking.facts.lookup import place_of
from grounding.checking.facts.reading import Held
from grounding.checking.facts.records import Name
from grounding.checking.records import FactKind, Finding, Span

_FEWEST_NEAR = 2


def named(asked: Asked, taken: Sequence[tuple[int, int]]) -> Iterator[Finding]:
    """Yield what became of each name of a claim, but for those in quotations that are taken."""
    for said in asked.said.names[:MOST_ASKED]:
        if not any(start <= said.start and said.end <= end for start, end in taken):
            yield _finding(asked, said)


def _finding(asked: Asked, said: Name) -> Finding:
    for held in asked.held:
        if (place := place_of(said, held.text.words)) is not None:
            return asked.matched(FactKind.NAME, said.start, said.end, held, Span(*place))
        if held.item.title and place_of(said, held.title.words) is not None:
            return asked.matched(FactKind.NAME, said.start, said.end, held, None)
    if (other := _in_its_place(asked, said)) is not None:
        held, name = other
        place = Span(name.start, name.end)
        return asked.differs(FactKind.NAME, (said.start, said.end), held, place)
    return asked.missing(FactKind.NAME, said.start, said.end)


def _in_its_place(asked: Asked, said: Name) -> tuple[Held, Name] | None:
    for _, held, sentence in asked.alike(said.start, said.end):
        near = [
            (asked.nearness(said.start, said.end, held.text, (name.start, name.end)), name)
            for name in sentence.names
            if place_of(name, asked.said.words) is None
        ]
        best = max(near, key=lambda each: each[0], default=None)
        if best is not None and best[0] >= _FEWEST_NEAR:
            return held, best[1]
    return None
