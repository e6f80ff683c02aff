"""Distil an embedder into a static one: a table of token vectors, summed up without a transformer.

    each token ──▶ base embedder ──▶ [tokens, d] ──▶ principal components ──▶ weights ──▶ table

This is the method of Model2Vec (Tulkens and van Dongen, 2024), written out here because its
package holds transformers below the version that this program runs. One thing differs: where
text is stored, a token's weight comes from how often it is used there, and not from its rank in
the vocabulary. The weight is that of Arora et al., A simple but tough-to-beat baseline for
sentence embeddings (2017): a / (a + p), with p the token's share of all tokens.

Importing this module loads torch.
"""

import json
import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from sentence_transformers import SentenceTransformer
from sentence_transformers.sentence_transformer.modules import Normalize, StaticEmbedding
from tokenizers import Tokenizer

from indexer.errors import EmbedderUnusable
from indexer.transformer import plain_tokenizer, quietly, torch_device

_SMOOTHING = 1e-4
_BATCH = 128
_UNUSED = re.compile(r"\[unused\d+\]")
_WORD = re.compile(r"[^\W\d_]{3,40}")
MOST_WORDS = 20_000
_FEWEST_USES = 5

Progress = Callable[[int, int], None]
"""Told the tokens embedded so far, and of how many."""


def distill(
    base: Path,
    out: Path,
    *,
    texts: Sequence[str],
    dimensions: int,
    with_words: bool,
    device: str,
    progress: Progress,
) -> None:
    """Write a static embedder made of the one in `base` to `out`.

    Args:
        texts: what tokens are weighted by; none weights them by their rank in the vocabulary.
        dimensions: of the vectors; at most those of `base`, at least 2.
        with_words: whole words that are frequent in `texts` get vectors of their own.

    Raises:
        EmbedderUnusable: `base` has no tokenizer that this can be done with.
    """
    with quietly():
        teacher = SentenceTransformer(
            str(base),
            device=torch_device(device),
            local_files_only=True,
            model_kwargs={"dtype": torch.float32},
        )
    before = plain_tokenizer(teacher, identity=base.name)
    after = _extended(before, frequent_words(texts)) if with_words else before
    tokens = _meaningful(after)
    meanings = _meanings(
        teacher, before, [_pieces(before, after, each) for each in tokens], progress
    )
    table = np.zeros((after.get_vocab_size(), min(dimensions, meanings.shape[1])))
    table[tokens] = reduced(meanings, dimensions)
    table[tokens] *= weights(_shares(after, texts, tokens))[:, None]
    out.mkdir(parents=True, exist_ok=True)
    static = StaticEmbedding(_pure(after), embedding_weights=table.astype(np.float32))
    SentenceTransformer(modules=[static], device="cpu").save_pretrained(
        str(out), create_model_card=False
    )


def reduced(vectors: NDArray[np.float32], dimensions: int) -> NDArray[np.float64]:
    """Return the first principal components [n, dimensions] of vectors [n, d]."""
    centred = (vectors - vectors.mean(axis=0)).astype(np.float64)
    _, directions = np.linalg.eigh(centred.T @ centred)  # in ascending order
    kept = directions[:, ::-1][:, : min(dimensions, vectors.shape[1])]
    return np.asarray(centred @ kept)


