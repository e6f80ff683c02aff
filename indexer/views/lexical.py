"""The lexical leg: BM25 over titles, sections and texts, in a tantivy index that only grows.

Nothing is ever deleted or rewritten: a chunk's words and its unchangeable times are indexed once,
and whether it was superseded is looked up in the row table, by asking for more hits until enough
of them are kept. That is exact, and it keeps scores the same in every copy of the view: tantivy
counts deleted documents in its BM25 statistics until their segment is merged, so with deletes a
view that lived through a day would rank otherwise than one rebuilt from the log.

Scores are sums of 32-bit floats in an order that depends on segments, so hits within a
hundred-thousandth of each other are one score, and chunk order decides among them.

A score sums BM25 over four fields: the chunk's own words and those around it (`wording`), half
each; the title by itself, a quarter; pairs of neighbouring words, a fifth. Stop words stay where
words are single: dropping them changed little, and "The Who" is a name. What a question asks for
literally, a name or "CVE-2024-3094", adds to that where its words stand in a row.
"""

import json
import shutil
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final, TypeAlias, cast

import numpy as np
import tantivy
from tantivy import Occur, Query

from indexer.errors import IndexerError
from indexer.hits import Hits
from indexer.published import counting
from indexer.records import IndexedChunk, Scope
from indexer.views.kept import Kept
from indexer.views.times import OPEN, micros, micros_or
from indexer.views.wording import Analysis, Wording, encodable
from indexer.views.workspace import link

_ANALYZER: Final = "english-2"  # part of the stored schema: rename it when the analysis changes
_PAIRS: Final = "pairs-2"
_MOST_TERMS: Final = 64
_WEIGHTS: Final = {"body": 0.5, "around": 0.5, "title": 0.25}
_PAIR_WEIGHT: Final = 0.2
_MOST_ROWS: Final = 8
_LONGEST_ROW: Final = 24
_MANY: Final = 0.25
_SAME: Final = 1e-5
_HEAP_BYTES: Final = 50_000_000

_NONE: Final[Mapping[str, float]] = MappingProxyType({})

_Clause: TypeAlias = tuple[Occur, Any]  # with a tantivy.Query


@dataclass(frozen=True, slots=True)
class _Looked:
    """What is looked for: all clauses as one query, and each by itself."""

    query: Any  # a tantivy.Query
    clauses: Sequence[_Clause]


Words: TypeAlias = _Looked | None
"""What the words of a question are looked for by; None for a text without words."""


