"""Weights in a safetensors file, mapped into memory rather than read.

The file is eight bytes with the length of a JSON header, the header, and the tensors.
"""

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from indexer.errors import EncoderUnfit

_PREFIX = "bert."


@dataclass(frozen=True, slots=True)
class Weight:
    """One tensor: its values, and where they lie in the file."""

    values: NDArray[np.float32]
    offset: int


Weights = dict[str, Weight]


def mapped_weights(file: Path) -> Weights:
    """Return the fp32 tensors of a file by name, without the name of the encoder in front.

    Raises:
        EncoderUnfit: the file is not in that form.
    """
    try:
        data = np.memmap(file, dtype=np.uint8, mode="r")
        begin = 8 + int.from_bytes(data[:8].tobytes(), "little")
        header = json.loads(data[8:begin].tobytes())
        return {
            name.removeprefix(_PREFIX): _weight(data, begin, said)
            for name, said in header.items()
            if name != "__metadata__" and said["dtype"] == "F32"
        }
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise EncoderUnfit(f"{file.name} is not what safetensors writes: {error}") from error


def _weight(data: NDArray[np.uint8], begin: int, said: dict[str, list[int]]) -> Weight:
    start, end = (begin + offset for offset in said["data_offsets"])
    return Weight(data[start:end].view(np.float32).reshape(said["shape"]), start)
