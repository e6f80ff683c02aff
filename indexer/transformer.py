"""The embedder seam over sentence-transformers and torch; open it through `indexer.embed.load`.

Importing this module loads torch, which takes seconds.
"""

import copy
import re
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors import SafetensorError
from sentence_transformers import SentenceTransformer
from sentence_transformers.sentence_transformer.modules import StaticEmbedding
from tokenizers import Tokenizer
from transformers.utils import logging as transformers_logging

from indexer.errors import EmbedderUnusable

_READ_AT_MOST = 100_000
"""Code points of a text that are given to the tokenizer, of which it keeps `max_tokens`."""
_SLICE_LENGTH = 1 << 16
_LONE_SURROGATE = re.compile("[\ud800-\udfff]")


def load(directory: Path, *, identity: str, device: str) -> "SentenceTransformersEmbedder":
    """Load the embedder in `directory` for inference in fp32.

    Raises:
        EmbedderUnusable: the files are not a sentence-transformers embedder, or no such device.
    """
    try:
        with quietly():
            # Otherwise weights stored as bfloat16 stay so: many times slower on a CPU.
            transformer = SentenceTransformer(
                str(directory),
                device=torch_device(device),
                local_files_only=True,
                model_kwargs={"dtype": torch.float32},
            )
    except (OSError, ValueError, KeyError, RuntimeError, ImportError, SafetensorError) as error:
        raise EmbedderUnusable(f"embedder {identity}: cannot be loaded: {error}") from error
    return SentenceTransformersEmbedder(transformer, identity=identity)


class SentenceTransformersEmbedder:
    """A SentenceTransformer with two lanes over one set of weights.

    Encoding reconfigures the tokenizer, which refuses a second thread meanwhile ("Already
    borrowed"), so it needs a lock. Queries have a lane of their own: they share the processor
    with an ingest but never wait for its lock. Two ingests take turns, batch by batch.
    """

    def __init__(self, transformer: SentenceTransformer, *, identity: str) -> None:
        self.identity = identity
        self.dimension = int(transformer.get_embedding_dimension() or 0)
        self._tokenizer = plain_tokenizer(transformer, identity=identity)
        self._passages = transformer
        self._passages_turn = _Turns()
        self._queries = _sharing_weights(transformer)
        self._queries_turn = _Turns()
        self._batch_size = _batch_size(transformer)
        prompt = transformer.prompts.get("document") or ""
        self.max_tokens = _longest_input(transformer) - len(self.token_spans(prompt))

    def embed_query(self, text: str) -> NDArray[np.float32]:
        return self.embed_queries([text]).reshape(-1)

    def embed_queries(self, texts: Sequence[str]) -> NDArray[np.float32]:
        return self._embed(texts, self._queries.encode_query, self._queries_turn)

    def embed_passages(self, texts: Sequence[str]) -> NDArray[np.float32]:
        return self._embed(texts, self._passages.encode_document, self._passages_turn)

    def token_spans(self, text: str) -> list[tuple[int, int]]:
        spans: list[tuple[int, int]] = []
        for start, end in _slices(text):
            encoding = self._tokenizer.encode(_encodable(text[start:end]), add_special_tokens=False)
            spans.extend((start + first, start + last) for first, last in encoding.offsets)
        return spans

    def _embed(
        self, texts: Sequence[str], encode: Callable[..., object], turns: "_Turns"
    ) -> NDArray[np.float32]:
        vectors = np.empty((len(texts), self.dimension), dtype=np.float32)
        # Neighbours in a batch are padded to the longest, so let them be of similar length.
        by_length = sorted(range(len(texts)), key=lambda i: len(texts[i]))
        for first in range(0, len(texts), self._batch_size):
            batch = by_length[first : first + self._batch_size]
            with turns.next():
                vectors[batch] = _encode(encode, [texts[i] for i in batch])
        return vectors


class _Turns:
    """A lock that is handed on: who releases it cannot take it again before one who waits.

    A plain lock goes back to the thread that released it, which is awake already.
    """

    def __init__(self) -> None:
        self._is_next = threading.Lock()
        self._turn = threading.Lock()

    @contextmanager
    def next(self) -> Iterator[None]:
        with self._is_next:
            self._turn.acquire()
        try:
            yield
        finally:
            self._turn.release()


def _encode(encode: Callable[..., object], texts: list[str]) -> NDArray[np.float32]:
    vectors = encode(
        [_encodable(text[:_READ_AT_MOST]) for text in texts],
        batch_size=len(texts),
        normalize_embeddings=True,
        show_progress_bar=False,
    )
    found = np.asarray(vectors, dtype=np.float32)
    # A static embedder has nothing to sum for a text without tokens: any direction will do.
    found[~found.any(axis=1)] = 1 / np.sqrt(found.shape[1])
    return found


def _batch_size(transformer: SentenceTransformer) -> int:
    if isinstance(transformer[0], StaticEmbedding):
        return 256
    # On a CPU small batches are as fast as large ones, and another ingest waits for one only.
    return 8 if transformer.device.type == "cpu" else 64


def _sharing_weights(transformer: SentenceTransformer) -> SentenceTransformer:
    """Copy everything but the weights, which are only read."""
    shared = [*transformer.parameters(), *transformer.buffers()]
    return copy.deepcopy(transformer, {id(tensor): tensor for tensor in shared})


def plain_tokenizer(transformer: SentenceTransformer, *, identity: str) -> Tokenizer:
    """Copy the tokenizer, to read texts of any length without padding, truncation or lock."""
    found = getattr(transformer.tokenizer, "backend_tokenizer", transformer.tokenizer)
    if not isinstance(found, Tokenizer):
        raise EmbedderUnusable(f"embedder {identity}: its tokenizer does not tell offsets")
    tokenizer = Tokenizer.from_str(found.to_str())
    tokenizer.no_padding()
    tokenizer.no_truncation()
    return tokenizer


def _longest_input(transformer: SentenceTransformer) -> int:
    return int(min(transformer.max_seq_length or 512, 8_192))


def _slices(text: str) -> Iterator[tuple[int, int]]:
    """Cut at white space, so that tokenizing 10 MB takes the memory of 64 kB."""
    start = 0
    while start < len(text):
        end = min(start + _SLICE_LENGTH, len(text))
        if end < len(text):
            cut = max(text.rfind("\n", start, end), text.rfind(" ", start, end))
            end = cut if cut > start else end
        yield start, end
        start = end


def _encodable(text: str) -> str:
    """Replace what UTF-8 cannot hold, one code point for one, so that offsets stay."""
    return _LONE_SURROGATE.sub("\ufffd", text)


def torch_device(device: str) -> str:
    """Return what torch calls `auto`, `cpu` or `gpu`.

    Raises:
        EmbedderUnusable: it is none of these, or there is no GPU.
    """
    if device not in ("auto", "cpu", "gpu"):
        raise EmbedderUnusable(f"device {device}: expected auto, cpu or gpu")
    has_gpu = torch.cuda.is_available()
    if device == "gpu" and not has_gpu:
        raise EmbedderUnusable("device gpu: torch sees no GPU; choose auto or cpu")
    return "cuda" if has_gpu and device != "cpu" else "cpu"


@contextmanager
def quietly() -> Iterator[None]:
    """Load weights without a progress bar."""
    was_enabled = transformers_logging.is_progress_bar_enabled()
    transformers_logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    try:
        yield
    finally:
        if was_enabled:
            transformers_logging.enable_progress_bar()  # type: ignore[no-untyped-call]
