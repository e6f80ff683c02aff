"""See through letters and marks that look like others: Ｅ, е, 𝐞, é and 3 for e; ＜ and &lt; for <.

A tokenizer tells `＜evidence` from `<evidence`; a llm may not care. So what is looked for here is
what a text would look like, and only the mark that opens it is replaced: words stay as they are.
"""

import html
import re
import unicodedata
from functools import lru_cache
from typing import Final

HARMLESS: Final = {"<": "‹", "[": "("}
"""What stands in the place of an opening mark."""

_ANGLES: Final = "<＜﹤˂ᐸ‹⟨〈〈❬❮❰⧼⟪《«≪≺ᚲ𐌂"
_SQUARES: Final = "[［﹝⟦【〔❲"
_ENTITY: Final = (
    r"&(?:amp;)*(?:lt;?|#0*60;?|#x0*3c;?|lang;|langle;|lsaquo;|laquo;|#0*8249;?|#x0*2039;?)"
    r"|\\+u00?3c|\\+x3c|\\+u\{0*3c\}|%(?:25)*3c"
)
_SQUARE_ENTITY: Final = r"&(?:amp;)*(?:lbrack;|lsqb;|#0*91;?|#x0*5b;?)|\\+u005b|\\+x5b|%(?:25)*5b"
_OPENING: Final = re.compile(
    rf"[{_ANGLES}{re.escape(_SQUARES)}]|(?=[&\\%])(?:(?P<angle>(?i:{_ENTITY}))|(?i:{_SQUARE_ENTITY}))"
)
_CONTROL: Final = re.compile(r"[/\\]*\|[^\W\d_]")
_LOOKED_AT: Final = 80
_LETTERS: Final = {
    "a": "аɑαᴀ4@", "b": "ЬƄв8", "c": "сϲᴄ", "d": "ԁɗ", "e": "еҽєɛε3ᴇ", "g": "ɡ", "h": "һн",
    "i": "іıɩι1!ɪ", "j": "ј", "k": "κк", "l": "ӏℓ", "m": "м", "n": "ոпɴ", "o": "оοօσ0ᴏ", "p": "рρ",
    "q": "ԛ", "s": "ѕ5$ꜱ", "t": "тτ7", "u": "υսᴜ", "v": "ѵνᴠ", "w": "ԝωᴡ", "x": "хχ×", "y": "уүγ",
    "z": "ᴢ2", "/": "⁄∕⧸⟋╱", "|": "∣ǀ⏐│┃❘¦", ">": "›⟩〉〉❭❯❱⧽⟫》»≫",
}  # fmt: skip
_LOOKS_LIKE: Final = {ord(each): letter for letter, some in _LETTERS.items() for each in some}

_LETTERS_ALONE: Final = {code: letter for code, letter in _LOOKS_LIKE.items() if code > 0x7F}


def folded(text: str) -> str:
    """Return what a text looks like: small ASCII letters where there are any that look so.

    Spaces, accents and what joins words go: the result may be shorter or longer than the text.
    """
    wide = unicodedata.normalize("NFKD", text).casefold().translate(_LOOKS_LIKE)
    return "".join(
        each
        for each in wide
        if each not in "_-▁" and not each.isspace() and unicodedata.category(each)[0] != "M"
    )


def in_plain_letters(text: str) -> str:
    """Return a text in small letters, those of other alphabets that look Latin replaced."""
    wide = unicodedata.normalize("NFKC", text).casefold().translate(_LETTERS_ALONE)
    return "".join(each for each in wide if unicodedata.category(each) != "Cf")


def without_openings(text: str, *, angle: re.Pattern[str], square: re.Pattern[str] | None) -> str:
    """Replace each opening mark that is followed by what a pattern matches once it is folded.

    The patterns are matched right behind an angle or a square bracket, however that is written.
    """

    def replaced(mark: re.Match[str]) -> str:
        is_angle = mark["angle"] is not None or mark[0] in _ANGLES
        pattern = angle if is_angle else square
        if pattern is None:
            return mark[0]
        behind = text[mark.end() : mark.end() + _LOOKED_AT]
        opens = pattern.match(_folded(behind)) or (is_angle and _begins_control(behind))
        return HARMLESS["<" if is_angle else "["] if opens else mark[0]

    return _OPENING.sub(replaced, text)


def _begins_control(behind: str) -> bool:
    """Whether a bar and a letter follow at once, as in the tokens of most chat templates."""
    word = (behind.split(maxsplit=1) or [""])[0]
    return not behind[:1].isspace() and _CONTROL.match(_folded(word)) is not None


@lru_cache(maxsize=4_096)
def _folded(text: str) -> str:
    return folded(html.unescape(text))
