"""What is packed: a passage, or several of one document that touch, with what stands around it.

Candidate + passages nearby ─▶ Item: sentences of its own, and before and after these more
Item + Run of its sentences ─▶ Candidate whose text is that run
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from grounding.query.packing import sentences
from grounding.query.records import Candidate, Evidence, EvidenceKind
from indexer.catalogue.evidence import NearbyPassage

Nearby = Mapping[int, Sequence[NearbyPassage]]
"""By chunk: it and the passages around it, in order; a chunk may be missing."""

WHOLE = 5
"""How many passages, best first, are taken whole before they are shortened to fit in more."""
LEAST_AT_THE_EDGE = 0.5
"""How near a sentence at the edge of any other passage comes, as a share of its best one."""


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence of a document, or the part of one that a passage has.

    start, end: offsets into the document's text, in code points.
    score: how near it comes to the question, 0 where it shares no word with it.
    """

    start: int
    end: int
    text: str
    passage: int
    score: float = 0.0


@dataclass(frozen=True, slots=True)
class Run:
    """Sentences first to last of an item, both included."""

    first: int
    last: int


@dataclass(frozen=True, slots=True)
class Part:
    """A passage that was found, its place in the ranking, and which sentences are its own."""

    place: int
    candidate: Candidate
    run: Run


@dataclass(frozen=True, slots=True)
class Item:
    """What becomes one piece of evidence.

    text: the stretch of the document that `sentences` are of; it begins at `offset`.
    parts: the passages that were found, best first; other sentences only stand around them.
    is_fixed: it is shown as it is, such as a series, whose text is no document's.
    """

    text: str
    offset: int
    sentences: tuple[Sentence, ...]
    parts: tuple[Part, ...]
    is_fixed: bool = False

    @property
    def candidate(self) -> Candidate:
        return self.parts[0].candidate

    @property
    def own(self) -> Run:
        """The sentences from the first part to the last."""
        runs = [part.run for part in self.parts]
        return Run(min(each.first for each in runs), max(each.last for each in runs))

    @property
    def version(self) -> tuple[str, int]:
        evidence = self.candidate.evidence
        return evidence.document_id, evidence.version

    def best(self, run: Run) -> int:
        """Return the sentence that comes nearest to the question; the first of equals."""
        places = range(run.first, run.last + 1)
        return max(places, key=lambda place: self.sentences[place].score)

    def shown(self, run: Run, part: Part) -> Candidate:
        """Return the candidate of a part with the text of a run; a fixed one stays as it is.

        It stands for what was said elsewhere of all parts that the run has of.
        """
        if self.is_fixed:
            return part.candidate
        some = self.sentences[run.first : run.last + 1]
        start, end = some[0].start, some[-1].end
        best = self.sentences[self.best(run)]
        passages = tuple(sorted({each.passage for each in some}))
        others = [each for each in self.parts if each is not part and overlap(each.run, run)]
        cited = [each.candidate.evidence for each in (part, *others)]
        evidence = replace(
            cited[0],
            corroborated_by=tuple(
                dict.fromkeys(name for each in cited for name in each.corroborated_by)
            ),
            flags=tuple(dict.fromkeys(flag for each in cited for flag in each.flags)),
            also_in=tuple({other.id: other for each in cited for other in each.also_in}.values()),
            text=self.text[start - self.offset : end - self.offset],
            start=start,
            end=end,
            passages=() if passages == (cited[0].ordinal,) else passages,
            highlight=(best.start - start, best.end - start) if best.score > 0 else None,
        )
        return replace(part.candidate, evidence=evidence, letters=None)


def item_of(place: int, candidate: Candidate, nearby: Sequence[NearbyPassage]) -> Item:
    """Return the item of one candidate, with the neighbours that it may grow into.

    Those hold for the same times, and so stand between it and the first that does not.
    """
    evidence = candidate.evidence
    if _is_whole(evidence):
        whole = Sentence(evidence.start, evidence.end, evidence.text, evidence.ordinal)
        parts = (Part(place, candidate, Run(0, 0)),)
        return Item(evidence.text, evidence.start, (whole,), parts, is_fixed=True)
    around = _reachable(evidence.ordinal, nearby)
    if not around or not _joins(around):
        around = [_alone(candidate)]
    found = [each for passage in around for each in _sentences_of(passage)]
    own = [i for i, each in enumerate(found) if each.passage == evidence.ordinal]
    parts = (Part(place, candidate, Run(own[0], own[-1])),)
    return Item("".join(each.text for each in around), around[0].start, tuple(found), parts)


def highlighted(ranked: Sequence[Candidate], question: str) -> list[Candidate]:
    """Mark in each passage, whole as it is, the sentence that comes nearest to the question."""
    spans = [_spans_in(each.evidence) for each in ranked]
    texts = [
        each.evidence.text[start:end]
        for each, some in zip(ranked, spans, strict=True)
        for start, end in some
    ]
    values = iter(sentences.scores(question, texts))
    return [
        replace(each, evidence=replace(each.evidence, highlight=_nearest(each, some, values)))
        for each, some in zip(ranked, spans, strict=True)
    ]


