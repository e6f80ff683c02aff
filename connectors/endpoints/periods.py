"""Parts of an item that each hold for a time of their own, such as the periods of a forecast.

    item ─ items ─▶ period, period, … ─ template ─▶ a paragraph each, and the span it takes up

The document stays one, so that it is cited and revised as its source publishes it; a period
that is over expires without it.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from connectors.doubts import Reading, time_flags
from connectors.endpoints.expressions import Expression, Template, as_text, evaluate, fill
from connectors.endpoints.item_times import binding
from connectors.errors import ItemFailed
from connectors.protocol import Options
from connectors.records import Span

BETWEEN = "\n\n"


class PeriodMapping(Options):
    """`items` is looked up in the item, everything else in one period."""

    items: Expression
    template: Template
    valid_from: Expression | None = None
    valid_until: Expression | None = None

    def optional_lookups(self) -> dict[str, str]:
        """Return what a period may do without, by the field's name."""
        fields = {"valid_from": self.valid_from, "valid_until": self.valid_until}
        return {f"periods.{name}": each for name, each in fields.items() if each is not None}


@dataclass(frozen=True, slots=True)
class Period:
    """One period: its text, and from when to when it holds."""

    text: str
    valid_from: Reading
    valid_until: Reading

    @property
    def time_flags(self) -> tuple[str, ...]:
        flags = time_flags(valid_from=self.valid_from, valid_until=self.valid_until)
        return tuple(f"periods.{each}" for each in flags)


def found_periods(item: object, mapping: PeriodMapping) -> list[object]:
    """Return the item's periods as it has them; a lone object is the only one.

    Raises:
        ItemFailed: what is there is no list.
    """
    found = evaluate(mapping.items, item)
    if isinstance(found, dict):
        return [found]
    if found is not None and not isinstance(found, list):
        raise ItemFailed(f"periods: {mapping.items!r} finds no list")
    return found or []


def periods_of(
    item: object, mapping: PeriodMapping, *, zone: str | None, plain: Callable[[str], str]
) -> list[Period]:
    """Read the item's periods; one without text is left out. `plain` takes markup away.

    Raises:
        ItemFailed: a validity cannot be read, or there are periods and none has a text.
    """
    found = found_periods(item, mapping)
    periods = []
    for place, each in enumerate(found, 1):
        try:
            periods.append(_period(each, mapping, zone=zone, plain=plain))
        except ItemFailed as error:
            raise ItemFailed(f"period {place}: {error}") from error
    told = [each for each in periods if each.text]
    if found and not told:
        raise ItemFailed(f"none of {len(found)} periods has a text")
    return told


def with_periods(body: str, periods: Iterable[Period]) -> tuple[str, tuple[Span, ...]]:
    """Append the periods to `body` as paragraphs, and say where each one stands."""
    paragraphs = [body] if body else []
    start = len(body) + len(BETWEEN) if body else 0
    spans = []
    for each in periods:
        end = start + len(each.text)
        spans.append(Span(start, end, each.valid_from.instant, each.valid_until.instant))
        paragraphs.append(each.text)
        start = end + len(BETWEEN)
    return BETWEEN.join(paragraphs), tuple(spans)


def _period(
    period: object, mapping: PeriodMapping, *, zone: str | None, plain: Callable[[str], str]
) -> Period:
    text = fill(mapping.template, lambda expression: as_text(evaluate(expression, period)))
    return Period(
        plain(text).strip(),
        binding(mapping.valid_from, period, zone=zone),
        binding(mapping.valid_until, period, zone=zone),
    )
