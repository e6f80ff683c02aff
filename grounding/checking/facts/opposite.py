"""Hold what a claim affirms or denies against sentences in nearly the same words."""

from collections.abc import Iterator
from dataclasses import replace

from grounding.checking.facts.asked import Asked
from grounding.checking.facts.polarity import ALIKE, Opposed, opposed, side
from grounding.checking.facts.quotations import quotations
from grounding.checking.facts.reading import Held, Sentence
from grounding.checking.records import FactKind, Finding, Match, Span

_BOTH = 2


def opposite(asked: Asked) -> Iterator[Finding]:
    """Yield at most one finding: that the nearest sentences say the opposite."""
    text = _unquoted(asked.said.text)
    own = side(text)
    against: Finding | None = None
    if any(_plain(asked.said.text) in _plain(held.text.text) for held in asked.held):
        return
    for held, sentence in _nearest(asked, own.said):
        found = opposed(own, text, sentence.side)
        if found is None and own.said & sentence.side.mixed:
            continue
        if found is not None and found.is_by_antonym and _is_no_antonym(asked, found, sentence):
            continue
        if found is None:
            return
        if against is None:
            place = found.held or (0, sentence.end - sentence.start)
            span = Span(sentence.start + place[0], sentence.start + place[1])
            made = asked.finding(FactKind.POLARITY, Match.DIFFERS, *found.claim, found.reason)
            says = held.text.text[span.start : span.end]
            against = replace(made, number=held.item.number, place=span, says=says)
    if against is not None:
        yield against


def _is_no_antonym(asked: Asked, found: Opposed, sentence: Sentence) -> bool:
    """Whether a word with an opposite is part of a name, or said from the other's side."""
    start, end = found.claim
    in_name = any(name.start <= start and end <= name.end for name in asked.said.names)
    return in_name or _is_seen_from_the_other(asked, sentence)


def _is_seen_from_the_other(asked: Asked, sentence: Sentence) -> bool:
    """Whether a sentence has the first two names of a claim the other way round.

    That Lyon is south of Paris does not deny that Paris is north of Lyon.
    """
    if len(asked.said.names) < _BOTH:
        return False
    first, second = (
        next((i for i, name in enumerate(sentence.names) if name.shares_word(said)), None)
        for said in asked.said.names[:_BOTH]
    )
    return first is not None and second is not None and second < first


def _plain(text: str) -> str:
    """Return a text in no case, with single spaces and without the full stop at its end."""
    return " ".join(text.split()).casefold().rstrip(". ")


def _unquoted(text: str) -> str:
    """Blank out quotations, which are held against the evidence word by word."""
    for start, end in quotations(text):
        text = text[:start] + " " * (end - start) + text[end:]
    return text


def _nearest(asked: Asked, said: frozenset[str]) -> list[tuple[Held, Sentence]]:
    """Return the sentences that share nearly as many words with the claim as any does."""
    scored = [
        (len(said & sentence.side.said), held, sentence)
        for held in asked.held
        for sentence in held.text.sentences
    ]
    most = max((score for score, _, _ in scored), default=0)
    near = max(most - 1, ALIKE * len(said))
    return [(held, sentence) for score, held, sentence in scored if score and score >= near]
