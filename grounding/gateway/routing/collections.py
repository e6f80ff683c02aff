"""Where the answer to a question would be: which collections, and which series it names.

    database ─▶ profiles: a sample of each collection's vectors, the names of its series
                   │
    question ──────┼─▶ series that it calls by name ─────────────┐
    its vector ────┴─▶ how near the nearest of each sample are ──┴─▶ collections to look in

To narrow wrongly loses the answer, and not to narrow costs little. So all collections are kept
that come within `MARGIN` of the nearest, all that are not known yet, and all that hold a series
that is named; and where nothing comes near, nothing is left out.
"""

import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray
from sqlalchemy.orm import Session

from indexer.catalogue import changes, samples, sources
from indexer.catalogue.samples import Card
from indexer.records import SourceRecord
from indexer.views.names import MOST_NAMESAKES, NameTable, term_of

MARGIN: Final = 0.15
"""By how much a collection may be further away than the nearest and still be looked in."""
FLOOR: Final = 0.35
"""How near the nearest has to be, as a cosine, for anything to be left out."""
MOST_VECTORS: Final = 8_192
"""Of all collections together: 12 MB for 384 components."""
MOST_OF_SOURCE: Final = 1_024
MOST_SERIES: Final = 50_000
"""Names of series are known of so many, the first ones."""
MOST_COLLECTIONS: Final = 256
"""With more than these nothing is narrowed."""
LONGEST: Final = 2_000
_NEAREST: Final = 3
_SECONDS: Final = 5.0

Rows = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class CollectionChoice:
    """Which collections to look in.

    collections: None does not narrow.
    series: titles of the series that the question calls by name.
    scores: how near each known collection is, the mean cosine of the nearest three of its sample.
    reasons: what decided, for a person to read.
    """

    collections: frozenset[str] | None
    series: tuple[str, ...]
    scores: Mapping[str, float]
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Sample:
    """What is known of one source: rows [n, d] of its vectors, and the cards of its series."""

    collection: str
    rows: Rows
    cards: tuple[Card, ...] = ()


@dataclass(frozen=True, slots=True)
class Profiles:
    """All that is known at one time; it does not change.

    embedder: the identity whose vectors these are. seq: the last change that is in it.
    listed: every collection, empty ones too. waiting: those of which something has not been looked
        at yet.
    """

    embedder: str
    seq: int
    rows: Mapping[str, Rows] = field(default_factory=dict)
    listed: frozenset[str] = frozenset()
    waiting: frozenset[str] = frozenset()
    names: NameTable = field(default_factory=NameTable)
    cards: Sequence[tuple[str, Card]] = ()
    terms: Mapping[str, Sequence[int]] = field(default_factory=dict)

    @property
    def collections(self) -> frozenset[str]:
        return self.listed | self.waiting


