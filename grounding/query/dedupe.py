"""Collapse candidates that say the same, keeping the newest and counting who else says it."""

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime

from grounding.query.records import Candidate, Evidence

_NO_DATE = datetime.min.replace(tzinfo=UTC)


def dedupe(ranked: Iterable[Candidate]) -> list[Candidate]:
    """Keep one candidate per series and one per text; the order of the input is kept.

    Of several with the same text the newest is kept, in the place and with the scores of the best
    ranked, and names the other sources in `corroborated_by`. Of several cards of one series only
    the newest is kept, likewise in the place of the best ranked.
    """
    groups: dict[str, list[Candidate]] = {}
    for candidate in _one_per_series(ranked):
        groups.setdefault(_normalised(candidate.evidence.text), []).append(candidate)
    return [_collapsed(group) for group in groups.values()]


def _one_per_series(ranked: Iterable[Candidate]) -> Iterable[Candidate]:
    """Keep the newest card of each series, in the place of the best ranked."""
    given = list(ranked)
    newest: dict[tuple[str, str], Candidate] = {}
    for candidate in given:
        series = _series(candidate.evidence)
        if series is not None:
            known = newest.setdefault(series, candidate)
            if candidate.evidence.version > known.evidence.version:
                newest[series] = replace(candidate, scores=known.scores)
    for candidate in given:
        series = _series(candidate.evidence)
        if series is None:
            yield candidate
        elif series in newest:
            yield newest.pop(series)


def _series(evidence: Evidence) -> tuple[str, str] | None:
    observation = evidence.observation
    return None if observation is None else (evidence.source, observation.series)


def _normalised(text: str) -> str:
    """The text without what does not change its meaning: case, width, spacing."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def _collapsed(group: Sequence[Candidate]) -> Candidate:
    newest = _newest(group)
    own = newest.evidence.source
    others = dict.fromkeys(
        candidate.evidence.source for candidate in group if candidate.evidence.source != own
    )
    return replace(
        newest,
        evidence=replace(newest.evidence, corroborated_by=tuple(others)),
        scores=group[0].scores,
    )


def _newest(group: Sequence[Candidate]) -> Candidate:
    """The last published among the latest versions; a known date goes before an unknown one."""
    latest: dict[str, int] = {}
    for candidate in group:
        document, version = candidate.evidence.document_id, candidate.evidence.version
        latest[document] = max(version, latest.get(document, version))
    current = (
        candidate
        for candidate in group
        if candidate.evidence.version == latest[candidate.evidence.document_id]
    )
    return max(current, key=lambda candidate: _newness(candidate.evidence))


def _newness(evidence: Evidence) -> tuple[datetime, datetime]:
    return (evidence.dated_at or _NO_DATE, evidence.observed_at)
