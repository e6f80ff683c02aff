"""Does the service find the abstracts that decide a scientific claim, better than its parts?

BEIR's SciFact: 300 claims about 5,183 abstracts, through the real pipeline and by other projects.
"""

from benchmarks.quality import judged, scifact
from benchmarks.quality.ours import remembered
from benchmarks.records import Context, Figure


def run(context: Context) -> list[Figure]:
    collection = scifact.beir_test(context.archive(scifact.ARCHIVE))
    return judged.figures(collection, context, remembered())
