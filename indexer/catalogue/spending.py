"""What llms were paid for: one row for each day and upstream."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from indexer.tables import SpendingRow


@dataclass(frozen=True, slots=True)
class Spent:
    """Calls that were answered, the tokens they took, and what they cost in prices' currency."""

    calls: int = 0
    prompt_tokens: int = 0
    output_tokens: int = 0
    cost: Decimal = Decimal(0)

    def __add__(self, other: "Spent") -> "Spent":
        return Spent(
            self.calls + other.calls,
            self.prompt_tokens + other.prompt_tokens,
            self.output_tokens + other.output_tokens,
            self.cost + other.cost,
        )


def of_day(session: Session, day: date) -> dict[str, Spent]:
    """Return what was spent on a day, by upstream."""
    rows = session.scalars(select(SpendingRow).where(SpendingRow.day == day.isoformat()))
    return {
        row.upstream: Spent(row.calls, row.prompt_tokens, row.output_tokens, row.cost)
        for row in rows
    }


def add(session: Session, day: date, spent: Mapping[str, Spent]) -> None:
    """Add to what was spent on a day; call it in a writing session, which no other one is beside.

    Decimals are kept as text, so that no database can add them up.
    """
    known = of_day(session, day)
    for upstream, more in spent.items():
        total = known.get(upstream, Spent()) + more
        values = {
            "calls": total.calls,
            "prompt_tokens": total.prompt_tokens,
            "output_tokens": total.output_tokens,
            "cost": total.cost,
        }
        here = {"day": day.isoformat(), "upstream": upstream}
        if upstream in known:
            session.execute(update(SpendingRow).filter_by(**here).values(values))
        else:
            session.execute(insert(SpendingRow).values(values | here))