class LexicalIndex:
    """A tantivy index in `directory`, opened if files are there, else created.

    `stage` writes and commits, `publish` makes that visible to `search`. One thread stages and
    publishes; searches may run meanwhile, but not during `publish`. An error from `stage` leaves
    the index unusable for further staging, not for searching.
    """

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._schema = _schema()
        self._analysis = Analysis()
        directory.mkdir(parents=True, exist_ok=True)
        try:
            self._index = tantivy.Index(self._schema, path=str(directory))
            self._index.register_tokenizer(_ANALYZER, self._analysis.words)
            self._index.register_tokenizer(_PAIRS, _pairs_as_they_are())
            self._index.config_reader("manual")  # else a thread polls the file for ever
            self._writer = self._new_writer()
            self._staged = self._searcher = self._reloaded()
        except ValueError as error:
            raise IndexerError(f"lexical index {directory}: {error}") from error

    def __len__(self) -> int:
        return int(self._searcher.num_docs)

    @property
    def segments(self) -> int:
        return int(self._searcher.num_segments)

    @property
    def is_on_disk(self) -> bool:
        return self._changed_at() is not None

    def add(self, chunks: Iterable[IndexedChunk]) -> None:
        """Write chunks without committing them; whole documents, as neighbours are looked at."""
        try:
            for wording in self._analysis.wordings(chunks):
                self._writer.add_document(_document(wording))
        except ValueError as error:
            raise IndexerError(f"lexical index {self._directory}: {error}") from error

    def stage(self, chunks: Iterable[IndexedChunk] = ()) -> None:
        """Write chunks and commit everything written so far.

        Raises:
            IndexerError: the files cannot be written any more.
        """
        self.add(chunks)
        try:
            self._writer.commit()
            self._staged = self._reloaded()
        except ValueError as error:
            raise IndexerError(f"lexical index {self._directory}: {error}") from error

    def settle(self) -> None:
        """Stage everything written, once it is merged into few segments, however long that takes.

        Raises:
            IndexerError: as `stage`.
        """
        self.stage()
        try:
            self._writer.wait_merging_threads()  # which ends the writer
            self._writer = self._new_writer()
            self._staged = self._reloaded()
        except ValueError as error:
            raise IndexerError(f"lexical index {self._directory}: {error}") from error

    def stage_merged(self) -> bool:
        """Stage segments that were merged in the background; return whether anything was.

        Commits begin merges, which end later. The fewer segments there are, the faster is a search.

        Raises:
            IndexerError: the files cannot be read any more.
        """
        if self._changed_at() in (None, self._read_at):
            return False
        try:
            self._staged = self._reloaded()
        except ValueError as error:
            raise IndexerError(f"lexical index {self._directory}: {error}") from error
        return True

    def publish(self) -> None:
        """Let searches see what was staged."""
        self._searcher = self._staged

    def query(self, text: str, literals: Mapping[str, float] = _NONE) -> Words:
        """Return what `search` and `scores_of` take for the words of `text`, never query syntax.

        literals: parts of it whose words count for more where they stand in a row, and how much
            more; none has to. Of many only the first ones are looked for.
        """
        clauses = [*self._words(text), *self._in_a_row(literals)]
        return _Looked(Query.boolean_query(clauses), clauses) if clauses else None

    def search(self, words: Words, k: int, scope: Scope, kept: Kept) -> Hits:
        """Return the best k kept chunks for a `query`.

        kept: decides alone which chunks may be returned; `scope` must be what it was made from.
        """
        if words is None or not kept.share:
            return Hits()
        narrowed = Query.boolean_query(
            [(Occur.Must, query) for query in (words.query, *self._in(scope))]
        )
        # Time filters cost a look at every row's times, so they are tried first only when they
        # exclude most of them.
        query = words.query if kept.share >= _MANY else narrowed
        fetch = 2 * k + 16
        while True:
            scored = self._scored(query, fetch)
            hits = _ranked(scored, kept, is_all=len(scored) < fetch)
            if len(hits) >= k or len(scored) < fetch:
                return Hits(hits.chunks[:k], hits.scores[:k])
            query, fetch = narrowed, 4 * fetch

    def scores_of(self, words: Words, chunks: Sequence[int]) -> Hits:
        """Return what these chunks score for a `query`: 0 where none of its words occurs."""
        if words is None or not chunks:
            return Hits()
        query = _for_each_of(self._these(chunks), words)
        known = {chunk: score for score, chunk in self._scored(query, len(chunks))}
        return Hits(chunks, [known.get(chunk, 0.0) for chunk in chunks])

    def _these(self, chunks: Iterable[int]) -> Any:  # Any: a tantivy.Query
        """Return a query for these chunks, one by one: a term set walks through all there are."""
        each = [Query.term_query(self._schema, "chunk", chunk, "basic") for chunk in chunks]
        return _unscored(Query.boolean_query([(Occur.Should, query) for query in each]))

    def link_to(self, copy: Path) -> None:
        """Put the committed files into the new directory `copy`; nothing may be staged meanwhile.

        Raises:
            OSError: the files are gone or cannot be written.
        """
        for attempt in range(5):
            try:
                copy_files(self._directory, copy)
            except FileNotFoundError:  # a merge in the background replaced a segment
                shutil.rmtree(copy, ignore_errors=True)
                if attempt == 4:
                    raise
            else:
                return

    def close(self) -> None:
        """End background merges, once. Searches go on."""
        try:
            self._writer.wait_merging_threads()
        except (ValueError, RuntimeError):
            return  # closed before, or the files are gone: merges have nothing left to lose

    def _new_writer(self) -> Any:  # Any: a tantivy.IndexWriter
        return self._index.writer(_HEAP_BYTES, num_threads=1)

    def _reloaded(self) -> Any:  # Any: a tantivy.Searcher
        self._read_at = self._changed_at()  # first: what is merged meanwhile is read the next time
        self._index.reload()
        return self._index.searcher()

    def _changed_at(self) -> int | None:
        """Return when the list of segments was written, in nanoseconds; None if it is gone."""
        try:
            return (self._directory / "meta.json").stat().st_mtime_ns
        except FileNotFoundError:
            return None

    def _scored(self, query: Any, fetch: int) -> list[tuple[float, int]]:  # Any: a tantivy.Query
        found = self._searcher.search(query, fetch, count=False).hits
        addresses = [address for _, address in found]
        chunks = cast("list[int]", self._searcher.fast_field_values("chunk", addresses))
        return [(hit[0], chunk) for hit, chunk in zip(found, chunks, strict=True)]

    def _words(self, text: str) -> list[_Clause]:
        terms = self._analysis.terms(text)
        if len(terms) > _MOST_TERMS:
            terms = sorted(terms, key=lambda term: self._searcher.doc_freq("body", term))
        clauses = [
            self._clause(field, term, weight)
            for term in terms[:_MOST_TERMS]
            for field, weight in _WEIGHTS.items()
        ]
        pairs = dict.fromkeys(self._analysis.pairs(text))
        return clauses + [
            self._clause("pairs", pair, _PAIR_WEIGHT) for pair in [*pairs][:_MOST_TERMS]
        ]

    def _in_a_row(self, literals: Mapping[str, float]) -> list[_Clause]:
        rows: dict[tuple[str, ...], float] = {}
        for literal, weight in literals.items():
            row = tuple(self._analysis.row(literal))[:_LONGEST_ROW]
            if len(row) > 1:
                rows.setdefault(row, weight)
        return [self._row_clause(*each) for each in [*rows.items()][:_MOST_ROWS]]

    def _row_clause(self, row: Sequence[str], weight: float) -> _Clause:
        query = Query.phrase_query(self._schema, "body", [*row])
        return Occur.Should, Query.boost_query(query, weight)

    def _clause(self, field: str, term: str, weight: float) -> _Clause:
        query = Query.term_query(self._schema, field, term, "freq")
        return Occur.Should, Query.boost_query(query, weight)

    def _in(self, scope: Scope) -> list[Any]:  # Any: tantivy.Query
        """Return filters for all of `scope` but supersession, none of which adds to a score."""
        as_of = micros(scope.as_of)
        filters = [
            self._between("observed_at", None, micros(scope.known_at)),
            self._between("valid_from", None, as_of),
        ]
        if not scope.include_history:
            filters.append(self._between("valid_until", as_of + 1, None))
        if scope.published_after is not None or scope.published_before is not None:
            filters.append(self._published_in(scope))
        if scope.sources is not None:
            filters.append(Query.term_set_query(self._schema, "source", sorted(scope.sources)))
        return [_unscored(query) for query in filters]

    def _published_in(self, scope: Scope) -> Any:  # Any: tantivy.Query
        after, before = scope.published_after, scope.published_before
        low = None if after is None else micros(after)
        high = None if before is None else micros(before) - 1
        is_card = self._between("series", 1, None)
        inside = self._between("published_at", low, high)
        return Query.boolean_query([(Occur.Should, inside), (Occur.Should, is_card)])

    def _between(self, field: str, low: int | None, high: int | None) -> Any:  # Any: tantivy.Query
        integer = tantivy.FieldType.Integer
        return Query.range_query(self._schema, field, integer, low, high)


