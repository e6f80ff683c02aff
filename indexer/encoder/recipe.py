"""What a folder of sentence-transformers holds, if it is an encoder that can be written as a graph.

Anything that is not exactly understood is refused: sentence-transformers runs it.
"""

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from indexer.errors import EncoderUnfit

_MODULES = (["Transformer", "Pooling"], ["Transformer", "Pooling", "Normalize"])
_POOLED = {"pooling_mode_mean_tokens": "mean", "pooling_mode_cls_token": "cls"}
_OF_TEXT = {
    "transformer_task": "feature-extraction",
    "modality_config": {
        "text": {"method": "forward", "method_output_name": "last_hidden_state"},
    },
    "module_output_name": "token_embeddings",
    "processing_kwargs": {},
}
"""What a Transformer module may say of itself beside these:"""
_LOOKED_AT_ELSEWHERE = {"max_seq_length", "do_lower_case"}
"""A tokenizer that ought to lower a text and does not is found out by the known answers."""
_OF_BERT = {
    "model_type": "bert",
    "hidden_act": "gelu",
    "position_embedding_type": "absolute",
    "is_decoder": False,
    "add_cross_attention": False,
}


@dataclass(frozen=True, slots=True)
class Recipe:
    """A BERT encoder, how its tokens become one vector, and what stands before a text."""

    layers: int
    heads: int
    dimension: int
    inner: int
    epsilon: float
    pooling: Literal["mean", "cls"]
    max_tokens: int
    """Special tokens and the prompt included."""
    query_prompt: str
    passage_prompt: str
    weights: Path
    tokenizer: Path


def recipe_of(directory: Path) -> Recipe:
    """Read the configuration in a folder.

    Raises:
        EncoderUnfit: it is another kind of embedder, or says something that is not known here.
    """
    transformer, pooling = _module_folders(directory)
    bert = _read(transformer / "config.json")
    _require("config.json", {**_OF_BERT, **bert}, _OF_BERT, only=_OF_BERT)
    said = _read(transformer / "sentence_bert_config.json")
    _require("sentence_bert_config.json", said, _OF_TEXT, only=said.keys() - _LOOKED_AT_ELSEWHERE)
    prompts = _read(directory / "config_sentence_transformers.json").get("prompts") or {}
    try:
        return Recipe(
            layers=bert["num_hidden_layers"],
            heads=bert["num_attention_heads"],
            dimension=bert["hidden_size"],
            inner=bert["intermediate_size"],
            epsilon=float(bert["layer_norm_eps"]),
            pooling=_pooling_of(_read(pooling / "config.json")),
            max_tokens=_max_tokens(transformer, said, bert),
            query_prompt=prompts.get("query") or "",
            passage_prompt=prompts.get("document") or "",
            weights=_only_weights(directory, transformer),
            tokenizer=transformer / "tokenizer.json",
        )
    except KeyError as error:
        raise EncoderUnfit(f"config.json does not say {error}") from error


def _module_folders(directory: Path) -> tuple[Path, Path]:
    modules = _read(directory / "modules.json")
    if [str(each["type"]).rpartition(".")[2] for each in modules] not in _MODULES:
        raise EncoderUnfit("it is not a transformer, a pooling and nothing but normalisation")
    return directory / modules[0]["path"], directory / modules[1]["path"]


def _pooling_of(said: Mapping[str, Any]) -> Literal["mean", "cls"]:
    modes = {name for key, name in _POOLED.items() if said.get(key) is True}
    others = [key for key, value in said.items() if key.startswith("pooling_mode_") and value]
    mode = said.get("pooling_mode", modes.pop() if len(modes) == len(others) == 1 else None)
    if said.get("include_prompt", True) is True:
        if mode == "mean":
            return "mean"
        if mode == "cls":
            return "cls"
    raise EncoderUnfit("its pooling is neither the mean of all tokens nor the first token")


def _max_tokens(transformer: Path, said: Mapping[str, Any], bert: Mapping[str, Any]) -> int:
    longest = said.get("max_seq_length")
    if longest is None:
        longest = _read(transformer / "tokenizer_config.json").get("model_max_length")
    if not isinstance(longest, int):
        raise EncoderUnfit("it does not say how many tokens it reads")
    return min(longest, int(bert["max_position_embeddings"]))


def _only_weights(directory: Path, transformer: Path) -> Path:
    weights = transformer / "model.safetensors"
    if list(directory.rglob("*.safetensors")) != [weights]:
        raise EncoderUnfit("its weights are not the one file model.safetensors")
    return weights.resolve()  # in the Hugging Face cache it is a link out of the folder


def _require(
    file: str, said: Mapping[str, Any], known: Mapping[str, Any], *, only: Collection[str]
) -> None:
    for key in sorted(only):
        if key not in known or said[key] != known[key]:
            raise EncoderUnfit(f"{file} says {key} = {said[key]}")


def _read(file: Path) -> Any:  # Any: JSON of other people
    try:
        return json.loads(file.read_bytes())
    except FileNotFoundError as error:
        if file.name == "config_sentence_transformers.json":
            return {}
        raise EncoderUnfit(f"it has no {file.name}") from error
    except (OSError, ValueError) as error:
        raise EncoderUnfit(f"{file.name} cannot be read: {error}") from error
