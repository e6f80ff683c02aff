"""Which upstreams are meant by what a caller writes as `model`."""

from collections.abc import Callable, Sequence
from typing import Final

from grounding.gateway.errors import UnknownLlm
from grounding.gateway.records import Upstream

AUTO: Final = "auto"
"""The name that leaves the choice to the gateway."""
ANY: Final = "*"
_WAYS: Final[tuple[Callable[[Upstream, str], bool], ...]] = (
    lambda upstream, llm: upstream.name == llm,
    lambda upstream, llm: llm in upstream.serves,
    lambda upstream, _: ANY in upstream.serves,
)


def named(llm: str, upstreams: Sequence[Upstream]) -> tuple[Upstream, ...]:
    """Return the upstreams to ask for an llm, in order: the one that is meant, its fallbacks.

    Raises:
        UnknownLlm: none is meant; says which there are.
    """
    if llm == AUTO and upstreams:
        return tuple(upstreams)
    by_name = {each.name: each for each in upstreams}
    for is_meant in _WAYS:
        for upstream in upstreams:
            if is_meant(upstream, llm):
                return (upstream, *(by_name[each] for each in upstream.fallbacks))
    known = ", ".join(names_of(upstreams))
    raise UnknownLlm(f"model: no upstream serves {llm[:100]!r}; there are: {known or 'none'}")


def names_of(upstreams: Sequence[Upstream]) -> list[str]:
    """Return all names that lead to an upstream, "auto" first."""
    found = {each.name for each in upstreams}
    for upstream in upstreams:
        found |= upstream.serves - {ANY}
    return [AUTO, *sorted(found - {AUTO})] if upstreams else []
