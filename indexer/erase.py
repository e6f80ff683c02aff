"""Erase a document on demand: every version, its vectors, and what runs noted of it.

    erase (one transaction) ──▶ scrub (database files) ──▶ index views anew, old snapshots gone
                                                                          │
                                       record: completed ◀────────────────┘

What is left is the record that it was done. It also keeps the document from being stored again by
the next read of its source.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from indexer.catalogue import changes, dead_letters, documents, erasures, sources
from indexer.records import ChangeKind

_TELLING_TITLE = 40

Redact = Callable[[Session, tuple[str, ...]], int]
"""Takes the texts of a document out of whatever else holds them; returns from how many places."""


@dataclass(frozen=True, slots=True)
class Removal:
    """What a removal did: the log's head afterwards, and whether there was anything to remove."""

    document_id: str
    seq: int
    was_current: bool


def erase(session: Session, uid: str, *, redact: Redact, now: datetime) -> bool:
    """Delete a document with all that it said; return whether there was one.

    The caller commits. Until `erasures.complete` bytes of it may be left in files.
    """
    newest = documents.version(session, uid)
    if newest is None:
        return False
    receipts = redact(session, _telling(erasures.texts_of(session, uid)))
    _forget_notes(session, newest.row.source_id, newest.row.key)
    versions, chunks = erasures.delete_document(session, uid)
    at = changes.next_instant(session, now)
    seq = changes.append(session, ChangeKind.ERASED, at=at, source_id=newest.row.source_id)
    erasures.add(
        session,
        {
            "document_id": uid,
            "source": newest.source,
            "requested_at": at,
            "seq": seq,
            "versions": versions,
            "chunks": chunks,
            "receipts": receipts,
        },
    )
    return True


def _telling(versions: Sequence[tuple[str, str]]) -> tuple[str, ...]:
    """Return what betrays a quote: texts, and titles too long to be said by chance."""
    titles = {title for title, _ in versions if len(title) >= _TELLING_TITLE}
    return (*titles, *{text for _, text in versions})


def _forget_notes(session: Session, source_id: int, key: str) -> None:
    """Take the document's key, and why it could not be read, out of runs and dead letters."""
    for run, (failures, remarks) in erasures.notes_of_runs(session, source_id).items():
        kept = [failure for failure in failures if failure[0] != key]
        kept_remarks = [remark for remark in remarks if key not in remark]
        if (len(kept), len(kept_remarks)) != (len(failures), len(remarks)):
            erasures.replace_notes(session, run, (kept, kept_remarks))
    dead_letters.dismiss(session, source_id, [key])
    source = sources.by_id(session, source_id)
    if source is not None and source.last_error and key in source.last_error:
        sources.change(session, source_id, {"last_error": "an item that was erased failed"})
