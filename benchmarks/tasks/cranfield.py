"""Does the service find the abstracts that engineers judged to answer them, better than BM25?

Cranfield: 225 questions about 1,400 abstracts, through the real pipeline and by other projects.
"""

from benchmarks.quality import cranfield, judged
from benchmarks.quality.ours import remembered
from benchmarks.records import Context, Figure


def run(context: Context) -> list[Figure]:
    collection = cranfield.collection(context.archive(cranfield.ARCHIVE))
    return judged.figures(collection, context, remembered())
