"""Learn the weights of `grounding/gateway/routing/need.toml` from the questions beside this file.

    python -m benchmarks.routing.train           print what would be written, and measures
    python -m benchmarks.routing.train --write   write it

Questions and the vectors of the shipped embedder are all that is looked at. A fifth of the lines
at a time is left out and scored by weights learnt from the others; these scores give the stretch
into probabilities and the threshold. The weights that are written are learnt from all.
"""

import argparse
import re
import sys
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import count
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.quality import logistic
from benchmarks.quality.logistic import Floats, Line
from benchmarks.quality.ours import remembered
from grounding.gateway.routing import need
from grounding.gateway.routing.cues import NAMES, cues
from indexer.embed import Embedder

QUESTIONS = Path(__file__).with_name("questions.toml")
FILE = Path(need.__file__).with_name("need.toml")
EMBEDDER = "all-MiniLM-L6-v2"
NOW = datetime(2026, 11, 1, tzinfo=UTC)
"""The instant that all questions are asked at."""
FOLDS = 5
MISSED = 0.015
"""What share of the questions that need evidence may be judged not to."""
VARIANTS = 3
"""How many questions one line with words in braces gives."""
PENALTY = 0.1
CUES_SAY = 1 / 3
_ROUNDING = 1e-4
"""Components that differ by less; others of a normalised vector differ by some hundredths."""
Mask = NDArray[np.bool_]
_BRACED = re.compile(r"\{(\w+)\}")
_HEAD = """\
# What `need.py` weighs; written by `python -m benchmarks.routing.train --write`.
# Learnt from benchmarks/routing/questions.toml; docs/decisions/routing.md says what it is worth.
# A positive weight speaks for evidence. `direction` has one for each component of the vector.
"""


@dataclass(frozen=True, slots=True)
class Labelled:
    """One question; line: which line of the file it comes from, as variants belong together."""

    text: str
    family: str
    is_needed: bool
    line: int


@dataclass(frozen=True, slots=True)
class Rows:
    """Questions as numbers: rows [n, features], labels [n], shares [n], folds [n]."""

    rows: Floats
    labels: Floats
    shares: Floats
    folds: Floats


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--write", action="store_true", help=f"write {FILE.name}")
    chosen = parser.parse_args(arguments)
    text = written(labelled(), remembered())
    print(text)
    if chosen.write:
        FILE.write_text(text, encoding="utf-8")
    return 0


def labelled(file: Path = QUESTIONS) -> list[Labelled]:
    """Return every question of the file, with the words of its lists in the places of braces."""
    tables = tomllib.loads(file.read_text(encoding="utf-8"))
    words = {
        name: [each.replace("_", " ") for each in listed.split()]
        for name, listed in tables["words"].items()
    }
    found, line = [], count()
    for table, is_needed in (("needed", True), ("not_needed", False)):
        for family, text in tables[table].items():
            for one in text.strip().splitlines():
                number = next(line)
                found += [
                    Labelled(each, family, is_needed, number)
                    for each in _variants(one, words, number)
                ]
    return found


def written(some: Sequence[Labelled], embedder: Embedder) -> str:
    """Return the file that is learnt; print how good it is."""
    vectors = _alive(embedder.embed_queries([each.text for each in some]).astype(np.float64))
    said = np.array([list(cues(each.text, now=NOW).values()) for each in some])
    tables = [_HEAD]
    for table, rows in (
        ("with_vector", np.hstack([said, vectors])),
        ("words_alone", said),
    ):
        weights = learnt(_rows(some, rows), tell=table)
        tables.append(_as_toml(table, weights))
    return "\n".join(tables)


def learnt(known: Rows, *, tell: str) -> need.Weights:
    """Learn weights of all, stretched by and with a threshold from scores of what was left out."""
    scores = np.empty(len(known.labels))
    for fold in range(FOLDS):
        is_out = known.folds == fold
        scores[is_out] = _line(known, ~is_out)(known.rows[is_out])
    platt = logistic.calibrated(Line(np.ones(1), 0.0), scores[:, None], known.labels, known.shares)
    found = logistic.probabilities(platt(scores[:, None]))
    threshold = _threshold(found, known.labels)
    line = _line(known, np.ones(len(scores), dtype=np.bool_))
    slope = float(platt.weights[0])
    weights = slope * line.weights
    direction = weights[len(NAMES) :]
    _tell(tell, found, known.labels, known.shares, threshold)
    return need.Weights(
        embedder=EMBEDDER if direction.size else "",
        intercept=round(slope * line.intercept + platt.intercept, 4),
        threshold=threshold,
        of={n: round(float(w), 4) for n, w in zip(NAMES, weights[: len(NAMES)], strict=True)},
        direction=direction.round(3),
    )


