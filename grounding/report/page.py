"""A report as one HTML page: no script, nothing from elsewhere, whatever its texts say.

What was retrieved or answered may be hostile: it is escaped, isolated from the direction of what
stands around it, and its invisible characters are written out. Only http and https become links.
"""

import base64
import hashlib
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from importlib import resources
from itertools import pairwise
from typing import Final
from urllib.parse import urlsplit

from jinja2 import DictLoader, Environment, StrictUndefined
from markupsafe import Markup

from grounding.query.times import instant
from grounding.report.records import Item, Marked, Report
from grounding.report.words import OUTCOMES, SEALS, STANDINGS, ago, changed, tally

_BIDI: Final = frozenset("\u061c\u200e\u200f\u200c\u200d")
"""Invisible, and at home in right-to-left text and in emoji: left as they are."""
_MOST_SHOWN: Final = 1_200


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of text; claims: the places of those that it belongs to, from 1 on.

    start: where it begins, in code points.
    """

    text: str
    start: int
    claims: tuple[int, ...] = ()


def page(report: Report) -> str:
    """Return the page."""
    claims = _claims(report)
    return (
        _environment()
        .get_template("page")
        .render(
            report=report,
            css=Markup(_css()),  # noqa: S704 - our own file
            policy=policy(in_header=False),
            answer=_answer_pieces(report),
            claims=claims,
            pieces={item.number: _item_pieces(item, claims) for item in report.evidence},
            tally=tally(claims),
            changed=changed(report.evidence),
            seal=SEALS[report.seal.is_whole],
        )
    )


def policy(*, in_header: bool = True) -> str:
    """Return the Content-Security-Policy: the one style of the page, and nothing else."""
    digest = base64.b64encode(hashlib.sha256(_css().encode()).digest()).decode()
    parts = ["default-src 'none'", f"style-src 'sha256-{digest}'"]
    parts += ["base-uri 'none'", "form-action 'none'"]
    return "; ".join([*parts, "frame-ancestors 'none'"] if in_header else parts)


def cut(text: str, stretches: Iterable[tuple[int, int, int]]) -> list[Piece]:
    """Cut text wherever a stretch begins or ends.

    stretches: start, end and claim of each; they may overlap or reach beyond the text.
    """
    known = [(max(0, start), min(end, len(text)), claim) for start, end, claim in stretches]
    known = [each for each in known if each[0] < each[1]]
    opening: dict[int, list[int]] = {}
    closing: dict[int, list[int]] = {}
    for start, end, claim in known:
        opening.setdefault(start, []).append(claim)
        closing.setdefault(end, []).append(claim)
    edges = sorted({0, len(text), *opening, *closing})
    open_now: list[int] = []
    pieces = []
    for start, end in pairwise(edges):
        for claim in closing.get(start, ()):
            open_now.remove(claim)
        open_now += opening.get(start, ())
        pieces.append(Piece(text[start:end], start, tuple(sorted(set(open_now)))))
    return pieces


def link(url: str | None) -> str | None:
    """Return an address that may become a link; None for all that is not of the web."""
    try:
        parts = urlsplit(url or "")
    except ValueError:  # brackets that do not match
        return None
    return url if parts.scheme in ("http", "https") and parts.hostname else None


def visible(text: str) -> Markup:
    """Escape text, and write out what is invisible in it or turns what stands around it."""
    written: list[str] = []
    run: list[str] = []
    for each in text:
        if _is_hidden(each):
            written.append(str(Markup.escape("".join(run))))
            run = []
            written.append(f'<span class="hidden">U+{ord(each):04X}</span>')
        else:
            run.append(each)
    written.append(str(Markup.escape("".join(run))))
    return Markup("".join(written))  # noqa: S704 - all of it was escaped


def _is_hidden(each: str) -> bool:
    kind = unicodedata.category(each)
    return kind in ("Cc", "Cf", "Cs") and each not in "\n\t" and each not in _BIDI


def _claims(report: Report) -> Sequence[Marked]:
    checked = report.answer and report.answer.checked
    return checked.claims if checked else ()


def _answer_pieces(report: Report) -> list[Piece]:
    if report.answer is None:
        return []
    stated = [(i, each) for i, each in enumerate(_claims(report), start=1) if each.outcome]
    return cut(report.answer.text, [(each.start, each.end, i) for i, each in stated])


def _item_pieces(item: Item, claims: Sequence[Marked]) -> list[Piece]:
    """Cut an item's text at what bears on claims; the first piece of a place is linked to."""
    places = [
        (place.start, place.end, i)
        for i, claim in enumerate(claims, start=1)
        for place in claim.places
        if place.number == item.number
    ]
    return cut(item.text or "", places)


def _short(text: str) -> str:
    return text if len(text) <= _MOST_SHOWN else f"{text[:_MOST_SHOWN]} …"


def _when(at: datetime | None) -> Markup:
    if at is None:
        return Markup('<span class="none">not given</span>')
    written = instant(at)
    said = written.replace("T", " ").removesuffix("Z")
    return Markup('<time datetime="{}">{} UTC</time>').format(written, said)


@cache
def _css() -> str:
    return _file("page.css")


@cache
def _environment() -> Environment:
    made = Environment(
        loader=DictLoader({"page": _file("page.html")}),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters |= {"visible": visible, "when": _when, "ago": ago, "short": _short, "link": link}
    made.globals |= {"outcomes": OUTCOMES, "standings": STANDINGS}
    return made


def _file(name: str) -> str:
    return (resources.files(__package__) / name).read_text(encoding="utf-8")
