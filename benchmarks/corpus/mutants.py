"""Recorded files, damaged: the same seed and number always give the same damage."""

import gzip
import random
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from benchmarks.corpus.records import Recording

LARGEST_SEED = 48_000
"""Larger files are only damaged now and then: most of the time would go into a few of them."""
SHARE_OF_LARGE = 0.004
LARGEST_MUTANT = 400_000
MOST_CHANGES = 4
LONGEST_PIECE = 400
DEEPEST = 3_000
# How many of a hundred mutants each kind of source gets.
SHARES = {
    "feed": 40,
    "json": 12,
    "robots": 10,
    "csv": 8,
    "web": 12,
    "sitemap": 3,
    "arxiv": 3,
    "gdacs": 2,
    "metar": 3,
    "nws-alerts": 2,
    "nws-forecast": 2,
    "nws-observations": 2,
    "usgs-earthquakes": 2,
    "alphavantage": 2,
    "cisa-kev": 1,
    "ecb-rates": 1,
}
CHARSETS = ("utf-16", "utf-32", "utf-7", "cp1252", "shift_jis", "cp037", "idna", "no-such", "utf-8")
ENCODINGS = ("utf-16", "utf-16-le", "utf-16-be", "utf-32", "cp1252", "cp037", "shift_jis", "utf-8")
TOKEN = re.compile(
    rb"<[^<>]{1,80}>|&[#\w]{1,10};|\d{1,4}-\d\d-\d\d(?:T[\d:.]+Z?)?|\d+(?:\.\d+)?|"
    rb"[\"'][^\"'\n]{0,40}[\"']|https?:[^\s\"'<>]+|[{}\[\]]|\w+:"
)
WORDS = (
    b"<![CDATA[", b"]]>", b"<!--", b"-->", b"<?xml version='1.0' encoding='utf-16'?>",
    b"<!DOCTYPE x [<!ENTITY a 'b'><!ENTITY b '&a;&a;'>]>", b"&#0;", b"&#xD800;", b"&#x110000;",
    b"&b;", b"&nbsp;", b"\0", b"\xff\xfe", b"\xef\xbb\xbf", b"\x1f\x8b", b"PK\x03\x04", b"\x0b\x0c",
    b"\xed\xa0\x80", b"\xe2\x80\xa8", b"1e999", b"-1e-999", b"-0", b"NaN", b"Infinity", b"0x10",
    b"9" * 400, b"0000-00-00T00:00:00Z", b"9999-12-31T23:59:60Z", b"0001-01-01T00:00:00+23:59",
    b"2026-02-30", b"Thu, 32 Foo 99999 25:61:61 ZZZ", b"Mon, 1 Jan 0001 00:00:00 -2400", b"24:00",
    b"null", b"true", b"[]", b"{}", b'"', b"'", b"\\", b"\\ud800", b"\\u0000", b",", b";", b"\t",
    b"http://[::1", b"http://a:b@c:99999999/", b"//", b"javascript:alert(1)", b"data:,x", b"?#%",
    b"<svg><script>", b"<plaintext>", b"<table><table>", b"<a xmlns:x='", b" xml:base='http://['",
    b" rdf:about=''", b"<feed xmlns='http://www.w3.org/2005/Atom'>", b"<item>", b"<entry/>",
    b"User-agent: *\nDisallow: *$*$", b"Crawl-delay: 1e309", b"Sitemap: http://[", b"TEMPO",
    b"9999Z", b"KJFK 310560Z",
)  # fmt: skip

Change = Callable[[bytes, random.Random], bytes]


@dataclass(frozen=True, slots=True)
class Mutant:
    """A damaged file, and how it is served."""

    recording: Recording
    body: bytes
    media_type: str
    charset: str | None


@dataclass(frozen=True, slots=True)
class Seeds:
    """The recordings of each kind, small ones apart from large ones."""

    small: dict[str, list[Recording]]
    large: list[Recording]


def seeds(recordings: Sequence[Recording]) -> Seeds:
    """Sort `recordings`; a kind that has only large files counts them as small."""
    small: dict[str, list[Recording]] = {}
    large = []
    for each in recordings:
        if len(each.served()) <= LARGEST_SEED:
            small.setdefault(each.kind, []).append(each)
        else:
            large.append(each)
    for each in large:
        if each.kind not in {*small}:
            small[each.kind] = [other for other in large if other.kind == each.kind]
    return Seeds(small, large)


