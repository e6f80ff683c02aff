"""Text without the characters that no reader sees and a language model would read.

Zero-width and bidirectional controls, tag characters, soft hyphens, fillers and variation
selectors can spell whole sentences. What a script or an emoji needs is kept, one at a time and
only where it changes what is shown:

- joiners between letters of scripts that join (Arabic, Persian, Indic, …) and between emoji;
- a variation selector after a character that has variants;
- the three flags that Unicode spells in tag characters.
"""

import re
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

_NEVER_SEEN = (
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b\u200e\u200f\u202a-\u202e"
    "\u2060-\u206f\u3164\ufeff\uffa0\ufff0-\ufffb"
    "\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e00ff\U000e01f0-\U000e0fff"
)
_JOINERS = "\u200c\u200d"
_SELECTORS = "\u180b-\u180d\u180f\ufe00-\ufe0f\U000e0100-\U000e01ef"
_RUN = re.compile(f"[{_NEVER_SEEN}{_JOINERS}{_SELECTORS}]+")

# Letters that a joiner shapes: Arabic and its relatives, N'Ko, Indic, Khmer, Myanmar, Mongolian.
_JOINING_LETTER = re.compile(
    "[\u0600-\u08ff\u0900-\u0dff\u0f00-\u109f\u1780-\u18af\u1a00-\u1cff\ua800-\ua9ff\uaa60-\uabff"
    "\ufb50-\ufdff\ufe70-\ufefc\U00010a00-\U00010aff\U00011000-\U00011fff\U0001e900-\U0001e95f]"
)
_EMOJI = re.compile(
    "[#*0-9\u00a9\u00ae\u203c\u2049\u2122\u2139\u2190-\u21ff\u2300-\u23ff\u24c2\u25a0-\u27bf"
    "\u2934\u2935\u2b00-\u2bff\u3030\u303d\u3297\u3299\U0001f000-\U0001faff]"
)
_HAS_VARIANTS = {
    "\ufe00": re.compile("[0\u1000-\u109f\u2200-\u22ff\u2a00-\u2aff\u3000-\u9fff\ua840-\ua87f"
                         "\uf900-\ufaff\uff00-\uffef\U00020000-\U0003ffff]"),
    "\ufe0e": _EMOJI,
    "\ufe0f": _EMOJI,
}  # fmt: skip
_IDEOGRAPH = re.compile("[\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]")
_MONGOLIAN = re.compile("[\u1800-\u18af]")

_BLACK_FLAG = "\U0001f3f4"
_FLAGS = tuple(
    "".join(chr(0xE0000 + ord(letter)) for letter in region) + "\U000e007f"
    for region in ("gbeng", "gbsct", "gbwls")
)


@dataclass(frozen=True, slots=True)
class Visible:
    """A text without its invisible characters, and where a place in the original is now."""

    text: str
    _ends: Sequence[int]
    _removed: Sequence[int]

    def place(self, original: int) -> int:
        """Return where the character at `original` is now; one that is gone, where it was."""
        step = bisect_right(self._ends, original)
        return original - self._removed[step]


def without_invisible(text: str) -> str:
    return text if text.isascii() else _RUN.sub(_kept, text)


def visible(text: str) -> Visible:
    """Return what `without_invisible` does, for those who point into the text."""
    ends: list[int] = []
    removed = [0]
    for run in _RUN.finditer(text):
        kept = len(_kept(run))
        for place in range(run.start() + kept, run.end()):
            ends.append(place + 1)
            removed.append(removed[-1] + 1)
    return Visible(without_invisible(text), ends, removed)


def _kept(run: re.Match[str]) -> str:
    """Return the first characters of a run of invisible ones, as far as they show."""
    text, hidden = run.string, run[0]
    before = text[run.start() - 1] if run.start() else ""
    after = text[run.end()] if run.end() < len(text) else ""
    if before == _BLACK_FLAG and hidden.startswith(_FLAGS):
        return next(flag for flag in _FLAGS if hidden.startswith(flag))
    selector = hidden[0] if _selects_variant(hidden[0], before) else ""
    joiner = hidden[len(selector) : len(selector) + 1]
    return selector + (joiner if _joins(joiner, before, after) else "")


def _selects_variant(character: str, before: str) -> bool:
    if character in _HAS_VARIANTS:
        return bool(_HAS_VARIANTS[character].match(before))
    if "\U000e0100" <= character <= "\U000e01ef":
        return bool(_IDEOGRAPH.match(before))
    return "\u180b" <= character <= "\u180f" and bool(_MONGOLIAN.match(before))


def _joins(character: str, before: str, after: str) -> bool:
    if character == "" or character not in _JOINERS:
        return False
    if _JOINING_LETTER.match(before) and _JOINING_LETTER.match(after):
        return True
    return character == "\u200d" and bool(_EMOJI.match(before) and _EMOJI.match(after))
