"""A daily oil price as it was published 176 times: the source, the truth, the questions."""

import csv
import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from itertools import pairwise
from pathlib import Path

from benchmarks.config import Source
from benchmarks.questions import Question
from benchmarks.replay import Read
from benchmarks.service import Json

ARCHIVE = "series_brent_daily"
SOURCE = "brent"
SERIES = "brent"
CURRENCY = "USD"

REVISED = "of a date that a later version revises"
LATEST = "of the latest date"
ANY = "of any date"
KINDS = (REVISED, LATEST, ANY)

Prices = dict[str, str]
"""Prices by date, both as they are written."""


@dataclass(frozen=True, slots=True)
class Price:
    """What one version said of one date."""

    date: str
    price: str

    @property
    def midnight(self) -> datetime:
        return datetime.fromisoformat(self.date).replace(tzinfo=UTC)

    def is_about_same(self, result: Json) -> bool:
        observation = result["observation"]
        return bool(observation and (result["source"], observation["series"]) == (SOURCE, SERIES))

    def is_told_by(self, result: Json) -> bool:
        """Whether date and price, digit for digit, are those of the observation and its text."""
        observation = result["observation"]
        return (
            datetime.fromisoformat(observation["valid_from"]) == self.midnight
            and observation["value"] == self.price
            and Decimal(observation["value"]) == Decimal(self.price)
            and f" {self.price} {CURRENCY}" in result["text"]
        )


def brent_source(url: str) -> Source:
    series = {
        "column": "Price",
        "key": SERIES,
        "title": "Brent crude oil spot price",
        "unit": "barrel",
        "currency": CURRENCY,
        "cadence": "daily",
        "aliases": ["Brent", "oil price", "price of crude oil"],
    }
    return {"name": SOURCE, "kind": "csv", "url": url, "time": "Date", "values": [series]}


def listed_prices(file: Path) -> Prices:
    with file.open(newline="") as lines:
        rows = list(csv.DictReader(lines))
    return {row["Date"]: row["Price"] for row in rows if row["Date"] and row["Price"]}


def revised_later(versions: Sequence[Prices]) -> list[list[str]]:
    """For each version, return the dates that a later one lists with another price."""
    later: dict[str, set[str]] = {}
    found = []
    for prices in reversed(versions):
        found.append([date for date, price in prices.items() if later.get(date, set()) - {price}])
        for date, price in prices.items():
            later.setdefault(date, set()).add(price)
    return found[::-1]


def vanished(versions: Iterable[Prices]) -> list[str]:
    """Return the dates that one version lists and the next does not."""
    return [date for before, after in pairwise(versions) for date in before.keys() - after.keys()]


def value_count(versions: Iterable[Prices]) -> int:
    """Return how often a date got a price it did not have."""
    known: Prices = {}
    count = 0
    for prices in versions:
        count += sum(known.get(date) != price for date, price in prices.items())
        known |= prices
    return count


def brent_questions(
    reads: Sequence[Read], versions: Sequence[Prices], *, count: int, draw: random.Random
) -> list[Question]:
    """Draw as many of each kind: a version, one of its dates, a moment of the version's life."""
    dates_of = {
        REVISED: revised_later(versions),
        LATEST: [[max(prices)] for prices in versions],
        ANY: [list(prices) for prices in versions],
    }
    questions = []
    for number in range(count):
        kind = KINDS[number % len(KINDS)]
        dates = dates_of[kind]
        index = draw.choice([each for each, some in enumerate(dates) if some])
        date = draw.choice(dates[index])
        price = Price(date, versions[index][date])
        questions.append(_question(kind, price, reads[index].instant(draw)))
    return questions


def _question(kind: str, price: Price, at: datetime) -> Question:
    if kind == LATEST:
        return Question("What is the price of Brent crude oil?", at, at, price, kind)
    query = f"What was the spot price of Brent crude oil on {price.date}?"
    return Question(query, as_of=price.midnight, known_at=at, truth=price, kind=kind)
