"""`tune` and `distill`: make an embedder of the user's own out of the active one.

What they write is used once `grounding embedder` is told to.
"""

import os
import shlex
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from grounding.cli.options import AsJson, Context, context_of
from grounding.cli.output import errors, print_json, say

if TYPE_CHECKING:
    from indexer.tuning.pipeline import Material, Watch
    from indexer.tuning.records import Comparison, Outcome

_NOT_BETTER = 6

Out = Annotated[Path, typer.Option("--out", help="Folder to write the embedder to.")]
Pairs = Annotated[
    Path | None,
    typer.Option("--pairs", help="JSON Lines with questions and passages or documents."),
]
Collection = Annotated[str | None, typer.Option("--collection", help="Only of its sources.")]
Base = Annotated[
    str | None, typer.Option("--base", help="Embedder to start from, if not the active one.")
]
Distractors = Annotated[
    int, typer.Option("--distractors", min=0, help="Stored passages to look for answers among.")
]
Seed = Annotated[int, typer.Option("--seed", help="For what is drawn at random.")]


def register(app: typer.Typer) -> None:
    app.command()(tune)
    app.command()(distill)


def tune(
    ctx: typer.Context,
    out: Out,
    pairs: Pairs = None,
    collection: Collection = None,
    base: Base = None,
    epochs: Annotated[int, typer.Option("--epochs", min=1)] = 2,
    batch: Annotated[int, typer.Option("--batch", min=2, help="Pairs at a time.")] = 32,
    learning_rate: Annotated[float, typer.Option("--learning-rate", min=1e-9)] = 2e-5,
    negatives: Annotated[
        int, typer.Option("--negatives", min=0, help="Near passages added to each pair.")
    ] = 1,
    distractors: Distractors = 5_000,
    seed: Seed = 1,
    install: Annotated[
        bool,
        typer.Option(
            "--install/--no-install",
            help="Write it to --out if it is better; that switches nothing.",
        ),
    ] = True,
    as_json: AsJson = False,
) -> None:
    """Train the embedder on questions and passages, and keep it only if it finds more."""
    _stay_offline()
    from indexer.embedders import active_name
    from indexer.tuning import pipeline
    from indexer.tuning.records import Lesson

    context = context_of(ctx)
    with _material(context, base, pairs, collection, distractors, seed) as given:
        configured = context.settings().embedder.name
        active = None if base is None else active_name(given.database, configured)
        material = replace(given, active=active)
        lesson = Lesson(
            epochs=epochs,
            batch=batch,
            seed=seed,
            learning_rate=learning_rate,
            mined_negatives=negatives,
        )
        with _watched() as watch:
            outcome = pipeline.tune(material, lesson, out, installs=install, watch=watch)
    if as_json:
        print_json(outcome)
    else:
        _show(outcome)
    if not outcome.is_better:
        raise typer.Exit(_NOT_BETTER)


def distill(
    ctx: typer.Context,
    out: Out,
    base: Base = None,
    dimensions: Annotated[int, typer.Option("--dimensions", min=2)] = 256,
    vocabulary: Annotated[
        Literal["tokenizer", "collection"],
        typer.Option("--vocabulary", help="Add frequent words of the collection, or none."),
    ] = "tokenizer",
    pairs: Pairs = None,
    collection: Collection = None,
    distractors: Distractors = 5_000,
    seed: Seed = 1,
    as_json: AsJson = False,
) -> None:
    """Make a static embedder: much faster, and not as good."""
    _stay_offline()
    from indexer.tuning import pipeline

    with (
        _material(context_of(ctx), base, pairs, collection, distractors, seed) as material,
        _watched() as watch,
    ):
        outcome = pipeline.distil(
            material,
            out,
            dimensions=dimensions,
            with_words=vocabulary == "collection",
            watch=watch,
        )
    if as_json:
        print_json(outcome)
    else:
        _show(outcome)


def _stay_offline() -> None:
    """Say so before a library is imported that reads it then."""
    os.environ["HF_HUB_OFFLINE"] = "1"
    os.environ["HF_HUB_DISABLE_TELEMETRY"] = "1"
    os.environ["HF_DATASETS_OFFLINE"] = "1"


@contextmanager
def _material(
    context: Context,
    base: str | None,
    pairs: Path | None,
    collection: str | None,
    distractors: int,
    seed: int,
) -> Iterator["Material"]:
    from connectors.clock import utc_now
    from indexer.database import open_database
    from indexer.embedders import active_name
    from indexer.tuning.pipeline import Material

    settings = context.settings()
    database = open_database(settings.database.url)
    try:
        yield Material(
            database=database,
            clock=utc_now,
            base=base or active_name(database, settings.embedder.name),
            device=settings.embedder.device,
            pairs_file=pairs,
            collection=collection,
            most_distractors=distractors,
            seed=seed,
        )
    finally:
        database.close()


@contextmanager
def _watched() -> Iterator["Watch"]:
    """Show steps, loss and the time left on standard error, where a person looks at it."""
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeRemainingColumn,
    )

    from indexer.tuning.pipeline import Watch
    from indexer.tuning.records import Step

    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[loss]}", markup=False),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=errors, disable=not errors.is_terminal) as progress:

        def begin(what: str) -> None:
            for task in progress.task_ids:
                progress.remove_task(task)
            progress.add_task(what, total=None, loss="")

        def step(at: Step) -> None:
            loss = "" if at.loss is None else f"loss {at.loss:.3f}"
            progress.update(progress.task_ids[-1], completed=at.done, total=at.total, loss=loss)

        def warn(what: str) -> None:
            progress.console.print(what, markup=False, soft_wrap=True)

        yield Watch(begin, step, warn)


def _show(outcome: "Outcome") -> None:
    made = ", ".join(f"{count} from {origin}" for origin, count in outcome.pairs.items())
    say(f"pairs: {made or 'none'}")
    if outcome.comparison is None:
        say("quality: unknown, there are fewer than 50 questions to ask")
    else:
        _show_comparison(outcome.comparison, "before")
    if outcome.against_active is not None:
        _show_comparison(outcome.against_active, f"by {outcome.active}, which is active")
    for identity, speed in outcome.speed.items():
        say(f"{identity}: {speed:.0f} passages a CPU second")
    if outcome.is_installed:
        folder = shlex.quote(outcome.directory)
        say(
            f"{outcome.identity} was written to {outcome.directory}; nothing uses it yet. "
            f"To use it, run `grounding embedder add {folder}` and then "
            f"`grounding embedder switch {folder}`; the service may run meanwhile."
        )
    else:
        say(f"not written to --out; what was trained is in {outcome.directory}")


def _show_comparison(found: "Comparison", other: str) -> None:
    sample = f", a sample that leaves out {found.left_out}" if found.left_out else ""
    say(
        f"nDCG@10: {found.base:.4f} {other}, {found.new:.4f} now: {found.verdict.value}"
        f" (p = {found.p_value:.4f}; {found.questions} held-out questions"
        f" over {found.pool} passages{sample})"
    )
    cosine = "" if found.cosine is None else f", mean cosine to the old vector {found.cosine:.3f}"
    say(f"drift: {found.neighbours_kept:.0%} of nearest neighbours kept{cosine}")
