"""Why what is read of a feed may differ from what its suite says, and be right all the same.

Each rule checks what it claims: a link is resolved here again, a title made plain by another
parser. What no rule explains stays unexplained and is listed by name.
"""

import re
from html import unescape
from unicodedata import category
from urllib.parse import parse_qsl, urljoin, urlsplit

from benchmarks.corpus.compare import value_of
from benchmarks.corpus.plain import plain_text, without_space
from benchmarks.corpus.records import Disagreement, Refusal, Rule
from benchmarks.corpus.statements import commented

MADE_UP_ID = re.compile(
    r"[0-9a-f]{31,32}|[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
)
TRACKING = re.compile(r"utm_\w+|wt_mc|fbclid|gclid|mc_[ce]id")
TEXTS = {"title", "text", "feed title"}
CDATA = re.compile(r">\s*<!\[CDATA\[")
"""Around a text, and none of it."""
ASCII = re.compile(r"[A-Za-z0-9]+")
REPLACED = "\ufffd"


def _has_nothing_to_read(it: Disagreement) -> bool:
    """The entry was reported as a failed item, and the suite finds no words in it either."""
    if it.document is not None or not any("no text" in f.reason for f in it.reading.failures):
        return False
    return it.name not in TEXTS or not plain_text(str(it.expected)).strip()


def _is_counted_as_failed(it: Disagreement) -> bool:
    read = len(it.reading.documents) + len(it.reading.failures)
    return it.name == "entries" and bool(it.reading.failures) and it.expected == str(read)


def _is_one_of_several_alike(it: Disagreement) -> bool:
    """Nothing failed, and another entry says the same: those alike in everything are one."""
    if it.document is not None or it.reading.failures:
        return False
    return it.expected in {value_of(each, it.name) for each in it.reading.documents}


def _differs_in_white_space(it: Disagreement) -> bool:
    return _texts(it) and str(it.expected).split() == str(it.found).split()


def _is_plain(it: Disagreement) -> bool:
    if it.name not in TEXTS or not _texts(it):
        return False
    plain = without_space(str(it.found))
    return plain in {
        without_space(plain_text(str(it.expected))),
        without_space(plain_text(plain_text(str(it.expected)))),
    }


def _stands_in_an_object(it: Disagreement) -> bool:
    """An object or a frame that is never closed holds the rest of its text, which is not shown."""
    if not _texts(it) or not str(it.expected).startswith(str(it.found)):
        return False
    return any(f"<{name}" in unescape(_written(it)) for name in ("object", "iframe"))


def _is_broken_markup(it: Disagreement) -> bool:
    """Of a declaration or comment within a text, both keep something else that nobody reads."""
    after_statement = _written(it).partition("-->")[2]
    return it.name in TEXTS and "<!" in unescape(CDATA.sub(">", after_statement))


def _is_binary(it: Disagreement) -> bool:
    """Content of a type that is no text is not read, whatever is in it."""
    return it.name == "text" and 'content type="application/octet-stream"' in _written(it)


def _is_other_text(it: Disagreement) -> bool:
    """Of several texts of an entry the suite names one, and the longest is read."""
    if it.name != "text" or not _texts(it):
        return False
    return str(it.found) in _written(it) and len(str(it.found)) >= len(str(it.expected))


def _lacks_invisible(it: Disagreement) -> bool:
    if not _texts(it):
        return False
    visible = "".join(each for each in str(it.expected) if category(each) != "Cf")
    return without_space(visible) == without_space(str(it.found))


def _is_guessed(it: Disagreement) -> bool:
    """The bytes are not in the encoding that the file declares, and two readers guess."""
    try:
        it.recording.served().decode()
    except UnicodeDecodeError:
        return _texts(it) and ASCII.findall(str(it.expected)) == ASCII.findall(str(it.found))
    return False


def _has_control_characters(it: Disagreement) -> bool:
    return _texts(it) and str(it.expected) == "".join(filter(str.isprintable, str(it.found)))


def _was_not_decoded(it: Disagreement) -> bool:
    """The suite's own reader lost letters: what is left of the text is the same."""
    if not _texts(it) or REPLACED not in str(it.expected):
        return False
    pattern = ".*".join(map(re.escape, re.split(f"{REPLACED}+", str(it.expected).strip())))
    return re.fullmatch(pattern, str(it.found), re.DOTALL) is not None or _differs_in_white_space(
        it
    )


def _is_resolved_link(it: Disagreement) -> bool:
    if it.name != "link" or not _texts(it):
        return False
    expected = str(it.expected).strip()
    is_relative = not urlsplit(expected).scheme
    return is_relative and urljoin(it.reading.address, expected) == it.found