class CollectionProfiles:
    """What is known of a service's collections.

    `refresh` runs beside questions, in one thread at a time; `choose` in any.
    """

    def __init__(self) -> None:
        self._known = Profiles("", -1)
        self._samples: dict[int, Sample] = {}

    @property
    def seq(self) -> int:
        """The last change that is in it, -1 before the first refresh."""
        return self._known.seq

    def refresh(self, session: Session, embedder: str, *, seconds: float = _SECONDS) -> bool:
        """Look at the sources that changed; return whether any did.

        Where that takes longer, the rest is left to the next refresh, and collections of which
        something is missing are not narrowed away meanwhile.

        embedder: the identity of the active one.
        """
        known, (seq, _) = self._known, changes.head(session)
        is_other = known.embedder != embedder
        if not is_other and seq == known.seq and not known.waiting:
            return False
        if is_other:
            self._samples = {}
        listed = sources.all_sources(session)
        changed = samples.changed_sources(session, after=known.seq)
        late = self._look(session, embedder, listed, changed, ends=time.monotonic() + seconds)
        self._known = assembled(list(self._samples.values()), embedder, seq, waiting=late)
        return True

    def choose(
        self,
        question: str,
        vector: NDArray[np.float32] | None,
        *,
        allowed: frozenset[str] | None = None,
        embedder: str | None = None,
    ) -> CollectionChoice:
        """Choose among the collections that are allowed, all where None.

        vector: [d], of the question, by the active embedder; embedder: its identity, if known.
        """
        known = self._known
        if embedder is not None and embedder != known.embedder:
            vector = None
        return chosen(known, question[:LONGEST], vector, allowed)

    def _look(
        self,
        session: Session,
        embedder: str,
        listed: Sequence[SourceRecord],
        changed: Iterable[int | None],
        *,
        ends: float,
    ) -> frozenset[str]:
        """Sample what changed; return the collections that there was no time for."""
        stale = set(changed)
        current = {each.id: each for each in listed}
        self._samples = {
            row: Sample(current[row].collection, sample.rows, sample.cards)
            for row, sample in self._samples.items()
            if row in current and row not in stale
        }
        most = max(1, min(MOST_OF_SOURCE, MOST_VECTORS // max(1, len(current))))
        for row in sorted(current.keys() - self._samples.keys()):
            if time.monotonic() > ends:
                break
            self._samples[row] = _sampled(session, embedder, current[row], most)
        return frozenset(current[row].collection for row in current.keys() - self._samples.keys())


def assembled(
    sampled: Sequence[Sample], embedder: str, seq: int, *, waiting: frozenset[str] = frozenset()
) -> Profiles:
    """Put the samples of sources together by collection."""
    parts: dict[str, list[Rows]] = {}
    for each in sampled:
        parts.setdefault(each.collection, []).append(each.rows)
    share = max(1, MOST_VECTORS // max(1, len(parts)))
    filled = {name: [rows for rows in some if len(rows)] for name, some in parts.items()}
    cards = [(each.collection, card) for each in sampled for card in each.cards][:MOST_SERIES]
    terms: dict[str, list[int]] = {}
    for place, (_, card) in enumerate(cards):
        for term in sorted({term for name in card.names if (term := term_of(name))}):
            terms.setdefault(term, []).append(place)
    return Profiles(
        embedder=embedder,
        seq=seq,
        rows={name: _thinned(np.concatenate(some), share) for name, some in filled.items() if some},
        listed=frozenset(parts),
        waiting=waiting,
        names=NameTable(terms),
        cards=cards,
        terms=terms,
    )


def chosen(
    known: Profiles,
    question: str,
    vector: NDArray[np.float32] | None,
    allowed: frozenset[str] | None,
) -> CollectionChoice:
    """Choose collections by what is known of them."""
    offered = known.collections if allowed is None else known.collections & allowed
    called = _called(known, question, offered)
    series = tuple(dict.fromkeys(card.names[0] for _, card in called))
    told = tuple(f"it names the series {title!r}" for title in series)
    scores = _scores(known, vector, offered)
    doubt = _doubt(known, scores, offered, allowed, question)
    if doubt is not None:
        return CollectionChoice(None, series, scores, (*told, f"not narrowed: {doubt}"))
    best = max(scores.values())
    near = {name for name, score in scores.items() if score >= best - MARGIN}
    kept = near | {name for name, _ in called} | (offered - scores.keys())
    if kept == offered:
        why = "not narrowed: every collection comes near"
        return CollectionChoice(None, series, scores, (*told, why))
    return CollectionChoice(frozenset(kept), series, scores, (*told, _narrowed(scores, kept)))


def _doubt(
    known: Profiles,
    scores: Mapping[str, float],
    offered: frozenset[str],
    allowed: frozenset[str] | None,
    question: str,
) -> str | None:
    """Return why nothing can be left out; None if something can."""
    doubts = (
        (not question.strip(), "there is no question"),
        (
            allowed is not None and not allowed <= known.collections,
            "a collection that is allowed is not known yet",
        ),
        (len(offered) < 2, "there are not several collections"),
        (len(offered) > MOST_COLLECTIONS, f"there are more than {MOST_COLLECTIONS} collections"),
        (not scores, "nothing is known by the vectors of this embedder"),
        (max(scores.values(), default=0.0) < FLOOR, "nothing comes near the question"),
    )
    return next((why for is_so, why in doubts if is_so), None)


def _scores(
    known: Profiles, vector: NDArray[np.float32] | None, offered: frozenset[str]
) -> dict[str, float]:
    if vector is None or len(offered) > MOST_COLLECTIONS or not np.isfinite(vector).all():
        return {}
    return {
        name: _nearness(rows, vector)
        for name, rows in sorted(known.rows.items())
        if name in offered - known.waiting and vector.shape == rows.shape[1:]
    }


def _nearness(rows: Rows, vector: NDArray[np.float32]) -> float:
    """Return the mean cosine of the nearest three."""
    cosines = rows @ vector
    if len(cosines) > _NEAREST:
        cosines = np.partition(cosines, -_NEAREST)[-_NEAREST:]
    return float(cosines.mean())


def _called(known: Profiles, question: str, offered: frozenset[str]) -> list[tuple[str, Card]]:
    """Return the cards that a question calls by name; a name that many share calls none."""
    found: dict[int, tuple[str, Card]] = {}
    for _, term in known.names.mentions(question):
        places = [place for place in known.terms[term] if known.cards[place][0] in offered]
        if len(places) <= MOST_NAMESAKES:
            found |= {place: known.cards[place] for place in places}
    return [found[place] for place in sorted(found)]


def _narrowed(scores: Mapping[str, float], kept: Iterable[str]) -> str:
    left = sorted((name for name in scores if name not in set(kept)), key=lambda n: -scores[n])
    best = max(scores, key=lambda name: (scores[name], name))
    return (
        f"{best!r} is nearest ({scores[best]:.2f}); left out as further away by more than"
        f" {MARGIN}: {', '.join(f'{name!r} ({scores[name]:.2f})' for name in left)}"
    )


def _sampled(session: Session, embedder: str, source: SourceRecord, most: int) -> Sample:
    documents = samples.documents(session, source.id, most=most)
    stored = samples.vectors(session, embedder, documents, most=most)
    cards = samples.cards(session, source.id, most=MOST_SERIES)
    return Sample(source.collection, _rows(stored), tuple(cards))


def _rows(stored: Sequence[bytes]) -> Rows:
    if not stored:
        return np.empty((0, 0), dtype=np.float32)
    width = len(stored[0])
    kept = b"".join(each for each in stored if len(each) == width)
    return np.frombuffer(kept, dtype="<f2").reshape(-1, width // 2).astype(np.float32)


def _thinned(rows: Rows, most: int) -> Rows:
    """Return at most so many of the rows, spread over all."""
    every = max(1, -(-len(rows) // most))
    return rows[::every]