def _for_each_of(these: Any, words: _Looked) -> Any:  # Any: a tantivy.Query
    """Return a query for the score that `words` give to what `these` finds.

    Each clause is optional beside everything there is, and all of that is required of `these`: so
    each is looked up for these chunks alone. Several optional ones beside each other would be
    scored for all chunks, thousands at a time.
    """
    anything = _unscored(Query.all_query())
    optional = [Query.boolean_query([(Occur.Must, anything), clause]) for clause in words.clauses]
    return Query.boolean_query([(Occur.Must, query) for query in (these, anything, *optional)])


def _unscored(query: Any) -> Any:  # Any: tantivy.Query
    """Return a query that finds the same and adds nothing to a score."""
    return Query.const_score_query(query, 0.0)


def copy_files(source: Path, target: Path) -> None:
    """Link the committed files of the index in `source` into the new directory `target`.

    Raises:
        OSError: a file is gone or cannot be written.
    """
    target.mkdir(parents=True)
    meta = (source / "meta.json").read_bytes()
    segments = {part["segment_id"].replace("-", "") for part in json.loads(meta)["segments"]}
    for file in sorted(source.iterdir()):
        if file.name.split(".")[0] in segments:
            link(file, target / file.name)
    shutil.copyfile(source / ".managed.json", target / ".managed.json")
    (target / "meta.json").write_bytes(meta)
    if (source / "meta.json").read_bytes() != meta:
        raise FileNotFoundError(f"{source}: segments were merged while they were copied")