def weights(shares: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return how much a token counts that makes up this share of all tokens."""
    return _SMOOTHING / (_SMOOTHING + shares)


def frequent_words(texts: Iterable[str]) -> list[str]:
    """Return the words, in small letters, that are used most often."""
    uses = Counter(word for text in texts for word in _WORD.findall(text.lower()))
    return [word for word, count in uses.most_common(MOST_WORDS) if count >= _FEWEST_USES]


def _shares(
    tokenizer: Tokenizer, texts: Sequence[str], tokens: Sequence[int]
) -> NDArray[np.float64]:
    """Return the shares of `tokens` in `texts`; without any, those of Zipf's law by rank."""
    if not texts:
        ranked = 1 / np.arange(2, len(tokens) + 2)
        return np.asarray(ranked / ranked.sum())
    uses = np.zeros(tokenizer.get_vocab_size())
    for text in texts:
        np.add.at(uses, tokenizer.encode(text, add_special_tokens=False).ids, 1)
    return np.asarray(uses[list(tokens)] / max(1.0, uses.sum()))


def _meaningful(tokenizer: Tokenizer) -> list[int]:
    """Return the tokens that stand for text; the others keep a vector of zeros."""
    special = {n for n, each in tokenizer.get_added_tokens_decoder().items() if each.special}
    names = [tokenizer.id_to_token(token) for token in range(tokenizer.get_vocab_size())]
    return [
        token
        for token, name in enumerate(names)
        if name and token not in special and not _UNUSED.fullmatch(name)
    ]


def _extended(tokenizer: Tokenizer, words: Sequence[str]) -> Tokenizer:
    """Add whole words to a WordPiece vocabulary, which takes the longest piece it knows."""
    described = json.loads(tokenizer.to_str())
    if described["model"]["type"] != "WordPiece":
        raise EmbedderUnusable(
            f"a {described['model']['type']} tokenizer takes no further words;"
            " distil with `--vocabulary tokenizer`"
        )
    vocabulary = described["model"]["vocab"]
    for word in words:
        vocabulary.setdefault(word, len(vocabulary))
    return Tokenizer.from_str(json.dumps(described))


def _pieces(before: Tokenizer, after: Tokenizer, token: int) -> list[int]:
    """Return what the base embedder is shown for a token: itself, or the pieces of a new word."""
    if token < before.get_vocab_size():
        return [token]
    return list(before.encode(after.id_to_token(token), add_special_tokens=False).ids)


def _meanings(
    teacher: SentenceTransformer,
    tokenizer: Tokenizer,
    pieces: Sequence[list[int]],
    progress: Progress,
) -> NDArray[np.float32]:
    """Return the base embedder's vectors [n, d] of tokens, each on its own."""
    first, last = _frame(tokenizer)
    found = np.zeros((len(pieces), int(teacher.get_embedding_dimension() or 0)), np.float32)
    by_length = sorted(range(len(pieces)), key=lambda place: len(pieces[place]))
    for start in range(0, len(by_length), _BATCH):
        some = by_length[start : start + _BATCH]
        found[some] = _forward(teacher, [first + pieces[place] + last for place in some])
        progress(start + len(some), len(by_length))
    return found


def _forward(teacher: SentenceTransformer, rows: Sequence[list[int]]) -> NDArray[np.float32]:
    """Run the base embedder up to where it would normalise: how long a vector is says something."""
    longest = max(map(len, rows))
    ids = torch.tensor([row + [0] * (longest - len(row)) for row in rows])
    mask = torch.tensor([[1] * len(row) + [0] * (longest - len(row)) for row in rows])
    features = {"input_ids": ids.to(teacher.device), "attention_mask": mask.to(teacher.device)}
    with torch.inference_mode():
        for layer in teacher.eval():
            if not isinstance(layer, Normalize):
                features = layer(features)
    found: NDArray[np.float32] = features["sentence_embedding"].float().cpu().numpy()
    return np.nan_to_num(found)


def _frame(tokenizer: Tokenizer) -> tuple[list[int], list[int]]:
    """Return the special tokens that stand before and after a text."""
    within = tokenizer.encode("a", add_special_tokens=False).ids
    whole = tokenizer.encode("a", add_special_tokens=True).ids
    for start in range(len(whole) - len(within) + 1):
        if whole[start : start + len(within)] == within:
            return whole[:start], whole[start + len(within) :]
    return [], []


def _pure(tokenizer: Tokenizer) -> Tokenizer:
    """Copy it without the special tokens around a text, which a static embedder must not sum."""
    described = json.loads(tokenizer.to_str())
    described["post_processor"] = None
    return Tokenizer.from_str(json.dumps(described))
