"""Loading an encoder, and trusting it: it answers as torch does, or it is not used."""

import logging
import os
from collections.abc import Callable
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from indexer.encoder.graph import Precision, graph_of
from indexer.encoder.known import (
    PASSAGES,
    QUESTIONS,
    AnswerCache,
    Answering,
    Answers,
    key_of,
    shipped_answers,
    users_cache,
)
from indexer.encoder.recipe import recipe_of
from indexer.encoder.weights import mapped_weights
from indexer.errors import EncoderFailed, EncoderUnfit

if TYPE_CHECKING:
    from indexer.encoder.embedder import OnnxEmbedder

logger = logging.getLogger(__name__)

_FORMAT = "1"
"""Of the graph. With another number every embedder is compared with torch again."""
_FURTHEST = 1e-5
"""Between numbers of an fp32 vector and those that torch gives."""
_LEAST_COSINE = 0.9
"""Between an int8 vector and that of torch; less, and the weights do not bear rounding."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which encoder, and how it is to run."""

    directory: Path
    weights_digest: str
    identity: str
    precision: Precision
    threads: int | None
    """None for one for each core."""
    cache: Path | None
    """Where known answers are kept; None for the user's cache."""


def load(wanted: Wanted, on_torch: Callable[[], Answering]) -> "OnnxEmbedder":
    """Load an encoder, and compare it with its known answers.

    Where none are known, `on_torch` is called for an embedder of the same weights that gives them.

    Raises:
        EncoderUnfit: it is not for ONNX Runtime.
        EncoderFailed: it should be, but cannot run here, or answers otherwise than torch.
    """
    try:
        from indexer.encoder.embedder import OnnxEmbedder
    except ImportError as error:
        raise EncoderUnfit("onnxruntime is not installed; the extra `cpu` brings it") from error
    recipe = recipe_of(wanted.directory)
    graph = graph_of(recipe, mapped_weights(recipe.weights), wanted.precision)
    threads = wanted.threads or usable_cores()
    embedder = OnnxEmbedder(
        recipe,
        graph,
        identity=wanted.identity,
        threads=threads,
        # int8 takes the range of numbers from all that is in a call, and texts are to be alone.
        mixes_texts=wanted.precision == "fp32",
    )
    _compare(embedder, wanted, on_torch)
    version = metadata.version("onnxruntime")
    logger.info("embedder %s: on onnxruntime %s, threads=%d", wanted.identity, version, threads)
    return embedder


def usable_cores(share: Path = Path("/sys/fs/cgroup/cpu.max")) -> int:
    """Return how many processors this process may use, a container's share rounded up."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    try:
        quota, period = share.read_text(encoding="ascii").split()
        return max(1, min(cores or 1, -(-int(quota) // int(period))))
    except (OSError, ValueError):  # no such file, or its quota is "max"
        return cores or 1


def _compare(embedder: Answering, wanted: Wanted, on_torch: Callable[[], Answering]) -> None:
    found = embedder.embed_queries(QUESTIONS)
    shipped = shipped_answers(wanted.weights_digest)
    if shipped is not None and _agree(found, shipped, wanted.precision):
        return
    cache = AnswerCache(wanted.cache or users_cache())
    version = metadata.version("onnxruntime")
    key = key_of(wanted.weights_digest, wanted.directory, _FORMAT, version)
    kept = cache.find(key)
    if kept is not None and _agree(found, kept, wanted.precision):
        return
    judge = on_torch()
    answers = judge.embed_queries(QUESTIONS)
    passages = embedder.embed_passages(PASSAGES), judge.embed_passages(PASSAGES)
    if not (_agree(found, answers, wanted.precision) and _agree(*passages, wanted.precision)):
        raise EncoderFailed("its vectors are not those that torch gives")
    try:
        cache.keep(key, answers)
    except OSError as error:
        logger.warning(
            "embedder %s: every start loads torch to compare with, for what it answered"
            " cannot be kept: %s; set [embedder] cache to a folder that can be written",
            wanted.identity,
            error,
        )


def _agree(one: Answers, other: Answers, precision: Precision) -> bool:
    if one.shape != other.shape:
        return False
    if precision == "fp32":
        return bool(np.abs(one - other).max() <= _FURTHEST)
    return bool(np.sum(one * other, axis=1).min() >= _LEAST_COSINE)
