"""Train an embedder on pairs, offline, and write it as a sentence-transformers directory.

The loss is `MultipleNegativesRankingLoss`: each question is to be nearer to its passage than to
all other passages of its batch, and to the negatives there. Rate, warm-up and batches without
doubles are those that the documentation of sentence-transformers recommends for it.

Importing this module loads torch; `datasets` and `accelerate` come with the extra `tune`.
"""

import random
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import torch
from sentence_transformers import SentenceTransformer, SentenceTransformerTrainer
from sentence_transformers.sentence_transformer.losses import MultipleNegativesRankingLoss
from sentence_transformers.sentence_transformer.training_args import (
    BatchSamplers,
    SentenceTransformerTrainingArguments,
)
from transformers import TrainerCallback, TrainerControl, TrainerState, TrainingArguments
from transformers.trainer_callback import PrinterCallback

from indexer.errors import MissingExtra, TuningRefused
from indexer.transformer import quietly, torch_device
from indexer.tuning.records import Lesson, Pair, Step

_WARM_UP = 0.1
_REPORTS = 50


def require_extra() -> None:
    """Raise `MissingExtra` unless everything that training imports is installed."""
    missing = [name for name in ("datasets", "accelerate") if find_spec(name) is None]
    if missing:
        raise MissingExtra(
            f"tuning needs {' and '.join(missing)}:"
            " install the extra with `pip install 'grounding[tune]'`"
        )


def train(
    base: Path,
    pairs: Sequence[Pair],
    out: Path,
    *,
    lesson: Lesson,
    device: str,
    progress: Callable[[Step], None],
) -> None:
    """Train the embedder in directory `base` and write the result to `out`.

    Raises:
        MissingExtra: the extra `tune` is not installed.
        TuningRefused: there are fewer pairs than one batch holds.
        EmbedderUnusable: no such device.
    """
    require_extra()
    if len(pairs) < lesson.batch:
        raise TuningRefused(
            f"{len(pairs)} pairs to learn from are fewer than a batch of {lesson.batch}"
        )
    from datasets import Dataset

    place = torch_device(device)
    learner = _learner(base, place)
    columns = table(pairs, seed=lesson.seed)
    with (
        _reading_at_most(lesson.max_tokens, learner),
        tempfile.TemporaryDirectory(prefix="grounding-tune-") as scratch,
    ):
        trainer = _Trainer(
            model=learner,
            args=_arguments(scratch, lesson, place, _prompts(learner, columns), len(pairs)),
            train_dataset=Dataset.from_dict(dict(columns)),
            loss=MultipleNegativesRankingLoss(learner),
            callbacks=[_Reporter(progress)],
        )
        trainer.remove_callback(PrinterCallback)
        trainer.train()
    with quietly():
        learner.save_pretrained(str(out), create_model_card=False)


def _learner(base: Path, place: str) -> SentenceTransformer:
    with quietly():
        return SentenceTransformer(
            str(base), device=place, local_files_only=True, model_kwargs={"dtype": torch.float32}
        )


@contextmanager
def _reading_at_most(max_tokens: int, learner: SentenceTransformer) -> Iterator[None]:
    """Cut passages meanwhile; a static embedder reads texts of any length and cuts none."""
    reads = learner.max_seq_length
    if reads is None or reads == float("inf"):
        yield
        return
    learner.max_seq_length = min(int(reads), max_tokens)
    yield
    learner.max_seq_length = reads


def table(pairs: Sequence[Pair], *, seed: int) -> Mapping[str, list[str]]:
    """Return the columns that training reads: every row has as many negatives as the fullest.

    Where a pair has fewer, passages of other documents take their place.
    """
    draw = random.Random(seed)  # noqa: S311
    width = max((len(pair.negatives) for pair in pairs), default=0)
    columns: dict[str, list[str]] = {
        "anchor": [pair.question for pair in pairs],
        "positive": [pair.passage for pair in pairs],
    }
    for nth in range(width):
        columns[f"negative_{nth + 1}"] = [
            pair.negatives[nth] if nth < len(pair.negatives) else _other(pair, pairs, draw)
            for pair in pairs
        ]
    return columns


def _other(pair: Pair, pairs: Sequence[Pair], draw: random.Random) -> str:
    for _ in range(20):
        other = draw.choice(pairs)
        if other.document != pair.document and other.question != pair.question:
            return other.passage
    raise TuningRefused("all pairs are of one document: there is nothing to tell apart")


def _prompts(learner: SentenceTransformer, columns: Mapping[str, object]) -> dict[str, str]:
    """Return the prompts under which `indexer.transformer` embeds what each column holds."""
    query, document = (learner.prompts.get(name) or "" for name in ("query", "document"))
    found = {name: query if name == "anchor" else document for name in columns}
    return {name: prompt for name, prompt in found.items() if prompt}


def _arguments(
    scratch: str, lesson: Lesson, place: str, prompts: dict[str, str], pairs: int
) -> SentenceTransformerTrainingArguments:
    is_gpu = place == "cuda"
    is_bf16 = is_gpu and torch.cuda.is_bf16_supported()
    steps = max(1, lesson.epochs * pairs // lesson.batch)
    return SentenceTransformerTrainingArguments(
        output_dir=scratch,
        num_train_epochs=lesson.epochs,
        per_device_train_batch_size=lesson.batch,
        learning_rate=lesson.learning_rate,
        warmup_steps=_WARM_UP,
        batch_sampler=BatchSamplers.NO_DUPLICATES,
        prompts=prompts or None,
        seed=lesson.seed,
        data_seed=lesson.seed,
        use_cpu=not is_gpu,
        bf16=is_bf16,
        fp16=is_gpu and not is_bf16,
        dataloader_pin_memory=is_gpu,
        save_strategy="no",
        eval_strategy="no",
        report_to="none",
        logging_steps=max(1, steps // _REPORTS),
        disable_tqdm=True,
        push_to_hub=False,
    )


class _Trainer(SentenceTransformerTrainer):
    """Collects nothing for a model card, which nobody is going to upload."""

    def add_model_card_callback(self, default_args_dict: dict[str, Any]) -> None:
        pass


class _Reporter(TrainerCallback):
    """Tells how far training is."""

    def __init__(self, progress: Callable[[Step], None]) -> None:
        self._progress = progress
        self._loss: float | None = None

    def on_step_end(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: Any
    ) -> None:
        del args, control, kwargs
        self._progress(Step(state.global_step, state.max_steps, self._loss))

    def on_log(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: Any
    ) -> None:
        del args, state, control
        self._loss = (kwargs.get("logs") or {}).get("loss", self._loss)
