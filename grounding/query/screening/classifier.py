"""The seam for classifiers of texts, and any text classification of transformers behind it.

Nothing is ever downloaded, and no code that lies beside the weights is run.
"""

import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final, Protocol

from grounding.errors import InvalidSettings

if TYPE_CHECKING:
    from transformers import PreTrainedModel, PreTrainedTokenizerBase

_MOST_TOKENS: Final = 512
_READ_AT_MOST: Final = 8_000
_AT_ONCE: Final = 16


class Classifier(Protocol):
    """Says how probable each label is for a text.

    May be called from several threads. One mapping a text, in their order, each with the same
    labels and probabilities from 0 to 1, which need not add up to 1. Raises nothing.
    """

    @property
    def names(self) -> frozenset[str]:
        """All labels there are."""
        ...

    def classified(self, texts: Sequence[str]) -> list[Mapping[str, float]]: ...


class TransformersClassifier:
    """A `ForSequenceClassification` of transformers on a processor, one batch at a time."""

    def __init__(self, encoder: "PreTrainedModel", tokenizer: "PreTrainedTokenizerBase") -> None:
        self._encoder = encoder
        self._tokenizer = tokenizer
        by_place = {int(i): str(name) for i, name in (encoder.config.id2label or {}).items()}
        self._labels = [by_place[i] for i in sorted(by_place)]
        self._turn = threading.Lock()

    @property
    def names(self) -> frozenset[str]:
        return frozenset(self._labels)

    def classified(self, texts: Sequence[str]) -> list[Mapping[str, float]]:
        return [
            each
            for first in range(0, len(texts), _AT_ONCE)
            for each in self._batch([*map(_readable, texts[first : first + _AT_ONCE])])
        ]

    def _batch(self, texts: list[str]) -> list[Mapping[str, float]]:
        import torch

        most = min(
            _MOST_TOKENS, getattr(self._encoder.config, "max_position_embeddings", _MOST_TOKENS)
        )
        with self._turn, torch.inference_mode():
            given = self._tokenizer(
                texts, padding=True, truncation=True, max_length=most, return_tensors="pt"
            )
            logits = self._encoder(**given).logits.float()
        is_alone = self._encoder.config.problem_type == "multi_label_classification"
        likely = logits.sigmoid() if is_alone or logits.shape[1] == 1 else logits.softmax(dim=1)
        return [dict(zip(self._labels, row, strict=True)) for row in likely.tolist()]


def load(name: str) -> TransformersClassifier:
    """Load a classifier in a directory, or one from the Hugging Face cache.

    Raises:
        InvalidSettings: it is not on this machine, or is none.
    """
    from transformers import AutoConfig, AutoModelForSequenceClassification, AutoTokenizer

    where = str(Path(name).resolve()) if Path(name).is_dir() else name
    try:
        config = AutoConfig.from_pretrained(where, local_files_only=True)
        kind = next(iter(config.architectures or ()), "of no known kind")
        tokenizer = AutoTokenizer.from_pretrained(where, local_files_only=True)
        encoder = AutoModelForSequenceClassification.from_pretrained(where, local_files_only=True)
    except (OSError, ValueError, KeyError, RuntimeError, ImportError) as error:
        raise InvalidSettings(f"screening.classifier {name}: cannot be loaded: {error}") from error
    if not kind.endswith("ForSequenceClassification"):
        raise InvalidSettings(f"screening.classifier {name}: is {kind}, which classifies no texts")
    return TransformersClassifier(encoder.eval(), tokenizer)


def _readable(text: str) -> str:
    return text[:_READ_AT_MOST].encode("utf-8", "replace").decode("utf-8")
