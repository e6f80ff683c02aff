"""What a question must find, by going through everything that ever happened.

The rules are those of the contract, one function each, without any index: slow, and short enough
to be checked by reading.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from benchmarks.histories.account import UNSET_CLOCK, Account, Card, Received, Version
from benchmarks.histories.happenings import Answer, Question, SeenItem, SeenValue, Source


@dataclass(frozen=True, slots=True)
class View:
    """A question with its two instants and its window of publication worked out."""

    as_of: datetime
    known_at: datetime
    after: datetime | None
    before: datetime | None
    with_history: bool


@dataclass(frozen=True, slots=True)
class Part:
    """What can be seen of a version by itself: its own text or one of its stretches."""

    version: Version
    text: str
    begins: datetime
    ends: datetime | None

    @property
    def seen(self) -> SeenItem:
        version = self.version
        return SeenItem(version.source, version.item.key, version.number, self.text)


def view(question: Question) -> View:
    as_of = question.as_of or question.now
    afters = [question.published_after] if question.published_after else []
    if question.max_age is not None:
        afters.append(as_of - question.max_age)
    return View(
        as_of=as_of,
        known_at=question.known_at or question.now,
        after=max(afters, default=None),
        before=question.published_before,
        with_history=question.include_history,
    )


def expectation(account: Account, question: Question) -> Answer:
    """Return everything the question must find, and nothing else."""
    at = view(question)
    return Answer(
        items=frozenset(
            part.seen
            for part in parts(account)
            if is_asked(account.sources[part.version.source], question) and is_seen(part, at)
        ),
        values=frozenset(
            seen
            for card in account.cards
            if is_asked(account.sources[card.source], question)
            and _is_findable(card, at)
            and (seen := _value_of(card, account, at))
        ),
    )


def parts(account: Account) -> Iterator[Part]:
    """Yield everything that was ever stored, each part with the time that it holds for."""
    for version in account.versions:
        item, ttl = version.item, account.sources[version.source].ttl
        begins = _valid_from(version)
        ends = _ends(item.valid_until, begins, ttl)
        yield Part(version, item.text, begins, ends)
        for one in item.stretches:
            yield Part(version, one.text, one.valid_from or begins, one.valid_until or ends)


def is_seen(part: Part, at: View) -> bool:
    """Tell whether something is part of what was known and held."""
    version = part.version
    if is_ahead(part, at):
        return False
    if not at.with_history:
        if version.superseded_at is not None and version.superseded_at <= at.known_at:
            return False
        if part.ends is not None and part.ends <= at.as_of:
            return False
    return _is_in_window(_dated(version.item.published_at, version.observed_at), at)


def is_ahead(part: Part, at: View) -> bool:
    """Tell whether seeing this would be a look into the future."""
    version = part.version
    return (
        version.observed_at > at.known_at
        or part.begins > at.as_of
        or _is_published_later(version.item.published_at, version.observed_at, at)
    )


def is_value_ahead(received: Received, at: View) -> bool:
    """Tell whether seeing this value would be a look into the future."""
    return (
        received.observed_at > at.known_at
        or received.value.valid_from > at.as_of
        or _is_published_later(received.value.published_at, received.observed_at, at)
    )


def _valid_from(version: Version) -> datetime:
    if version.item.valid_from is not None:
        return version.item.valid_from
    return _dated(version.item.published_at, version.observed_at) or version.observed_at


def _ends(said: datetime | None, begins: datetime, ttl: timedelta | None) -> datetime | None:
    return begins + ttl if said is None and ttl is not None else said


def is_asked(source: Source, question: Question) -> bool:
    is_source = question.sources is None or source.name in question.sources
    return is_source and (question.collections is None or source.collection in question.collections)


def _is_findable(card: Card, at: View) -> bool:
    """Tell whether a series was known; a card has no time in the world, its values have."""
    ended_at = card.superseded_at
    is_over = ended_at is not None and ended_at <= at.known_at
    return card.observed_at <= at.known_at and (at.with_history or not is_over)


def _value_of(card: Card, account: Account, at: View) -> SeenValue | None:
    last: dict[datetime, Received] = {}
    for one in account.values:  # in the order in which they came in
        is_of_card = (one.source, one.value.series) == (card.source, card.series)
        if is_of_card and not is_value_ahead(one, at):
            last[one.value.valid_from] = one
    if not last:
        return None
    newest, *older = sorted(last, reverse=True)
    value = last[newest].value
    if value.valid_until is not None and value.valid_until <= at.as_of:
        return None
    dated = _dated(value.published_at, last[newest].observed_at)
    if not _is_in_window(dated or min(newest, last[newest].observed_at), at):
        return None
    previous = (last[older[0]].value.number, older[0]) if older else None
    return SeenValue(card.source, card.series, card.edition, value.number, newest, previous)


def _published(said: datetime | None, observed_at: datetime) -> datetime | None:
    """Return the publication that counts: nobody receives what is not published yet."""
    return None if said is None else min(said, observed_at)


def _dated(said: datetime | None, observed_at: datetime) -> datetime | None:
    """Return the publication as filters take it: a clock that was never set says nothing."""
    published = _published(said, observed_at)
    return None if published is None or published.date() == UNSET_CLOCK else published


def _is_published_later(said: datetime | None, observed_at: datetime, at: View) -> bool:
    published = _published(said, observed_at)
    return published is not None and published > at.as_of


def _is_in_window(dated: datetime | None, at: View) -> bool:
    if at.after is None and at.before is None:
        return True
    return (
        dated is not None
        and (at.after is None or at.after <= dated)
        and (at.before is None or dated < at.before)
    )
