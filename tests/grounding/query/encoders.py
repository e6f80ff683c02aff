"""A tiny CrossEncoder made in the test: weights of chance, but real files and a real tokenizer."""

import string
from pathlib import Path

import torch
from sentence_transformers import CrossEncoder
from transformers import BertConfig, BertForSequenceClassification, BertModel, BertTokenizerFast

_SPECIAL = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")
_WORDS = ("oil", "brent", "rises", "falls", "barrel", "cat", "sleeps", "gold", "price", "rain")
_LETTERS = string.ascii_lowercase + string.digits


def tiny_cross_encoder(directory: Path, *, labels: int = 1) -> Path:
    """Save a BERT of two layers and hidden size 32 that scores pairs; the same every time."""
    torch.manual_seed(7)
    plain = directory.with_name(f"{directory.name}-plain")
    BertForSequenceClassification(_config(labels)).save_pretrained(plain)
    _tokenizer(plain).save_pretrained(plain)
    CrossEncoder(str(plain), device="cpu", local_files_only=True).save_pretrained(str(directory))
    return directory


def tiny_encoder(directory: Path) -> Path:
    """Save the same without the layer that scores: what an embedder is made of."""
    BertModel(_config(1)).save_pretrained(directory)
    _tokenizer(directory).save_pretrained(directory)
    return directory


def _config(labels: int) -> BertConfig:
    return BertConfig(
        vocab_size=len(_vocabulary()),
        hidden_size=32,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=64,
        max_position_embeddings=128,
        initializer_range=0.3,
        num_labels=labels,
    )


def _tokenizer(directory: Path) -> BertTokenizerFast:
    vocabulary = directory / "vocab.txt"
    vocabulary.write_text("\n".join(_vocabulary()), encoding="utf-8")
    return BertTokenizerFast(str(vocabulary), model_max_length=128)


def _vocabulary() -> list[str]:
    return [*_SPECIAL, *_WORDS, *_LETTERS, *(f"##{letter}" for letter in _LETTERS)]
