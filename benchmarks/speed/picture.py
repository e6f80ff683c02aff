"""A picture of a few curves over axes of any range, as SVG that reads on light and dark pages."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import escape

Points = Sequence[tuple[float, float]]

_WIDE, _HIGH, _LEFT, _TOP = 480, 300, 64, 20
_COLOURS = ("#1f77b4", "#d95f02", "#7570b3", "#1b9e77", "#999999", "#e7298a")
_TEXT = 'font-family="sans-serif" font-size="12" fill="#777777"'


@dataclass(frozen=True, slots=True)
class Axis:
    """What an axis shows, and whether equal distances are equal ratios."""

    says: str
    is_logarithmic: bool = False


class _Scale:
    """Maps the values of one axis to 0..1, from one tick to another."""

    def __init__(self, axis: Axis, values: Sequence[float]) -> None:
        self._axis = axis
        self.ticks = list(_powers(values) if axis.is_logarithmic else _steps(values))

    def place(self, value: float) -> float:
        least, most = self._read(self.ticks[0]), self._read(self.ticks[-1])
        return (self._read(value) - least) / (most - least)

    def _read(self, value: float) -> float:
        return math.log10(value) if self._axis.is_logarithmic else value


def svg(curves: Mapping[str, Points], *, across: Axis, up: Axis, title: str) -> str:
    """Draw each curve through its points (x, y), with a legend below.

    On a logarithmic axis every value must be above 0.
    """
    points = [point for each in curves.values() for point in each]
    x_scale = _Scale(across, [x for x, _ in points])
    y_scale = _Scale(up, [y for _, y in points])
    bottom = _TOP + _HIGH
    height = bottom + 60 + 18 * len(curves)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_LEFT + _WIDE + 30} {height}"'
        f' width="{_LEFT + _WIDE + 30}" role="img"><title>{escape(title)}</title>',
        *_grid(x_scale, y_scale),
        f'<text x="{_LEFT + _WIDE // 2}" y="{bottom + 36}" text-anchor="middle" {_TEXT}>'
        f"{escape(across.says)}</text>",
        f'<text transform="rotate(-90 16 {_TOP + _HIGH // 2})" x="16" y="{_TOP + _HIGH // 2}"'
        f' text-anchor="middle" {_TEXT}>{escape(up.says)}</text>',
    ]
    for number, (name, each) in enumerate(curves.items()):
        colour, y = _COLOURS[number % len(_COLOURS)], bottom + 60 + 18 * number
        path = "L".join(
            f"{_x(x_scale.place(one)):.1f} {_y(y_scale.place(other)):.1f}" for one, other in each
        )
        parts += [
            f'<path d="M{path}" fill="none" stroke="{colour}" stroke-width="2"/>',
            f'<path d="M{_LEFT} {y - 4}h24" stroke="{colour}" stroke-width="2"/>',
            f'<text x="{_LEFT + 32}" y="{y}" {_TEXT}>{escape(name)}</text>',
        ]
    return "\n".join([*parts, "</svg>"]) + "\n"


def _grid(x_scale: _Scale, y_scale: _Scale) -> Iterator[str]:
    bottom = _TOP + _HIGH
    for tick in y_scale.ticks:
        y = _y(y_scale.place(tick))
        yield f'<path d="M{_LEFT} {y:.1f}h{_WIDE}" stroke="#77777744"/>'
        where = f'x="{_LEFT - 6}" y="{y + 4:.1f}" text-anchor="end"'
        yield f"<text {where} {_TEXT}>{_said(tick)}</text>"
    for tick in x_scale.ticks:
        x = _x(x_scale.place(tick))
        yield f'<path d="M{x:.1f} {_TOP}v{_HIGH}" stroke="#77777744"/>'
        where = f'x="{x:.1f}" y="{bottom + 16}" text-anchor="middle"'
        yield f"<text {where} {_TEXT}>{_said(tick)}</text>"


def _x(share: float) -> float:
    return _LEFT + _WIDE * share


def _y(share: float) -> float:
    return _TOP + _HIGH * (1 - share)


def _said(tick: float) -> str:
    return f"{tick:,.10g}"


def _steps(values: Sequence[float]) -> Iterator[float]:
    """Yield at most seven round numbers from 0 or below to what is no less than any value."""
    most, least = max(*values, 0.0), min(*values, 0.0)
    rough = (most - least) / 5 or 1.0
    power = 10 ** math.floor(math.log10(rough))
    step = next(power * each for each in (1, 2, 5, 10) if power * each >= rough)
    first, last = math.floor(least / step), math.ceil(most / step)
    yield from (number * step for number in range(first, max(last, first + 1) + 1))


def _powers(values: Sequence[float]) -> Iterator[float]:
    """Yield 1, 2, 5, 10 and so on, from no more than any value to no less than any."""
    ticks = [
        factor * 10.0**power
        for power in range(
            math.floor(math.log10(min(values))), math.ceil(math.log10(max(values))) + 1
        )
        for factor in (1, 2, 5)
    ]
    first = max(place for place, tick in enumerate(ticks) if tick <= min(values))
    last = min(place for place, tick in enumerate(ticks) if tick >= max(values))
    yield from ticks[first : max(last, first + 1) + 1]
