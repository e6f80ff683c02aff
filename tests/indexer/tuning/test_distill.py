import re
from pathlib import Path

import numpy as np
import pytest

from indexer.embed import load
from indexer.errors import EmbedderUnusable
from indexer.tuning.distill import distill, frequent_words, reduced, weights
from tests.indexer.tuning.tiny import transformer

TEXTS = ["askaaskb saya"] * 6 + ["sayb sayb sayb"]


def distilled(base: Path, out: Path, **changes: object) -> list[tuple[int, int]]:
    seen: list[tuple[int, int]] = []
    settings = {"texts": TEXTS, "dimensions": 16, "with_words": False, "device": "cpu"}
    distill(base, out, **{**settings, **changes}, progress=lambda *at: seen.append(at))  # type: ignore[arg-type]
    return seen


def test_a_static_embedder_is_loaded_like_any_other(tmp_path: Path) -> None:
    seen = distilled(transformer(tmp_path), tmp_path / "static")

    embedder = load(str(tmp_path / "static"), device="cpu")

    assert embedder.dimension == 16
    assert embedder.max_tokens == 8_192
    assert embedder.identity.startswith("static/torch-fp32/")
    assert seen[-1][0] == seen[-1][1]


def test_a_vector_is_the_sum_of_its_tokens_whatever_their_order(tmp_path: Path) -> None:
    distilled(transformer(tmp_path), tmp_path / "static")
    embedder = load(str(tmp_path / "static"), device="cpu")

    one, other = embedder.embed_passages(["aska sayb sayc", "sayc aska sayb"])

    assert np.allclose(one, other, atol=1e-6)


def test_frequent_words_get_vectors_of_their_own(tmp_path: Path) -> None:
    base = transformer(tmp_path)
    distilled(base, tmp_path / "pieces")
    distilled(base, tmp_path / "words", with_words=True)

    pieces, words = (load(str(tmp_path / name), device="cpu") for name in ("pieces", "words"))

    assert len(pieces.token_spans("askaaskb")) > 1
    assert words.token_spans("askaaskb") == [(0, 8)]


def test_a_tokenizer_that_takes_no_words_is_refused(tmp_path: Path) -> None:
    base = transformer(tmp_path)
    file = base / "tokenizer.json"
    found = re.sub(r'"model":\s*\{.*', "", file.read_text(), flags=re.DOTALL)
    file.write_text(
        f'{found}"model": {{"type": "WordLevel", "unk_token": "[UNK]",'
        ' "vocab": {"[PAD]": 0, "[UNK]": 1, "[CLS]": 2, "[SEP]": 3}}}'
    )

    with pytest.raises(EmbedderUnusable, match="WordLevel tokenizer takes no further words"):
        distilled(base, tmp_path / "static", with_words=True)


def test_more_dimensions_than_there_are_stay_what_they_are(tmp_path: Path) -> None:
    distilled(transformer(tmp_path), tmp_path / "static", dimensions=500, texts=[])

    assert load(str(tmp_path / "static"), device="cpu").dimension == 32


def test_reduced_vectors_keep_what_differs_most() -> None:
    draw = np.random.default_rng(1)
    wide = draw.normal(size=(500, 3)) @ draw.normal(size=(3, 20))
    vectors = (wide + 0.001 * draw.normal(size=wide.shape)).astype(np.float32)

    kept = reduced(vectors, 3)

    centred = vectors - vectors.mean(axis=0)
    assert kept.shape == (500, 3)
    assert np.allclose(kept @ kept.T, centred @ centred.T, atol=0.5)
    assert (np.diff(kept.var(axis=0)) < 0).all()


def test_frequent_tokens_count_less() -> None:
    found = weights(np.array([0.0, 1e-4, 0.05]))

    assert found == pytest.approx([1.0, 0.5, 1e-4 / 0.0501])


def test_words_are_frequent_that_are_used_often() -> None:
    texts = ["Oil prices rose; oil, OIL!"] * 2 + ["a 2024 x1 rare word"]

    assert frequent_words(texts) == ["oil"]
