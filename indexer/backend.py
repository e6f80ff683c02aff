"""What runs an embedder: ONNX Runtime for encoders on a processor, torch for all else.

Importing this module loads no heavy library.
"""

import logging
import os
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache as once
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from indexer.errors import EmbedderUnusable, EncoderFailed, EncoderUnfit

if TYPE_CHECKING:
    from indexer.embed import Embedder

logger = logging.getLogger(__name__)

Precision = Literal["fp32", "int8", "bf16", "fp16"]
OF_PRECISION: dict[Precision, str] = {
    "fp32": "torch-fp32",  # on ONNX Runtime they are the same vectors
    "int8": "onnx-int8",
    "bf16": "torch-bf16",
    "fp16": "torch-fp16",
}
"""How identities name what vectors depend on beside the weights."""
_SIGNS_OF_A_GPU = ("/dev/nvidiactl", "/dev/nvidia0", "/dev/dxg", "/dev/kfd")


@dataclass(frozen=True, slots=True)
class Running:
    """What an embedder runs on. Defaults suit a process that has its machine to itself."""

    device: str = "auto"
    """`auto` (a GPU where torch sees one), `cpu` or `gpu`."""
    threads: int | None = None
    """Of one call on a processor; None for one for each core."""
    cache: Path | None = None
    """Where known answers are kept; None for the user's cache."""


@dataclass(frozen=True, slots=True)
class Checked:
    """Weights that are what they should be, and what is to be made of them."""

    directory: Path
    digest: str
    identity: str
    precision: Precision


def start(checked: Checked, running: Running) -> "Embedder":
    """Load an embedder where it runs best, but not torch where ONNX Runtime does.

    Raises:
        EmbedderUnusable: it cannot be loaded, or there is no such device.
    """

    @once
    def on_torch() -> "Embedder":
        from indexer import transformer

        precision = "fp32" if checked.precision == "int8" else checked.precision
        return transformer.load(
            checked.directory, identity=checked.identity, precision=precision, running=running
        )

    if checked.precision == "int8":
        if running.device == "gpu":
            raise EmbedderUnusable(f"embedder {checked.identity}: int8 runs on processors only")
    elif checked.precision != "fp32" or _is_on_gpu(running.device):
        return on_torch()
    return _on_processor(checked, running, on_torch)


def _is_on_gpu(device: str) -> bool:
    if device == "cpu" or (device == "auto" and not any(map(os.path.exists, _SIGNS_OF_A_GPU))):
        return False
    from indexer.transformer import torch_device

    return torch_device(device) != "cpu"


def _on_processor(
    checked: Checked, running: Running, on_torch: Callable[[], "Embedder"]
) -> "Embedder":
    from indexer.encoder.load import Wanted, load

    precision: Literal["fp32", "int8"] = "int8" if checked.precision == "int8" else "fp32"
    wanted = Wanted(
        directory=checked.directory,
        weights_digest=checked.digest,
        identity=checked.identity,
        precision=precision,
        threads=running.threads,
        cache=running.cache,
    )
    try:
        return load(wanted, on_torch)
    except EncoderUnfit as error:
        if precision == "int8":
            raise EmbedderUnusable(f"embedder {checked.identity}: {error}") from error
        level = logging.WARNING if isinstance(error, EncoderFailed) else logging.INFO
        logger.log(level, "embedder %s: on torch, for %s", checked.identity, error)
        return on_torch()
