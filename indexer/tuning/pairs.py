"""Questions that stored text answers by itself: titles, headings, names of series.

    passages ──▶ title   → the first passages below it
             ──▶ heading → the first passage of its section
             ──▶ name    → the card of the series
             ──▶ without doubles, and without questions that fit many documents

That a title or a heading asks and the text below it answers is the oldest supervision there is
for dense retrieval without labels: title and body are pairs in Lee et al., Latent retrieval for
weakly supervised open domain QA (2019), beside their inverse cloze task, and in the corpora of E5
(Wang et al., 2022) and all-MiniLM. InPars (2022) and GPL (2022) have a language model write the
questions; none is asked here. GPL's negatives, near passages that do not answer, are mined by
`train`. Texts of links would be questions too, but no connector keeps them.

A question's own words are taken out of the passage and of what stands above it, or there would
be nothing to learn but to find the same words again.
"""

import random
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby

from indexer.cards import series_of
from indexer.catalogue.passages import StoredPassage
from indexer.signature import alike, signature, words
from indexer.tuning.records import Origin, Pair

MOST_PAIRS = 20_000
"""More are sampled: finding doubles among them takes time by the square."""
_FIRST_PASSAGES = 2
_FEWEST_WORDS_OF_A_QUESTION = 2
_FEWEST_WORDS_OF_A_PASSAGE = 8
_DOUBLES = 0.7
_HEADING = re.compile(r"^#{1,6}[ \t]+.*\n?", re.MULTILINE)


def made(passages: Sequence[StoredPassage], *, seed: int) -> list[Pair]:
    """Return the pairs that can be made of passages, which come in order of document and place."""
    found: list[Pair] = []
    for _, group in groupby(passages, key=lambda each: each.uid):
        document = list(group)
        found += _of_card(document) if document[0].is_card else _of_document(document)
    usable = [each for each in found if _says_enough(each)]
    specific = _specific(usable)
    if len(specific) > MOST_PAIRS:
        specific = random.Random(seed).sample(specific, MOST_PAIRS)  # noqa: S311
    return _without_doubles(specific)


def bare(passage: StoredPassage) -> str:
    """Return the passage without what names it: title, headings, and a title said again."""
    if passage.is_card:
        return passage.text
    return _not_beginning_with(_HEADING.sub("", passage.text), passage.title)


def _of_document(document: Sequence[StoredPassage]) -> Iterator[Pair]:
    title = document[0].title.strip()
    texts = tuple(bare(each) for each in document)
    for passage, text in zip(document[:_FIRST_PASSAGES], texts, strict=False):
        if title:
            above = " > ".join(_path(passage))
            answer = "\n".join(filter(None, (above, text)))
            yield Pair(title, answer, passage.uid, texts, Origin.TITLE)
    for section, group in groupby(
        zip(document, texts, strict=True), key=lambda each: each[0].section
    ):
        below = list(group)
        passage, text = below[0]
        if section and (path := _path(passage)):
            question = ": ".join(filter(None, (title, " ".join(path))))
            answers = tuple(each for _, each in below)
            yield Pair(question, text, passage.uid, answers, Origin.HEADING)


def _of_card(document: Sequence[StoredPassage]) -> Iterator[Pair]:
    card = document[0]
    series = series_of(card.details)
    for name in dict.fromkeys((series.title, *series.aliases)):
        text = re.sub(re.escape(name), "", card.text, flags=re.IGNORECASE)
        left = " ".join(text.split())
        yield Pair(name, left, card.uid, (left,), Origin.SERIES)


def _path(passage: StoredPassage) -> list[str]:
    """Return the headings above a passage, without one that is the document's title."""
    said = passage.title.strip().casefold()
    return [each for each in passage.section.split(" > ") if each and each.casefold() != said]


def _not_beginning_with(text: str, title: str) -> str:
    text, title = text.strip(), title.strip()
    if title and text[: len(title)].casefold() == title.casefold():
        return text[len(title) :].lstrip(" \t\n.:–—-")
    return text


def _says_enough(pair: Pair) -> bool:
    return (
        len(words(pair.question)) >= _FEWEST_WORDS_OF_A_QUESTION
        and len(words(pair.passage)) >= _FEWEST_WORDS_OF_A_PASSAGE
    )


def _specific(pairs: Iterable[Pair]) -> list[Pair]:
    """Leave out questions that several documents would answer: "Contents", "Weekly report"."""
    asked: dict[tuple[str, ...], list[Pair]] = defaultdict(list)
    for pair in pairs:
        asked[tuple(word.casefold() for word in words(pair.question))].append(pair)
    return [
        pair
        for group in asked.values()
        if len({each.document for each in group}) == 1
        for pair in group
    ]


def _without_doubles(pairs: Sequence[Pair]) -> list[Pair]:
    """Keep one of several pairs whose passages of different documents are nearly the same."""
    doubles = alike([signature(pair.passage) for pair in pairs], least=_DOUBLES)
    dropped: set[int] = set()
    for one, other in doubles:
        if one not in dropped and pairs[one].document != pairs[other].document:
            dropped.add(other)
    return [pair for place, pair in enumerate(pairs) if place not in dropped]