def _spans_in(evidence: Evidence) -> list[tuple[int, int]]:
    """Return the sentences of a passage as offsets into its text; a series is one."""
    if _is_whole(evidence):
        return [(0, len(evidence.text))]
    return sentences.spans(evidence.text[: evidence.end - evidence.start])


def _nearest(
    candidate: Candidate, spans: Sequence[tuple[int, int]], values: Iterator[float]
) -> tuple[int, int] | None:
    """Take the next values, one a sentence, and return the sentence with the highest above 0."""
    scored = [(next(values), -start, end) for start, end in spans]
    score, start, end = max(scored)
    return (-start, end) if score > 0 and not _is_whole(candidate.evidence) else None


def _is_whole(evidence: Evidence) -> bool:
    """Whether it is shown as it is, such as a series, whose text is no document's."""
    return evidence.kind is EvidenceKind.SERIES or not evidence.text.strip()


def scored(items: Sequence[Item], question: str) -> list[Item]:
    """Say of every sentence how near it comes to the question, by its rarity among them all."""
    texts = [each.text for item in items for each in item.sentences]
    values = iter(sentences.scores(question, texts))
    return [
        replace(item, sentences=tuple(replace(each, score=next(values)) for each in item.sentences))
        for item in items
    ]


def is_short(item: Item) -> bool:
    """Whether an item has, with what is around it, at most two passages."""
    return len({each.passage for each in item.sentences}) <= 2


def trimmed(item: Item) -> Item:
    """Return an item whose passages begin and end with sentences that come near to the question.

    The best passages of the ranking stay whole. What is cut off stands around the others then.
    """
    parts = (
        each if item.is_fixed or each.place < WHOLE else replace(each, run=_core(item, each.run))
        for each in item.parts
    )
    return replace(item, parts=tuple(parts))


def _core(item: Item, run: Run) -> Run:
    least = LEAST_AT_THE_EDGE * item.sentences[item.best(run)].score
    near = [i for i in range(run.first, run.last + 1) if item.sentences[i].score >= least]
    return Run(near[0], near[-1])


def run_within(
    item: Item, bounds: Run, tokens: int, count: Callable[[Sentence], int]
) -> Run | None:
    """Return the best run of sentences in bounds that has at most `tokens`; None if none fits.

    It is the best sentence, and the better of its two neighbours as long as that fits.
    """
    best = item.best(bounds)
    run, used = Run(best, best), count(item.sentences[best])
    if used > tokens:
        return None
    while (place := next_place(item, run, bounds)) is not None:
        used += count(item.sentences[place])
        if used > tokens:
            break
        run = with_place(run, place)
    return run


def next_place(item: Item, run: Run, bounds: Run) -> int | None:
    """Return the better of the sentences before and after a run; of equals that after it."""
    places = [place for place in (run.last + 1, run.first - 1) if is_in(place, bounds)]
    return max(places, key=lambda place: item.sentences[place].score, default=None)


def with_place(run: Run, place: int) -> Run:
    return Run(min(run.first, place), max(run.last, place))


def missing_places(run: Run, part: Run) -> list[int]:
    """Return what a run has to grow by, in turn, to hold a part as well."""
    before = range(run.first - 1, part.first - 1, -1)
    after = range(run.last + 1, part.last + 1)
    return [*before, *after]


def without_edge(run: Run, place: int) -> Run | None:
    """Return a run without its first or last sentence; None if that is not what `place` is."""
    if run.first == run.last or place not in (run.first, run.last):
        return None
    return Run(run.first + 1, run.last) if place == run.first else Run(run.first, run.last - 1)


def overlap(one: Run, other: Run) -> bool:
    return one.first <= other.last and other.first <= one.last


def touch(one: Run, other: Run) -> bool:
    return one.first <= other.last + 1 and other.first <= one.last + 1


def is_in(place: int, run: Run) -> bool:
    return run.first <= place <= run.last


def _reachable(ordinal: int, nearby: Sequence[NearbyPassage]) -> list[NearbyPassage]:
    """Return the passage and its neighbours up to the first that holds for other times."""
    by_ordinal = {each.ordinal: each for each in nearby}
    own = by_ordinal.get(ordinal)
    if own is None or own.has_own_times:
        return []
    first = last = ordinal
    while first - 1 in by_ordinal and not by_ordinal[first - 1].has_own_times:
        first -= 1
    while last + 1 in by_ordinal and not by_ordinal[last + 1].has_own_times:
        last += 1
    return [by_ordinal[each] for each in range(first, last + 1)]


def _joins(around: Sequence[NearbyPassage]) -> bool:
    """Whether the texts make up one stretch of the document."""
    return all(one.start + len(one.text) == other.start for one, other in pairwise(around))


def _alone(candidate: Candidate) -> NearbyPassage:
    evidence = candidate.evidence
    return NearbyPassage(
        0, evidence.ordinal, evidence.start, evidence.end, evidence.text, has_own_times=True
    )


def _sentences_of(passage: NearbyPassage) -> list[Sentence]:
    text = passage.text[: passage.end - passage.start]
    return [
        Sentence(passage.start + start, passage.start + end, text[start:end], passage.ordinal)
        for start, end in sentences.spans(text)
    ]
