"""Collapse candidates that say the same, keeping the newest and naming who else says it.

    ranked ─▶ one a series ─▶ newest first ─▶ groups of one statement ─▶ their newest, named by all

Whatever joins a group was compared with the one that is kept, never with another that is like it,
so no chain leads from one statement to a different one.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from itertools import chain
from typing import TypeAlias

from grounding.query.comparison import Comparison
from grounding.query.records import Candidate, Elsewhere, Evidence, EvidenceState, LeftOut

_NO_DATE = datetime.min.replace(tzinfo=UTC)
_MOST_TITLES = 50
"""A bound for a flood of one text under ever other titles."""

_Group: TypeAlias = list[int]
"""Places in the ranking; the first is the one that is kept."""


def dedupe(ranked: Iterable[Candidate]) -> list[Candidate]:
    """Keep one candidate per series and one per statement; the order of the input is kept.

    Of several that say the same the newest that holds is kept, in the place and with the scores of
    the best ranked. It names the other sources in `corroborated_by`, and all others in `also_in`.
    Of several cards of one series only the newest is kept, likewise in the place of the best.
    """
    given = list(_one_per_series(ranked))
    groups = _groups(given)
    return [_collapsed(group, given) for group in sorted(groups, key=min)]


def collapsed(ranked: Iterable[Candidate], kept: Sequence[Candidate]) -> list[LeftOut]:
    """Return what `dedupe` did not keep of the ranking, best first, and what stands for it."""
    given, staying = list(ranked), {each.chunk for each in kept}
    standing = {other.id: each.evidence.id for each in kept for other in each.evidence.also_in}
    newest = {_series(each.evidence): each.evidence.id for each in _one_per_series(given)}
    gone = (each for each in given if each.chunk not in staying)
    return [LeftOut(each, _reason(each.evidence, standing, newest)) for each in gone]


def _reason(
    evidence: Evidence,
    standing: Mapping[str, str],
    newest: Mapping[tuple[str, str] | None, str],
) -> str:
    if evidence.id in standing:
        return f"says the same as {standing[evidence.id]}"
    return f"{newest[_series(evidence)]} is the newest card of its series"


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


def _groups(given: Sequence[Candidate]) -> list[_Group]:
    compared = Comparison(given)
    like: dict[int, list[int]] = {}
    for one, other in compared.worth_a_look():
        like.setdefault(one, []).append(other)
        like.setdefault(other, []).append(one)
    of_kept: dict[int, _Group] = {}
    of_letters: dict[int, list[int]] = {}
    for place in _newest_first(given):
        lettered = of_letters.setdefault(compared.letters[place], [])
        if not lettered and place not in like:
            of_kept[place] = [place]
            lettered.append(place)
            continue
        same = [kept for kept in lettered if compared.has_text_of(kept, place)][:_MOST_TITLES]
        equal = (kept for kept in same if compared.is_about_the_same(kept, place))
        others = (kept for kept in like.get(place, ()) if kept in of_kept)
        near = (kept for kept in others if compared.is_near(kept, place))
        kept = next(chain(equal, near), None)
        if kept is not None:
            of_kept[kept].append(place)
        else:
            of_kept[place] = [place]
            lettered.append(place)
    for excerpt, whole in list(compared.excerpts(of_kept)):
        if excerpt in of_kept and whole in of_kept:
            of_kept[whole] += of_kept.pop(excerpt)
    return list(of_kept.values())


def _newest_first(given: Sequence[Candidate]) -> list[int]:
    """What holds before what held, the latest version before others, then the last published."""
    latest: dict[str, int] = {}
    for candidate in given:
        document, version = candidate.evidence.document_id, candidate.evidence.version
        latest[document] = max(version, latest.get(document, version))

    def newness(place: int) -> tuple[bool, bool, datetime, datetime]:
        evidence = given[place].evidence
        return (
            evidence.state is EvidenceState.CURRENT,
            evidence.version == latest[evidence.document_id],
            evidence.dated_at or _NO_DATE,  # a known date goes before an unknown one
            evidence.observed_at,
        )

    return sorted(range(len(given)), key=newness, reverse=True)


def _collapsed(group: _Group, given: Sequence[Candidate]) -> Candidate:
    kept = given[group[0]]
    if len(group) == 1:
        return kept
    best, others = given[min(group)], [given[place].evidence for place in sorted(group[1:])]
    names = dict.fromkeys(each.source for each in others if each.source != kept.evidence.source)
    return replace(
        kept,
        evidence=replace(
            kept.evidence,
            corroborated_by=tuple(names),
            also_in=tuple(_elsewhere(each) for each in others),
        ),
        scores=best.scores,
    )


def _elsewhere(evidence: Evidence) -> Elsewhere:
    return Elsewhere(
        id=evidence.id,
        document_id=evidence.document_id,
        source=evidence.source,
        title=evidence.title,
        url=evidence.url,
        published_at=evidence.published_at,
        observed_at=evidence.observed_at,
    )
