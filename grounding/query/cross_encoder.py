"""The reranker seam over a sentence-transformers CrossEncoder, from files on this machine.

Nothing is ever downloaded, and no code that lies beside the weights is run. Importing this module
loads neither torch nor transformers; `load` does.
"""

import threading
from collections.abc import Sequence
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from grounding.errors import RerankerLate, RerankerUnusable
from indexer.embed import weights_digest
from indexer.errors import EmbedderUnusable

if TYPE_CHECKING:
    from sentence_transformers import CrossEncoder

_MOST_TOKENS = 512
"""Question and text together: more than a chunk has, and what rerankers are trained on."""
_READ_AT_MOST = 16 * _MOST_TOKENS
"""Code points of each that are given to the tokenizer. To cut a pair to size it builds all that is
cut off as well, every part of the one with every part of the other: a minute for 100,000 each."""


def load(
    name: str, *, device: str = "auto", deadline_seconds: float = 10.0
) -> "CrossEncoderReranker":
    """Load a CrossEncoder in a directory, or one from the Hugging Face cache.

    Args:
        name: a directory, or a name such as `cross-encoder/ms-marco-MiniLM-L6-v2`.
        device: `auto` (a GPU where torch sees one), `cpu` or `gpu`.
        deadline_seconds: after how long a question is given up, the wait for others included.

    Raises:
        RerankerUnusable: the weights are missing, no reranker, or the device is not there.
    """
    try:
        directory = directory_of(name)
    except ValueError as error:
        raise RerankerUnusable(f"reranker {name}: {error}") from error
    title = directory.name if Path(name).is_dir() else name.rpartition("/")[2]
    try:
        identity = f"{title}/torch-fp32/{weights_digest(directory)[:8]}"
        transformer = opened(directory, device)
    except EmbedderUnusable as error:
        raise RerankerUnusable(f"reranker {name}: {error}") from error
    except (OSError, ValueError, KeyError, RuntimeError, ImportError) as error:
        raise RerankerUnusable(f"reranker {name}: cannot be loaded: {error}") from error
    _require_one_score(transformer, name)
    _try_the_longest(transformer, name)
    return CrossEncoderReranker(transformer, identity=identity, deadline_seconds=deadline_seconds)


