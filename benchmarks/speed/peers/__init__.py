"""Other projects' vector search within a window of time, one file each, behind `records.Store`.

They come with the extra `peers`; what is not installed is left out, with the reason.
"""

import os
from collections.abc import MutableMapping

from benchmarks.quality.peers import QUIET, Absent, made_of
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
    return made_of(STORES, __name__)
