"""One source being read: what was seen, stored and refused so far."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from connectors.clock import Clock
from connectors.errors import Remedy
from connectors.records import Batch, Document, Hub, Observation, Semantics, Series
from indexer import cards, intake
from indexer.catalogue import changes, documents, erasures, sources
from indexer.database import Database
from indexer.decide import Absence, Lifetime, decide, decide_absence, document_uid
from indexer.draft import Begun, Draft, cut
from indexer.embedders import ActiveEmbedder, require_active
from indexer.errors import (
    Conflict,
    EmbedderReplaced,
    SourceChanged,
    TooManyFailures,
    UnstorableItem,
)
from indexer.records import PUSH, Counts, SourceRecord
from indexer.store import Prepared, Stored, lasting_until, remove_rows, store
from indexer.vectors import Vectors

FAILURES_IN_DOUBT = 20
FLOOD = 3
"""So many times more bad items than good ones end a read at once. (A batch may hold the failures
of those that follow, so half is judged at the end only.)"""
ERASED = "was erased on demand and is not stored again, unless its erasure is lifted"
_ATTEMPTS = 100
"""Each failed one means that another writer got through; vectors are kept, so it is short."""

FailedItem = tuple[str | None, str]


@dataclass(frozen=True, slots=True)
class Tools:
    """What every step of the way in needs. `notify` is called after each commit."""

    database: Database
    embedder: ActiveEmbedder
    clock: Clock
    notify: Callable[[], None]


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a reading ended: what it did, and the error that cut it short, if one did.

    is_unmodified: the source said that nothing changed. is_whole: it listed all there is.
    remedy: what to do about the error. is_postponed: the source was not even asked, because its
    host is at rest. good: keys that were read, or are as they were.
    remarks, rest_seconds, hub: as in `Batch`, of all batches together. took_anything: not all of
    its items failed.
    """

    counts: Counts
    failures: tuple[FailedItem, ...]
    seq: int
    error: str | None = None
    remedy: Remedy | None = None
    is_postponed: bool = False
    retry_after_seconds: float | None = None
    started_at: datetime | None = None
    is_unmodified: bool = False
    is_whole: bool = False
    good: frozenset[str] = frozenset()
    remarks: tuple[str, ...] = ()
    rest_seconds: float | None = None
    hub: Hub | None = None
    took_anything: bool = True


