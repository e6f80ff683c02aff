"""The judge seam over a CrossEncoder trained for entailment, from files on this machine.

Nothing is ever downloaded, and no code that lies beside the weights is run. Importing this module
loads neither torch nor transformers; `load` does.
"""

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from grounding.checking.errors import JudgeFailed
from grounding.checking.support.judge import Judgement
from grounding.query.cross_encoder import directory_of, encodable, opened
from indexer.errors import EmbedderUnusable

if TYPE_CHECKING:
    from sentence_transformers import CrossEncoder

_AT_ONCE: Final = 8


@dataclass(frozen=True, slots=True)
class Labels:
    """Which of the scores means what; contradiction: None where it is not told from neutral."""

    entailment: int
    contradiction: int | None


def load(name: str, *, device: str = "auto", deadline_seconds: float = 10.0) -> "CrossEncoderJudge":
    """Load an entailment CrossEncoder in a directory, or one from the Hugging Face cache.

    Args:
        name: a directory, or a name such as `cross-encoder/nli-deberta-v3-small`.
        device: `auto` (a GPU where torch sees one), `cpu` or `gpu`.
        deadline_seconds: after how long the claims of an answer are given up.

    Raises:
        JudgeFailed: the weights are missing, or tell no entailment, or the device is not there.
    """
    try:
        directory = directory_of(name)
    except ValueError as error:
        raise JudgeFailed(f"judge {name}: {error}") from error
    title = directory.name if Path(name).is_dir() else name.rpartition("/")[2]
    try:
        encoder = opened(directory, device)
        _require_pairs(encoder)
    except (EmbedderUnusable, OSError, ValueError, KeyError, RuntimeError, ImportError) as error:
        raise JudgeFailed(f"judge {name}: cannot be loaded: {error}") from error
    labels = labels_of(dict(getattr(encoder.config, "id2label", None) or {}), name)
    return CrossEncoderJudge(encoder, name=title, labels=labels, deadline_seconds=deadline_seconds)


def labels_of(names: Mapping[int, str], judge: str) -> Labels:
    """Read the order of scores from the names that the config gives them.

    Raises:
        JudgeFailed: they name no entailment.
    """
    told = {str(name).casefold(): int(i) for i, name in names.items()}
    entailment = next((i for name, i in told.items() if name.startswith("entail")), None)
    contradiction = next((i for name, i in told.items() if name.startswith("contradict")), None)
    if entailment is None or len(told) not in {2, 3} or (len(told) == 3 and contradiction is None):
        raise JudgeFailed(
            f"judge {judge}: its config names the scores {', '.join(told) or 'nothing'}; expected"
            " entailment, neutral and contradiction, or entailment and another"
        )
    return Labels(entailment, contradiction)


class CrossEncoderJudge:
    """A CrossEncoder that reads one answer's claims after another's."""

    def __init__(
        self,
        encoder: "CrossEncoder",
        *,
        name: str,
        labels: Labels,
        deadline_seconds: float,
    ) -> None:
        self.name = name
        self._encoder = encoder
        self._labels = labels
        self._deadline_seconds = deadline_seconds
        self._turn = threading.Lock()

    def judgements(self, pairs: Sequence[tuple[str, str]]) -> list[Judgement]:
        """Return a judgement for each pair; see `Judge`.

        Raises:
            JudgeFailed: out of time, the device failed, or a score is not finite.
        """
        ends = monotonic() + self._deadline_seconds
        if not self._turn.acquire(timeout=self._deadline_seconds):
            raise self._late(0, len(pairs))
        try:
            found: list[Judgement] = []
            for first in range(0, len(pairs), _AT_ONCE):
                if monotonic() > ends:
                    raise self._late(first, len(pairs))
                found += self._batch(pairs[first : first + _AT_ONCE])
            return found
        finally:
            self._turn.release()

    def _batch(self, pairs: Sequence[tuple[str, str]]) -> list[Judgement]:
        readable = [(encodable(premise), encodable(claim)) for premise, claim in pairs]
        try:
            logits = self._encoder.predict(
                readable, batch_size=len(readable), show_progress_bar=False
            )
        except (IndexError, RuntimeError, ValueError) as error:
            raise JudgeFailed(f"judge {self.name}: {error}") from error
        shares = _softmax(np.asarray(logits, dtype=np.float64))
        if not np.isfinite(shares).all():
            raise JudgeFailed(f"judge {self.name}: a score is not finite; replace it")
        against = self._labels.contradiction
        return [
            Judgement(
                entailed=float(row[self._labels.entailment]),
                contradicted=0.0 if against is None else float(row[against]),
            )
            for row in shares
        ]

    def _late(self, done: int, of: int) -> JudgeFailed:
        return JudgeFailed(
            f"judge {self.name}: {done} of {of} claims judged in {self._deadline_seconds:g} s"
        )


def _softmax(logits: NDArray[np.float64]) -> NDArray[np.float64]:
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    shares: NDArray[np.float64] = powers / powers.sum(axis=1, keepdims=True)
    return shares


def _require_pairs(encoder: "CrossEncoder") -> None:
    kind = next(iter(getattr(encoder.config, "architectures", None) or ()), "of no known kind")
    if not kind.endswith("ForSequenceClassification"):
        raise ValueError(f"it is {kind}, which judges no pairs")
