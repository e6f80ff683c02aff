"""A BERT encoder as a graph of ONNX Runtime's fused operators.

    ids [b, l] ─▶ embeddings ─▶ layers × (attention ─▶ feed forward) ─▶ share @ tokens ─▶ [b, d]
                                  ▲ lengths [b]                          ▲ share [b, 1, l]

`share` is how much each token counts in the vector: pooling is left to the caller.
"""

from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from indexer.encoder import onnx_file
from indexer.encoder.onnx_file import MICROSOFT, Tensor
from indexer.encoder.recipe import Recipe
from indexer.encoder.weights import Weights
from indexer.errors import EncoderUnfit

Precision = Literal["fp32", "int8"]
_LARGEST = 63
"""Of an int8 weight: with seven bits no sum of products overflows on processors without VNNI, so
that vectors do not depend on the processor."""


def graph_of(recipe: Recipe, weights: Weights, precision: Precision) -> bytes:
    """Write the graph of an encoder; fp32 weights stay in their own file, to be mapped from there.

    Raises:
        EncoderUnfit: the weights are not those of such an encoder.
    """
    writer = _Writer(weights, precision, recipe, recipe.weights.name)
    try:
        tokens = writer.embeddings()
        for layer in range(recipe.layers):
            tokens = writer.layer(f"encoder.layer.{layer}", tokens)
    except KeyError as error:
        raise EncoderUnfit(f"its weights have no {error}") from error
    writer.pool(tokens)
    return onnx_file.file_of(
        writer.nodes,
        writer.constants.values(),
        inputs=[
            onnx_file.variable("ids", "int32", ("texts", "length")),
            onnx_file.variable("lengths", "int32", ("texts",)),
            onnx_file.variable("share", "float32", ("texts", 1, "length")),
        ],
        outputs=[onnx_file.variable("vectors", "float32", ("texts", recipe.dimension))],
    )


@dataclass(slots=True)
class _Writer:
    weights: Weights
    precision: Precision
    recipe: Recipe
    file: str
    nodes: list[bytes] = field(default_factory=list)
    constants: dict[str, bytes] = field(default_factory=dict)

    def embeddings(self) -> str:
        """Every token is of the first type, so that its vector goes with the positions."""
        positions = self.weights["embeddings.position_embeddings.weight"].values
        types = self.weights["embeddings.token_type_embeddings.weight"].values
        places = self._constant("embeddings.places", positions + types[0])
        inputs = ["ids", "", self._given("embeddings.word_embeddings.weight"), places, ""]
        inputs += self._norm("embeddings.LayerNorm")
        epsilon = self.recipe.epsilon
        return self._add(
            "EmbedLayerNormalization", inputs, "embedded", "of_no_mask", epsilon=epsilon
        )

    def layer(self, name: str, tokens: str) -> str:
        attended = self._attention(f"{name}.attention.self", tokens)
        attended = self._times(f"{name}.attention.output.dense", attended)
        tokens = self._onto(f"{name}.attention.output", attended, tokens)
        inner = self._times(f"{name}.intermediate.dense", tokens)
        bias = self._given(f"{name}.intermediate.dense.bias")
        inner = self._add("BiasGelu", [inner, bias], f"{name}.inner")
        return self._onto(f"{name}.output", self._times(f"{name}.output.dense", inner), tokens)

    def pool(self, tokens: str) -> None:
        axis = self._constant("axis", np.array([1], dtype=np.int64))
        self.nodes.append(onnx_file.node("MatMul", ["share", tokens], "pooled"))
        self.nodes.append(onnx_file.node("Squeeze", ["pooled", axis], "vector"))
        self.nodes.append(onnx_file.node("LpNormalization", ["vector"], "vectors", axis=1, p=2))

    def _attention(self, name: str, tokens: str) -> str:
        parts = [f"{name}.{part}" for part in ("query", "key", "value")]
        biases = [self.weights[f"{part}.bias"].values for part in parts]
        inputs = [self._times(part, tokens) for part in parts]
        inputs += [self._constant(f"{name}.bias", np.concatenate(biases)), "lengths"]
        heads = self.recipe.heads
        return self._add("MultiHeadAttention", inputs, f"{name}.attended", num_heads=heads)

    def _times(self, name: str, tokens: str) -> str:
        """Multiply by a matrix; what comes next adds the bias."""
        if self.precision == "fp32":
            inputs = [tokens, self._given(f"{name}.weight")]
            return self._add("FusedMatMul", inputs, f"{name}.product", transB=1)
        rounded, scale = _rounded(self.weights[f"{name}.weight"].values)
        zero = np.zeros(len(scale), dtype=np.int8)
        inputs = [
            tokens,
            self._constant(f"{name}.rounded", rounded),
            self._constant(f"{name}.scale", scale),
            self._constant(f"{name}.zero", zero),
        ]
        return self._add("DynamicQuantizeMatMul", inputs, f"{name}.product")

    def _onto(self, name: str, found: str, tokens: str) -> str:
        """Add what was found and its bias to the tokens, and normalise."""
        inputs = [found, tokens, *self._norm(f"{name}.LayerNorm")]
        inputs.append(self._given(f"{name}.dense.bias"))
        epsilon = self.recipe.epsilon
        return self._add("SkipLayerNormalization", inputs, f"{name}.tokens", epsilon=epsilon)

    def _norm(self, name: str) -> list[str]:
        return [self._given(f"{name}.weight"), self._given(f"{name}.bias")]

    def _given(self, name: str) -> str:
        weight = self.weights[name]
        said = onnx_file.tensor_in(self.file, weight.offset, name, weight.values)
        self.constants[name] = said
        return name

    def _constant(self, name: str, values: Tensor) -> str:
        self.constants[name] = onnx_file.tensor_of(name, values)
        return name

    def _add(self, kind: str, inputs: list[str], *outputs: str, **attributes: float) -> str:
        """Add one of ONNX Runtime's own operators, and return its first output."""
        self.nodes.append(onnx_file.node(kind, inputs, *outputs, domain=MICROSOFT, **attributes))
        return outputs[0]


def _rounded(matrix: NDArray[np.float32]) -> tuple[NDArray[np.int8], NDArray[np.float32]]:
    """Return a matrix as whole numbers, transposed, and what one of each column stands for."""
    scale = np.maximum(np.abs(matrix).max(axis=1) / _LARGEST, np.finfo(np.float32).tiny)
    whole = np.rint(matrix / scale[:, None]).astype(np.int8)
    return np.ascontiguousarray(whole.T), scale
