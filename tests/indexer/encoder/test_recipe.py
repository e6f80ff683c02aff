import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from indexer.embed import directory_of
from indexer.encoder.recipe import recipe_of
from indexer.errors import EncoderUnfit
from tests.indexer.encoder.folders import rewrite


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The configuration of the shipped encoder, with an empty file for its weights."""
    shipped = directory_of("minilm")
    for file in shipped.rglob("*.json"):
        copied = tmp_path / file.relative_to(shipped)
        copied.parent.mkdir(exist_ok=True)
        copied.write_bytes(file.read_bytes())
    (tmp_path / "model.safetensors").touch()
    return tmp_path


def test_shipped_encoder_is_understood() -> None:
    recipe = recipe_of(directory_of("minilm"))

    assert (recipe.layers, recipe.heads, recipe.dimension, recipe.inner) == (6, 12, 384, 1536)
    assert (recipe.pooling, recipe.max_tokens, recipe.epsilon) == ("mean", 256, 1e-12)
    assert (recipe.query_prompt, recipe.passage_prompt) == ("", "")


def test_first_token_and_prompts_are_read(folder: Path) -> None:
    cls = {"pooling_mode_cls_token": True, "pooling_mode_mean_tokens": False}
    rewrite(folder / "1_Pooling" / "config.json", **cls)
    rewrite(
        folder / "config_sentence_transformers.json",
        prompts={"query": "find: ", "document": "read: "},
    )

    recipe = recipe_of(folder)

    assert (recipe.pooling, recipe.query_prompt) == ("cls", "find: ")
    assert recipe.passage_prompt == "read: "


def test_without_a_length_it_is_that_of_the_tokenizer(folder: Path) -> None:
    (folder / "sentence_bert_config.json").write_text("{}")

    assert recipe_of(folder).max_tokens == 512


def of_bert(**changes: Any) -> Callable[[Path], None]:
    return lambda folder: rewrite(folder / "config.json", **changes)


def of_pooling(**changes: Any) -> Callable[[Path], None]:
    return lambda folder: rewrite(folder / "1_Pooling" / "config.json", **changes)


def of_text(**changes: Any) -> Callable[[Path], None]:
    return lambda folder: rewrite(folder / "sentence_bert_config.json", **changes)


def with_another_module(folder: Path) -> None:
    modules = json.loads((folder / "modules.json").read_bytes())
    dense = {"idx": 3, "name": "3", "path": "3_Dense", "type": "sentence_transformers.models.Dense"}
    (folder / "modules.json").write_text(json.dumps([*modules, dense]))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (of_bert(model_type="mpnet"), "model_type = mpnet"),
        (of_bert(hidden_act="relu"), "hidden_act = relu"),
        (of_bert(position_embedding_type="relative_key"), "position_embedding_type"),
        (of_bert(is_decoder=True), "is_decoder = True"),
        (of_pooling(pooling_mode_max_tokens=True), "its pooling"),
        (of_pooling(pooling_mode_cls_token=True), "its pooling"),
        (of_pooling(pooling_mode=["mean", "cls"]), "its pooling"),
        (of_pooling(include_prompt=False), "its pooling"),
        (of_text(processing_kwargs={"text": {"padding": "max_length"}}), "processing_kwargs"),
        (of_text(query_expansion=True), "query_expansion = True"),
        (with_another_module, "nothing but normalisation"),
        (lambda folder: (folder / "modules.json").unlink(), "it has no modules.json"),
        (lambda folder: (folder / "config.json").write_text("{"), "config.json cannot be read"),
        (lambda folder: (folder / "more.safetensors").touch(), "not the one file"),
    ],
)
def test_what_is_not_exactly_understood_is_refused(
    folder: Path, change: Callable[[Path], None], message: str
) -> None:
    change(folder)

    with pytest.raises(EncoderUnfit, match=message):
        recipe_of(folder)