class Reading:
    """One source being read: what was seen, done and refused so far.

    ahead: embeds one part while the one before it is stored; without, each part is stored before
        `take` returns. `finish` stores the last one that was begun.
    """

    def __init__(self, source: SourceRecord, tools: Tools, ahead: Executor | None = None) -> None:
        self._source = source
        self._tools = tools
        self._ahead = ahead
        self._begun: Begun | None = None
        self._cursor = source.cursor
        self._known_whole = source.was_listing_whole
        ttl = source.ttl_seconds
        self._ttl = None if ttl is None else timedelta(seconds=ttl)
        self._counts = Counts()
        self._values_unchanged = 0
        self._failures: list[FailedItem] = []
        self._seen: set[str] = set()
        self._remarks: list[str] = []
        self._rest_seconds: float | None = None
        self._hub: Hub | None = None
        self._refused_as_erased: set[str] = set()
        self._started_at = tools.clock()
        self._is_unmodified = False
        self._is_whole = False
        self._seq = 0

    def take(self, part: Batch) -> None:
        """Accept, decide, chunk, embed and store one part; a listing's end also ends what it
        lacks.

        Absence goes first: were the cursor stored and the absence not, a source that then says
        "unmodified" would keep what it no longer lists. For the same reason a read that mostly
        failed moves no cursor: "unmodified" since then would pass for a success.
        """
        accepted = self._accept(part)
        self._seen.update(document.key for document in accepted.documents)
        if self._ahead is not None and part == Batch(cursor={}, documents=part.documents):
            begun = self._begin(accepted, self._ahead)
            self.finish()
            self._begun = begun
            return
        self.finish()
        self._is_unmodified |= part.is_unmodified
        self._seen.update(intake.key(key) for key in part.unchanged)
        self._counts += Counts(unchanged=len(part.unchanged), bytes_read=part.bytes_read)
        if self._proves_absence(part):
            self._is_whole = True
            self._settle(part)
        if self._is_mostly_bad():
            accepted = replace(accepted, cursor={})
        if not self._has_work(accepted):
            return
        self._store(accepted)
        self._cursor = accepted.cursor or self._cursor

    def finish(self) -> None:
        """Store the part that waits for its vectors, if there is one, and count it."""
        begun, self._begun = self._begun, None
        if begun is not None:
            if begun.embedded is not None:
                begun.embedded.result()
            self._store(begun.draft.part, begun)

    def expect(self, batch: Batch) -> None:
        """Hear what a batch says beside its items, and stop before a flood of bad ones.

        Raises:
            TooManyFailures: with this batch hardly anything of what was read can be used. Nothing
                of the batch is stored.
        """
        self._remarks += [intake.clean(remark) for remark in batch.remarks]
        if batch.rest_seconds is not None:
            self._rest_seconds = max(batch.rest_seconds, self._rest_seconds or 0.0)
        self._hub = batch.hub or self._hub
        failed = len(self._failures) + len(batch.failures)
        items = len(batch.documents) + len(batch.observations) + len(batch.unchanged)
        if failed >= FAILURES_IN_DOUBT and failed > FLOOD * (self._good() + items):
            self._refuse([(failure.key, failure.reason) for failure in batch.failures])
            raise self._too_many(failed, failed + self._good() + items)

    def require_mostly_good(self) -> None:
        """Raise `TooManyFailures` when most of what was read could not be used."""
        if self._is_mostly_bad():
            failed = len(self._failures)
            raise self._too_many(failed, failed + self._good())

    def _too_many(self, failed: int, items: int) -> TooManyFailures:
        key, reason = self._failures[0]
        return TooManyFailures(
            f"source {self._source.name}: {failed} of {items} items failed, "
            f"the first ({key}): {reason}"
        )

    def outcome(self) -> Outcome:
        counts = replace(self._counts, failed_items=len(self._failures))
        return Outcome(
            counts,
            tuple(self._failures),
            self._seq,
            started_at=self._started_at,
            is_unmodified=self._is_unmodified,
            is_whole=self._is_whole,
            good=frozenset(self._seen - {key for key, _ in self._failures}),
            remarks=tuple(dict.fromkeys(self._remarks)),
            rest_seconds=self._rest_seconds,
            hub=self._hub,
            took_anything=not self._failures or self._good() + counts.removed > 0,
        )

    def _has_work(self, part: Batch) -> bool:
        has_items = part.documents or part.observations or part.series or part.removed
        was_whole = self._was_listing_whole(part)
        has_moved = part.cursor != self._cursor or was_whole not in (None, self._known_whole)
        return bool(has_items or (part.cursor and has_moved))

    def _was_listing_whole(self, part: Batch) -> bool | None:
        """Say of the listing that ends with this part whether it was whole; None: as before."""
        is_snapshot = self._source.semantics is Semantics.SNAPSHOT
        return self._is_whole if is_snapshot and not part.is_unmodified else None

    def _is_mostly_bad(self) -> bool:
        failed, good = len(self._failures), self._good()
        return bool(failed) and (good == 0 or (failed >= FAILURES_IN_DOUBT and failed > good))

    def _good(self) -> int:
        counts = self._counts
        documents_good = counts.new + counts.changed + counts.unchanged
        values_good = counts.observations_new + counts.observations_changed
        return documents_good + values_good + self._values_unchanged

    def _proves_absence(self, part: Batch) -> bool:
        """Whether this ends a listing so whole and readable that absence from it counts.

        An unmodified one is as whole as the listing that it repeats: an empty one proves nothing,
        however often it is repeated.
        """
        is_snapshot = self._source.semantics is Semantics.SNAPSHOT
        repeats_whole = part.is_unmodified and self._known_whole is not False
        is_whole = (part.is_complete and bool(self._seen)) or repeats_whole
        has_nameless = any(key is None for key, _ in self._failures)
        return is_snapshot and is_whole and not has_nameless and not self._is_mostly_bad()

    def _settle(self, part: Batch) -> None:
        """Retire what two listings in a row did not list."""
        with self._tools.database.reading() as session:
            absence = self._absence(session, part)
        if not absence.says_nothing:
            with self._tools.database.writing() as session:
                self._require_same_source(session)
                self._end_absent(session, self._absence(session, part))
            self._tools.notify()

    def _absence(self, session: Session, part: Batch) -> Absence:
        current = documents.current_items(session, self._source.id)
        if part.is_unmodified:  # the listing is still the last one: who was absent still is
            self._seen.update(item.key for item in current if item.absent_reads == 0)
        return decide_absence(current, self._seen)

    def _end_absent(self, session: Session, absence: Absence) -> None:
        at = changes.next_instant(session, self._tools.clock())
        documents.count_absent(session, absence.absent)
        documents.confirm(session, absence.returned, at=at)
        remove_rows(session, self._source.id, absence.removed, at=at)
        self._seq = changes.head(session)[0]
        self._counts += Counts(removed=len(absence.removed))

    def _refuse(self, failed: Iterable[FailedItem]) -> None:
        for key, reason in failed:
            name = None if key is None else intake.key(key)
            self._failures.append((name, intake.clean(reason)))
            if name is not None:
                self._seen.add(name)

    def _accept(self, part: Batch) -> Batch:
        """Return the part with what cannot be stored taken out and written down as failed."""
        self._refuse([(failure.key, failure.reason) for failure in part.failures])
        return replace(
            part,
            documents=tuple(self._storable(part.documents)),
            observations=tuple(self._storable_values(part.observations)),
            series=tuple(self._storable_series(part.series)),
            removed=tuple(intake.key(key) for key in part.removed),
        )

    def _storable(self, given: Sequence[Document]) -> Iterator[Document]:
        for document in given:
            try:
                yield intake.document(document)
            except UnstorableItem as error:
                self._refuse([(document.key, str(error))])

    def _storable_series(self, given: Sequence[Series]) -> Iterator[Series]:
        for one in given:
            try:
                yield intake.series(one)
            except UnstorableItem as error:
                self._refuse([(one.key, str(error))])

    def _storable_values(self, given: Sequence[Observation]) -> Iterator[Observation]:
        for one in given:
            try:
                yield self._lasting(intake.observation(one))
            except UnstorableItem as error:
                self._refuse([(f"{one.series} at {one.valid_from}", str(error))])

    def _lasting(self, one: Observation) -> Observation:
        """Let a value expire with the source's `ttl` that does not say until when it holds."""
        if one.valid_until is not None or self._ttl is None:
            return one
        return replace(one, valid_until=lasting_until(one.valid_from, self._ttl))

    def _begin(self, part: Batch, ahead: Executor) -> Begun | None:
        """Decide and cut a part of documents alone, and have it embedded in another thread."""
        if not part.documents:
            return None
        vectors = Vectors(self._tools.embedder.current())
        draft = self._draft(part, vectors)
        return Begun(
            draft, vectors, ahead.submit(vectors.embed, draft.texts) if draft.texts else None
        )

    def _store(self, part: Batch, begun: Begun | None = None) -> None:
        """Decide and store, again if another writer got in between; vectors are kept.

        Vectors of an embedder that was replaced meanwhile are not: all is embedded again.
        """
        vectors = begun.vectors if begun else Vectors(self._tools.embedder.current())
        draft = begun.draft if begun else None
        for attempt in range(_ATTEMPTS):
            if draft is None:
                draft = self._draft(part, vectors)
                vectors.embed(draft.texts)
            prepared, draft = self._prepared(draft, vectors), None
            try:
                with self._tools.database.writing() as session:
                    self._require_same_source(session)
                    if any(prepared.chunks.values()):
                        require_active(session, vectors.embedder.identity)
                    stored = store(session, self._source.id, prepared, now=self._tools.clock())
            except Conflict as conflict:
                if attempt == _ATTEMPTS - 1:
                    raise
                if isinstance(conflict, EmbedderReplaced):
                    vectors = Vectors(self._tools.embedder.follow())
                continue
            self._tools.notify()
            self._count(stored)
            return

    def _count(self, stored: Stored) -> None:
        self._seq = stored.seq
        self._counts += stored.counts
        self._values_unchanged += stored.values_unchanged
        self._refuse(
            (key, "observation of a series nobody declared") for key in stored.unknown_series
        )

    def _require_same_source(self, session: Session) -> None:
        """Refuse to write for a source that somebody removed or pointed elsewhere meanwhile."""
        source = self._source
        found = sources.by_id(session, source.id)
        is_another = found is not None and found.created_at != source.created_at
        if found is None or found.removed_at is not None or is_another:
            raise SourceChanged(f"source {source.name} was removed while it was read")
        if (found.kind, found.options) != (source.kind, source.options):
            raise SourceChanged(f"source {source.name} was changed while it was read")

    def _draft(self, part: Batch, vectors: Vectors) -> Draft:
        made = {
            card.key: (card, one.key)
            for one in part.series
            for card in [cards.card(one, source=self._source.name)]
        }
        with self._tools.database.reading() as session:
            documents_given = self._without_erased(session, part.documents)
            given = [*documents_given, *(card for card, _ in made.values())]
            keys = [*(document.key for document in given), *part.removed]
            known = documents.latest_versions(session, self._source.id, keys)
            decision = decide(
                given,
                stored=known,
                source=self._source.name,
                removed=part.removed,
                lifetime=None if self._ttl is None else Lifetime(self._ttl, self._tools.clock()),
            )
            embedder = vectors.embedder.identity
            vectors.know(documents.vectors_of(session, decision.replaced, embedder))
        return Draft(
            part,
            decision,
            passages=cut(decision, vectors.embedder),
            cards={key: series for key, (_, series) in made.items()},
        )

    def _prepared(self, draft: Draft, vectors: Vectors) -> Prepared:
        return Prepared(
            decision=draft.decision,
            chunks=draft.chunks(vectors),
            series=draft.part.series,
            cards=draft.cards,
            observations=draft.part.observations,
            cursor=draft.part.cursor or None,
            ttl=self._ttl,
            was_listing_whole=self._was_listing_whole(draft.part),
        )

    def _without_erased(self, session: Session, given: Sequence[Document]) -> list[Document]:
        """Leave out what was erased on demand: the source still lists it, we may not keep it."""
        uids = {document_uid(self._source.name, one.key): one.key for one in given}
        erased = {uids[uid] for uid in erasures.erased(session, list(uids))}
        if erased and self._source.kind == PUSH:
            self._refuse((key, ERASED) for key in sorted(erased - self._refused_as_erased))
            self._refused_as_erased |= erased
        return [one for one in given if one.key not in erased]
