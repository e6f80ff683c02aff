"""How much of what decides a question is in the prompt, at three budgets?

SciFact: claims, and the sentences of abstracts that decide them. RealTime QA: questions of news
quizzes, and whether an answer is in the prompt, word for word. The service runs in this process.
What it puts together is compared with its own ranking joined by blank lines: whole passages, no
headers, until the next one does not fit. All tokens of ours are counted, headers too.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from statistics import mean

from benchmarks.quality import news, scifact
from benchmarks.quality.collections import Collection
from benchmarks.quality.metrics import is_said, normalised
from benchmarks.quality.ours import Ours, remembered, serving
from benchmarks.records import Baseline, Context, Figure
from grounding.query.tokens import CountTokens

BUDGETS = (1_000, 2_000, 4_000)
MOST_ITEMS = 15
CANDIDATES = 45
SAMPLE = 60


@dataclass(frozen=True, slots=True)
class Asked:
    """A question, and texts that should be in the prompt.

    wants_all: each text counts; otherwise one of them is enough.
    asked_at: the question is asked as of then; None is the present.
    """

    text: str
    wanted: tuple[str, ...]
    wants_all: bool = True
    asked_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Shown:
    """What a prompt kept of what was wanted, its items, and its tokens that are not their texts."""

    kept: float
    items: int
    around: int


def run(context: Context) -> list[Figure]:
    folder = context.archive(scifact.ARCHIVE)
    figures = _measured("SciFact", scifact.beir_test(folder), _claims(folder), context)
    collection = news.collection(context.archive(news.ARCHIVE))
    return [*figures, *_measured("RealTime QA", collection, _questions(collection), context)]


def kept(asked: Asked, text: str) -> float:
    """Return the share of what is wanted that stands in a text, white space aside."""
    if asked.wants_all:
        return mean(each in text for each in asked.wanted)
    said = normalised(text)
    return float(any(is_said(normalised(each), said) for each in asked.wanted))


def plain(ranked: Sequence[str], count_tokens: CountTokens, budget: int) -> str:
    """Join texts best first by blank lines as long as the whole fits."""
    joined = ""
    for text in ranked:
        longer = f"{joined}\n\n{text}" if joined else text
        if count_tokens(longer) > budget:
            break
        joined = longer
    return joined


def _claims(folder: Path) -> list[Asked]:
    abstracts = {each.id: each for each in scifact.abstracts(folder)}
    return [
        Asked(claim.text, tuple(dict.fromkeys(sentences)))
        for claim in scifact.claims(folder, scifact.VALIDATION)
        if (
            sentences := [
                _flat(abstracts[each.document].sentences[place])
                for each in claim.evidence
                for place in each.sentences
            ]
        )
    ]


def _questions(collection: Collection) -> list[Asked]:
    answerable = news.answerable(collection)
    return [
        Asked(each.text, each.answers, wants_all=False, asked_at=each.asked_at)
        for each in collection.questions
        if each.id in answerable
    ]


def _measured(
    name: str, collection: Collection, asked: Sequence[Asked], context: Context
) -> list[Figure]:
    some = asked if context.is_full else asked[:: max(1, len(asked) // SAMPLE)]
    ours: dict[int, list[Shown]] = {budget: [] for budget in BUDGETS}
    theirs: dict[int, list[float]] = {budget: [] for budget in BUDGETS}
    with serving(context.workspace / name, remembered()) as service:
        context.say(f"{name}: pushing {len(collection.documents)} documents")
        service.push_collection(collection.documents)
        context.say(f"{name}: asking {len(some)} questions")
        for each in some:
            found = service.ranked(each.text, CANDIDATES, each.asked_at)
            ranked = [text for _, text in found]
            for budget in BUDGETS:
                ours[budget].append(_shown(each, budget, service))
                theirs[budget].append(
                    kept(each, _flat(plain(ranked, service.count_tokens, budget)))
                )
    return [_figure(name, budget, ours[budget], theirs[budget]) for budget in BUDGETS]


def _figure(name: str, budget: int, ours: Sequence[Shown], theirs: Sequence[float]) -> Figure:
    items, around = mean(each.items for each in ours), mean(each.around for each in ours)
    return Figure(
        f"{name}: kept in {budget} tokens",
        mean(each.kept for each in ours),
        "of 1",
        baseline=Baseline("passages best first, whole, no headers", mean(theirs)),
        notes=f"{len(ours)} questions, {items:.1f} items, {around:.0f} tokens around their texts",
    )


def _shown(asked: Asked, budget: int, service: Ours) -> Shown:
    packed = service.packed(asked.text, budget, asked.asked_at, max_items=MOST_ITEMS)
    texts = [each.evidence.text for each in packed.candidates]
    return Shown(
        kept(asked, _flat("\n".join(texts))),
        len(texts),
        packed.token_count - sum(map(service.count_tokens, texts)),
    )


def _flat(text: str) -> str:
    return " ".join(text.split())
