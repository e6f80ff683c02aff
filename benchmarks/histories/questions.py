"""Random questions about a history, most of them at the very instants of its changes."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from datetime import datetime, timedelta
from random import Random

from benchmarks.histories.account import Account
from benchmarks.histories.fakes import START
from benchmarks.histories.generate import COMMON_WORD, DAY, TICK
from benchmarks.histories.happenings import Question

NEAR = (timedelta(0), timedelta(0), TICK, -TICK, timedelta(minutes=7), -DAY)


def question(draw: Random, account: Account, instants: list[datetime], now: datetime) -> Question:
    """Return a question that makes sense: about no future, with a window that is not empty."""
    as_of = _past(draw, instants, now)
    known_at = as_of if draw.random() < 0.3 else _past(draw, instants, now)
    after = _near(draw, instants) if draw.random() < 0.12 else None
    max_age = _max_age(draw, instants, as_of or now) if draw.random() < 0.12 else None
    before = _near(draw, instants) if draw.random() < 0.15 else None
    oldest = [at for at in (after, (as_of or now) - max_age if max_age is not None else None) if at]
    collections = {source.collection for source in account.sources.values()}
    return Question(
        text=_text(draw, account),
        now=now,
        as_of=as_of,
        known_at=known_at,
        published_after=after,
        published_before=before if before and all(at < before for at in oldest) else None,
        max_age=max_age,
        sources=_some(draw, sorted(account.sources)),
        collections=_some(draw, sorted(collections)),
        include_history=draw.random() < 0.25,
    )


def instants_of(account: Account) -> list[datetime]:
    """Return every instant that something in this account begins or ends at."""
    return sorted({at for at in _instants(account) if at is not None})


def _instants(account: Account) -> Iterator[datetime | None]:
    for version in account.versions:
        yield from (version.observed_at, version.superseded_at)
        item, ttl = version.item, account.sources[version.source].ttl
        yield from (item.published_at, item.valid_from, item.valid_until)
        for stretch in item.stretches:
            yield from (stretch.valid_from, stretch.valid_until)
        if ttl is not None:
            yield from (at + ttl for at in (item.valid_from, version.observed_at) if at)
    for received in account.values:
        value = received.value
        yield from (received.observed_at, value.valid_from, value.valid_until, value.published_at)
    for card in account.cards:
        yield from (card.observed_at, card.superseded_at)


def _past(draw: Random, instants: list[datetime], now: datetime) -> datetime | None:
    """Return an instant up to now, seldom one before there was anything; now and then none."""
    if draw.random() < 0.3:
        return None
    since = bisect_left(instants, START) if draw.random() < 0.9 else 0
    until = bisect_right(instants, now)
    return min(_near(draw, instants[since:until] or instants), now)


def _near(draw: Random, instants: list[datetime]) -> datetime:
    return draw.choice(instants) + draw.choice(NEAR)


def _max_age(draw: Random, instants: list[datetime], as_of: datetime) -> timedelta:
    return max(as_of - _near(draw, instants), TICK)


def _some(draw: Random, names: list[str]) -> frozenset[str] | None:
    if draw.random() < 0.75:
        return None
    return frozenset(draw.sample(names, draw.randint(1, len(names))))


def _text(draw: Random, account: Account) -> str:
    """Return the word that every text has, beside words of one or two of them."""
    words = [COMMON_WORD]
    if account.versions:
        some = draw.choices(account.versions, k=draw.randint(0, 2))
        words += [draw.choice(version.item.text.split()) for version in some]
    return " ".join(words)
