"""The named leg: cards of series that a question calls by name, exactly.

A name is a title, key, alias or venue. Names are compared word by word without regard to case,
but for symbols such as AAPL or EUR/USD: these must be written as they are, because IT, ALL and ON
are words as well. Of names inside one another the longest counts: "Brent crude oil" hides "oil".
A name that many series share tells none of them apart and is left to the other legs.
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from indexer.hits import Hit
from indexer.records import IndexedChunk
from indexer.views.kept import Kept

MOST_NAMESAKES: Final = 20
_MOST_WORDS: Final = 8
_MOST_QUESTION_WORDS: Final = 200
_LONGEST_SYMBOL: Final = 12
_WORD: Final = re.compile(r"\w+")

Names = Mapping[str, Sequence[int]]


class NameTable:
    """Chunks by the name of the series whose cards they are; it only grows."""

    def __init__(self, names: Names | None = None) -> None:
        self._chunks = {name: list(chunks) for name, chunks in (names or {}).items()}
        self._first_words = {_first_word(name) for name in self._chunks}

    def add(self, chunks: Iterable[IndexedChunk]) -> None:
        for chunk in chunks:
            for term in sorted({term for name in chunk.names if (term := term_of(name))}):
                self._chunks.setdefault(term, []).append(chunk.chunk)
                self._first_words.add(_first_word(term))

    def contents(self) -> dict[str, list[int]]:
        """Return a copy of everything."""
        return {name: list(chunks) for name, chunks in self._chunks.items()}

    def search(self, text: str, k: int, kept: Kept) -> tuple[Hit, ...]:
        """Return at most k kept cards that `text` names, those with the longest names first."""
        named: dict[int, int] = {}
        for words, term in self.mentions(text):
            cards = self._chunks[term]
            chunks = [
                card for card, is_kept in zip(cards, kept.admitted(cards), strict=True) if is_kept
            ]
            if len(chunks) <= MOST_NAMESAKES:
                for chunk in chunks:
                    named[chunk] = max(words, named.get(chunk, 0))
        hits = [Hit(chunk, float(words)) for chunk, words in named.items()]
        return tuple(sorted(hits, key=lambda hit: (-hit.score, hit.chunk))[:k])

    def mentions(self, text: str) -> list[tuple[int, str]]:
        """Return (number of words, name) of every known name that no longer one covers."""
        if not self._chunks:
            return []
        normal = unicodedata.normalize("NFKC", text)
        words = list(_WORD.finditer(normal))[:_MOST_QUESTION_WORDS]
        begins = [self._begins_a_name(word[0]) for word in words]
        found: list[tuple[int, str]] = []
        covered: set[tuple[int, int]] = set()
        for length in range(min(_MOST_WORDS, len(words)), 0, -1):
            for first in range(len(words) - length + 1):
                span = (first, first + length)
                if not begins[first] or _is_covered(span, covered):
                    continue
                known = [
                    term
                    for term in _forms(normal, words[first : first + length])
                    if term in self._chunks
                ]
                if known:
                    covered.add(span)
                    found += [(length, term) for term in known]
        return found

    def _begins_a_name(self, word: str) -> bool:
        return word.casefold() in self._first_words or f"={word}" in self._first_words


def term_of(name: str) -> str | None:
    """Return the form in which a name is kept; None if it cannot be told from other words."""
    words = _WORD.findall(unicodedata.normalize("NFKC", name))
    if not 0 < len(words) <= _MOST_WORDS:
        return None
    if _is_symbol(name):
        return f"={' '.join(words)}"
    folded = " ".join(words).casefold()
    return folded if len(folded) > 1 else None


def _first_word(term: str) -> str:
    """Return the first word of a name as it is kept, with the mark of a symbol."""
    return term.partition(" ")[0]


def _is_covered(span: tuple[int, int], covered: Iterable[tuple[int, int]]) -> bool:
    return any(low <= span[0] and span[1] <= high for low, high in covered)


def _is_symbol(name: str) -> bool:
    is_short = len(name) <= _LONGEST_SYMBOL and " " not in name.strip()
    return is_short and name.upper() == name and name.lower() != name


def _forms(text: str, words: Sequence[re.Match[str]]) -> tuple[str, ...]:
    said = " ".join(word[0] for word in words)
    folded = said.casefold()
    start = words[0].start()
    has_dollar = start > 0 and text[start - 1] == "$"
    # "A" and "I" are words, "$F" is a symbol.
    return (folded,) if len(said) == 1 and not has_dollar else (folded, f"={said}")
