"""Forecasts for airports (TAF): what they say for which hours.

TAF KJFK 090315Z 0903/1006 27007KT P6SM SCT250 FM091200 35010KT P6SM BKN250 TEMPO 0918/0922 …
─ header ───────────────── validity ─ groups ── change and its time ─ groups ────
"""

import re
from dataclasses import dataclass
from datetime import datetime

from connectors.aviation.reports import Report, dated, decoded
from connectors.errors import ItemFailed

VALIDITY = re.compile(r"(?P<start>\d{4})/(?P<end>\d{4})(?=\s|$)")
CHANGE = re.compile(
    r"(?<=\s)(?:"
    r"FM(?P<from>\d{6})"
    r"|(?P<kind>BECMG|(?:PROB(?P<percent>\d0)\s+)?TEMPO|PROB(?P<chance>\d0)|INTER)"
    r"\s+(?P<start>\d{4})/(?P<end>\d{4})"
    r")(?=\s|$)"
)
WORDS = {"BECMG": "becoming", "TEMPO": "at times", "INTER": "at times"}


@dataclass(frozen=True, slots=True)
class Hours:
    """A stretch of the forecast. how: "becoming", "at times", "chance of 30 %", or ""."""

    start: datetime
    end: datetime
    how: str
    text: str

    def described(self, station: str) -> str:
        """Say in words what the groups mean; those nobody can read are in the text anyway."""
        dressed = f"{station} {self.start:%d%H%M}Z {self.text}"
        try:
            said = decoded(dressed, self.start).described()
        except ItemFailed:
            said = ""
        when = f"{self.start:%Y-%m-%d %H:%M} to {self.end:%Y-%m-%d %H:%M} UTC"
        return ": ".join(filter(None, [f"{when}{self.how and ', ' + self.how}", said]))


def validity(report: Report) -> tuple[datetime, datetime]:
    """Return from when to when the forecast holds.

    Raises:
        ItemFailed: it does not say, as one that was cancelled.
    """
    found = VALIDITY.search(report.text)
    times = found and _between(found["start"], found["end"], report.issued)
    if not times:
        raise ItemFailed(f"says not for when: {report.text[:80]}")
    return times


def hours_of(report: Report) -> list[Hours]:
    """Return the stretches in the order of the report; the first is what holds from the start.

    Raises:
        ItemFailed: as `validity`, or the time of a change is none.
    """
    start, end = validity(report)
    found = VALIDITY.search(report.text)
    body = report.text[found.end() :] if found else ""
    changes = list(CHANGE.finditer(body))
    first, *texts = _texts(body, changes)
    spans = [(start, end), *(_span(change, report.issued, end) for change in changes)]
    anew = [span[0] for span, change in zip(spans[1:], changes, strict=True) if change["from"]]

    def until(begin: datetime, last: datetime, change: re.Match[str] | None) -> datetime:
        """What holds from here on does so until the forecast begins anew."""
        is_passing = change is not None and not (change["from"] or change["kind"] == "BECMG")
        return last if is_passing else min((each for each in anew if each > begin), default=last)

    return [
        Hours(begin, until(begin, last, change), _how(change), text)
        for (begin, last), change, text in zip(
            spans, [None, *changes], [first, *texts], strict=True
        )
    ]


def _span(change: re.Match[str], issued: datetime, end: datetime) -> tuple[datetime, datetime]:
    if change["from"]:
        start = dated(change["from"], now=issued)
        times = None if start is None else (start, end)
    else:
        times = _between(change["start"], change["end"], issued)
    if times is None:
        raise ItemFailed(f"names no time: {change[0]}")
    return (times[0], end) if change["kind"] == "BECMG" else times


def _how(change: re.Match[str] | None) -> str:
    if change is None or change["from"]:
        return ""
    percent = change["percent"] or change["chance"]
    word = WORDS.get(change["kind"].split()[-1], "")
    return ", ".join(filter(None, [word, f"chance of {percent} %" if percent else ""]))


def _texts(body: str, changes: list[re.Match[str]]) -> list[str]:
    starts = [0, *(change.end() for change in changes)]
    ends = [*(change.start() for change in changes), len(body)]
    return [body[start:end].strip() for start, end in zip(starts, ends, strict=True)]


def _between(start: str, end: str, issued: datetime) -> tuple[datetime, datetime] | None:
    first, last = dated(start, now=issued), dated(end, now=issued)
    return (first, last) if first is not None and last is not None and first < last else None
