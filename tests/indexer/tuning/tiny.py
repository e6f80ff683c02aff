"""A real transformer of two small layers, and a language to learn: a word for each word."""

import random
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import torch
from sentence_transformers import SentenceTransformer
from sentence_transformers.sentence_transformer.modules import (
    Pooling,
    StaticEmbedding,
    Transformer,
)
from tokenizers import Tokenizer, normalizers, pre_tokenizers, processors
from tokenizers.models import WordLevel, WordPiece
from transformers import BertConfig, BertModel, PreTrainedTokenizerFast

from indexer.tuning.records import Origin, Pair

SPECIAL = ("[PAD]", "[UNK]", "[CLS]", "[SEP]")
WORDS = 16
ASKED = [f"ask{chr(97 + n)}" for n in range(WORDS)]
SAID = [f"say{chr(97 + n)}" for n in range(WORDS)]
LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789.,:%?"


def transformer(folder: Path, words: Iterable[str] = (*ASKED, *SAID)) -> Path:
    """Write an untrained embedder that knows these words, letters and digits."""
    torch.manual_seed(1)
    parts = [*SPECIAL, *LETTERS, *(f"##{letter}" for letter in LETTERS), *words]
    plain = Tokenizer(
        WordPiece({part: n for n, part in enumerate(dict.fromkeys(parts))}, unk_token="[UNK]")
    )
    plain.normalizer = normalizers.BertNormalizer(lowercase=True)
    plain.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    plain.post_processor = processors.BertProcessing(("[SEP]", 3), ("[CLS]", 2))
    written = folder / "written"
    BertModel(
        BertConfig(
            vocab_size=plain.get_vocab_size(),
            hidden_size=32,
            num_hidden_layers=2,
            num_attention_heads=2,
            intermediate_size=64,
            max_position_embeddings=64,
        )
    ).save_pretrained(written)
    PreTrainedTokenizerFast(
        tokenizer_object=plain,
        pad_token="[PAD]",
        unk_token="[UNK]",
        cls_token="[CLS]",
        sep_token="[SEP]",
        model_max_length=64,
    ).save_pretrained(written)
    layers = Transformer(str(written), max_seq_length=64)
    whole = SentenceTransformer(
        modules=[layers, Pooling(layers.get_embedding_dimension(), "mean")], device="cpu"
    )
    whole.save_pretrained(str(folder / "tiny"), create_model_card=False)
    return folder / "tiny"


def interpreter(folder: Path) -> Path:
    """Write a static embedder to which a word and its translation are the same."""
    words = {"[UNK]": 0} | {word: n for n, word in enumerate((*ASKED, *SAID), start=1)}
    plain = Tokenizer(WordLevel(words, unk_token="[UNK]"))
    plain.pre_tokenizer = pre_tokenizers.Whitespace()
    meanings = np.vstack([np.zeros(WORDS), np.eye(WORDS), np.eye(WORDS)]).astype(np.float32)
    whole = SentenceTransformer(
        modules=[StaticEmbedding(plain, embedding_weights=meanings)], device="cpu"
    )
    whole.save_pretrained(str(folder / "interpreter"), create_model_card=False)
    return folder / "interpreter"


def lessons(count: int, *, is_true: bool = True) -> list[tuple[str, str]]:
    """Return questions with what answers them in the other language, or with anything."""
    draw = random.Random(3)
    chosen = [draw.sample(range(WORDS), 4) for _ in range(count)]
    answered = chosen if is_true else draw.sample(chosen, count)
    return [
        (" ".join(ASKED[n] for n in asked), " ".join(SAID[n] for n in said))
        for asked, said in zip(chosen, answered, strict=True)
    ]


def pair(
    question: str,
    passage: str = "",
    *,
    document: str = "",
    negatives: tuple[str, ...] = (),
) -> Pair:
    text = passage or f"answer to {question}"
    return Pair(question, text, document or text, (text,), Origin.GIVEN, negatives)
