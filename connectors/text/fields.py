"""Field values in the shape that every store and reader accepts."""

import hashlib
import re
from urllib.parse import urljoin, urlsplit

from connectors.text.links import without_tracking

LONGEST_KEY = 400
LANGUAGE_TAG = re.compile(r"[A-Za-z]{2,8}([-_][A-Za-z0-9]{1,8}){0,3}")
SENTENCE_END = re.compile(r"[.!?。](?=\s)|\n")


def storable(text: str) -> str:
    """Drop NUL and lone surrogates: sources can spell both, no database takes them."""
    return text.replace("\0", "").encode("utf-8", "ignore").decode("utf-8")


def one_line(text: str) -> str:
    return " ".join(storable(text).split())


def bounded_key(identity: str) -> str:
    """Return `identity`, or a digest of it where it is too long to be a key."""
    return identity if len(identity) <= LONGEST_KEY else digest_of(identity)


def digest_of(*parts: str) -> str:
    return hashlib.sha256("\x1f".join(parts).encode("utf-8", "ignore")).hexdigest()[:24]


def language_tag(given: str | None) -> str | None:
    return given if given and LANGUAGE_TAG.fullmatch(given) else None


def web_link(link: str, *, base: str = "") -> str | None:
    """Return `link` resolved against `base`, None where it leads to no web page.

    Parameters that only tell who follows the link are left out.
    """
    try:
        resolved = urljoin(base, link.strip()) if link.strip() else ""
        parts = urlsplit(resolved)
    except ValueError:
        return None
    is_web = parts.scheme in ("http", "https") and parts.netloc
    return without_tracking(resolved) if is_web else None


def cut_at_sentence(text: str, max_chars: int) -> str:
    """Cut `text` after the last sentence that ends within `max_chars`."""
    if len(text) <= max_chars:
        return text
    head = text[:max_chars]
    ends = [match.end() for match in SENTENCE_END.finditer(head, max_chars // 2)]
    return head[: ends[-1]].rstrip() if ends else head
