"""Why what is read of a feed may differ from what its suite says, and be right all the same.

Each rule checks what it claims: a link is resolved here again, a title made plain by another
parser. What no rule explains stays unexplained and is listed by name.
"""

import re
from urllib.parse import parse_qsl, urljoin, urlsplit

from benchmarks.corpus.plain import plain_text, without_space
from benchmarks.corpus.records import Disagreement, Refusal, Rule
from benchmarks.corpus.statements import commented

MADE_UP_ID = re.compile(
    r"[0-9a-f]{31,32}|[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
)
TRACKING = re.compile(r"utm_\w+|wt_mc|fbclid|gclid|mc_[ce]id")
REPLACED = "\ufffd"


def _has_nothing_to_read(it: Disagreement) -> bool:
    """The entry, or the one that is missing, was reported as a failed item."""
    return it.document is None and any("no text" in each.reason for each in it.reading.failures)


def _is_counted_as_failed(it: Disagreement) -> bool:
    read = len(it.reading.documents) + len(it.reading.failures)
    return it.name == "entries" and bool(it.reading.failures) and it.expected == str(read)


def _is_one_of_several_alike(it: Disagreement) -> bool:
    """Fewer were read than the suite counts, and none failed: entries alike in all are one."""
    is_missing = it.document is None or it.name == "entries"
    return is_missing and bool(it.reading.documents) and not it.reading.failures


def _differs_in_white_space(it: Disagreement) -> bool:
    return _texts(it) and str(it.expected).split() == str(it.found).split()


def _is_plain_title(it: Disagreement) -> bool:
    if it.name != "title" or not _texts(it):
        return False
    plain = without_space(str(it.found))
    return plain in {
        without_space(plain_text(str(it.expected))),
        without_space(plain_text(plain_text(str(it.expected)))),
    }


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
    return f">{it.found}<" in commented(it.recording.served())


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


def _texts(it: Disagreement) -> bool:
    return isinstance(it.expected, str) and isinstance(it.found, str)


FEED_RULES = (
    Rule("nothing to read: a failed item", _has_nothing_to_read),
    Rule("nothing to read: a failed item", _is_counted_as_failed),
    Rule("entries alike in everything are one", _is_one_of_several_alike),
    Rule("white space", _differs_in_white_space),
    Rule("title as plain text", _is_plain_title),
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
