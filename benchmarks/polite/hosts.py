"""What each of the hosts publishes, how it changes, and what it asks of whoever reads it."""

import random
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

DAY_SECONDS = 86_400.0
WINDOW = 12
"""Items that a feed or a list shows at a time."""
PAGES = 5
SHORTEST_GAP, LONGEST_GAP = 600.0, 4 * DAY_SECONDS
_WORDS = (
    *("harbour", "council", "market", "weather", "bridge", "price", "school", "river", "train"),
    *("museum", "storm", "union", "budget", "hospital", "energy", "water", "road", "festival"),
    *("court", "report", "mayor", "airport", "factory", "election", "village"),
)


class Shape(StrEnum):
    FEED = "feed"
    LIST = "list"
    SITE = "site"
    PAGE = "page"


class Validator(StrEnum):
    ETAG = "etag"
    DATE = "date"
    NONE = "none"
    FICKLE = "fickle"
    """An entity tag that is another one for every answer, as behind some load balancers."""


@dataclass(frozen=True, slots=True)
class Outage:
    """From `start` until `end` the host refuses, and asks to be left alone until then."""

    start: float
    end: float
    status: int


@dataclass(frozen=True, slots=True)
class Host:
    """One host. Times are seconds since the start; `changes` are when its items appeared.

    has_counter: a number on its page is another one in every answer.
    """

    name: str
    shape: Shape
    validator: Validator
    changes: Sequence[float]
    max_age: int | None = None
    ttl_minutes: int | None = None
    skip_hours: Sequence[int] = ()
    crawl_delay: int | None = None
    has_counter: bool = False
    outages: Sequence[Outage] = ()

    def count(self, at: float) -> int:
        """Return how many items have appeared by then."""
        return bisect_right(self.changes, at)

    def shown(self, at: float) -> range:
        """Return the numbers of the items that are shown then."""
        count = self.count(at)
        return range(max(0, count - WINDOW), count)

    def outage(self, at: float) -> Outage | None:
        return next((each for each in self.outages if each.start <= at < each.end), None)

    def text(self, number: int) -> str:
        """Return the text of an item, always the same."""
        draw = random.Random(f"{self.name}/{number}")
        sentences = [" ".join(draw.choices(_WORDS, k=12)).capitalize() for _ in range(6)]
        return f"Item {number} of {self.name}. " + ". ".join(sentences) + "."

    def page_text(self, page: int, at: float) -> str:
        """Return the text of a page: changes go to one page after the other."""
        edits = len(range(page, self.count(at), PAGES))
        paragraphs = [self.text(1000 * page + edit) for edit in range(max(0, edits - 3), edits)]
        return "\n\n".join([f"Page {page} of {self.name}, edition {edits}.", *paragraphs])


def hosts(seed: int, count: int) -> list[Host]:
    """Draw hosts: of ten, six feeds, two lists, one site and one page."""
    draw = random.Random(seed)
    shapes = [Shape.FEED] * 6 + [Shape.LIST] * 2 + [Shape.SITE, Shape.PAGE]
    return [_host(f"h{number}", shapes[number % 10], draw) for number in range(count)]


def _host(name: str, shape: Shape, draw: random.Random) -> Host:
    validators = [*Validator] if shape is not Shape.SITE else [Validator.ETAG, Validator.DATE]
    weights = [5, 3, 2, 1][: len(validators)]
    is_feed = shape is Shape.FEED
    first = draw.randrange(24)
    return Host(
        name=name,
        shape=shape,
        validator=draw.choices(validators, weights)[0],
        changes=_changes(draw),
        max_age=draw.choice([60, 300, 900, 3600]) if draw.random() < 0.3 else None,
        ttl_minutes=draw.choice([15, 30, 60]) if is_feed and draw.random() < 0.2 else None,
        skip_hours=[(first + each) % 24 for each in range(6)]
        if is_feed and draw.random() < 0.1
        else (),
        crawl_delay=1 if shape is Shape.SITE and draw.random() < 0.5 else None,
        has_counter=shape is Shape.PAGE and draw.random() < 0.3,
        outages=_outages(draw) if draw.random() < 0.15 else (),
    )


def _changes(draw: random.Random) -> list[float]:
    """Return when items appeared: some before the start, then at random at a rate of its own."""
    gap = SHORTEST_GAP * (LONGEST_GAP / SHORTEST_GAP) ** draw.random()
    times = [-1.0] * draw.randint(3, WINDOW)
    at = draw.expovariate(1 / gap)
    while at < DAY_SECONDS:
        times.append(at)
        at += draw.expovariate(1 / gap)
    return times


def _outages(draw: random.Random) -> list[Outage]:
    starts = sorted(draw.uniform(0, DAY_SECONDS) for _ in range(draw.randint(1, 3)))
    return [
        Outage(start, start + draw.choice([120, 600, 1800, 3600]), draw.choice([429, 503]))
        for start in starts
    ]
