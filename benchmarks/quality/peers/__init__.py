"""Other projects' retrieval, one file each, behind `records.Peer`.

They come with the extra `peers`; what is not installed is left out, with the reason.
"""

import importlib
import os
from collections.abc import Mapping, MutableMapping
from dataclasses import dataclass
from typing import Any

from benchmarks.quality.peers.records import Peer

# The name that a peer bears, and what in which module makes one.
PEERS = {
    "LlamaIndex, chunks of 1,024": "llamaindex:LlamaIndex",
    "LlamaIndex, chunks of 256": "llamaindex:with_small_chunks",
    "Haystack": "haystack:Haystack",
    "txtai": "txt_ai:TxtAi",
    "LanceDB": "lance:Lance",
    "Chroma": "chroma:Chroma",
}
QUIET = {
    "HF_HUB_OFFLINE": "1",
    "ANONYMIZED_TELEMETRY": "False",
    "HAYSTACK_TELEMETRY_ENABLED": "False",
    "ORT_DISABLE_TELEMETRY": "1",
}


@dataclass(frozen=True, slots=True)
class Absent:
    """A peer that cannot be imported here, and why."""

    name: str
    reason: str


def available(
    environment: MutableMapping[str, str] = os.environ,
) -> tuple[list[Peer], list[Absent]]:
    """Return a fresh, empty peer for each that can be imported, and those that cannot.

    Their reports on how they are used are switched off in `environment` before.
    """
    environment.update(QUIET)
    return made_of(PEERS, __name__)


def made_of(makers: Mapping[str, str], package: str) -> tuple[list[Any], list[Absent]]:
    """Return what the makers of a package make, and those that cannot be imported.

    makers: what in which module makes one, by the name that it bears.
    """
    made: list[Any] = []  # Any: whatever the maker makes
    absent = []
    for name, place in makers.items():
        module, _, maker = place.partition(":")
        try:
            made.append(getattr(importlib.import_module(f"{package}.{module}"), maker)())
        except Exception as error:  # noqa: BLE001 - what fails here is a peer's, not a benchmark's
            reason = f"{type(error).__name__}: {error}; pip install 'grounding[peers]'"
            absent.append(Absent(name, reason))
    return made, absent
