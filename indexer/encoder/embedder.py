"""The embedder seam over ONNX Runtime; open it through `indexer.embed.load`."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import onnxruntime
from numpy.typing import NDArray
from tokenizers import Tokenizer

from indexer.encoder.recipe import Recipe
from indexer.encoder.tokens import batches, readable, spans
from indexer.encoder.turns import Turns
from indexer.errors import EncoderFailed, EncoderUnfit

_MOST_TOKENS = 256
"""Of a batch, padding included. More of them no longer fit beside the weights in a core's cache,
and cost more each; another ingest waits for one batch only."""
_FOLDER = "session.model_external_initializers_file_folder_path"


def session_of(graph: bytes, folder: Path, *, threads: int) -> onnxruntime.InferenceSession:
    """Prepare a graph to be run, from several threads if need be; its weights are in `folder`.

    Raises:
        EncoderFailed: this ONNX Runtime cannot run it.
    """
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    options.enable_mem_pattern = False  # it remembers every shape, and lengths differ
    # A thread that waits for work leaves its processor to the search, and to other sessions.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    options.add_session_config_entry(_FOLDER, str(folder))
    try:
        return onnxruntime.InferenceSession(graph, options, providers=["CPUExecutionProvider"])
    except Exception as error:  # its errors have no other common root
        raise EncoderFailed(f"ONNX Runtime {onnxruntime.__version__}: {error}") from error


class OnnxEmbedder:
    """An encoder with two sessions: one for questions, one for passages once there are any.

    Questions share the processor with an ingest but wait neither for its lock nor for its
    threads. Two ingests take turns, batch by batch.
    """

    def __init__(
        self, recipe: Recipe, graph: bytes, *, identity: str, threads: int, mixes_texts: bool
    ) -> None:
        self.identity = identity
        self.dimension = recipe.dimension
        self._recipe = recipe
        self._graph = graph
        self._threads = threads
        self._most_tokens = _MOST_TOKENS if mixes_texts else 1
        self._tokenizer, self._reader = _tokenizers(recipe)
        self.max_tokens = recipe.max_tokens - len(self.token_spans(recipe.passage_prompt))
        self._queries = self._session()
        self._passages: onnxruntime.InferenceSession | None = None
        self._passages_turn = Turns()

    def embed_query(self, text: str) -> NDArray[np.float32]:
        return self.embed_queries([text]).reshape(-1)

    def embed_queries(self, texts: Sequence[str]) -> NDArray[np.float32]:
        vectors = self._empty(texts)
        tokens = self._tokens(self._recipe.query_prompt, texts)
        for batch in self._batches(tokens):
            vectors[batch] = self._embed(self._queries, [tokens[i] for i in batch])
        return vectors

    def embed_passages(self, texts: Sequence[str]) -> NDArray[np.float32]:
        vectors = self._empty(texts)
        tokens = self._tokens(self._recipe.passage_prompt, texts)
        for batch in self._batches(tokens):
            with self._passages_turn.next():
                if self._passages is None:
                    self._passages = self._session()
                vectors[batch] = self._embed(self._passages, [tokens[i] for i in batch])
        return vectors

    def token_spans(self, text: str) -> list[tuple[int, int]]:
        return spans(self._tokenizer, text)

    def _session(self) -> onnxruntime.InferenceSession:
        return session_of(self._graph, self._recipe.weights.parent, threads=self._threads)

    def _empty(self, texts: Sequence[str]) -> NDArray[np.float32]:
        return np.empty((len(texts), self.dimension), dtype=np.float32)

    def _tokens(self, prompt: str, texts: Sequence[str]) -> list[list[int]]:
        given = [prompt + readable(text) for text in texts]
        return [encoding.ids for encoding in self._reader.encode_batch_fast(given)]

    def _batches(self, tokens: Sequence[Sequence[int]]) -> list[list[int]]:
        return batches([len(each) for each in tokens], most_tokens=self._most_tokens)

    def _embed(
        self, session: onnxruntime.InferenceSession, tokens: list[list[int]]
    ) -> NDArray[np.float32]:
        lengths = np.array([len(each) for each in tokens], dtype=np.int32)
        longest = int(lengths.max())
        ids = np.array([each + [0] * (longest - len(each)) for each in tokens], dtype=np.int32)
        given = {"ids": ids, "lengths": lengths, "share": self._share(lengths)}
        (vectors,) = session.run(["vectors"], given)
        return np.asarray(vectors, dtype=np.float32)

    def _share(self, lengths: NDArray[np.int32]) -> NDArray[np.float32]:
        """Return how much each token counts in the vector of its text."""
        places = np.arange(lengths.max())
        counting = places < (lengths[:, None] if self._recipe.pooling == "mean" else 1)
        share = counting / counting.sum(axis=-1, keepdims=True)
        return np.broadcast_to(share, (len(lengths), len(places)))[:, None].astype(np.float32)


def _tokenizers(recipe: Recipe) -> tuple[Tokenizer, Tokenizer]:
    """Return what finds tokens in a text of any length, and what reads as much as fits."""
    try:
        finder, reader = (Tokenizer.from_file(str(recipe.tokenizer)) for _ in range(2))
    except Exception as error:  # it raises nothing narrower
        raise EncoderUnfit(f"{recipe.tokenizer.name} cannot be read: {error}") from error
    if finder.num_special_tokens_to_add(is_pair=False) == 0:
        raise EncoderUnfit("an empty text has no tokens")
    finder.no_padding()
    finder.no_truncation()
    reader.no_padding()
    reader.enable_truncation(recipe.max_tokens)
    return finder, reader