def mutant(number: int, of: Seeds, *, seed: int) -> Mutant:
    """Return the mutant of that number: one to four changes to one recorded file."""
    draw = random.Random(f"{seed}:{number}")
    recording = _drawn(of, draw)
    body = recording.served()
    for _ in range(draw.randint(1, MOST_CHANGES)):
        if draw.random() < 0.1:
            body = _spliced(body, _drawn(of, draw).served(), draw)
        else:
            body = draw.choice(CHANGES)(body, draw)
    charset = draw.choice(CHARSETS) if draw.random() < 0.1 else None
    return Mutant(recording, body[:LARGEST_MUTANT], recording.media_type, charset)


def _drawn(of: Seeds, draw: random.Random) -> Recording:
    if of.large and draw.random() < SHARE_OF_LARGE:
        return draw.choice(of.large)
    kinds = sorted(of.small)
    kind = draw.choices(kinds, [SHARES.get(each, 1) for each in kinds])[0]
    return draw.choice(of.small[kind])


def _flipped(body: bytes, draw: random.Random) -> bytes:
    found = bytearray(body)
    for _ in range(draw.randint(1, 8) if found else 0):
        found[draw.randrange(len(found))] ^= 1 << draw.randrange(8)
    return bytes(found)


def _deleted(body: bytes, draw: random.Random) -> bytes:
    start, end = _piece(body, draw)
    return body[:start] + body[end:]


def _doubled(body: bytes, draw: random.Random) -> bytes:
    start, end = _piece(body, draw)
    times = draw.choice((1, 1, 2, 50))
    return body[:end] + body[start:end] * times + body[end:]


def _moved(body: bytes, draw: random.Random) -> bytes:
    start, end = _piece(body, draw)
    rest = body[:start] + body[end:]
    at = draw.randint(0, len(rest))
    return rest[:at] + body[start:end] + rest[at:]


def _truncated(body: bytes, draw: random.Random) -> bytes:
    return body[: draw.randint(0, len(body))]


def _beheaded(body: bytes, draw: random.Random) -> bytes:
    return body[draw.randint(0, min(len(body), LONGEST_PIECE)) :]


def _inserted(body: bytes, draw: random.Random) -> bytes:
    at = draw.randint(0, len(body))
    return body[:at] + draw.choice(WORDS) + body[at:]


def _replaced(body: bytes, draw: random.Random) -> bytes:
    """Put something else, or another token of the same file, for one of its tokens."""
    start = draw.randint(0, len(body))
    found = TOKEN.search(body, start) or TOKEN.search(body)
    if found is None:
        return _inserted(body, draw)
    other = TOKEN.search(body, draw.randint(0, len(body)))
    word = other[0] if other and draw.random() < 0.3 else draw.choice(WORDS)
    return body[: found.start()] + word + body[found.end() :]


def _noisy(body: bytes, draw: random.Random) -> bytes:
    at = draw.randint(0, len(body))
    return body[:at] + draw.randbytes(draw.randint(1, 64)) + body[at:]


def _encoded(body: bytes, draw: random.Random) -> bytes:
    return body.decode("utf-8", "replace").encode(draw.choice(ENCODINGS), "replace")


def _nested(body: bytes, draw: random.Random) -> bytes:
    at = draw.randint(0, len(body))
    opening = draw.choice((b"<div>", b"<b>", b"[", b'{"a":', b"<a><b>", b"(", b"&lt;i&gt;"))
    return body[:at] + opening * draw.randint(2, DEEPEST) + body[at:]


def _packed(body: bytes, draw: random.Random) -> bytes:
    packed = gzip.compress(body[:LARGEST_SEED], 1)
    return packed[: draw.randint(1, len(packed))] if draw.random() < 0.5 else packed


def _spliced(body: bytes, other: bytes, draw: random.Random) -> bytes:
    start, end = _piece(other, draw, longest=4_000)
    at = draw.randint(0, len(body))
    return body[:at] + other[start:end] + body[draw.randint(at, len(body)) :]


def _piece(body: bytes, draw: random.Random, *, longest: int = LONGEST_PIECE) -> tuple[int, int]:
    start = draw.randint(0, len(body))
    return start, min(len(body), start + draw.randint(1, longest))


# The common ones stand here more than once.
CHANGES: tuple[Change, ...] = (
    _flipped, _flipped, _deleted, _deleted, _doubled, _moved, _truncated, _beheaded, _inserted,
    _inserted, _replaced, _replaced, _replaced, _replaced, _noisy, _encoded, _nested, _packed,
)  # fmt: skip