def _alive(vectors: Floats) -> Floats:
    """Return vectors [n, d] with zeros for components that are nothing but rounding.

    What a component of 1e-8 is differs from machine to machine; a weight would make much of it.
    """
    return np.where(vectors.std(axis=0) > _ROUNDING, vectors, 0.0)


def _variants(text: str, words: Mapping[str, Sequence[str]], number: int) -> list[str]:
    if not _BRACED.search(text):
        return [text]
    found = (_filled(text, words, number + 5 * variant) for variant in range(VARIANTS))
    return list(dict.fromkeys(found))


def _filled(text: str, words: Mapping[str, Sequence[str]], first: int) -> str:
    """Put words in the places of braces, the next of a list in each."""
    places = count(first)

    def word(braced: re.Match[str]) -> str:
        listed = words[braced[1]]
        return listed[7 * next(places) % len(listed)]

    return _BRACED.sub(word, text)


def _rows(some: Sequence[Labelled], rows: Floats) -> Rows:
    """Let both answers count the same, and within each all families by the root of their size."""
    sizes: dict[str, int] = {}
    for each in some:
        sizes[each.family] = sizes.get(each.family, 0) + 1
    labels = np.array([float(each.is_needed) for each in some])
    shares = np.array([sizes[each.family] ** -0.5 for each in some])
    for label in (0.0, 1.0):
        shares[labels == label] /= shares[labels == label].sum()
    folds = np.array([float(each.line % FOLDS) for each in some])
    return Rows(rows, labels, shares, folds)


def _line(known: Rows, kept: Mask) -> Line:
    """Learn from the rows that are kept; where there are vectors, cues have a third of the say.

    Learnt together, vectors take the say of cues, which is what holds for questions unlike any
    that was learnt from. A third does best on questions of ours that were left out, by lines and
    by kinds.
    """
    both = _fitted(known, kept, known.rows)
    count = len(NAMES)
    if known.rows.shape[1] == count:
        return both
    cues_alone = _fitted(known, kept, known.rows[:, :count])
    weights = (1 - CUES_SAY) * both.weights
    weights[:count] += CUES_SAY * cues_alone.weights
    intercept = (1 - CUES_SAY) * both.intercept + CUES_SAY * cues_alone.intercept
    return Line(weights, intercept)


def _fitted(known: Rows, kept: Mask, rows: Floats) -> Line:
    return logistic.fitted(rows[kept], known.labels[kept], known.shares[kept], penalty=PENALTY)


def _threshold(found: Floats, labels: Floats) -> float:
    """Return the threshold, in hundredths, that all but a few needing questions reach.

    What is not grounded though it should be is answered wrongly; the other way round costs tokens.
    """
    reached = float(np.quantile(found[labels == 1.0], MISSED, method="lower"))
    return float(np.clip(np.floor(100 * reached) / 100, 0.2, 0.5))


def _tell(table: str, found: Floats, labels: Floats, shares: Floats, threshold: float) -> None:
    is_needed = [bool(each) for each in labels]
    right = float(shares @ ((found >= threshold) == labels) / shares.sum())
    recall = float(np.mean(found[labels == 1.0] >= threshold))
    print(
        f"{table}: {len(labels)} questions, left out in turn:"
        f" right {right:.3f} at {threshold}, recall {recall:.3f},"
        f" AUROC {logistic.auroc(found.tolist(), is_needed):.4f},"
        f" Brier {logistic.brier(found.tolist(), is_needed):.4f},"
        f" ECE {logistic.calibration_error(found.tolist(), is_needed):.4f}",
        file=sys.stderr,
    )


def _as_toml(table: str, weights: need.Weights) -> str:
    lines = [f"[{table}]"]
    if weights.embedder:
        lines.append(f'embedder = "{weights.embedder}"')
    lines += [f"intercept = {weights.intercept}", f"threshold = {weights.threshold}"]
    if weights.direction.size:
        lines.append("direction = [")
        numbers = [f"{each:g}" for each in weights.direction.tolist()]
        lines += [f"    {', '.join(numbers[n : n + 12])}," for n in range(0, len(numbers), 12)]
        lines.append("]")
    lines += ["", f"[{table}.weights]"]
    lines += [f"{name} = {weight}" for name, weight in weights.of.items()]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    sys.exit(main())