class CrossEncoderReranker:
    """A CrossEncoder that scores one question after the other.

    `predict` bears several threads, but questions that share a processor all end as late as the
    last of them would in a row, and on a GPU they would need memory for all at once.
    Scores are logits: a sigmoid makes all that is very relevant equal.
    """

    def __init__(
        self, transformer: "CrossEncoder", *, identity: str, deadline_seconds: float
    ) -> None:
        self.identity = identity
        self._transformer = transformer
        self._deadline_seconds = deadline_seconds
        self._turn = threading.Lock()
        # On a CPU small batches are as fast as large ones, and the deadline is looked at oftener.
        self._batch_size = 8 if transformer.device.type == "cpu" else 64

    def score(self, question: str, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return the logits [n]; see `Reranker`.

        Raises:
            RerankerLate: the deadline passed before the last batch.
            RerankerUnusable: the device failed, or a score is not finite.
        """
        if not texts:
            return np.zeros(0, dtype=np.float32)
        ends = monotonic() + self._deadline_seconds
        if not self._turn.acquire(timeout=self._deadline_seconds):
            raise self._late(0, len(texts))
        try:
            scores = self._scores(encodable(question), [*map(encodable, texts)], ends)
        finally:
            self._turn.release()
        if not np.isfinite(scores).all():
            raise RerankerUnusable(f"reranker {self.identity}: a score is not finite; replace it")
        return scores

    def _scores(self, question: str, texts: list[str], ends: float) -> NDArray[np.float32]:
        scores = np.empty(len(texts), dtype=np.float32)
        # Neighbours in a batch are padded to the longest, so let them be of similar length.
        by_length = sorted(range(len(texts)), key=lambda i: len(texts[i]))
        for first in range(0, len(texts), self._batch_size):
            if monotonic() > ends:
                raise self._late(first, len(texts))
            batch = by_length[first : first + self._batch_size]
            scores[batch] = self._batch([(question, texts[i]) for i in batch])
        return scores

    def _batch(self, pairs: list[tuple[str, str]]) -> NDArray[np.float32]:
        import torch

        try:
            found = self._transformer.predict(pairs, batch_size=len(pairs), show_progress_bar=False)
        except (torch.OutOfMemoryError, torch.AcceleratorError) as error:
            raise RerankerUnusable(f"reranker {self.identity}: {error}") from error
        return np.asarray(found, dtype=np.float32)

    def _late(self, done: int, of: int) -> RerankerLate:
        return RerankerLate(
            f"reranker {self.identity}: {done} of {of} texts scored in"
            f" {self._deadline_seconds:g} s; lower `[reranker] top` or raise its `deadline`"
        )


def directory_of(name: str) -> Path:
    """Return a directory itself, or that of a name in the Hugging Face cache.

    Raises:
        ValueError: it is neither; the message says what to do.
    """
    if Path(name).is_dir():
        return Path(name).resolve()
    from huggingface_hub import errors, snapshot_download

    try:
        return Path(snapshot_download(name, local_files_only=True))
    except errors.HFValidationError as error:
        raise ValueError("neither a directory nor a Hugging Face name, OWNER/NAME") from error
    except errors.LocalEntryNotFoundError as error:
        raise ValueError(f"not on this machine; fetch it with `hf download {name}`") from error


def opened(directory: Path, device: str) -> "CrossEncoder":
    """Open a CrossEncoder whose scores are logits, on a device.

    Raises:
        EmbedderUnusable: the device is not there.
        OSError, ValueError, KeyError, RuntimeError, ImportError: it cannot be loaded.
    """
    import torch
    from safetensors import SafetensorError
    from sentence_transformers import CrossEncoder

    from indexer.transformer import quietly, torch_device

    try:
        with quietly():
            # Otherwise weights stored as bfloat16 stay so: many times slower on a CPU.
            transformer: CrossEncoder = CrossEncoder(
                str(directory),
                device=torch_device(device),
                local_files_only=True,
                model_kwargs={"dtype": torch.float32},
                activation_fn=torch.nn.Identity(),
            )
    except SafetensorError as error:
        raise ValueError(str(error)) from error
    transformer.max_seq_length = min(transformer.max_seq_length or _MOST_TOKENS, _MOST_TOKENS)
    return transformer


def _require_one_score(transformer: "CrossEncoder", name: str) -> None:
    """Refuse what loads as a CrossEncoder and is none: its last layer would be made of chance."""
    kind = next(iter(getattr(transformer.config, "architectures", None) or ()), "of no known kind")
    if len(transformer) == 1 and not kind.endswith("ForSequenceClassification"):
        raise RerankerUnusable(
            f"reranker {name}: is {kind}, which scores no pairs; name a CrossEncoder"
        )
    if transformer.num_labels != 1:
        raise RerankerUnusable(
            f"reranker {name}: gives {transformer.num_labels} scores a pair, expected 1;"
            " name a reranker, not a classifier"
        )


def _try_the_longest(transformer: "CrossEncoder", name: str) -> None:
    """Score a pair that is cut to size: what fails here would fail in the middle of a question."""
    text = "long " * _MOST_TOKENS
    try:
        found = transformer.predict([(text, text)], show_progress_bar=False)
    except (IndexError, RuntimeError, TypeError, ValueError) as error:
        raise RerankerUnusable(
            f"reranker {name}: cannot score {transformer.max_seq_length} tokens: {error}"
        ) from error
    if not np.isfinite(found).all():
        raise RerankerUnusable(f"reranker {name}: its scores are not finite; fetch it again")


def encodable(text: str) -> str:
    """Cut a text to what is read of it, and replace what UTF-8 cannot hold."""
    return text[:_READ_AT_MOST].encode("utf-8", "replace").decode("utf-8")
