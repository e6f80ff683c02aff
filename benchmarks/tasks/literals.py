"""Is what a question quotes found where it stands, by reading the question before it is searched?

Questions made of codes, numbers, dates, names and quotations in real texts: news articles and PEPs.
The same service is asked with and without `interpret`.
"""

from collections.abc import Callable, Mapping, Sequence

from benchmarks import cpu
from benchmarks.quality import news, peps
from benchmarks.quality.collections import SourceDocument
from benchmarks.quality.literals import LiteralQuestion, literal_questions, place_of
from benchmarks.quality.ours import Ours, remembered, serving
from benchmarks.records import Baseline, Context, Figure
from indexer.embed import Embedder

EACH = 40
PLACES = (1, 5)


def run(context: Context) -> list[Figure]:
    embedder = remembered()
    texts: Mapping[str, Callable[[], Sequence[SourceDocument]]] = {
        "news": lambda: news.collection(context.archive(news.ARCHIVE)).documents,
        "PEPs": lambda: peps.collection(context.archive(peps.ARCHIVE), seed=context.seed).documents,
    }
    return [
        figure
        for name, documents in texts.items()
        for figure in _figures(name, documents(), context, embedder)
    ]


def _figures(
    name: str, documents: Sequence[SourceDocument], context: Context, embedder: Embedder
) -> list[Figure]:
    questions = literal_questions(documents, each=EACH, seed=context.seed)
    context.say(f"{name}: pushing {len(documents)} documents")
    with serving(context.workspace / name, embedder) as ours:
        ours.push_collection(documents)
        before = cpu.own_seconds()
        read = _places(ours, questions, interpret=True)
        seconds = cpu.own_seconds() - before
        plain = _places(ours, questions, interpret=False)
    return [
        Figure(f"{name}: questions", len(questions), "questions"),
        *(
            Figure(
                f"{name}: literal in the first {k}",
                _share(read, k),
                "%",
                baseline=Baseline("without interpret", _share(plain, k)),
                cpu_seconds=seconds if k == 1 else None,
                notes=_by_kind(questions, read, plain) if k == 1 else "",
            )
            for k in PLACES
        ),
    ]


def _places(
    ours: Ours, questions: Sequence[LiteralQuestion], *, interpret: bool
) -> list[int | None]:
    found = []
    for question in questions:
        candidates = ours.candidates(question.text, max(PLACES), interpret=interpret)
        texts = [each.evidence.text for each in candidates]
        found.append(place_of(question.literal, texts))
    return found


def _share(places: Sequence[int | None], k: int) -> float:
    return 100 * sum(place is not None and place <= k for place in places) / len(places)


def _by_kind(
    questions: Sequence[LiteralQuestion], read: Sequence[int | None], plain: Sequence[int | None]
) -> str:
    def first(places: Sequence[int | None], kind: str) -> str:
        own = [at for at, asked in zip(places, questions, strict=True) if asked.kind == kind]
        return f"{sum(place == 1 for place in own)} of {len(own)}"

    kinds = dict.fromkeys(question.kind for question in questions)
    return "; ".join(f"{kind}: {first(read, kind)}, without {first(plain, kind)}" for kind in kinds)
