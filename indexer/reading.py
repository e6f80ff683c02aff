"""One source being read: what was seen, stored and refused so far."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from sqlalchemy.orm import Session

from connectors.clock import Clock
from connectors.records import Batch, Document, Observation, Semantics, Series
from indexer import cards, intake
from indexer.catalogue import changes, documents, sources
from indexer.chunk import ChunkLimits, Passage, split
from indexer.database import Database
from indexer.decide import Absence, Decision, decide, decide_absence
from indexer.embed import Embedder
from indexer.errors import Conflict, SourceChanged, TooManyFailures, UnstorableItem
from indexer.records import Counts, SourceRecord
from indexer.store import NewChunk, Prepared, Stored, retire, store
from indexer.vectors import Vectors, digest

FAILURES_IN_DOUBT = 20
_ATTEMPTS = 100
"""Each failed one means that another writer got through; vectors are kept, so it is short."""

FailedItem = tuple[str | None, str]


@dataclass(frozen=True, slots=True)
class Tools:
    """What every step of the way in needs. `notify` is called after each commit."""

    database: Database
    embedder: Embedder
    clock: Clock
    limits: ChunkLimits
    notify: Callable[[], None]


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a reading ended: what it did, and the error that cut it short, if one did."""

    counts: Counts
    failures: tuple[FailedItem, ...]
    seq: int
    error: str | None = None
    retry_after_seconds: float | None = None


class Reading:
    """One source being read: what was seen, done and refused so far."""

    def __init__(self, source: SourceRecord, tools: Tools) -> None:
        self._source = source
        self._tools = tools
        self._cursor = source.cursor
        self._counts = Counts()
        self._values_unchanged = 0
        self._failures: list[FailedItem] = []
        self._seen: set[str] = set()
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
        self._seen.update(intake.key(key) for key in part.unchanged)
        self._counts += Counts(unchanged=len(part.unchanged), bytes_read=part.bytes_read)
        if self._proves_absence(part):
            self._settle(part)
        if self._is_mostly_bad():
            accepted = replace(accepted, cursor={})
        if not self._has_work(accepted):
            return
        stored = self._store(accepted)
        self._cursor = accepted.cursor or self._cursor
        self._seq = stored.seq
        self._counts += stored.counts
        self._values_unchanged += stored.values_unchanged
        self._refuse(
            (key, "observation of a series nobody declared") for key in stored.unknown_series
        )

    def require_mostly_good(self) -> None:
        """Raise `TooManyFailures` when most of what was read could not be used."""
        if self._is_mostly_bad():
            failed = len(self._failures)
            key, reason = self._failures[0]
            raise TooManyFailures(
                f"source {self._source.name}: {failed} of {failed + self._good()} items failed, "
                f"the first ({key}): {reason}"
            )

    def outcome(self) -> Outcome:
        counts = replace(self._counts, failed_items=len(self._failures))
        return Outcome(counts, tuple(self._failures), self._seq)

    def _has_work(self, part: Batch) -> bool:
        has_items = part.documents or part.observations or part.series or part.removed
        return bool(has_items or (part.cursor and part.cursor != self._cursor))

    def _is_mostly_bad(self) -> bool:
        failed, good = len(self._failures), self._good()
        return bool(failed) and (good == 0 or (failed >= FAILURES_IN_DOUBT and failed > good))

    def _good(self) -> int:
        counts = self._counts
        documents_good = counts.new + counts.changed + counts.unchanged
        values_good = counts.observations_new + counts.observations_changed
        return documents_good + values_good + self._values_unchanged

    def _proves_absence(self, part: Batch) -> bool:
        """Whether this ends a listing so whole and readable that absence from it counts."""
        is_snapshot = self._source.semantics is Semantics.SNAPSHOT
        is_whole = part.is_complete or part.is_unmodified
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
        retire(session, self._source.id, absence.removed, at=at)
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
                yield intake.observation(one)
            except UnstorableItem as error:
                self._refuse([(f"{one.series} at {one.valid_from}", str(error))])

    def _store(self, part: Batch) -> Stored:
        """Decide and store, again if another writer got in between; vectors are kept."""
        vectors = Vectors(self._tools.embedder)
        for attempt in range(_ATTEMPTS):
            prepared = self._prepare(part, vectors)
            try:
                with self._tools.database.writing() as session:
                    self._require_same_source(session)
                    stored = store(session, self._source.id, prepared, now=self._tools.clock())
            except Conflict:
                if attempt == _ATTEMPTS - 1:
                    raise
                continue
            self._tools.notify()
            return stored
        raise AssertionError("unreachable")

    def _require_same_source(self, session: Session) -> None:
        """Refuse to write for a source that somebody removed or pointed elsewhere meanwhile."""
        source = self._source
        found = sources.by_id(session, source.id)
        is_another = found is not None and found.created_at != source.created_at
        if found is None or found.removed_at is not None or is_another:
            raise SourceChanged(f"source {source.name} was removed while it was read")
        if (found.kind, found.options) != (source.kind, source.options):
            raise SourceChanged(f"source {source.name} was changed while it was read")

    def _prepare(self, part: Batch, vectors: Vectors) -> Prepared:
        made = {
            card.key: (card, one.key)
            for one in part.series
            for card in [cards.card(one, source=self._source.name)]
        }
        given = [*part.documents, *(card for card, _ in made.values())]
        with self._tools.database.reading() as session:
            keys = [*(document.key for document in given), *part.removed]
            known = documents.latest_versions(session, self._source.id, keys)
            decision = decide(given, stored=known, source=self._source.name, removed=part.removed)
            replaced = [one.replaces for one in decision.versions if one.replaces is not None]
            vectors.know(documents.vectors_of(session, replaced, self._tools.embedder.identity))
        return Prepared(
            decision=decision,
            chunks=self._chunks(decision, vectors),
            series=part.series,
            cards={key: series for key, (_, series) in made.items()},
            observations=part.observations,
            cursor=part.cursor or None,
        )

    def _chunks(self, decision: Decision, vectors: Vectors) -> dict[str, list[NewChunk]]:
        """Chunk the new versions and embed what no stored vector covers."""
        passages = {
            version.document.key: self._split(version.document) for version in decision.versions
        }
        vectors.embed([passage.embedded_text for some in passages.values() for passage in some])
        return {
            key: [_new_chunk(passage, vectors) for passage in some]
            for key, some in passages.items()
        }

    def _split(self, document: Document) -> Sequence[Passage]:
        return split(
            document.text,
            title=document.title,
            token_spans=self._tools.embedder.token_spans,
            limits=self._tools.limits,
        )


def _new_chunk(passage: Passage, vectors: Vectors) -> NewChunk:
    return NewChunk(
        ordinal=passage.ordinal,
        text=passage.text,
        section=passage.section,
        start=passage.start,
        end=passage.end,
        token_count=passage.token_count,
        embedded_hash=digest(passage.embedded_text),
        embedder=vectors.embedder.identity,
        vector=vectors.of(passage.embedded_text),
    )
