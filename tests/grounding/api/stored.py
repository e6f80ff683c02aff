"""What a service's database holds of evidence, for making prompts of receipts again."""

from grounding.query.candidates import candidates
from grounding.query.moments import Moment
from grounding.query.question import Filters
from grounding.query.records import Evidence, Scores
from indexer.catalogue import changes, evidence
from tests.grounding.serving import Running


def stored_evidence(running: Running) -> dict[str, Evidence]:
    """Return every stored passage by its evidence id, series as their cards."""
    parts = running.service.parts
    now = parts.tools.clock()
    with parts.retrieval.passages.reading() as reader:
        session = reader.session
        rows = [each.chunk for each in changes.all_chunks(session, "hash-words/64", 0, 10_000)]
        chunks = evidence.passages(session, rows)
        scores = {row: Scores() for row in rows}
        at = Moment(now, now, now)
        loaded = candidates(reader, scores, at=at, filters=Filters())
    assert len(chunks) == len(rows)
    return {each.evidence.id: each.evidence for each in loaded}
