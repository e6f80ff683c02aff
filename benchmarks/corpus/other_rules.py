"""Why pages, robots.txt and data may differ from what is expected, and be right all the same."""

import html
import re
from decimal import Decimal

from benchmarks.corpus.plain import without_space
from benchmarks.corpus.records import Disagreement, Refusal, Rule

HEADING = re.compile(r"<h[1-3]\b[^>]*>(.*?)</h[1-3]>", re.DOTALL | re.IGNORECASE)
TAG = re.compile(r"<[^>]*>")
WORD = re.compile(r"[^\W_]+")
NAMES_IN_COMMON = 2
HALF_A_DEGREE = Decimal("0.5")
INDEX_PAGES = ("index.html", "index.htm")


def _is_same_but_for_space(it: Disagreement) -> bool:
    return _texts(it) and without_space(str(it.expected)) == without_space(str(it.found))


def _is_part_of_title(it: Disagreement) -> bool:
    """One has the name of the site, or of a section, before or after the title; the other not."""
    if it.name != "title" or not _texts(it):
        return False
    expected, found = _words(str(it.expected)), _words(str(it.found))
    return bool(found) and (_holds(expected, found) or _holds(found, expected))


def _is_heading(it: Disagreement) -> bool:
    """The title that was read is a heading of the page."""
    if it.name != "title" or not _texts(it):
        return False
    headings = HEADING.findall(_source(it))
    return _words(str(it.found)) in [_words(html.unescape(TAG.sub(" ", each))) for each in headings]


def _is_declared_title(it: Disagreement) -> bool:
    """The title that was read is what the page says of itself elsewhere."""
    return it.name == "title" and _texts(it) and str(it.found) in html.unescape(_source(it))


def _is_same_name(it: Disagreement) -> bool:
    """The same names, with other words around them: "By", a date, a title, a second spelling."""
    if it.name != "author" or not _texts(it):
        return False
    expected, found = set(_words(str(it.expected))), set(_words(str(it.found)))
    return bool(expected & found) and (
        expected <= found or found <= expected or len(expected & found) >= 2
    )


def _is_no_byline(it: Disagreement) -> bool:
    return it.name == "author" and it.found is None and it.document is not None


def _is_other_byline(it: Disagreement) -> bool:
    if it.name != "author" or not _texts(it):
        return False
    return set(_words(str(it.found))) <= set(_words(html.unescape(_source(it))))


def _is_language_as_read(it: Disagreement) -> bool:
    return it.name == "language" and it.document is not None


def _is_index_page(it: Disagreement) -> bool:
    """A folder is allowed with the index page in it, as Google reads it."""
    served = it.recording.served().decode("utf-8", "replace").lower()
    return it.name == "allowed" and any(f"/{page}" in served for page in INDEX_PAGES)


def _lacks_a_colon(it: Disagreement) -> bool:
    served = it.recording.served().decode("utf-8", "replace")
    lines = re.findall(r"^\s*sitemap\s+\S+:", served, re.IGNORECASE | re.MULTILINE)
    return it.name == "sitemaps" and bool(lines)


def _is_rounded(it: Disagreement) -> bool:
    """The suite's reader takes whole degrees, though the report has them in tenths too."""
    if it.name != "value" or not _texts(it) or it.recording.kind != "metar":
        return False
    expected, found = (Decimal(str(text).rpartition(": ")[2]) for text in (it.expected, it.found))
    return abs(expected - found) <= HALF_A_DEGREE


def _texts(it: Disagreement) -> bool:
    return isinstance(it.expected, str) and isinstance(it.found, str)


def _source(it: Disagreement) -> str:
    return it.recording.served().decode("utf-8", "replace")


def _words(text: str) -> list[str]:
    return [word.casefold() for word in WORD.findall(text)]


def _holds(longer: list[str], shorter: list[str]) -> bool:
    size = len(shorter)
    return any(longer[at : at + size] == shorter for at in range(len(longer) - size + 1))


PAGE_RULES = (
    Rule("white space", _is_same_but_for_space),
    Rule("title with or without the site's name", _is_part_of_title),
    Rule("a heading of the page for its title", _is_heading),
    Rule("another title that the page states", _is_declared_title),
    Rule("byline with other words around the name", _is_same_name),
    Rule("no byline found", _is_no_byline),
    Rule("another byline of the page", _is_other_byline),
    Rule("language as the text is", _is_language_as_read),
    Rule("folder allowed with its index page", _is_index_page),
    Rule("a sitemap's line without its colon", _lacks_a_colon),
)
PAGE_REFUSALS = (Refusal("asks not to be read", r"asks not to be read \(noindex"),)
DATA_RULES = (Rule("tenths of a degree from the remarks", _is_rounded),)
DATA_REFUSALS = (
    Refusal("arXiv's own error", r"incorrect_id_format|'/abs/'"),
    Refusal("an empty answer", r"not JSON: Expecting value: line 1 column 1 "),
    Refusal("an answer without its list", r"'features\[\]\.properties' finds no list"),
    Refusal("a forecast without a word", r"none of 1 periods has a text"),
    Refusal("nothing dated", r"valid_from: 'timestamp' is in none of"),
    Refusal("a table without numbers", r"no row can be read: .*expected a number"),
)
