"""Signatures that tell near-duplicates: how much of their wording two texts share, in 129 bytes.

    text ─▶ words ─▶ shingles (three words in a row) ─▶ MinHash ─▶ one byte a permutation

The share of equal bytes in two signatures estimates the Jaccard similarity of the two sets of
shingles. An estimate only says which texts are worth comparing word by word: it is the caller who
has the texts and decides. Signatures are stored, so what goes into them never changes under one
`VERSION`; those of different versions are never compared.
"""

import re
import unicodedata
import zlib
from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray

if TYPE_CHECKING:
    from datasketch import MinHash

VERSION = 1
FEWEST_WORDS = 8
"""Shorter texts have no signature: one word more or less is most of what they say."""
LONGEST = 20_000
"""Nor have longer ones, in characters: no passage of prose is so long."""

_SHINGLE = 3
_PERMUTATIONS = 128
_SEED = 20_240_229
_GOLDEN = np.uint32(0x9E3779B1)
_BYTE_VALUES = 256
_ROWS_AT_ONCE = 64

_INVISIBLE = re.compile("[\u00ad\u034f\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff]")
_WORD = re.compile(
    r"(?<!\w)[-+\u2212]?\d+(?:[.,:/\u2212-]\d+)*(?!\w)"  # a number with its sign, a date, a time
    r"|[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff"
    r"\U00020000-\U0003ffff]"  # scripts that put no space between words: each character
    r"|\w+(?:['\u2019]\w+)*"
    r"|[^\w\s!-#&-*,-/:;?@\[-`{-~\u00a1\u00a7\u00ab\u00b6\u00b7\u00bb\u00bf\u2010-\u2027\u3000-\u303f]"
    # what is left counts as well: $, %, +, °, arrows
)


def words(text: str) -> list[str]:
    """Return words, numbers and signs in their own case; no punctuation, nothing invisible."""
    if not text.isascii():
        text = _INVISIBLE.sub("", unicodedata.normalize("NFKC", text)).replace("\u2019", "'")
    return _WORD.findall(text)


def shingles(said: Sequence[str]) -> frozenset[str]:
    """Return every three words that stand in a row, whatever their case."""
    small = [word.casefold() for word in said]
    last = max(1, len(small) - _SHINGLE + 1)
    return frozenset(" ".join(small[start : start + _SHINGLE]) for start in range(last))


def signature(text: str) -> bytes | None:
    """Return what is stored with a text to find its near-duplicates; None for a short one."""
    said = words(text) if len(text) <= LONGEST else []
    if len(said) < FEWEST_WORDS:
        return None
    hashed = _empty().copy()
    hashed.update_batch([shingle.encode(errors="replace") for shingle in shingles(said)])
    # A minimum is small, so its upper bits say nothing: the product spreads all bits into them.
    minima: NDArray[np.uint32] = hashed.hashvalues
    mixed = (minima * _GOLDEN) >> np.uint32(24)
    return bytes([VERSION]) + mixed.astype(np.uint8).tobytes()


def prepare() -> None:
    """Load what `signature` needs, which takes half a second."""
    _empty()


def alike(signatures: Sequence[bytes | None], *, least: float) -> list[tuple[int, int]]:
    """Return the places i < j whose texts seem to share at least that much of their shingles."""
    places = [place for place, each in enumerate(signatures) if _is_comparable(each)]
    rows = np.frombuffer(b"".join(signatures[place] or b"" for place in places), dtype=np.uint8)
    rows = rows.reshape(len(places), _PERMUTATIONS + 1)[:, 1:]
    found: list[tuple[int, int]] = []
    for start in range(0, len(places), _ROWS_AT_ONCE):
        some = rows[start : start + _ROWS_AT_ONCE]
        equal = (some[:, None, :] == rows[None, start:, :]).sum(axis=2, dtype=np.uint16)
        one, other = np.nonzero(_estimate(equal) >= least)
        found += [
            (places[start + i], places[start + j])
            for i, j in zip(one.tolist(), other.tolist(), strict=True)
            if i < j
        ]
    return found


def similarity(one: bytes, other: bytes) -> float:
    """Estimate how much of their shingles the texts of two signatures share, 0 to 1."""
    first, second = (np.frombuffer(each, dtype=np.uint8)[1:] for each in (one, other))
    return max(0.0, float(_estimate(np.count_nonzero(first == second))))


def _is_comparable(given: bytes | None) -> bool:
    return given is not None and len(given) == _PERMUTATIONS + 1 and given[0] == VERSION


def _estimate(equal: ArrayLike) -> NDArray[np.float64]:
    """Bytes of different minima are equal by chance once in 256."""
    chance = 1 / _BYTE_VALUES
    return (np.asarray(equal, dtype=np.float64) / _PERMUTATIONS - chance) / (1 - chance)


@cache
def _empty() -> "MinHash":
    from datasketch import MinHash

    return MinHash(num_perm=_PERMUTATIONS, seed=_SEED, hashfunc=zlib.crc32, scheme="affine32")
