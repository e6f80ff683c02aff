"""Is the answer to a question of the day in what is found, from nothing that came later?

RealTime QA: the articles of eight weeks in one index with their dates, and each question asked as
of the end of its day. A passage counts as far as it holds the words of an answer, however long it
is, so all are compared at equal tokens as well: whole passages, best first, as many as fit; and of
ours what `augment` puts into a prompt of that size, its headers counted.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import TypeAlias

from benchmarks import cpu
from benchmarks.quality import news, peers
from benchmarks.quality.baselines import Vectors, Words, cut
from benchmarks.quality.collections import Collection, Question
from benchmarks.quality.metrics import answer_in_evidence
from benchmarks.quality.ours import SETTINGS, Ours, remembered, serving
from benchmarks.quality.peers.records import Found
from benchmarks.records import Baseline, Context, Figure
from indexer.embed import Embedder

Ask: TypeAlias = Callable[[str, int, datetime | None], list[Found]]

PLACES = (1, 5, 10)
SHOWN = 5
TOKENS = (500, 1_000, 2_000)
"""Tokens of the embedder's own tokenizer, for everybody's passages."""
DEPTH = 25
"""Passages that are looked at: of ours, 2,000 tokens hold fewer."""
OF_PEERS = 100
"""How many passages others are asked for, of which the first count: see `quality.judged`."""


@dataclass(frozen=True, slots=True)
class Answered:
    """How a system did: shares in percent, tokens of the passages that are shown.

    in_tokens: by how many tokens the passages may have together.
    later: passages among the first ten of articles published after the question, or at an
        unknown time. cpu_seconds: of asking.
    """

    name: str
    settings: str
    within: Mapping[int, float]
    in_tokens: Mapping[int, float]
    reciprocal_rank: float
    tokens: float
    later: int
    cpu_seconds: float


def run(context: Context) -> list[Figure]:
    collection = news.collection(context.archive(news.ARCHIVE))
    return figures(collection, context, remembered())


def figures(collection: Collection, context: Context, embedder: Embedder) -> list[Figure]:
    answerable = news.answerable(collection)
    asked = [each for each in collection.questions if each.id in answerable]
    trial = _Trial(collection, asked, embedder)
    units = cut(collection.documents, embedder)
    words, vectors = Words(units), Vectors(units, embedder)
    ours, ahead, prompted = _by_ours(trial, collection, context, embedder)
    pairs = [(ours, ahead)]
    for each in (words, vectors):
        ask = partial(trial.answered, each.name, each.settings, _until(each.ranked))
        pairs.append((ask(), ask(looks_ahead=True)))
    others, absent = _by_peers(trial, collection, context, embedder)
    missing = "; ".join(f"{each.name} is absent: {each.reason}" for each in absent)
    return [
        Figure("articles", len(collection.documents), "articles"),
        Figure("passages, as the service cuts", len(units), "passages"),
        Figure("questions whose answer is in an article by then", len(asked), "questions"),
        *_of_ours(ours, pairs[1][0]),
        *_of_prompts(prompted, ours),
        *(figure for each, _ in pairs[1:] for figure in _of_other(each)),
        *(figure for each in others for figure in _of_other(each)),
        Figure("peers", len(others), "peers", notes=missing),
        *(_looking_ahead(*pair) for pair in pairs),
    ]


def _by_ours(
    trial: "_Trial", collection: Collection, context: Context, embedder: Embedder
) -> tuple[Answered, Answered, Mapping[int, float]]:
    """Return how searches do as of the day of each question, and looking ahead, and prompts."""
    context.say(f"pushing {len(collection.documents)} articles")
    with serving(context.workspace, embedder) as service:
        service.push_collection(collection.documents)
        context.say("asking")
        ask = partial(trial.answered, Ours.name, SETTINGS, service.ranked)
        return ask(), ask(looks_ahead=True), trial.prompted(service.prompted)


def _by_peers(
    trial: "_Trial", collection: Collection, context: Context, embedder: Embedder
) -> tuple[list[Answered], list[peers.Absent]]:
    available, absent = peers.available()
    found = []
    for peer in available:
        context.say(peer.name)
        peer.build(collection.documents, embedder)
        ask = _until(peer.ranked, asks_for=OF_PEERS)
        found.append(trial.answered(peer.name, peer.settings, ask))
    return found, absent


class _Trial:
    """The questions, and what tells whether a system answers them."""

    def __init__(
        self, collection: Collection, asked: Sequence[Question], embedder: Embedder
    ) -> None:
        self._asked = asked
        self._embedder = embedder
        self._published = {each.id: each.published_at for each in collection.documents}

    def answered(
        self, name: str, settings: str, ask: Ask, *, looks_ahead: bool = False
    ) -> Answered:
        before = cpu.own_seconds()
        seen = {
            each.id: ask(each.text, DEPTH, None if looks_ahead else each.asked_at)[:DEPTH]
            for each in self._asked
        }
        seconds = cpu.own_seconds() - before
        found = {name: some[: max(PLACES)] for name, some in seen.items()}
        count = len(self._asked)
        places = [first_answer(found[each.id], each.answers) for each in self._asked]
        return Answered(
            name=name,
            settings=settings,
            within={
                k: 100 * sum(place is not None and place <= k for place in places) / count
                for k in PLACES
            },
            in_tokens={
                most: self.share({name: self._cut(some, most) for name, some in seen.items()})
                for most in TOKENS
            },
            reciprocal_rank=sum(1 / place for place in places if place) / count,
            tokens=sum(map(self._tokens, found.values())) / count,
            later=sum(self._is_later(each, one) for each in self._asked for one in found[each.id]),
            cpu_seconds=seconds,
        )

    def prompted(self, ask: Callable[[str, int, datetime | None], str]) -> dict[int, float]:
        """Return the share of prompts with an answer, by the tokens they may have."""
        return {
            most: self.share({each.id: ask(each.text, most, each.asked_at) for each in self._asked})
            for most in TOKENS
        }

    def share(self, shown: Mapping[str, str]) -> float:
        """Return in how many percent of what is shown an answer stands."""
        held = [answer_in_evidence([shown[each.id]], each.answers, k=1) for each in self._asked]
        return 100 * sum(held) / len(held)

    def _cut(self, found: Sequence[Found], most: int) -> str:
        """Join passages, best first, and end after so many tokens."""
        joined = "\n\n".join(text for _, text in found)
        spans = self._embedder.token_spans(joined)
        return joined if len(spans) <= most else joined[: spans[most - 1][1]]

    def _tokens(self, found: Sequence[Found]) -> int:
        return sum(len(self._embedder.token_spans(text)) for _, text in found[:SHOWN])

    def _is_later(self, question: Question, found: Found) -> bool:
        published_at = self._published.get(found[0])
        return published_at is None or question.asked_at is None or published_at > question.asked_at


def first_answer(found: Sequence[Found], answers: Sequence[str]) -> int | None:
    """Return how many passages have to be read for an answer; None where all are not enough."""
    texts = [text for _, text in found]
    return next(
        (k for k in range(1, len(texts) + 1) if answer_in_evidence(texts, answers, k=k)), None
    )


def _until(
    ranked: Callable[[str, int, datetime | None], list[Found]], *, asks_for: int | None = None
) -> Ask:
    """Make what is asked with the last instant that may be seen; None is no limit."""

    def ask(question: str, k: int, at: datetime | None) -> list[Found]:
        before = None if at is None else at + timedelta(microseconds=1)
        return ranked(question, asks_for or k, before)

    return ask


def _of_ours(ours: Answered, words: Answered) -> list[Figure]:
    """Return our figures with those of BM25 beside."""
    beside = partial(Baseline, words.name)
    return [
        *(
            Figure(
                f"answer in the first {k}",
                ours.within[k],
                "%",
                baseline=beside(words.within[k]),
                notes=ours.settings if k == 1 else "",
            )
            for k in PLACES
        ),
        *(
            Figure(
                f"answer in {most} tokens",
                ours.in_tokens[most],
                "%",
                baseline=beside(words.in_tokens[most]),
            )
            for most in TOKENS
        ),
        Figure("MRR@10", ours.reciprocal_rank, "of 1", baseline=beside(words.reciprocal_rank)),
        Figure(
            f"tokens of the first {SHOWN}", ours.tokens, "tokens", baseline=beside(words.tokens)
        ),
        Figure(
            "passages later than their question",
            ours.later,
            "passages",
            cpu_seconds=ours.cpu_seconds,
        ),
    ]


def _of_prompts(prompted: Mapping[int, float], ours: Answered) -> list[Figure]:
    """Return the figures of prompts with those of our own passages, whole and without headers."""
    return [
        Figure(
            f"answer in a prompt of {most} tokens",
            prompted[most],
            "%",
            baseline=Baseline("passages found, headers not counted", ours.in_tokens[most]),
        )
        for most in TOKENS
    ]


def _of_other(other: Answered) -> list[Figure]:
    """Return one row a place, and what belongs to all of them beside the first."""
    found = [Figure(f"answer in the first {k}, {other.name}", other.within[k], "%") for k in PLACES]
    in_tokens = [
        Figure(f"answer in {most} tokens, {other.name}", other.in_tokens[most], "%")
        for most in TOKENS
    ]
    return [
        Figure(
            found[0].name,
            found[0].value,
            "%",
            cpu_seconds=other.cpu_seconds,
            notes=f"{other.settings}; {other.later} passages later than their question",
        ),
        *found[1:],
        *in_tokens,
        Figure(f"MRR@10, {other.name}", other.reciprocal_rank, "of 1"),
        Figure(f"tokens of the first {SHOWN}, {other.name}", other.tokens, "tokens"),
    ]


def _looking_ahead(plain: Answered, ahead: Answered) -> Figure:
    return Figure(
        f"answer in the first {SHOWN}, {plain.name} looking ahead",
        ahead.within[SHOWN],
        "%",
        baseline=Baseline("as of the day", plain.within[SHOWN]),
        notes=f"first 1: {ahead.within[1]:.1f} %, first 10: {ahead.within[10]:.1f} %;"
        f" {ahead.later} passages later than their question",
    )
