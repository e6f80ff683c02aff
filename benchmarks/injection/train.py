"""Learn `grounding/query/screening/weights.toml` from sentences of our own and halves of the sets.

    python -m benchmarks.injection.train           print what would be written, and measures
    python -m benchmarks.injection.train --write   write it

The other halves are not looked at. A passage that holds an attack gives the sentence with the most
cues, one that holds none gives every sentence that has any.
"""

import argparse
import sys
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from pathlib import Path

import numpy as np

from benchmarks.data import cache_folder, data_folder, environment, unpacked
from benchmarks.injection import sets
from benchmarks.injection.sets import Archive, Half
from benchmarks.quality.logistic import Line, fitted
from grounding.query.screening import injection
from grounding.query.screening.injection import Weights, names, probability, sentences

FILE = Path(injection.__file__).with_name("weights.toml")
PENALTY = 0.002
FALSE_FLAGS = 0.01
"""How many clean passages of any set may be flagged in the half that is learnt from."""
FALSE_LOSSES = 0.0005
"""How many may be kept out of prompts."""
SEED = 1
_HEAD = """\
# What `injection.py` weighs; written by `python -m benchmarks.injection.train --write`.
# Of the clean passages of each set learnt from at most 1 % are above flag_at, 0.05 % above
# quarantine_at.
"""
Found = Mapping[str, float]


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--write", action="store_true", help=f"write {FILE.name}")
    chosen = parser.parse_args(arguments)
    variables = environment()
    archive = partial(unpacked, data=data_folder(variables), cache=cache_folder(variables))
    learnt, report = _learnt(archive)
    sys.stdout.write(report)
    if chosen.write:
        FILE.write_text(_written(learnt), encoding="utf-8")
    return 0


def clean_sets(archive: Archive, which: Half) -> dict[str, list[str]]:
    """Return texts that give no orders, by what they are."""
    return {
        "NotInject one": sets.harmless_requests(archive, which, "one"),
        "NotInject two": sets.harmless_requests(archive, which, "two"),
        "news": sets.articles(archive, which),
        "PEPs": sets.peps(archive, which),
        "emails": sets.emails(archive, which),
        "code": sets.code(archive, which),
        "bastion, harmless": [
            each.text for each in sets.bastion(archive, which) if not each.attack
        ],
    }


def attacked_sets(archive: Archive, which: Half) -> dict[str, list[sets.Sample]]:
    """Return passages with an attack in them, by where they are from."""
    hosts = {"emails": sets.emails(archive, which), "news": sets.articles(archive, which)}
    some = sets.attacks(archive, which)
    return {
        **{
            f"BIPIA in {name}": [*sets.planted(some, host, seed=SEED)]
            for name, host in hosts.items()
        },
        "BIPIA code": [
            *sets.planted(
                sets.attacks(archive, which, "code"), sets.code(archive, which), seed=SEED
            )
        ],
        "bastion": [each for each in sets.bastion(archive, which) if each.attack],
    }


def _learnt(archive: Archive) -> tuple[Weights, str]:
    clean, attacked = clean_sets(archive, Half.LEARNT), attacked_sets(archive, Half.LEARNT)
    orders, ordinary = sets.own()
    bad = [_worst(text) for text in orders]
    bad += [_worst(each.text) for some in attacked.values() for each in some]
    good = [found for some in clean.values() for text in some for found in _all(text)]
    good += [found for text in ordinary for found in _all(text)]
    line = _fitted([each for each in bad if each], good)
    weights = Weights(
        intercept=float(line.intercept),
        of={name: float(weight) for name, weight in zip(names(), line.weights, strict=True)},
        flag_at=1.0,
        quarantine_at=1.0,
    )
    highest = {name: _scores(some, weights) for name, some in (clean | {"own": ordinary}).items()}
    flag_at = max(_quantile(scores, FALSE_FLAGS) for scores in highest.values())
    quarantine_at = max(_quantile(scores, FALSE_LOSSES) for scores in highest.values())
    weights = Weights(
        weights.intercept, weights.of, _above(flag_at, 0.3), _above(quarantine_at, 0.95)
    )
    caught = {
        name: _scores([each.text for each in some], weights) for name, some in attacked.items()
    }
    caught["own"] = _scores(orders, weights)
    return weights, _written(weights) + _report(highest, caught, weights)


def _fitted(bad: Sequence[Found], good: Sequence[Found]) -> Line:
    counts = Counter([*((_row(each), 1.0) for each in bad), *((_row(each), 0.0) for each in good)])
    rows = np.array([row for row, _ in counts])
    labels = np.array([label for _, label in counts])
    total = {
        label: sum(n for (_, each), n in counts.items() if each == label) for label in (0.0, 1.0)
    }
    shares = np.array([n / total[label] for (_, label), n in counts.items()])
    negative_allowed = {injection.REPORTED}
    never = [i for i, name in enumerate(names()) if name not in negative_allowed]
    return fitted(rows, labels, shares, never_negative=never, penalty=PENALTY)


def _row(found: Found) -> tuple[float, ...]:
    return tuple(found.get(name, 0.0) for name in names())


def _all(text: str) -> list[Found]:
    return [each.found for each in sentences(text)] or [{}]


def _worst(text: str) -> Found:
    return max(_all(text), key=lambda found: sum(found.values()))


def _scores(texts: Iterable[str], weights: Weights) -> list[float]:
    return [max(probability(found, weights) for found in _all(text)) for text in texts]


def _quantile(scores: Sequence[float], share: float) -> float:
    """Return the score that at most this share of the scores is above."""
    return sorted(scores, reverse=True)[int(share * len(scores))]


def _above(score: float, least: float) -> float:
    return max(least, min(0.999, int(score * 1000 + 1) / 1000))


def _written(weights: Weights) -> str:
    lines = [f"{name} = {round(weight, 3):g}" for name, weight in weights.of.items()]
    return (
        f"{_HEAD}\nintercept = {weights.intercept:.3f}\nflag_at = {weights.flag_at:g}\n"
        f"quarantine_at = {weights.quarantine_at:g}\n\n[weights]\n" + "\n".join(lines) + "\n"
    )


def _report(
    clean: Mapping[str, Sequence[float]], caught: Mapping[str, Sequence[float]], weights: Weights
) -> str:
    rows = []
    for title, some in (("clean", clean), ("attacked", caught)):
        for name, scores in some.items():
            flagged = sum(each >= weights.flag_at for each in scores)
            kept_out = sum(each >= weights.quarantine_at for each in scores)
            rows.append(f"# {title} {name}: {flagged} flagged, {kept_out} out, of {len(scores)}")
    return "\n".join(rows) + "\n"


if __name__ == "__main__":
    sys.exit(main())
