"""Do near-duplicates of other sources become one item, and nothing else with them?

Real passages of news are edited: some edits leave a passage the same statement, some make it
another one. Each passage and its edit are given to what removes duplicates, as from two sources.
Then all passages are compared with each other, as though each came from a source of its own.
"""

import json
import random
import re
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from benchmarks.edits import DIFFERENT, SAME, Edit, dropped, replaced
from benchmarks.records import Context, Figure
from grounding.query.dedupe import dedupe
from grounding.query.records import Candidate, Evidence, EvidenceKind
from grounding.query.wording import is_same_statement, wording
from indexer.chunk import split
from indexer.signature import alike, shingles, signature, similarity, words

ARCHIVE = "realtimeqa_2024_8weeks"
SAMPLE = 300
PERCENT = (1, 2, 3, 5, 10)
LEAST = 0.65
FEWEST_WORDS = 60
NOW = datetime(2024, 3, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Passage:
    """A passage and the article it is from."""

    article: int
    text: str


def run(context: Context) -> list[Figure]:
    draw = random.Random(context.seed)
    passages = list(_passages(context.archive(ARCHIVE)))
    long = [each.text for each in passages if len(each.text.split()) >= FEWEST_WORDS]
    chosen = draw.sample(long, len(long) if context.is_full else SAMPLE)
    plain = [word for text in chosen for word in text.split() if _is_small(word)]
    figures = [_taken(name, edit, chosen, plain, draw, "one item") for name, edit in SAME.items()]
    for percent in PERCENT:
        for what, is_ordinary in (("small words", _is_small), ("any words", _is_any)):
            edit = dropped(percent, is_ordinary=is_ordinary)
            name = f"{percent} % of {what} dropped"
            figures.append(_taken(name, edit, chosen, plain, draw, "one item"))
    another = {f"{percent} % of words replaced": replaced(percent) for percent in PERCENT}
    figures += [
        _taken(name, edit, chosen, plain, draw, "wrongly one item")
        for name, edit in {**DIFFERENT, **another}.items()
    ]
    return [*figures, *_among_themselves(passages, context), *_estimated(chosen, draw)]


def _passages(folder: Path) -> Iterator[Passage]:
    articles: dict[tuple[str, str], str] = {}
    for file in sorted(folder.rglob("*_gcs.jsonl")):
        for line in file.read_text().splitlines():
            for found in json.loads(line)["search_result"]:
                if found.get("text"):
                    articles[found["url"], found["text"]] = found["title"]
    for number, ((_, text), title) in enumerate(articles.items()):
        for passage in split(text, title=title, token_spans=_token_spans):
            yield Passage(number, passage.text)


def _token_spans(text: str) -> list[tuple[int, int]]:
    return [match.span() for match in re.finditer(r"\w+|[^\w\s]", text)]


def _is_small(word: str) -> bool:
    return word.isalpha() and word.islower()


def _is_any(word: str) -> bool:
    return bool(word)


def _taken(
    name: str, edit: Edit, texts: Sequence[str], plain: Sequence[str], draw: random.Random, as_: str
) -> Figure:
    """Return how many in a hundred edited passages are taken to be one item with the original."""
    edited = [(text, edit(text, draw, plain)) for text in texts]
    pairs = [(text, other) for text, other in edited if other is not None and other != text]
    taken = sum(len(dedupe([_found(a, "one"), _found(b, "other")])) == 1 for a, b in pairs)
    return Figure(
        f"{name}: {as_}", 100 * taken / max(1, len(pairs)), "%", notes=f"{taken} of {len(pairs)}"
    )


def _found(text: str, source: str) -> Candidate:
    evidence = Evidence(
        document_id=source,
        version=1,
        ordinal=0,
        kind=EvidenceKind.DOCUMENT,
        title="",
        text=text,
        start=0,
        end=len(text),
        source=source,
        source_kind="feed",
        collection="default",
        valid_from=NOW,
        observed_at=NOW,
        checked_at=NOW,
    )
    return Candidate(0, evidence, signature=signature(text))


def _among_themselves(passages: Sequence[Passage], context: Context) -> list[Figure]:
    begun = time.process_time()
    signatures = [signature(each.text) for each in passages]
    seconds = time.process_time() - begun
    context.say(f"{len(passages)} passages have signatures")
    pairs = [
        (wording(passages[i].text), wording(passages[j].text))
        for i, j in alike(signatures, least=LEAST)
        if passages[i].article != passages[j].article
    ]
    equal = sum(one.said == other.said for one, other in pairs)
    same = sum(is_same_statement(one, other) for one, other in pairs)
    return [
        Figure("passages", len(passages), "passages"),
        Figure("signing a passage", 1e6 * seconds / len(passages), "µs", cpu_seconds=seconds),
        Figure("pairs of real passages worth a look", len(pairs), "pairs"),
        Figure("of them the same words", equal, "pairs"),
        Figure("of them nearly the same and one item", same - equal, "pairs"),
        Figure("of them two items", len(pairs) - same, "pairs"),
    ]


def _estimated(texts: Sequence[str], draw: random.Random) -> list[Figure]:
    """Return how far estimates are from the similarity they estimate."""
    errors = []
    for text in texts:
        edit = dropped(draw.randint(1, 15), is_ordinary=_is_any)
        other = edit(text, draw, ()) or text
        here, there = shingles(words(text)), shingles(words(other))
        estimate = similarity(signature(text) or b"", signature(other) or b"")
        errors.append(estimate - len(here & there) / len(here | there))
    return [
        Figure("deviation of an estimate", float(np.std(errors)), "of 1"),
        Figure("largest error of an estimate", float(np.max(np.abs(errors))), "of 1"),
    ]
