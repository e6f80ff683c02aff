"""Find what in an answer carries evidence outward: links, images that load themselves, tool calls.

Text that was retrieved may have asked for it: an image whose address holds what the user said is
asked for as soon as the answer is shown. So an address is flagged if nobody named its host, or if
more hangs on it than what was shown and said gives; one that stands there letter by letter is not.
Nothing is taken out of the answer here.
"""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import SplitResult, unquote, urlsplit

from grounding.checking.carried import RUN, RUN_IN_PATH, RUN_IN_QUERY, Secrets
from grounding.checking.links import MOST_LINKS, Link, links, plain_url
from grounding.checking.records import Flag, FlagKind, Shown

_PROGRAMS: Final = frozenset({"javascript", "vbscript", "data", "blob", "file", "filesystem"})
_HOST: Final = re.compile(r"(?:[^\W_](?:[\w-]{0,61}[^\W_])?\.)+[^\W\d_][\w-]{1,62}", re.IGNORECASE)
_ADDRESS: Final = re.compile(
    r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+|\b[a-z][a-z0-9+.-]{1,20}://[^\s\"'<>]+|\bwww\.[^\s\"'<>]+"
    r"|\b\d{1,3}(?:\.\d{1,3}){3}\b|(?<![\w.])\+\d[\d ()-]{7,18}\d",
    re.IGNORECASE,
)
_DOMAIN_ALONE: Final = re.compile(
    r"(?:[a-z0-9-]{1,63}\.)+[a-z]{2,24}(?::\d+)?(?:/\S*)?", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class _Known:
    """What was shown and said. addresses: letter by letter; asked: the question alone."""

    hosts: frozenset[str]
    text: str
    asked: str
    secrets: Secrets

    def gives(self, url: str) -> bool:
        """Whether an address stands there letter by letter, or begins one that does."""
        bare = url.removeprefix("http://").removeprefix("https://").rstrip("/")
        return bool(bare) and bare in self.text


def outward(answer: str, shown: Sequence[Shown], question: str) -> tuple[Flag, ...]:
    """Return what in an answer leads outward, in the order of places.

    question: what the user said, all turns of it: what stands there is known to them.
    """
    known = _known(shown, question)
    found = links(answer)
    flags = [flag for link in found if (flag := _of_link(link, known)) is not None]
    if len(found) >= MOST_LINKS:
        reason = f"more than {MOST_LINKS} links: those after this were not looked at"
        flags.append(Flag(FlagKind.LINK, found[-1].start, found[-1].end, reason))
    return tuple(flags)


def outward_calls(
    tool_calls: Sequence[Mapping[str, Any]],  # Any: JSON that a llm wrote
    shown: Sequence[Shown],
    question: str,
) -> tuple[Flag, ...]:
    """Return the calls, in OpenAI's form, that take what was shown or said to somebody unnamed.

    question: as in `outward`. Offsets are into the arguments of the call.
    """
    known = _known(shown, question)
    found = (_of_call(i, call, known) for i, call in enumerate(tool_calls))
    return tuple(flag for flag in found if flag is not None)


def _of_link(link: Link, known: _Known) -> Flag | None:
    kind, reason = _judged(link.url, known, loads_itself=link.loads_itself)
    return None if kind is None else Flag(kind, link.start, link.end, reason)


def _judged(url: str, known: _Known, *, loads_itself: bool) -> tuple[FlagKind | None, str]:
    parts = _split(url)
    if parts is None:
        return FlagKind.LINK, "an address that cannot be read"
    if parts.scheme in _PROGRAMS:
        return FlagKind.SCHEME, f"a {parts.scheme}: address is a program or a file, not a place"
    if known.gives(url) or (not parts.netloc and parts.scheme != "mailto"):
        return None, ""
    host = _shown_host(parts)
    if loads_itself:
        what = _carried(parts, known)
        kind = FlagKind.IMAGE_CARRIES if what else FlagKind.IMAGE
        why = f"and carries {what}" if what else "and nobody gave the address"
        return kind, f"loads by itself from {host}, {why}"
    if what := _carried(parts, known):
        return FlagKind.LINK_CARRIES, f"carries {what} to {host}"
    is_named = _is_named(parts, known)
    return (None, "") if is_named else (FlagKind.LINK, f"nobody named the host {host}")


def _carried(parts: SplitResult, known: _Known) -> str:
    """Say which part of an address carries what was shown or said; "" if none does."""
    secrets = known.secrets
    inner = {
        "query": parts.query,
        "fragment": parts.fragment,
        "user": parts.netloc.rpartition("@")[0],
    }
    for name, part in inner.items():
        text = unquote(unquote(part.replace("+", " ")))
        if text and (secrets.are_in(text, run=RUN_IN_QUERY) or secrets.has_code(text)):
            return f"words of the evidence or of the conversation in its {name}"
        if part and secrets.are_encoded_in(part):
            return f"such words, encoded, in its {name}"
    is_named = _is_named(parts, known)
    outer = {
        "path": "" if parts.scheme == "mailto" else unquote(unquote(parts.path)),
        "host": "" if is_named else _host_of(parts),
    }
    for name, part in outer.items():
        labels = [] if is_named else re.split(r"[/.]", part)
        if secrets.are_in(part, run=RUN_IN_PATH) or any(map(secrets.has_code, labels)):
            return f"words of the evidence or of the conversation in its {name}"
        if part and secrets.are_encoded_in(part):
            return f"such words, encoded, in its {name}"
    return ""


def _of_call(place: int, call: Mapping[str, Any], known: _Known) -> Flag | None:
    function = call.get("function")
    function = function if isinstance(function, Mapping) else {}
    name, arguments = str(function.get("name")), str(function.get("arguments") or "")
    values = list(_texts(_parsed(arguments)))
    strangers = [
        each for value in values for each in _addresses(value) if not _was_asked(each, known)
    ]
    for address in strangers:
        what = _taken_along(values, address, known)
        if what:
            start = max(0, arguments.find(address))
            end = start + len(address) if arguments.startswith(address, start) else len(arguments)
            reason = f"{name} takes {what} to {_short(address)}, whom the user did not name"
            return Flag(FlagKind.CALL, start, end, reason, call=place)
    return None


def _taken_along(values: Sequence[str], address: str, known: _Known) -> str:
    """Say what a call takes to an address; "" if nothing that was shown or said."""
    parts = _split(plain_url(address))
    if parts is not None and not known.gives(address) and _carried(parts, known):
        return "what was shown or said"
    others = (value.replace(address, " ") for value in values)
    for text in others:
        if known.secrets.are_in(text, run=RUN) or known.secrets.are_encoded_in(text):
            return "a stretch of what was shown or said"
    return ""


def _addresses(text: str) -> list[str]:
    """Return what a tool may be sent to: URLs, hosts, mail and number addresses, telephones."""
    found = [each.rstrip(".,;:!?)]}") for each in _ADDRESS.findall(text)]
    alone = text.strip()
    return [*found, alone] if not found and _DOMAIN_ALONE.fullmatch(alone) else found


def _was_asked(address: str, known: _Known) -> bool:
    """Whether the user named it, or the host that it is on."""
    if address.casefold() in known.asked:
        return True
    if "@" in address and "://" not in address:
        return False
    parts = _split(plain_url(address))
    host = "" if parts is None else _host_of(parts).removeprefix("www.")
    return (
        bool(host) and re.search(rf"(?<![\w.-]){re.escape(host)}(?![\w-])", known.asked) is not None
    )


def _known(shown: Sequence[Shown], question: str) -> _Known:
    texts = [question]
    for each in shown:
        texts += [each.text, each.title, *each.urls]
    whole = "\n".join(texts)
    hosts = {_ascii(host) for host in _HOST.findall(whole)}
    quoted = [question, *(text for each in shown for text in (each.text, each.title))]
    return _Known(frozenset(hosts), whole, question.casefold(), Secrets.of(quoted))


def _is_named(parts: SplitResult, known: _Known) -> bool:
    host = _host_of(parts)
    return (
        host in known.hosts
        or host.removeprefix("www.") in known.hosts
        or f"www.{host}" in known.hosts
    )


def _host_of(parts: SplitResult) -> str:
    if parts.scheme == "mailto":
        return _ascii(parts.path.rpartition("@")[2])
    return _ascii((parts.hostname or "").rstrip("."))


def _ascii(host: str) -> str:
    """Return a host as it is asked for, in Punycode where it is not ASCII."""
    folded = host.casefold()
    if folded.isascii():
        return folded
    try:
        return folded.encode("idna").decode()
    except UnicodeError:
        return folded


def _shown_host(parts: SplitResult) -> str:
    host = _host_of(parts) or parts.netloc or "nowhere"
    return f"{_short(host)}{' (letters of other scripts)' if 'xn--' in host else ''}"


def _split(url: str) -> SplitResult | None:
    try:
        parts = urlsplit(url)
        _ = parts.hostname, parts.port
    except ValueError:
        return None
    return parts


def _parsed(arguments: str) -> Any:  # Any: JSON that a llm wrote
    try:
        return json.loads(arguments)
    except (ValueError, RecursionError):
        return arguments


def _texts(value: Any, depth: int = 0) -> Iterable[str]:
    if isinstance(value, str):
        yield value
    elif depth < 64 and isinstance(value, dict):
        for name, each in value.items():
            yield str(name)
            yield from _texts(each, depth + 1)
    elif depth < 64 and isinstance(value, list):
        for each in value:
            yield from _texts(each, depth + 1)


def _short(text: str) -> str:
    return text if len(text) <= 80 else f"{text[:79]}…"
