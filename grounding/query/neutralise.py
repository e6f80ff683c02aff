"""Make retrieved text safe to show: visible, bounded, and unable to end its own quotation.

Retrieved text is written by anyone. Here it loses what a reader cannot see but a tokenizer can
(zero-width, direction-changing, tag and control characters), the marks of our own rendering, and
the control tokens of common chat templates. Words and numbers stay exactly as they are.
"""

import re
import unicodedata

_INVISIBLE_CATEGORIES = frozenset({"Cc", "Cf", "Cs", "Co", "Cn"})
_INVISIBLE_OTHERS = re.compile(
    "["
    "\u034f"  # combining grapheme joiner
    "\u115f\u1160\u3164\uffa0"  # Hangul fillers
    "\u17b4\u17b5"  # Khmer inherent vowels
    "\u180b-\u180f"  # Mongolian variation selectors
    "\u2800"  # blank braille pattern
    "\ufe00-\ufe0f\U000e0100-\U000e01ef"  # variation selectors: they can carry hidden bytes
    "]"
)
_LINE_ENDS = re.compile("\r\n|[\r\x0b\x0c\x1c-\x1e\x85\u2028\u2029]")
_BLANK_LINES = re.compile(r"\n[^\S\n]*\n\s*\n")
_MARKS = re.compile(
    r"<(?=\s*/?\s*evidence\b)"  # our own
    r"|<(?=[|｜][^<>\n]{1,40}[|｜]>)"  # <|im_start|>, <|eot_id|>
    r"|<(?=/?(?:s|bos|eos|start_of_turn|end_of_turn|system|user|assistant)>)"
    r"|\[(?=/?INST\])|<(?=</?SYS>>)",
    re.IGNORECASE,
)
_HARMLESS = {"<": "‹", "[": "("}
_SENTENCE_END = re.compile(r"[.!?。！？…][\"'”’)\]]*(?=\s|$)|\n")


def line(text: str, *, max_chars: int) -> str:
    """Neutralise a field that is shown on one line; what is too long ends with "…"."""
    visible = " ".join(_visible(text).split())
    safe = _without_marks(visible)
    return safe if len(safe) <= max_chars else safe[: max_chars - 1].rstrip() + "…"


def block(text: str, *, max_chars: int) -> str:
    """Neutralise a field of several lines; what is too long ends at the end of a sentence."""
    visible = _BLANK_LINES.sub("\n\n", _visible(text)).strip()
    safe = _without_marks(visible)
    return safe if len(safe) <= max_chars else _whole_sentences(safe[:max_chars])


def _visible(text: str) -> str:
    if text.isprintable():  # nothing of these categories, and no end of a line
        return text if text.isascii() else _INVISIBLE_OTHERS.sub("", text)
    lines = _INVISIBLE_OTHERS.sub("", _LINE_ENDS.sub("\n", text))
    hidden = [character for character in set(lines) if _is_hidden(character)]
    return lines.translate(dict.fromkeys(map(ord, hidden))) if hidden else lines


def _is_hidden(character: str) -> bool:
    is_layout = character in "\n\t"
    return not is_layout and unicodedata.category(character) in _INVISIBLE_CATEGORIES


def _without_marks(text: str) -> str:
    return _MARKS.sub(lambda match: _HARMLESS[match.group()], text)


def _whole_sentences(text: str) -> str:
    ends = [match.end() for match in _SENTENCE_END.finditer(text)]
    return (text[: ends[-1]].rstrip() if ends else text.rstrip()) + " […]"
