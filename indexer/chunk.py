"""Cut a document's text into the passages that are embedded, found and cited.

    text ─▶ blocks (headings and what stands below them) ─▶ tiny neighbours joined
         ─▶ pieces that fit the embedder ─▶ passages, with title and section above for embedding

Cuts depend on the block they are in, not on what precedes it: an edit leaves the passages of all
other blocks as they were, and what is not changed is not embedded again.
"""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from indexer.pieces import Tokens, pieces

TokenSpans = Callable[[str], list[tuple[int, int]]]


@dataclass(frozen=True, slots=True)
class Passage:
    """A slice of a document: `text == document_text[start:end]`, in code points.

    section: the headings it stands under, "Heading > Subheading"; "" above the first.
    token_count: tokens of `text`.
    embedded_text: what the embedder reads: title, section and text.
    """

    ordinal: int
    text: str
    start: int
    end: int
    section: str
    token_count: int
    embedded_text: str


@dataclass(frozen=True, slots=True)
class ChunkLimits:
    """How long passages are, in tokens of the embedder.

    target_tokens: about what a passage of a long text has.
    max_tokens: what `embedded_text` never exceeds, special tokens not counted.
    """

    target_tokens: int = 200
    max_tokens: int = 240

    @classmethod
    def within(cls, embedder_max_tokens: int) -> "ChunkLimits":
        """Leave room for special tokens, and stay short enough that one vector has one topic."""
        most = max(16, min(240, embedder_max_tokens - 16))
        return cls(target_tokens=most * 5 // 6, max_tokens=most)


def split(
    text: str,
    *,
    title: str,
    token_spans: TokenSpans,
    limits: ChunkLimits | None = None,
    breaks: Collection[int] = (),
) -> list[Passage]:
    """Cut `text` so that every character but white space is in some passage, in order.

    A text without a single token gives no passage. No passage crosses one of `breaks`.
    """
    limits = limits or ChunkLimits()
    tokens = Tokens(token_spans(text))
    if len(tokens) == 0:
        return []
    header = _Header(title, token_spans, limits.max_tokens // 12)
    passages: list[Passage] = []
    parted = _parted(_blocks(text), sorted(breaks))
    for block in _joined(parted, tokens, limits, breaks=frozenset(breaks)):
        first, later = header.of(block, text), header.below(block.path)
        room = limits.max_tokens - max(header.tokens(first), header.tokens(later))
        parts = pieces(
            text, (block.start, block.end), tokens, target=limits.target_tokens, most=max(room, 1)
        )
        for nth, (start, end) in enumerate(parts):
            above = later if nth else first
            passages.append(
                Passage(
                    ordinal=len(passages),
                    text=text[start:end],
                    start=start,
                    end=end,
                    section=" > ".join(block.path),
                    token_count=tokens.count(start, end),
                    embedded_text=f"{above}\n{text[start:end]}" if above else text[start:end],
                )
            )
    return passages


def text_to_embed(
    text: str, *, title: str, section: str, token_spans: TokenSpans, limits: ChunkLimits
) -> str:
    """Return what another embedder is to read for a passage that was cut for an earlier one.

    That is what `split` would put together, as far as the passage alone tells.
    """
    path = tuple(section.split(" > ")) if section else ()
    heading = _HEADING.match(text)
    own = heading[2].strip()[:120] if heading else None
    above = path[: path.index(own)] if own in path else path
    header = _Header(title, token_spans, limits.max_tokens // 12).over(text, path, above)
    return f"{header}\n{text}" if header else text


@dataclass(frozen=True, slots=True)
class _Block:
    """Headings and the text below them. `parents` are the headings above its own first one."""

    start: int
    end: int
    path: tuple[str, ...]
    parents: tuple[str, ...]


_HEADING = re.compile(r"^(#{1,6})[ \t]+(\S.*)", re.MULTILINE)
_INK = re.compile(r"\S")


def _blocks(text: str) -> Iterator[_Block]:
    """Start a block at each heading, but leave a heading without text to the next one's block."""
    path: list[tuple[int, str]] = []
    parents: tuple[str, ...] = ()
    start = body = 0
    for heading in _HEADING.finditer(text):
        level = len(heading[1])
        has_body = _INK.search(text, body, heading.start()) is not None
        if has_body:
            yield _Block(start, heading.start(), _names(path), parents)
        while path and path[-1][0] >= level:
            path.pop()
        if has_body or body == 0:
            start, parents = heading.start(), _names(path)
        path.append((level, heading[2].strip()[:120]))
        body = heading.end()
    yield _Block(start, len(text), _names(path), parents)


def _names(path: list[tuple[int, str]]) -> tuple[str, ...]:
    return tuple(name for _, name in path)


def _parted(blocks: Iterator[_Block], breaks: Sequence[int]) -> Iterator[_Block]:
    """Part blocks where a break falls inside them."""
    for block in blocks:
        inside = breaks[bisect_right(breaks, block.start) : bisect_left(breaks, block.end)]
        for start, end in pairwise([block.start, *inside, block.end]):
            yield replace(block, start=start, end=end)


def _joined(
    blocks: Iterator[_Block], tokens: Tokens, limits: ChunkLimits, *, breaks: Collection[int]
) -> Iterator[_Block]:
    """Join runs of blocks that are each too small to say much on their own."""
    run: _Block | None = None
    room = -1
    for block in blocks:
        size = tokens.count(block.start, block.end)
        is_tiny = size <= limits.target_tokens // 8
        if run is not None and is_tiny and size <= room and block.start not in breaks:
            run = replace(run, end=block.end, path=_common(run.path, block.path))
            room -= size
            continue
        if run is not None:
            yield run
        run, room = block, limits.target_tokens - size if is_tiny else -1
    if run is not None:
        yield run


def _common(one: tuple[str, ...], other: tuple[str, ...]) -> tuple[str, ...]:
    length = 0
    while length < min(len(one), len(other)) and one[length] == other[length]:
        length += 1
    return one[:length]


class _Header:
    """Writes the lines put above a passage: the title and the section, each capped."""

    def __init__(self, title: str, token_spans: TokenSpans, max_line_tokens: int) -> None:
        self._token_spans = token_spans
        self._max_line_tokens = max_line_tokens
        self._counts = {"": 0}
        self._title = title.strip()
        self._title_line = self._capped(self._title)

    def of(self, block: _Block, text: str) -> str:
        """Return the header of a block's first passage, whose text may hold its own heading."""
        beginning = text[block.start : block.start + len(self._title) + 1]
        return self.over(beginning, block.path, _common(block.parents, block.path))

    def over(self, text: str, path: tuple[str, ...], above: tuple[str, ...]) -> str:
        says_title = self._title in path or text.startswith(f"{self._title}\n")
        return self._lines("" if says_title else self._title_line, above)

    def below(self, path: tuple[str, ...]) -> str:
        return self._lines("" if self._title in path else self._title_line, path)

    def tokens(self, header: str) -> int:
        if header not in self._counts:
            self._counts[header] = len(self._token_spans(header))
        return self._counts[header]

    def _lines(self, title: str, path: tuple[str, ...]) -> str:
        return "\n".join(filter(None, (title, self._capped(" > ".join(path), keep_end=True))))

    def _capped(self, line: str, *, keep_end: bool = False) -> str:
        line = " ".join(line.split())[:1_000]
        most = self._max_line_tokens
        if self.tokens(line) <= most:
            return line
        if most == 0:
            return ""
        spans = self._token_spans(line)
        return line[spans[-most][0] :] if keep_end else line[: spans[most - 1][1]]
