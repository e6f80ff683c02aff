"""Passages that were read lately, so that finding one again reads nothing but its state.

    chunks ─▶ kept? ─ no ─▶ read whole, keep ─┐
                └─ yes ───────────────────────┴─▶ how their versions stand now ─▶ passages that are

What is kept is what is never written again, see `indexer.catalogue.evidence.Passage`. What may
change is read for every question, and a passage whose version is not stored any more is left out.
So an answer shows nothing that is outdated or erased, whatever is kept, and by whichever process it
was changed. Forgetting what is kept on an erasure keeps its words out of memory as well.
"""

import sys
import threading
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Final

from sqlalchemy.orm import Session

from grounding.query.comparison import letters_of
from grounding.query.records import Evidence
from indexer.catalogue import evidence
from indexer.catalogue.evidence import Passage, VersionStanding
from indexer.database import Database

MAX_BYTES: Final = 32 * 2**20
_BYTES_OF_RECORDS: Final = 1_600
"""What a passage, its evidence and their times take beside the texts in them, about."""


class KeptPassage:
    """A passage, with what answering makes of it alone: how its text is compared, and evidence.

    letters: as `comparison.letters_of` its text.
    evidence: what it was last cited as, together with all that this depends on besides itself.
    """

    __slots__ = ("evidence", "letters", "passage", "size")

    def __init__(self, passage: Passage) -> None:
        self.passage = passage
        self.letters = letters_of(passage.text)
        self.size = _bytes_of(passage)
        self.evidence: tuple[tuple[object, ...], Evidence] | None = None


class PassageCache:
    """Keeps at most about `max_bytes` of passages; those that were not found for longest go first.

    Any thread may use it.
    """

    def __init__(self, database: Database, max_bytes: int = MAX_BYTES) -> None:
        self._database = database
        self._max_bytes = max_bytes
        self._kept: OrderedDict[int, KeptPassage] = OrderedDict()
        self._bytes = 0
        self._lock = threading.Lock()
        self._cleared = 0
        self._erased_seq = 0

    def __len__(self) -> int:
        return len(self._kept)

    @property
    def size(self) -> int:
        """About how many bytes are kept."""
        return self._bytes

    def clear(self) -> None:
        """Forget everything, and what is being read at this moment too."""
        with self._lock:
            self._kept.clear()
            self._bytes = 0
            self._cleared += 1

    def follow_erasures(self, seq: int) -> None:
        """Forget everything if `seq`, the last erasure that an index view saw, is another one."""
        if seq != self._erased_seq:
            self._erased_seq = seq
            self.clear()

    @contextmanager
    def reading(self) -> Iterator["PassageReader"]:
        """Yield what reads passages out of one snapshot of the database."""
        cleared = self._cleared  # before the snapshot: what it still has may be erased by then
        with self._database.reading() as session:
            yield PassageReader(session, self, cleared)

    def known(self, chunks: Sequence[int]) -> dict[int, KeptPassage]:
        """Return what is kept of these."""
        kept = self._kept
        with self._lock:
            found = {chunk: kept[chunk] for chunk in chunks if chunk in kept}
            for chunk in found:
                kept.move_to_end(chunk)
        return found

    def keep(self, passages: Sequence[KeptPassage], cleared: int) -> None:
        """Keep these, unless everything was cleared since it had been so often."""
        with self._lock:
            if cleared != self._cleared:
                return
            for each in passages:
                if each.passage.chunk not in self._kept:
                    self._kept[each.passage.chunk] = each
                    self._bytes += each.size
            while self._bytes > self._max_bytes:
                _, oldest = self._kept.popitem(last=False)
                self._bytes -= oldest.size


class PassageReader:
    """Reads passages in one session, through a cache."""

    def __init__(self, session: Session, cache: PassageCache, cleared: int) -> None:
        self.session = session
        self._cache = cache
        self._cleared = cleared

    def passages(self, chunks: Sequence[int]) -> list[tuple[KeptPassage, VersionStanding]]:
        """Return these passages and how their versions stand, in no particular order.

        Those that are not stored any more are left out.
        """
        known = self._cache.known(chunks)
        fresh = [
            (KeptPassage(passage), standing)
            for passage, standing in evidence.passages(
                self.session, [chunk for chunk in chunks if chunk not in known]
            )
        ]
        self._cache.keep([kept for kept, _ in fresh], self._cleared)
        versions = {each.passage.version_id for each in known.values()}
        standings = evidence.standings(self.session, sorted(versions))
        return fresh + [
            (each, standings[each.passage.version_id])
            for each in known.values()
            if each.passage.version_id in standings
        ]


def _bytes_of(passage: Passage) -> int:
    texts = (passage.text, passage.title, passage.section, passage.url)
    details = 4 * len(str(passage.details)) if passage.details else 0
    return _BYTES_OF_RECORDS + sum(map(sys.getsizeof, texts)) + details
