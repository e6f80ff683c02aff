"""Does it help the embedder to read title, section, site or date above a passage?

Passages are found by their vectors alone. PEPs have sections, news has sites and dates, SciFact
and Cranfield have titles. Without `--full` samples are taken, since each way embeds all anew.
"""

from collections.abc import Iterator

from benchmarks.quality import cranfield, news, peps, scifact
from benchmarks.quality.above import (
    TODAY,
    Trial,
    between,
    cut,
    every_document,
    sample,
    ways,
)
from benchmarks.quality.collections import Collection
from benchmarks.quality.metrics import compared, mean
from benchmarks.quality.ours import remembered
from benchmarks.records import Baseline, Context, Figure
from indexer.embed import Embedder

ABOVE_ALL = ("nothing", TODAY)
BY_COLLECTION = {
    "RealTime QA": (*ABOVE_ALL, "title and site", "title and date"),
    "PEPs": ("nothing", "title", TODAY),
    "Cranfield": ABOVE_ALL,
    "SciFact": ABOVE_ALL,
}
"""What differs there: only PEPs have sections, only news has sites and dates."""
DAYS = ("2024-01-05", "2024-01-26")


def run(context: Context) -> list[Figure]:
    embedder = remembered()
    return [
        figure
        for collection in _collections(context)
        for figure in _figures(collection, context, embedder)
    ]


def _collections(context: Context) -> Iterator[Collection]:
    """Yield the collections, or samples of them."""
    articles = news.collection(context.archive(news.ARCHIVE))
    yield _answerable(articles if context.is_full else between(articles, *DAYS))
    proposals = peps.collection(context.archive(peps.ARCHIVE), seed=context.seed)
    yield proposals if context.is_full else every_document(proposals, every=6)
    abstracts = scifact.beir_test(context.archive(scifact.ARCHIVE))
    reports = cranfield.collection(context.archive(cranfield.ARCHIVE))
    for judged, every in ((abstracts, 2), (reports, 4)):
        if context.is_full:
            yield judged
        else:
            yield sample(judged, every=every, others=100, seed=context.seed)


def _answerable(articles: Collection) -> Collection:
    """Leave out questions whose answer stands in no article that was out by then."""
    answerable = news.answerable(articles)
    asked = tuple(each for each in articles.questions if each.id in answerable)
    return Collection(articles.name, articles.documents, asked)


def _figures(collection: Collection, context: Context, embedder: Embedder) -> list[Figure]:
    trial = Trial(collection, cut(collection.documents, embedder), embedder)
    asked = len(collection.qrels or collection.questions)
    context.say(f"{collection.name}: {len(trial.passages)} passages, {asked} questions")
    known = ways(embedder)
    values = {name: trial.values(known[name]) for name in BY_COLLECTION[collection.name]}
    measure = "nDCG@10" if collection.qrels else "MRR@10"
    found = [
        Figure(f"{collection.name}: passages", len(trial.passages), "passages"),
        Figure(f"{collection.name}: questions", asked, "questions"),
    ]
    for name, each in values.items():
        difference = compared(each, values[TODAY], seed=context.seed)
        found.append(
            Figure(
                f"{collection.name}: {measure}, {name}",
                mean(each),
                "of 1",
                baseline=Baseline(f"{TODAY}, as it is embedded", mean(values[TODAY])),
                notes=f"{difference.difference:+.4f}, 95 % of resamples between"
                f" {difference.lowest:+.4f} and {difference.highest:+.4f}, randomisation test"
                f" p = {difference.p_value:.4f}",
            )
        )
    return found
