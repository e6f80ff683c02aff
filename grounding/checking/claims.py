"""Split an answer into claims: its sentences, with what each of them cites.

    answer ─▶ blocks: paragraphs, list items, table rows, headings ─▶ sentences ─▶ clauses
              code is left out                                        with the marks after them

A mark behind a sentence is of that sentence, also behind its full stop, and of no other.
"""

import re
from collections.abc import Iterator
from itertools import pairwise
from typing import Final

from grounding.checking.blocks import Block, blocks
from grounding.checking.records import Claim
from grounding.query.citation_marks import MARK, numbers
from grounding.query.packing.sentences import spans

_BEFORE_MARK: Final = re.compile(rf"\s{{0,3}}{MARK.pattern}(?=\s|[.,;:!?]|$)|{MARK.pattern}")
_LEADING: Final = re.compile(rf"(?:\s*{MARK.pattern})+[\s.,;]*")
_STOPS: Final = re.compile(r"(?<=[。！？।॥؟۔])(?!\s*$)")
_PARTS: Final = re.compile(r";\s+(?=\S)")
_FACT: Final = re.compile(r"\d|\s[^\W\d_a-z]")
_FEWEST: Final = 4
_QUESTION: Final = re.compile(r"[?？؟]\s*[\"'”’)*_]*$")
_GREETING: Final = re.compile(
    r"(?:(?:hi|hello|hey|dear|sure"
    r"|certainly|of course|yes|no|ok|okay|thanks|great|welcome|absolutely"
    r"|regards|best regards|in summary)(?: there| all| everyone)?\s*(?:[,!.:]|$)"
    r"|thank you|you'?re welcome|happy to help|glad to help|i hope\b|hope this|let me know"
    r"|feel free"
    r"|please (?:let|note|feel|see)|good (?:morning|afternoon|evening)\b|great question"
    r"|here(?: is|'s| are)\b)",
    re.IGNORECASE,
)
_HEDGE: Final = re.compile(
    r"\b(?:i (?:do not|don['’]t|cannot|can['’]t|could not|couldn['’]t) (?:know|find|say|tell|answer"
    r"|determine|confirm|verify|have)|i(?:['’]m| am) (?:not sure|unable|sorry|afraid)"
    r"|(?:the )?(?:evidence|sources?|documents?|context|passages?|texts?|information"
    r"|search results?|provided [a-z]+|given [a-z]+)(?: (?:provided|given|above|shown))?"
    r" (?:do(?:es)? not|do(?:es)?n['’]t|did not|didn['’]t|has no|have no|gives? no|is silent"
    r"|cannot|lacks?|contains? no|is insufficient|is not (?:enough|sufficient))"
    r"|there is (?:no|not enough|insufficient) (?:information|evidence|mention|data)"
    r"|no (?:information|evidence|source|mention) (?:is|was|about|on|of|says|in)"
    r"|not (?:mentioned|stated|specified|known|given) in the (?:evidence|context|sources?|text)"
    r"|(?:it|they) (?:do(?:es)? not|do(?:es)?n['’]t) (?:mention|say|state|specify)\b"
    r"|i have no (?:information|evidence)|as an ai\b)",
    re.IGNORECASE,
)
_INK: Final = re.compile(r"[^\W_]")
_LONGEST_GREETING: Final = 60


def claims(answer: str) -> tuple[Claim, ...]:
    """Return the claims of an answer in the order they stand."""
    return tuple(claim for block in blocks(answer) for claim in _claims(answer, block))


def _claims(answer: str, block: Block) -> Iterator[Claim]:
    if block.is_row or block.is_heading:
        yield _claim(answer, block.start, block.end, is_heading=block.is_heading)
        return
    for start, end in _with_marks(answer, list(_sentences(answer, block))):
        yield from _clauses(answer, start, end)


def _sentences(answer: str, block: Block) -> Iterator[tuple[int, int]]:
    """Return the sentences of a block, also by the full stops of scripts without spaces."""
    text = answer[block.start : block.end]
    for start, end in spans(text):
        cuts = [start, *(start + cut.start() for cut in _STOPS.finditer(text[start:end])), end]
        for first, last in pairwise(cuts):
            if ink := text[first:last].strip():
                begin = first + len(text[first:last]) - len(text[first:last].lstrip())
                yield block.start + begin, block.start + begin + len(ink)


def _with_marks(answer: str, sentences: list[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """Give marks at the beginning of a sentence to the one before, where there is one."""
    found: list[tuple[int, int]] = []
    for start, end in sentences:
        lead = _LEADING.match(answer, start, end) if found else None
        if lead is not None:
            found[-1] = (found[-1][0], start + len(lead[0].rstrip()))
        first = start if lead is None else lead.end()
        if found and _goes_on(answer, found[-1], start):
            found[-1] = (found[-1][0], end)
        elif first < end:
            found.append((first, end))
    yield from found


def _goes_on(answer: str, before: tuple[int, int], start: int) -> bool:
    """Whether a full stop ends no sentence: a small letter follows where others have capitals."""
    is_small = answer[start].isascii() and answer[start].islower()
    return is_small and answer[before[1] - 1] == "." and answer[before[0]].isupper()


def _clauses(answer: str, start: int, end: int) -> Iterator[Claim]:
    """Split at semicolons where both sides say something of their own."""
    whole = _claim(answer, start, end)
    cuts = [start]
    for match in _PARTS.finditer(answer, start, end):
        sides = answer[cuts[-1] : match.start()], answer[match.end() : end]
        if all(len(each.split()) >= _FEWEST and _FACT.search(each) for each in sides):
            cuts.append(match.end())
    if len(cuts) == 1 or not whole.needs_evidence:
        yield whole
        return
    for first, last in zip(cuts, [*cuts[1:], end], strict=True):
        part = answer[first:last].rstrip("; \n\t")
        claim = _claim(answer, first, first + len(part))
        yield claim if claim.citations else _citing(claim, whole.citations)


def _citing(claim: Claim, citations: tuple[int, ...]) -> Claim:
    return Claim(claim.start, claim.end, claim.text, citations, claim.needs_evidence)


def _claim(answer: str, start: int, end: int, *, is_heading: bool = False) -> Claim:
    text = answer[start:end]
    cited = [number for mark in MARK.findall(text) for number in numbers(mark)]
    said = _BEFORE_MARK.sub("", text).strip()
    return Claim(
        start,
        end,
        said,
        tuple(dict.fromkeys(cited)),
        needs_evidence=not is_heading and _states(said),
    )


def _states(text: str) -> bool:
    """Whether a sentence says anything that evidence could bear out."""
    if not _INK.search(text) or _QUESTION.search(text) or _HEDGE.search(text):
        return False
    has_digit = any(map(str.isdigit, text))
    if _GREETING.match(text) and len(text) <= _LONGEST_GREETING and not has_digit:
        return False
    return not (text.endswith(":") and not has_digit)
