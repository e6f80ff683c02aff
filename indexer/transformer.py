"""The embedder seam over sentence-transformers and torch; open it through `indexer.embed.load`.

Importing this module loads torch, which takes seconds.
"""

import copy
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

from indexer.backend import Precision, Running
from indexer.encoder.tokens import batches, plain, readable, spans
from indexer.encoder.turns import Turns
from indexer.errors import EmbedderUnusable

_MOST_TOKENS = {"cpu": 1_024, "cuda": 16_384}
"""Of a batch, padding included. On a CPU more are not faster, and another ingest waits."""
_DTYPES = {"bf16": torch.bfloat16, "fp16": torch.float16}


def load(
    directory: Path, *, identity: str, precision: Precision, running: Running
) -> "SentenceTransformersEmbedder":
    """Load the embedder in `directory`, with weights in fp32 whatever products are computed in.

    Raises:
        EmbedderUnusable: the files are not a sentence-transformers embedder, or no such device.
    """
    try:
        with quietly():
            # Otherwise weights stored as bfloat16 stay so: many times slower on a CPU.
            transformer = SentenceTransformer(
                str(directory),
                device=torch_device(running.device),
                local_files_only=True,
                model_kwargs={"dtype": torch.float32},
            )
    except (OSError, ValueError, KeyError, RuntimeError, ImportError, SafetensorError) as error:
        raise EmbedderUnusable(f"embedder {identity}: cannot be loaded: {error}") from error
    if running.threads is not None:
        torch.set_num_threads(running.threads)
    return SentenceTransformersEmbedder(transformer, identity=identity, precision=precision)


class SentenceTransformersEmbedder:
    """A SentenceTransformer with two lanes over one set of weights.

    Encoding reconfigures the tokenizer, which refuses a second thread meanwhile ("Already
    borrowed"), so it needs a lock. Queries have a lane of their own: they share the processor
    with an ingest but never wait for its lock. Two ingests take turns, batch by batch.
    """

    def __init__(
        self, transformer: SentenceTransformer, *, identity: str, precision: Precision
    ) -> None:
        self.identity = identity
        self.dimension = int(transformer.get_embedding_dimension() or 0)
        self._tokenizer = plain_tokenizer(transformer, identity=identity)
        self._passages = transformer
        self._passages_turn = Turns()
        self._queries = _sharing_weights(transformer)
        self._queries_turn = Turns()
        self._device = transformer.device.type
        self._dtype = _DTYPES.get(precision)
        self._is_static = isinstance(transformer[0], StaticEmbedding)
        self._longest = _longest_input(transformer)
        prompt = transformer.prompts.get("document") or ""
        self.max_tokens = self._longest - len(self.token_spans(prompt))

    def embed_query(self, text: str) -> NDArray[np.float32]:
        return self.embed_queries([text]).reshape(-1)

    def embed_queries(self, texts: Sequence[str]) -> NDArray[np.float32]:
        return self._embed(texts, self._queries.encode_query, self._queries_turn)

    def embed_passages(self, texts: Sequence[str]) -> NDArray[np.float32]:
        return self._embed(texts, self._passages.encode_document, self._passages_turn)

    def token_spans(self, text: str) -> list[tuple[int, int]]:
        return spans(self._tokenizer, text)

    def _embed(
        self, texts: Sequence[str], encode: Callable[..., object], turns: Turns
    ) -> NDArray[np.float32]:
        vectors = np.empty((len(texts), self.dimension), dtype=np.float32)
        given = [readable(text) for text in texts]
        for batch in self._batches(given):
            with turns.next(), self._computing():
                vectors[batch] = _encode(encode, [given[i] for i in batch])
        return vectors

    def _batches(self, texts: Sequence[str]) -> list[list[int]]:
        if self._is_static:
            return [[*range(n, min(n + 256, len(texts)))] for n in range(0, len(texts), 256)]
        counted = self._tokenizer.encode_batch_fast(texts)
        lengths = [min(len(encoding), self._longest) for encoding in counted]
        return batches(lengths, most_tokens=_MOST_TOKENS.get(self._device, 1_024))

    @contextmanager
    def _computing(self) -> Iterator[None]:
        if self._dtype is None:
            yield
            return
        with torch.autocast(self._device, dtype=self._dtype):
            yield


def _encode(encode: Callable[..., object], texts: list[str]) -> NDArray[np.float32]:
    vectors = encode(
        texts,
        batch_size=len(texts),
        normalize_embeddings=True,
        show_progress_bar=False,
    )
    found = np.asarray(vectors, dtype=np.float32)
    # A static embedder has nothing to sum for a text without tokens: any direction will do.
    found[~found.any(axis=1)] = 1 / np.sqrt(found.shape[1])
    return found


def _sharing_weights(transformer: SentenceTransformer) -> SentenceTransformer:
    """Copy everything but the weights, which are only read."""
    shared = [*transformer.parameters(), *transformer.buffers()]
    return copy.deepcopy(transformer, {id(tensor): tensor for tensor in shared})


def plain_tokenizer(transformer: SentenceTransformer, *, identity: str) -> Tokenizer:
    """Copy the tokenizer, to read texts of any length without padding, truncation or lock."""
    found = getattr(transformer.tokenizer, "backend_tokenizer", transformer.tokenizer)
    if not isinstance(found, Tokenizer):
        raise EmbedderUnusable(f"embedder {identity}: its tokenizer does not tell offsets")
    return plain(found)


def _longest_input(transformer: SentenceTransformer) -> int:
    return int(min(transformer.max_seq_length or 512, 8_192))


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
