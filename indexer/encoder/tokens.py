"""Texts as tokens: where they lie in a text, how many there are, and batches of like length."""

import re
from collections.abc import Iterator, Sequence

from tokenizers import Tokenizer

READ_AT_MOST = 100_000
"""Code points of a text that are given to the tokenizer, of which it keeps `max_tokens`."""
_SLICE_LENGTH = 1 << 16
_LONE_SURROGATE = re.compile("[\ud800-\udfff]")


def plain(tokenizer: Tokenizer) -> Tokenizer:
    """Copy the tokenizer, to read texts of any length without padding, truncation or lock."""
    copied = Tokenizer.from_str(tokenizer.to_str())
    copied.no_padding()
    copied.no_truncation()
    return copied


def spans(tokenizer: Tokenizer, text: str) -> list[tuple[int, int]]:
    """Return where the tokens of a text of any length lie, in code points."""
    found: list[tuple[int, int]] = []
    for start, end in _slices(text):
        encoding = tokenizer.encode(encodable(text[start:end]), add_special_tokens=False)
        found.extend((start + first, start + last) for first, last in encoding.offsets)
    return found


def readable(text: str) -> str:
    """Return the part of a text that an embedder may read, as UTF-8 can hold it."""
    return encodable(text[:READ_AT_MOST])


def encodable(text: str) -> str:
    """Replace what UTF-8 cannot hold, one code point for one, so that offsets stay."""
    return _LONE_SURROGATE.sub("\ufffd", text)


def batches(lengths: Sequence[int], *, most_tokens: int) -> list[list[int]]:
    """Group positions by length, so that each group padded to its longest has so many tokens.

    What is longer than that is a group of its own. The longest come first.
    """
    found: list[list[int]] = []
    for position in sorted(range(len(lengths)), key=lambda i: -lengths[i]):
        last = found[-1] if found else []
        if not last or lengths[last[0]] * (len(last) + 1) > most_tokens:
            found.append([position])
        else:
            last.append(position)
    return found


def _slices(text: str) -> Iterator[tuple[int, int]]:
    """Cut at white space, so that tokenizing 10 MB takes the memory of 64 kB."""
    start = 0
    while start < len(text):
        end = min(start + _SLICE_LENGTH, len(text))
        if end < len(text):
            cut = max(text.rfind("\n", start, end), text.rfind(" ", start, end))
            end = cut if cut > start else end
        yield start, end
        start = end
