"""Other projects' vector search within a window of time, one file each, behind `records.Store`.

They come with the extra `peers`; what is not installed is left out, with the reason.
"""

import importlib
import os
from collections.abc import MutableMapping

from benchmarks.quality.peers import QUIET, Absent
from benchmarks.speed.peers.records import Store

STORES = {
    "Chroma": "chroma:Chroma",
    "LanceDB": "lance:Lance",
    "txtai": "txt_ai:TxtAi",
    "LlamaIndex": "llamaindex:LlamaIndex",
    "Haystack": "haystack:Haystack",
}


def available(
    environment: MutableMapping[str, str] = os.environ,
) -> tuple[list[Store], list[Absent]]:
    """Return an empty store of each that can be imported, and those that cannot."""
    environment.update(QUIET)
    stores: list[Store] = []
    absent = []
    for name, place in STORES.items():
        module, _, maker = place.partition(":")
        try:
            stores.append(getattr(importlib.import_module(f"{__name__}.{module}"), maker)())
        except Exception as error:  # noqa: BLE001 - what fails here is a peer's, not a benchmark's
            reason = f"{type(error).__name__}: {error}; pip install 'grounding[peers]'"
            absent.append(Absent(name, reason))
    return stores, absent
