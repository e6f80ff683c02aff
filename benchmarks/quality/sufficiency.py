"""Learn the weights of `grounding/query/sufficiency.toml` from development data, and say how well.

    python -m benchmarks.quality.sufficiency           print what would be written, and measures
    python -m benchmarks.quality.sufficiency --write   write it

SciFact's training claims, questions made of PEPs and claims about the climate are each asked with
what answers them and without. Two thirds of the questions are learnt from; the last third stretches
the scores into probabilities and gives the threshold. Every kind of text counts the same. News is
never looked at. Repeat this whenever retrieval or ranking changes.
"""

import argparse
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from benchmarks.data import cache_folder, data_folder, environment, unpacked
from benchmarks.quality import climate, logistic, peps, scifact
from benchmarks.quality.collections import Collection
from benchmarks.quality.held import held
from benchmarks.quality.logistic import Floats, Line
from benchmarks.quality.trials import Trial, trials
from benchmarks.remembered import RememberedEmbedder
from grounding.query import sufficiency as signal
from grounding.query.sufficiency import Weights, features
from indexer import embed
from indexer.embed import Embedder

FILE = Path(signal.__file__).with_name("sufficiency.toml")
EMBEDDER = "all-MiniLM-L6-v2"
_SEED = 1
_QUESTIONS = 405
"""Of each kind of text at most, so that no kind is most of it; spread over all."""
_WITHOUT_DENSE = ("words_best", "ahead")
_FEATURES = (*_WITHOUT_DENSE, "dense_best")
_HEAD = """\
# What `sufficiency.py` weighs; written by `python -m benchmarks.quality.sufficiency --write`.
# Learnt from SciFact's training claims, questions made of PEPs and claims about the climate, each
# asked with and without the documents that answer it. docs/quality.md says what it is worth.
"""


@dataclass(frozen=True, slots=True)
class Rows:
    """Trials as numbers: rows [n, features], labels [n], and which of them are held out [n]."""

    rows: Floats
    labels: Floats
    is_held_out: Floats

    def part(self, *, held_out: bool) -> "Rows":
        chosen = self.is_held_out == float(held_out)
        return Rows(self.rows[chosen], self.labels[chosen], self.is_held_out[chosen])


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--write", action="store_true", help=f"write {FILE.name}")
    chosen = parser.parse_args(arguments)
    text = written(_development())
    print(text)
    if chosen.write:
        FILE.write_text(text, encoding="utf-8")
    return 0


def written(development: Mapping[str, Sequence[Trial]]) -> str:
    """Return the file that is learnt from these sets; print how good it is."""
    tables = [_HEAD]
    for table, names in (("dense", _FEATURES), ("without_dense", _WITHOUT_DENSE)):
        sets = {name: rows_of(some, names) for name, some in development.items()}
        _tell_transfer(table, sets, names)
        weights = learnt(sets, names, embedder=EMBEDDER if table == "dense" else "")
        tables.append(_as_toml(table, weights))
    return "\n".join(tables)


def learnt(sets: Mapping[str, Rows], names: Sequence[str], *, embedder: str) -> Weights:
    """Learn from all sets together: fit, stretch by what was held out, choose the threshold."""
    known = _together([each.part(held_out=False) for each in sets.values()])
    new = _together([each.part(held_out=True) for each in sets.values()])
    line = logistic.calibrated(_fitted(known, names), *new)
    found = logistic.probabilities(line(new[0]))
    usual = np.average(known[0], axis=0, weights=known[2])
    return Weights(
        embedder=embedder,
        intercept=round(line.intercept, 4),
        threshold=logistic.best_threshold(found, new[1], new[2]),
        of={name: round(float(w), 4) for name, w in zip(names, line.weights, strict=True)},
        usual={name: round(float(u), 4) for name, u in zip(names, usual, strict=True)},
    )


