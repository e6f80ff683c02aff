"""A picture of a few curves between 0 and 1, as SVG that reads on light and on dark pages."""

from collections.abc import Mapping, Sequence
from html import escape

Points = Sequence[tuple[float, float]]

_SIDE, _LEFT, _TOP = 360, 60, 20
_COLOURS = ("#1f77b4", "#d95f02", "#7570b3", "#1b9e77", "#999999")
_TEXT = 'font-family="sans-serif" font-size="12" fill="#777777"'


def svg(curves: Mapping[str, Points], *, across: str, up: str, title: str) -> str:
    """Draw each curve, given as points (x, y) in [0, 1], with a legend below.

    across, up: what the two axes show.
    """
    height = _TOP + _SIDE + 60 + 18 * len(curves)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_LEFT + _SIDE + 40} {height}"'
        f' width="{_LEFT + _SIDE + 40}" role="img"><title>{escape(title)}</title>'
    ]
    for tenth in range(0, 11, 2):
        x, y = _place(tenth / 10, tenth / 10)
        down = f"M{x} {_TOP}V{_TOP + _SIDE}"
        below = f'x="{x}" y="{_TOP + _SIDE + 16}" text-anchor="middle"'
        parts += [
            f'<path d="M{_LEFT} {y}H{_LEFT + _SIDE}{down}" stroke="#77777744"/>',
            f'<text x="{_LEFT - 6}" y="{y + 4}" text-anchor="end" {_TEXT}>{tenth / 10}</text>',
            f"<text {below} {_TEXT}>{tenth / 10}</text>",
        ]
    middle, bottom = _TOP + _SIDE // 2, _TOP + _SIDE
    parts += [
        f'<text x="{_LEFT + _SIDE // 2}" y="{bottom + 36}" text-anchor="middle" {_TEXT}>'
        f"{escape(across)}</text>",
        f'<text transform="rotate(-90 16 {middle})" x="16" y="{middle}" text-anchor="middle"'
        f" {_TEXT}>{escape(up)}</text>",
    ]
    for number, (name, points) in enumerate(curves.items()):
        colour, y = _COLOURS[number % len(_COLOURS)], bottom + 60 + 18 * number
        path = "L".join("{:.1f} {:.1f}".format(*_place(*point)) for point in points)
        parts += [
            f'<path d="M{path}" fill="none" stroke="{colour}" stroke-width="2"/>',
            f'<path d="M{_LEFT} {y - 4}h24" stroke="{colour}" stroke-width="2"/>',
            f'<text x="{_LEFT + 32}" y="{y}" {_TEXT}>{escape(name)}</text>',
        ]
    return "\n".join([*parts, "</svg>"]) + "\n"


def _place(x: float, y: float) -> tuple[float, float]:
    return round(_LEFT + _SIDE * x, 1), round(_TOP + _SIDE * (1 - y), 1)
