"""Random histories: sources that list, edit, lose and find again what they have.

Times are drawn from a few steps around the clock, so that they often meet to the microsecond.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any

from benchmarks.histories.fakes import START
from benchmarks.histories.happenings import (
    Added,
    Batch,
    Habit,
    Happening,
    Item,
    Passed,
    Push,
    Read,
    Removed,
    Restarted,
    Source,
    Stretch,
    Value,
)

COMMON_WORD = "harbour"
TICK = timedelta(microseconds=1)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
STEPS = (timedelta(0), TICK, timedelta(seconds=1), HOUR, 6 * HOUR, DAY, 3 * DAY, 30 * DAY)
CLOCK_STEPS = (timedelta(0), TICK, HOUR, HOUR, 6 * HOUR, DAY, 2 * DAY, -TICK, -HOUR, -DAY)
UNSET = datetime(1970, 1, 1, tzinfo=UTC)
UNSET_SHARE = 0.08
STRETCHED_SHARE = 0.25
KEYS = 7
SERIES = 2
PERIODS = 4
"""Values of a series begin at one of so many days: few, so that most are revised."""


@dataclass(slots=True)
class World:
    """Where a history stands: the clock, the sources, and what each of them has to say."""

    draw: Random
    clock: datetime = START
    sources: dict[str, Source] = field(default_factory=dict)
    removed: dict[str, Source] = field(default_factory=dict)
    items: dict[str, dict[str, Item]] = field(default_factory=dict)
    sent: dict[str, dict[str, Item]] = field(default_factory=dict)
    said: dict[str, dict[str, Item]] = field(default_factory=dict)
    values: dict[str, list[Value]] = field(default_factory=dict)
    editions: Counter[str] = field(default_factory=Counter)
    last: str = ""
    texts: int = 0


def history(draw: Random, length: int) -> list[Happening]:
    """Return a history of that many happenings, beginning with the sources it is about."""
    world = World(draw)
    happenings: list[Happening] = [_began(world, source) for source in _sources(draw)]
    while len(happenings) < length:
        happenings.append(_happening(world))
    return happenings


def _sources(draw: Random) -> list[Source]:
    kinds = (
        ("listing", Habit.LISTING, False),
        ("other-listing", Habit.LISTING, False),
        ("window", Habit.WINDOW, False),
        ("keyed", Habit.KEYED, False),
        ("pushed", Habit.KEYED, True),
        ("rates", Habit.VALUES, False),
        ("pushed-rates", Habit.VALUES, True),
    )
    return [
        Source(
            name=name,
            collection=draw.choice(("north", "south", "south")),
            habit=habit,
            is_pushed=is_pushed,
            ttl=_ttl(draw),
        )
        for name, habit, is_pushed in draw.sample(kinds, draw.randint(2, 5))
    ]


def _ttl(draw: Random) -> timedelta | None:
    return draw.choice((None, None, None, HOUR, DAY, 3 * DAY))


def _began(world: World, source: Source) -> Happening:
    world.sources[source.name] = source
    world.removed.pop(source.name, None)
    world.items[source.name] = {}
    world.sent[source.name] = {}
    world.said.setdefault(source.name, {})
    world.values.setdefault(source.name, [])
    return Added(source)


def _happening(world: World) -> Happening:
    chance = world.draw.random()
    if chance < 0.3:
        step = world.draw.choice(CLOCK_STEPS)
        world.clock += step
        return Passed(step)
    if chance < 0.32:
        return Restarted()
    if chance < 0.37 and world.removed:
        return _began(world, world.draw.choice(list(world.removed.values())))
    if chance < 0.4 and len(world.sources) > 1:
        source = world.sources.pop(world.draw.choice(list(world.sources)))
        world.removed[source.name] = source
        return Removed(source.name)
    return _sent(world, world.sources[_next_source(world)])


def _next_source(world: World) -> str:
    """Return the source that sends next; often the last one, for what takes several reads."""
    if world.last not in world.sources or world.draw.random() < 0.5:
        world.last = world.draw.choice(list(world.sources))
    return world.last


def _sent(world: World, source: Source) -> Happening:
    if source.is_pushed:
        return Push(source.name, _batch(world, source))
    if source.habit is Habit.LISTING:
        return _listing(world, source)
    batches = [_batch(world, source) for _ in range(world.draw.choice((1, 1, 2)))]
    return Read(source.name, tuple(batches), fails=world.draw.random() < 0.1)


def _listing(world: World, source: Source) -> Read:
    """Return a read of everything a source has, whole, in two batches, cut short or empty."""
    draw = world.draw
    if draw.random() < 0.1:
        empty = (Batch(is_complete=True),) if draw.random() < 0.7 else ()
        return Read(source.name, empty, fails=draw.random() < 0.3)
    listed = _changed_listing(world, source)
    is_cut = draw.random() < 0.15
    cut = draw.randint(0, len(listed))
    batches = [_of(world, source, some) for some in (listed[:cut], listed[cut:])]
    if is_cut:
        return Read(source.name, tuple(batches[:1]), fails=draw.random() < 0.5)
    return Read(source.name, (batches[0], replace(batches[1], is_complete=True)))


def _changed_listing(world: World, source: Source) -> list[Item]:
    """Lose some items, find some again as they were, and make or edit some."""
    draw, has, sent = world.draw, world.items[source.name], world.sent[source.name]
    for key in [key for key in has if draw.random() < 0.25]:
        del has[key]
    has.update({key: sent[key] for key in sent if key not in has and draw.random() < 0.3})
    for key in _keys(draw, 0, 4):
        has[key] = _item(world, source, key)
    return list(has.values())


def _of(world: World, source: Source, listed: Sequence[Item]) -> Batch:
    """Return a batch of these; some that were sent before are only said to be there."""
    draw, sent = world.draw, world.sent[source.name]
    unchanged = {one.key for one in listed if sent.get(one.key) == one and draw.random() < 0.5}
    items = [item for item in listed if item.key not in unchanged]
    sent.update({item.key: item for item in items})
    return Batch(items=tuple(items), unchanged=tuple(sorted(unchanged)))


def _batch(world: World, source: Source) -> Batch:
    if source.habit is Habit.VALUES:
        if world.draw.random() < 0.15:
            world.editions[source.name] += 1
        values = tuple(_values(world, source))
        return Batch(values=values, edition=world.editions[source.name])
    draw, has = world.draw, world.items[source.name]
    items = [_item(world, source, key) for key in _keys(draw, 0, 4)]
    has.update({item.key: item for item in items})
    if source.habit is Habit.WINDOW:
        return Batch(items=tuple(items))
    given = {item.key for item in items}
    removed = tuple(key for key in _keys(draw, 0, 2) if key not in given)
    for key in removed:
        has.pop(key, None)
    return Batch(items=tuple(items), removed=removed)


def _keys(draw: Random, fewest: int, most: int) -> list[str]:
    return [f"k{number}" for number in draw.sample(range(KEYS), draw.randint(fewest, most))]


def _item(world: World, source: Source, key: str) -> Item:
    """Return an item under this key: new, edited, as it is, or as it once was."""
    said, chance = world.said[source.name], world.draw.random()
    known = said.get(key)
    if known is None or chance < 0.4:
        item = _new_item(world, source, key)
    elif chance < 0.75:
        item = _edited(world, known)
    else:
        item = known
    item = _in_order(item)
    if world.draw.random() < 0.8:
        said[key] = item
    return item


def _new_item(world: World, source: Source, key: str) -> Item:
    return Item(
        key=key,
        title=f"{key} of {source.name}",
        text=_text(world, key),
        published_at=_publication(world),
        valid_from=_maybe(world, 0.4),
        valid_until=_maybe(world, 0.4, ahead=0.8),
        stretches=_stretches(world, key),
    )


def _stretches(world: World, key: str) -> tuple[Stretch, ...]:
    if world.draw.random() > STRETCHED_SHARE:
        return ()
    return tuple(
        Stretch(_text(world, key), _maybe(world, 0.8, ahead=0.5), _maybe(world, 0.8, ahead=0.8))
        for _ in range(world.draw.randint(1, 3))
    )


def _edited(world: World, item: Item) -> Item:
    """Return the item with one field changed, at random to what it was."""
    draw = world.draw
    new = str(draw.randint(0, 2))

    def moved(stretch: Stretch) -> Stretch:
        return replace(stretch, valid_until=_maybe(world, 0.8, ahead=0.8))

    edits: list[dict[str, Any]] = [  # Any: values of the fields of Item
        {"title": f"{item.key} of this {new}"},
        {"url": draw.choice((None, f"https://x.example/{item.key}/{new}"))},
        {"author": draw.choice((None, f"author {new}"))},
        {"note": draw.choice((None, new))},
        {"published_at": _publication(world)},
        {"valid_from": _maybe(world, 0.7)},
        {"valid_until": _maybe(world, 0.7, ahead=0.8)},
        {"text": _text(world, item.key)},
        {"stretches": _stretches(world, item.key) or tuple(map(moved, item.stretches))},
    ]
    return replace(item, **draw.choice(edits))


def _in_order(item: Item) -> Item:
    """Return the item with no end before its beginning: such items are refused."""
    stretches = tuple(
        replace(one, valid_until=_later(one.valid_from, one.valid_until)) for one in item.stretches
    )
    ends = _later(item.valid_from, item.valid_until)
    return replace(item, valid_until=ends, stretches=stretches)


def _later(begins: datetime | None, ends: datetime | None) -> datetime | None:
    return max(begins, ends) if begins and ends else ends


def _text(world: World, key: str) -> str:
    """Return a text that shares one word with all others, and no other word with any."""
    world.texts += 1
    words = " ".join(f"{letter}{world.texts}x" for letter in "abcdefgh")
    return f"{COMMON_WORD} {key} {words}"


def _publication(world: World) -> datetime | None:
    if world.draw.random() < UNSET_SHARE:
        return UNSET + world.draw.choice((timedelta(0), HOUR, DAY - TICK, DAY, -TICK))
    return _maybe(world, 0.65)


def _maybe(world: World, share: float, *, ahead: float = 0.3) -> datetime | None:
    """Return an instant near the clock, before it or ahead; now and then none."""
    if world.draw.random() > share:
        return None
    step = world.draw.choice(STEPS)
    return world.clock + (step if world.draw.random() < ahead else -step)


def _values(world: World, source: Source) -> list[Value]:
    """Return values of a source's series, each pair once; some are as they were."""
    draw, said = world.draw, world.values[source.name]
    drawn = [_value(world) for _ in range(draw.randint(1, 4))]
    if said and draw.random() < 0.5:
        drawn.append(_revised(world, draw.choice(said)))
    once = list({(value.series, value.valid_from): value for value in drawn}.values())
    said += once
    return once


def _revised(world: World, value: Value) -> Value:
    """Return the value as it was, or with other times and the same number."""
    chance = world.draw.random()
    if chance < 0.4:
        return value
    if chance < 0.7:
        return replace(value, published_at=_publication(world))
    ends = _later(value.valid_from, _maybe(world, 0.7, ahead=0.8))
    return replace(value, valid_until=ends)


def _value(world: World) -> Value:
    draw = world.draw
    days = draw.randint(-2, PERIODS - 2)
    begins = draw.choice((START + days * DAY, START + days * DAY, world.clock))
    return Value(
        series=f"rate{draw.randint(1, SERIES)}",
        valid_from=begins,
        number=Decimal(draw.randint(100, 999)) / 100,
        valid_until=begins + draw.choice(STEPS[1:]) if draw.random() < 0.4 else None,
        published_at=_publication(world),
    )
