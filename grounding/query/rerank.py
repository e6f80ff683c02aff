"""Reorder the best candidates by a reranker, which reads a question and a text together.

question, candidates ─▶ the `top` by fused score ─▶ what each says ─▶ reranker ─▶ z-scores ─▶ fused

A reranker never sees when something was published, valid or read: dates move what it takes for
relevant by years, and recency is a term of its own (`recency`).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from grounding.query.records import Candidate, Evidence, EvidenceKind

_REPEATED_TO = 1e-5
"""How exactly a reranker repeats itself; a spread below it says nothing."""
_HAIR = 1e-9
"""What sets one total above another, so that rounding or a tie does not turn them round."""


class Reranker(Protocol):
    """Says how relevant each of some texts is to a question.

    Callers may assume: one finite score a text, in the order of the texts, higher is more
    relevant; a score depends on the question and its text only, to about 1e-5, whatever else is
    in the call; no text is too long, too short or too odd; `score` may be called from several
    threads.
    Callers may not assume: that scores have a range or a zero that means something, that those of
    two questions compare, that a long text is read to its end, or that a call is quick.
    They must catch `RerankerUnusable`: out of memory, no scores, or (`RerankerLate`) out of time.
    Then no text has a score.
    """

    identity: str
    """Names weights and backend: "ms-marco-MiniLM-L6-v2/torch-fp32/1a2b3c4d"."""

    def score(self, question: str, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return the scores [n] of `texts`; no texts have none."""
        ...


@dataclass(frozen=True, slots=True)
class Reranking:
    """A reranker, and how many of the best candidates it reads for a question."""

    reranker: Reranker
    top: int


def reranked(
    candidates: Iterable[Candidate], question: str, reranker: Reranker, *, top: int
) -> list[Candidate]:
    """Let the reranker order the `top` candidates by fused score; return all, best first.

    Those keep the raw score in `scores.reranked`, and its z-score among them in `scores.fused`,
    moved so that the least of them stands where the least of them stood. So fused keeps its unit,
    one deviation, against which recency is bounded, and who was not reranked stays below.
    Where the reranker finds all of them alike, fused stays as it was.

    A series that the question calls by name is not given to the reranker, and no more of the
    others stand above it than before: its fused score is raised where that takes it.

    Raises:
        RerankerUnusable: there are no scores, or not in time.
    """
    given = list(candidates)
    named = [each for each in given if _is_called_by_name(each)]
    others = sorted(
        (each for each in given if not _is_called_by_name(each)),
        key=lambda each: (-each.scores.relevance, each.chunk),
    )
    before, rest = others[:top], others[top:]
    after = _rescored(before, reranker.score(question, [said(each.evidence) for each in before]))
    kept = [_in_its_place(each, others, [*after, *rest]) for each in named]
    return sorted(
        [*after, *rest, *kept], key=lambda candidate: (-candidate.scores.total, candidate.chunk)
    )


def said(evidence: Evidence) -> str:
    """Return what a reranker reads: title, section and text; of a series, what is measured.

    The text of a series states its value with times, so it is left out. Dates that a document
    itself writes into its text remain.
    """
    value = evidence.observation
    if value is not None:
        return ", ".join(filter(None, (value.title, value.venue, value.unit, value.currency)))
    return "\n".join(filter(None, (evidence.title, evidence.section, evidence.text)))


def _is_called_by_name(candidate: Candidate) -> bool:
    return candidate.evidence.kind is EvidenceKind.SERIES and candidate.scores.named > 0


def _rescored(before: Sequence[Candidate], raw: NDArray[np.float32]) -> list[Candidate]:
    fused = [candidate.scores.relevance for candidate in before]
    z = _standardised(raw.astype(np.float64))
    if z is not None:
        fused = (z - z.min() + min(fused) + _HAIR).tolist()
    return [
        replace(
            candidate,
            scores=candidate.scores._replace(fused=new, neighbours=0.0, reranked=float(score)),
        )
        for candidate, new, score in zip(before, fused, raw, strict=True)
    ]


def _standardised(raw: NDArray[np.float64]) -> NDArray[np.float64] | None:
    """Return z-scores; None where the scores do not differ by more than they repeat."""
    if not len(raw) or np.ptp(raw) <= _REPEATED_TO * max(1.0, float(np.abs(raw).max())):
        return None
    z: NDArray[np.float64] = (raw - raw.mean()) / raw.std()
    return z


def _in_its_place(
    series: Candidate, before: Sequence[Candidate], after: Sequence[Candidate]
) -> Candidate:
    """Raise the series if more candidates would stand above it, or level, than stood above it."""
    scores = series.scores
    above = sum(candidate.scores.total > scores.total for candidate in before)
    below = sorted((candidate.scores.total for candidate in after), reverse=True)[above:]
    if not below or below[0] < scores.total:
        return series
    missing = below[0] - scores.total
    return replace(series, scores=scores._replace(fused=scores.fused + missing + _HAIR))
