"""Learn the weights of `grounding/checking/support/scorer.toml`.

    python -m benchmarks.checking.train           print what would be written
    python -m benchmarks.checking.train --write   write it

It is learnt from the fitting halves of WiCE, ClimateFEVER and RefChecker; `python -m benchmarks
check` reports on the other halves.
"""

import argparse
import sys
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any, Final

from benchmarks.checking.learning import all_rows, fitted
from benchmarks.data import cache_folder, data_folder, environment, unpacked
from benchmarks.quality.sufficiency import remembering
from grounding.checking.support import scorer

FILE: Final = Path(scorer.__file__).with_name("scorer.toml")
_HEAD: Final = """\
# What `scorer.py` weighs; written by `python -m benchmarks.checking.train --write`.
# Learnt from one half each of WiCE (dev), ClimateFEVER (claims with one sentence and with all five)
# and RefChecker; docs/quality.md says what it is worth on the other halves.
"""


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--write", action="store_true", help=f"write {FILE.name}")
    chosen = parser.parse_args(arguments)
    variables = environment()
    archive = partial(unpacked, data=data_folder(variables), cache=cache_folder(variables))
    text = written(fitted(all_rows(archive, remembering().embed_queries)))
    sys.stdout.write(text)
    if chosen.write:
        FILE.write_text(text, encoding="utf-8")
    return 0


def written(table: Mapping[str, Any]) -> str:  # Any: TOML
    """Return the file that holds a scorer."""
    lines = [_HEAD + f'embedder = "{table["embedder"]}"']
    lines += [
        f"{name} = {table[name]}" for name in ("supported", "sure", "related", "related_by_words")
    ]
    for kind in ("dense", "words"):
        for size in scorer.SIZES:
            one = table[kind][size]
            lines += ["", f"[{kind}.{size}]", f"intercept = {one['intercept']}"]
            lines += ["", f"[{kind}.{size}.weights]"]
            lines += [f"{name} = {weight}" for name, weight in one["weights"].items()]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    sys.exit(main())