def _is_resolved_elsewhere(it: Disagreement) -> bool:
    """The suite gives another address for the same feed, in a header that is not served."""
    if it.name != "link" or not _texts(it):
        return False
    ours, theirs = urlsplit(str(it.found)), urlsplit(str(it.expected))
    is_here = str(it.found).startswith(it.reading.address[: it.reading.address.index("/", 8)])
    return is_here and ours.path == theirs.path


def _is_id_as_written(it: Disagreement) -> bool:
    """An id is what the file says, letter by letter, and never resolved as a link is."""
    if it.name != "id" or not _texts(it):
        return False
    return f">{it.found}<" in _written(it)


def _is_made_up_id(it: Disagreement) -> bool:
    return it.name == "id" and MADE_UP_ID.fullmatch(str(it.expected)) is not None


def _is_told_apart(it: Disagreement) -> bool:
    return it.name == "id" and str(it.found).rpartition("#")[0] == it.expected


def _is_normalised_host(it: Disagreement) -> bool:
    """The suite rewrites hosts to lower case and adds the root's slash; we keep the spelling."""
    if it.name != "link" or not _texts(it):
        return False
    return _normal(str(it.expected)) == _normal(str(it.found))


def _normal(link: str) -> tuple[str, str, str, str]:
    parts = urlsplit(link)
    return parts.scheme, parts.netloc.lower(), parts.path or "/", parts.query


def _is_without_tracking(it: Disagreement) -> bool:
    """Only known parameters of the query are gone; what is left is in its order."""
    if it.name != "link" or not _texts(it):
        return False
    ours, theirs = urlsplit(str(it.found)), urlsplit(str(it.expected))
    dropped = [pair for pair in parse_qsl(theirs.query) if pair not in parse_qsl(ours.query)]
    is_same = ours[:3] == theirs[:3] and len(parse_qsl(ours.query)) + len(dropped) == len(
        parse_qsl(theirs.query)
    )
    return is_same and bool(dropped) and all(TRACKING.fullmatch(name) for name, _ in dropped)


def _is_other_date(it: Disagreement) -> bool:
    """The suite has one date twice; we keep it once, as what the format says it is."""
    if it.name not in {"published", "updated"} or it.document is None or it.found is not None:
        return False
    return it.expected in {it.document.published_at, it.document.updated_at}


def _is_no_web_link(it: Disagreement) -> bool:
    scheme = urlsplit(str(it.expected)).scheme
    return it.name == "link" and it.found is None and scheme not in {"http", "https"}


def _is_doubtful_date(it: Disagreement) -> bool:
    doubts = () if it.document is None else it.document.time_flags
    return it.found is None and any(each.startswith(it.name) for each in doubts)


def _written(it: Disagreement) -> str:
    """Return the file as text, with the comment that holds the suite's statement."""
    return commented(it.recording.served())


def _texts(it: Disagreement) -> bool:
    return isinstance(it.expected, str) and isinstance(it.found, str)


FEED_RULES = (
    Rule("nothing to read: a failed item", _has_nothing_to_read),
    Rule("nothing to read: a failed item", _is_counted_as_failed),
    Rule("entries alike in everything are one", _is_one_of_several_alike),
    Rule("white space", _differs_in_white_space),
    Rule("plain text", _is_plain),
    Rule("invisible characters dropped", _lacks_invisible),
    Rule("hidden within an object or frame", _stands_in_an_object),
    Rule("remains of broken markup", _is_broken_markup),
    Rule("binary content is no text", _is_binary),
    Rule("another text of the entry", _is_other_text),
    Rule("encoding guessed", _is_guessed),
    Rule("control characters dropped", _has_control_characters),
    Rule("the suite lost letters", _was_not_decoded),
    Rule("relative link resolved", _is_resolved_link),
    Rule("resolved against another address", _is_resolved_elsewhere),
    Rule("host as written", _is_normalised_host),
    Rule("no link to the web", _is_no_web_link),
    Rule("tracking parameters dropped", _is_without_tracking),
    Rule("the suite makes up an id", _is_made_up_id),
    Rule("id as written", _is_id_as_written),
    Rule("shared id told apart", _is_told_apart),
    Rule("one date, not two", _is_other_date),
    Rule("date in doubt, not read", _is_doubtful_date),
)
FEED_REFUSALS = (
    Refusal(
        "no feed", r"not a feed: (XML without a feed in it|the reply is empty|ill-formed JSON)"
    ),
    Refusal("no feed", r"not a feed: .*(no element found|junk after document element)"),
)