def rows_of(some: Sequence[Trial], names: Sequence[str]) -> Rows:
    """Turn trials into numbers; both of a question's are held out, or neither.

    What a trial's candidates cannot say is what it is on average in the others.
    """
    usable = [(n // 2 % 3 == 2, each) for n, each in enumerate(some) if each.candidates]
    found = [features(each.question, each.candidates) for _, each in usable]
    rows = np.array([[each.get(name, np.nan) for name in names] for each in found])
    return Rows(
        rows=np.where(np.isnan(rows), np.nanmean(rows, axis=0), rows),
        labels=np.array([float(each.is_enough) for _, each in usable]),
        is_held_out=np.array([float(is_held_out) for is_held_out, _ in usable]),
    )


def remembering() -> Embedder:
    """Return the shipped embedder with the vectors that earlier runs computed."""
    return RememberedEmbedder(embed.load("minilm", device="cpu"), cache_folder(environment()))


def _development() -> dict[str, tuple[Trial, ...]]:
    variables = environment()
    archive = partial(unpacked, data=data_folder(variables), cache=cache_folder(variables))
    collections = (
        scifact.training(archive(scifact.ARCHIVE)),
        peps.collection(archive(peps.ARCHIVE), seed=_SEED),
        climate.collection(archive(climate.ARCHIVE)),
    )
    embedder = remembering()
    return {each.name: _asked(each, embedder) for each in collections}


def _asked(collection: Collection, embedder: Embedder) -> tuple[Trial, ...]:
    print(f"{collection.name}: {len(collection.documents)} documents", file=sys.stderr)
    with (
        TemporaryDirectory(prefix="grounding-benchmark-") as folder,
        held(collection, embedder, Path(folder)) as holding,
    ):
        return trials(holding, collection, most=_QUESTIONS)


def _fitted(known: tuple[Floats, Floats, Floats], names: Sequence[str]) -> Line:
    """Fit; more of anything never lowers the probability, whatever chance there is in the data."""
    return logistic.fitted(*known, never_negative=range(len(names)))


def _together(sets: Sequence[Rows]) -> tuple[Floats, Floats, Floats]:
    """Return rows, labels and how much each counts: in all the same for every set."""
    return (
        np.concatenate([each.rows for each in sets]),
        np.concatenate([each.labels for each in sets]),
        np.concatenate([np.full(len(each.labels), 1 / len(each.labels)) for each in sets]),
    )


def _tell_transfer(table: str, sets: Mapping[str, Rows], names: Sequence[str]) -> None:
    """Print what is learnt from one set, from all others, or from all, on what each held out.

    What is learnt from other sets is not stretched by anything of the one it is tried on.
    """
    for tried, each in sets.items():
        others = [name for name in sets if name != tried]
        ways = [*((name, [name]) for name in sets), ("the others", others), ("all", list(sets))]
        for told, learnt_from in ways:
            known = _together([sets[name].part(held_out=False) for name in learnt_from])
            line = _fitted(known, names)
            new = each.part(held_out=True)
            found = logistic.probabilities(line(new.rows)).tolist()
            is_enough = [bool(label) for label in new.labels]
            print(
                f"{table}: learnt from {told}, tried on {tried}:"
                f" AUROC {logistic.auroc(found, is_enough):.3f},"
                f" Brier {logistic.brier(found, is_enough):.3f},"
                f" ECE {logistic.calibration_error(found, is_enough):.3f}",
                file=sys.stderr,
            )


def _as_toml(table: str, weights: Weights) -> str:
    lines = [f"[{table}]"]
    if weights.embedder:
        lines.append(f'embedder = "{weights.embedder}"')
    lines += [f"intercept = {weights.intercept}", f"threshold = {weights.threshold}", ""]
    lines.append(f"[{table}.weights]")
    lines += [f"{name} = {weight}" for name, weight in weights.of.items()]
    lines += ["", f"[{table}.usual]"]
    lines += [f"{name} = {value}" for name, value in weights.usual.items()]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    sys.exit(main())
