"""Make retrieved text safe to show: visible, bounded, and unable to end its own quotation.

Retrieved text is written by anyone. Here it loses what a reader cannot see but a tokenizer can
(zero-width, direction-changing, tag and control characters), the marks of our own rendering, and
the control tokens of common chat templates, whatever letters and brackets they are spelled in.
Words and numbers stay exactly as they are. Joiners go too: without them Persian and Indic words
have the same letters, though some are joined otherwise, and an emoji is shown as its parts.

What was shown by an earlier version of this module is shown again by naming that version.
"""

import re
import unicodedata
from typing import Final

from grounding.query.lookalikes import HARMLESS, without_openings

VERSION: Final = 2
"""1 saw our delimiter and control tokens in ASCII alone, and fewer of them."""

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
_ALSO_INVISIBLE = re.compile("[\ufffc\U0001d159]")
_PILE = re.compile(
    "([\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]{4})"
    "[\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]+"
)
_LONG = re.compile(r"([!-~]{200})([!-~]{801,})")
"""So many characters without a space are no word and no address, and cost hundreds of tokens."""
_CONTROLS = (
    r"bos|eos|pad|unk|mask|sep|cls|system|user|assistant|model|developer|human|tool|tools|think"
    r"|thinking|thought|reasoning|toolcalls?|tooluses?|toolresponses?|toolresults?|toolcode"
    r"|tooloutputs?|functions?|functioncalls?|functionresults?|invoke|antml[a-z:]*|imstart|imend"
    r"|startofturn|endofturn|startofimage|endofimage|imagesofttoken|startofaudio|endofaudio"
    r"|bostoken|eostoken|startofturntoken|endofturntoken|beginoftext|endoftext|eotid"
    r"|beginofsentence|endofsentence|beginningofsentence|eoh|eoa|sop|eop"
    r"|(?:extraid|special|reserved|unused|unusedtoken)[a-z]*"
)
_ANGLE = re.compile(
    r"[/\\]*(?:"
    r"evidence"  # our own
    r"|\|[^<>]{1,40}\|>"  # <|im_start|>
    r"|(?:turn|channel|tool|toolcall|toolresponse|image|audio|video|think|message|role)\|>|s>"
    rf"|(?:{_CONTROLS})[/:=>]"
    r"|<?[/\\]?sys>"
    r")"
)
_SQUARE = re.compile(
    r"[/\\]*(?:inst|availabletools|toolcalls?|toolresults?|toolcontent|systemprompt|modelsettings"
    r"|img|imgbreak|imgend|think|args|callid|beginaudio|gmask|sop|unusedtoken[a-z]*)[\]］】]"
    r"|e~\["
)
_TILDES = re.compile(r"\](?=~!?b[\[\]])")
_SENTENCE_END = re.compile(r"[.!?。！？…][\"'”’)\]]*(?=\s|$)|\n")


def line(text: str, *, max_chars: int, version: int = VERSION) -> str:
    """Neutralise a field that is shown on one line; what is too long ends with "…"."""
    visible = " ".join(_visible(text).split())
    safe = _safe(visible, version)
    safe = safe if version == 1 else " ".join(safe.split())
    return safe if len(safe) <= max_chars else safe[: max_chars - 1].rstrip() + "…"


def block(text: str, *, max_chars: int, version: int = VERSION) -> str:
    """Neutralise a field of several lines; what is too long ends at the end of a sentence."""
    visible = _BLANK_LINES.sub("\n\n", _visible(text)).strip()
    safe = _safe(visible if version == 1 else _without_endless(visible), version)
    return safe if len(safe) <= max_chars else _whole_sentences(safe[:max_chars])


def without_nonce(text: str, nonce: str) -> str:
    """Take a request's mark out of a text, and what of it comes together by that."""
    while nonce and nonce in text:
        text = text.replace(nonce, "")
    return text


def _without_endless(text: str) -> str:
    return _LONG.sub(lambda match: f"{match[1]}[…{len(match[2])} more…]", text)


def _safe(text: str, version: int) -> str:
    if version == 1:
        return _without_marks(text)
    bounded = text if text.isascii() else _PILE.sub(r"\1", _ALSO_INVISIBLE.sub("", text))
    plain = _TILDES.sub(")", _without_marks(bounded))
    return without_openings(plain, angle=_ANGLE, square=_SQUARE)


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
    return _MARKS.sub(lambda match: HARMLESS[match.group()], text)


def _whole_sentences(text: str) -> str:
    ends = [match.end() for match in _SENTENCE_END.finditer(text)]
    return (text[: ends[-1]].rstrip() if ends else text.rstrip()) + " […]"
