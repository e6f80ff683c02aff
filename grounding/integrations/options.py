"""The options of a search, put together from what a framework passes on."""

from collections.abc import Mapping
from typing import cast

from grounding.client.options import SearchOptions

_NAMES = SearchOptions.__optional_keys__


def merged(*given: Mapping[str, object] | None) -> SearchOptions:
    """Return the options of a search: the later ones win, and None leaves an earlier one.

    Raises:
        TypeError: an option that a search does not have.
    """
    options: dict[str, object] = {}
    for each in given:
        for name, value in (each or {}).items():
            if name not in _NAMES:
                raise TypeError(f"{name}: no option of a search; expected {sorted(_NAMES)}")
            if value is not None:
                options[name] = value
    return cast("SearchOptions", options)
