"""Find, among many quantities, the few that one of them might agree with.

A sieve: it lets everything through that `agree` accepts, on either side of zero, and keeps most of
the rest out, so that a claim that is held against tables does not cost the product of both.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

import numpy as np
from numpy.typing import NDArray

from grounding.checking.facts.quantities import ABOUT_SHARE, LOOSE
from grounding.checking.facts.records import Bound, Quantity
from grounding.checking.facts.units import in_base, named

_LOOSE: Final = {
    Bound.EXACT: 0.0,
    Bound.ABOUT: float(ABOUT_SHARE),
    Bound.OVER: float(LOOSE[Bound.OVER]),
    Bound.UNDER: float(LOOSE[Bound.OVER]),
}
_LARGEST: Final = 1e300
_ROOM: Final = 1.001


@dataclass(frozen=True)
class Nearby:
    """Quantities and their forms.

    sizes: of each form, without its sign. steps: the weight of its last digit, in the same measure.
    loose: by how much of itself it may be off. of: float64 all, each [forms]; `of` says whose a
    form is, int64.
    """

    quantities: Sequence[Quantity]
    sizes: NDArray[np.float64]
    steps: NDArray[np.float64]
    loose: NDArray[np.float64]
    of: NDArray[np.int64]

    @classmethod
    def among(cls, quantities: Sequence[Quantity]) -> "Nearby":
        forms = [(*form, i) for i, each in enumerate(quantities) for form in _forms(each)]
        columns = list(zip(*forms, strict=True)) or [(), (), (), ()]
        sizes, steps, loose = (np.array(column, dtype=np.float64) for column in columns[:3])
        return cls(quantities, sizes, steps, loose, np.array(columns[3], dtype=np.int64))

    def of_size(self, said: Quantity) -> list[Quantity]:
        """Return those that might agree with a quantity, in their order."""
        if not len(self.sizes):
            return []
        passed = np.zeros(len(self.sizes), dtype=np.bool_)
        for size, step, loose in _forms(said):
            room = (step + self.steps) / 2
            room += np.maximum(loose, self.loose) * np.maximum(size, self.sizes)
            passed |= np.abs(self.sizes - size) <= room * _ROOM + size * (_ROOM - 1)
        return [self.quantities[i] for i in np.unique(self.of[passed])]


def _forms(of: Quantity) -> list[tuple[float, float, float]]:
    """Return size, step and looseness of a quantity as it is told and in the base of its unit."""
    loose = _LOOSE[of.bound]
    forms = []
    for value in of.number.values:
        forms.append((_size(value), _size(of.number.step), loose))
        unit = named("lb") if of.unit and of.unit.dimension == "pounds" else of.unit
        if unit is not None:
            forms.append((_size(in_base(value, unit)), _size(of.number.step * unit.factor), loose))
    return forms


def _size(value: Decimal) -> float:
    return min(abs(float(value)), _LARGEST)