def _ranked(scored: Sequence[tuple[float, int]], kept: Kept, *, is_all: bool) -> Hits:
    """Return the kept hits by (score, chunk), without those whose rank is not decided yet.

    scored: by score, best first. Unless `is_all`, hits not seen may tie with the last one.
    """
    is_kept = kept.admitted([chunk for _, chunk in scored])
    admitted = [hit for hit, is_hit in zip(scored, is_kept, strict=True) if is_hit]
    if not is_all:
        admitted.append(scored[-1])
    scores = np.array([score for score, _ in admitted])
    chunks = np.array([chunk for _, chunk in admitted], dtype=np.int64)
    begins = np.ones(len(admitted), dtype=np.bool_)  # a group of hits that are one score
    begins[1:] = scores[:-1] - scores[1:] > _SAME * scores[:-1]
    groups = np.cumsum(begins) - 1
    order = np.lexsort((chunks, groups))
    decided = len(order) if is_all else int(np.searchsorted(groups, groups[-1]))
    return Hits(chunks[order[:decided]], scores[begins][groups[:decided]])


def _document(wording: Wording) -> tantivy.Document:
    chunk = wording.chunk
    document = tantivy.Document()
    document.add_text("title", encodable(chunk.title))
    document.add_text("body", wording.body)
    document.add_text("around", wording.around)
    document.add_text("pairs", wording.pairs)
    document.add_integer("chunk", chunk.chunk)
    document.add_integer("source", chunk.source)
    document.add_integer("observed_at", micros(chunk.observed_at))
    document.add_integer("valid_from", micros(chunk.valid_from))
    document.add_integer("valid_until", micros_or(chunk.valid_until, OPEN))
    document.add_integer("series", chunk.series or 0)
    published_at = counting(chunk.published_at, chunk.observed_at)
    if published_at is not None:
        document.add_integer("published_at", micros(published_at))
    return document


def _schema() -> tantivy.Schema:
    builder = tantivy.SchemaBuilder()
    for field in _WEIGHTS:
        option = "position" if field == "body" else "freq"
        builder.add_text_field(field, tokenizer_name=_ANALYZER, index_option=option)
    builder.add_text_field("pairs", tokenizer_name=_PAIRS, index_option="freq")
    builder.add_integer_field("source", indexed=True)
    builder.add_integer_field("chunk", indexed=True, fast=True)
    for field in ("observed_at", "valid_from", "valid_until", "published_at", "series"):
        builder.add_integer_field(field, fast=True)
    return builder.build()


def _pairs_as_they_are() -> tantivy.TextAnalyzer:
    return tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.whitespace()).build()
