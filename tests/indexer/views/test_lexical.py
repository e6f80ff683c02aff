from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexer.errors import IndexerError
from indexer.records import IndexedChunk, Scope
from indexer.views.kept import kept_in
from indexer.views.lexical import LexicalIndex, copy_files
from indexer.views.rows import RowTable, as_block
from tests.indexer.views.fake_log import NOW_SCOPE, FakeLog, lexical_scores, minutes
from tests.indexer.views.tables import only


class Shelf:
    """A lexical index with the rows that belong to it."""

    def __init__(self, directory: Path, chunks: Iterable[IndexedChunk]) -> None:
        self.index = LexicalIndex(directory)
        self.rows = RowTable()
        self.put(chunks)

    def put(self, chunks: Iterable[IndexedChunk]) -> None:
        listed = list(chunks)
        self.index.stage(listed)
        self.index.publish()
        self.rows.append(as_block(listed))

    def ask(
        self, text: str, k: int = 10, scope: Scope = NOW_SCOPE, literals: Iterable[str] = ()
    ) -> list[int]:
        kept = kept_in(self.rows, scope)
        words = self.index.query(text, dict.fromkeys(literals, 1.0))
        return [hit.chunk for hit in self.index.search(words, k, scope, kept)]

    def scores(self, text: str, literals: Iterable[str] = ()) -> dict[int, float]:
        kept = kept_in(self.rows, NOW_SCOPE)
        words = self.index.query(text, dict.fromkeys(literals, 1.0))
        return {h.chunk: h.score for h in self.index.search(words, 10_000, NOW_SCOPE, kept)}


def chunks_of(*texts: str, title: str = "") -> list[IndexedChunk]:
    log = FakeLog()
    for text in texts:
        log.add(text, title=title)
    return list(log.chunks.values())


def test_words_are_found_in_other_forms_cases_and_accents(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path, chunks_of("Prices were RISING in the cafés", "nothing of the kind"))

    assert shelf.ask("price") == [1]
    assert shelf.ask("rises") == [1]
    assert shelf.ask("CAFE") == [1]


def test_titles_and_sections_are_searched(tmp_path: Path) -> None:
    [chunk] = chunks_of("plain", title="Harvest report")
    shelf = Shelf(tmp_path, [replace(chunk, section="Yield > Barley")])

    assert shelf.ask("harvest") == shelf.ask("barley") == [1]


def test_a_word_in_the_title_counts_for_more(tmp_path: Path) -> None:
    log = FakeLog()
    log.add("tide storm calm", title="report")
    log.add("report tide calm", title="storm")
    shelf = Shelf(tmp_path, log.chunks.values())

    assert shelf.ask("storm") == [2, 1]


@pytest.mark.parametrize(
    "text", ["", "   ", "?!", '"', "a AND (b OR", "body:*", "x" * 5000, "\x00", "\ud800 wheat"]
)
def test_no_text_is_a_query_language_or_an_error(tmp_path: Path, text: str) -> None:
    shelf = Shelf(tmp_path, chunks_of("wheat"))

    assert shelf.ask(text) in ([], [1])


@given(text=st.text())
def test_any_text_can_be_asked(text: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    shelf = Shelf(tmp_path_factory.mktemp("any"), chunks_of("wheat and barley"))

    assert set(shelf.ask(text)) <= {1}


def test_a_long_question_is_asked_by_its_rarest_words(tmp_path: Path) -> None:
    common = [f"common{n}" for n in range(100)]
    shelf = Shelf(tmp_path, chunks_of(*[" ".join(common)] * 5, "singular"))

    assert 6 in shelf.ask(" ".join([*common, "singular"]))


def test_scores_are_bm25(tmp_path: Path) -> None:
    texts = ["oil oil gas", "gas rain", "rain rain rain storm oil", "storm", "gas gas gas gas oil"]
    chunks = chunks_of(*texts, title="storm")
    shelf = Shelf(tmp_path, chunks)

    for query in ("oil", "gas storm", "rain oil gas storm"):
        expected = lexical_scores(chunks, query)
        assert shelf.scores(query) == pytest.approx(expected, rel=1e-5)


def test_scores_do_not_depend_on_how_often_was_committed(tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    chunks = chunks_of(*(" ".join(rng.choice(list("abcdefgh"), 9)) for _ in range(300)))
    at_once = Shelf(tmp_path / "one", chunks)
    bit_by_bit = Shelf(tmp_path / "many", [])
    for start in range(0, 300, 7):
        bit_by_bit.put(chunks[start : start + 7])

    assert bit_by_bit.ask("a c e g", 300) == at_once.ask("a c e g", 300)
    assert bit_by_bit.scores("a c e g") == pytest.approx(at_once.scores("a c e g"), rel=1e-6)


def test_of_equal_scores_the_lower_chunk_comes_first(tmp_path: Path) -> None:
    chunks = chunks_of(*["wheat"] * 200)
    shelf = Shelf(tmp_path, reversed(chunks))

    assert shelf.ask("wheat", 5) == [1, 2, 3, 4, 5]


def test_superseded_chunks_are_passed_over_however_many_there_are(tmp_path: Path) -> None:
    chunks = chunks_of(*["wheat wheat"] * 500, "wheat and much else of little weight")
    shelf = Shelf(tmp_path, chunks)
    shelf.rows.retire([c.document_row for c in chunks[:500]], minutes(600))

    assert shelf.ask("wheat", 3) == [501]
    assert shelf.ask("wheat", 3, replace(NOW_SCOPE, known_at=minutes(599))) == [1, 2, 3]


def test_narrow_scopes_and_wide_ones_give_the_same_scores(tmp_path: Path) -> None:
    log = FakeLog()
    for number in range(100):
        log.add(f"wheat {'rye ' * (number % 7)}", source=number % 10, published_at=minutes(number))
    shelf = Shelf(tmp_path, log.chunks.values())
    all_scores = shelf.scores("wheat rye")
    narrow = replace(
        NOW_SCOPE,
        published_after=minutes(20),
        published_before=minutes(41),
        sources=frozenset({0, 5}),
    )

    kept = kept_in(shelf.rows, narrow)
    hits = shelf.index.search(shelf.index.query("wheat rye"), 50, narrow, kept)

    assert kept.share < 0.25
    assert sorted(hit.chunk for hit in hits) == [21, 26, 31, 36, 41]
    assert {h.chunk: h.score for h in hits} == pytest.approx(
        {h.chunk: all_scores[h.chunk] for h in hits}
    )


def test_nothing_kept_is_nothing_found(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path, chunks_of("wheat"))

    assert shelf.ask("wheat", 3, replace(NOW_SCOPE, sources=frozenset())) == []


def test_staged_chunks_are_not_found_before_they_are_published(tmp_path: Path) -> None:
    index = LexicalIndex(tmp_path)
    [chunk] = chunks_of("wheat")
    kept = only(1)

    index.stage([chunk])
    before = index.search(index.query("wheat"), 1, NOW_SCOPE, kept)
    index.publish()

    assert len(before) == 0
    assert len(index.search(index.query("wheat"), 1, NOW_SCOPE, kept)) == len(index) == 1


def test_searches_outlive_the_files_and_staging_says_they_are_gone(tmp_path: Path) -> None:
    chunks = chunks_of("wheat", "rye")
    shelf = Shelf(tmp_path / "here", chunks[:1])
    (tmp_path / "here").rename(tmp_path / "gone")

    assert not shelf.index.is_on_disk
    with pytest.raises(IndexerError, match="lexical index"):
        shelf.index.stage(chunks[1:])
    assert shelf.ask("wheat") == [1]
    shelf.index.close()


def test_what_was_merged_is_searched_once_it_is_published(tmp_path: Path) -> None:
    """Eight segments of a size are merged into one."""
    chunks = chunks_of(*(f"wheat {'rye ' * number}" for number in range(8)))
    shelf = Shelf(tmp_path, chunks[:1])
    for chunk in chunks[1:]:
        shelf.index.stage([chunk])
        shelf.index.publish()
    shelf.rows.append(as_block(chunks[1:]))
    shelf.index.close()  # waits for the merge
    before, found = shelf.index.segments, shelf.scores("wheat rye")

    staged = [shelf.index.stage_merged(), shelf.index.stage_merged()]

    assert (staged, shelf.index.segments) == ([True, False], before)
    shelf.index.publish()
    assert shelf.index.segments == 1 < before
    assert shelf.scores("wheat rye") == pytest.approx(found)


def test_what_settles_is_in_one_segment_and_can_grow(tmp_path: Path) -> None:
    chunks = chunks_of(*(f"wheat {'rye ' * number}" for number in range(9)))
    shelf = Shelf(tmp_path, chunks[:1])
    for chunk in chunks[1:8]:
        shelf.put([chunk])

    shelf.index.settle()
    shelf.index.publish()
    settled = shelf.index.segments

    shelf.put(chunks[8:])
    assert settled == 1
    assert len(shelf.ask("wheat")) == 9


def test_files_that_are_gone_are_nothing_merged(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path, chunks_of("wheat"))
    (tmp_path / "meta.json").unlink()

    assert not shelf.index.stage_merged()
    assert shelf.ask("wheat") == [1]


def test_a_linked_copy_holds_what_was_committed_and_lives_on_its_own(tmp_path: Path) -> None:
    chunks = chunks_of(*[f"wheat {n}" for n in range(50)])
    shelf = Shelf(tmp_path / "live", [])
    for chunk in chunks[:40]:
        shelf.put([chunk])

    shelf.index.link_to(tmp_path / "copy")
    shelf.put(chunks[40:])
    shelf.index.close()

    assert ids_in(tmp_path / "copy", chunks) == list(range(1, 41))


def test_a_copy_of_a_copy_can_grow_without_changing_the_first(tmp_path: Path) -> None:
    chunks = chunks_of("wheat", "wheat")
    shelf = Shelf(tmp_path / "live", chunks[:1])
    shelf.index.link_to(tmp_path / "copy")

    copy_files(tmp_path / "copy", tmp_path / "second")
    second = LexicalIndex(tmp_path / "second")
    second.stage(chunks[1:])
    second.close()

    assert ids_in(tmp_path / "copy", chunks) == [1]
    assert ids_in(tmp_path / "second", chunks) == [1, 2]


def ids_in(directory: Path, chunks: Sequence[IndexedChunk]) -> list[int]:
    index = LexicalIndex(directory)
    kept = only(*(chunk.chunk for chunk in chunks))
    return sorted(hit.chunk for hit in index.search(index.query("wheat"), 100, NOW_SCOPE, kept))


def test_a_short_document_is_found_as_a_whole(tmp_path: Path) -> None:
    log = FakeLog()
    log.add("wheat", "rye", "oats")
    shelf = Shelf(tmp_path, log.chunks.values())

    assert shelf.ask("wheat rye") == [1, 2, 3]


def test_what_stands_beside_a_passage_of_a_long_document_counts_half(tmp_path: Path) -> None:
    log = FakeLog()
    log.add("wheat", "rye", "oats", "corn", "rice")
    shelf = Shelf(tmp_path, log.chunks.values())

    assert shelf.ask("oats") == [3, 2, 4]


def test_what_holds_at_other_times_is_no_neighbour(tmp_path: Path) -> None:
    log = FakeLog()
    log.add("wheat", "rye")
    first, second = log.chunks.values()
    shelf = Shelf(tmp_path, [first, replace(second, valid_from=minutes(500))])

    assert shelf.ask("wheat") == [1]


def test_words_that_follow_each_other_count_for_more(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path, chunks_of("rain storm oil gas", "oil rain gas storm"))

    assert shelf.ask("oil gas") == [1, 2]


def test_any_chunk_can_be_scored(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path, chunks_of("wheat", "wheat rye", "oats"))

    query = shelf.index.query
    scored = shelf.index.scores_of(query("wheat rye"), [1, 2, 3])

    known = shelf.scores("wheat rye")
    assert {hit.chunk: hit.score for hit in scored} == pytest.approx(known | {3: 0.0})
    assert len(shelf.index.scores_of(query("?"), [1])) == 0
    assert len(shelf.index.scores_of(query("wheat"), [])) == 0


def test_a_question_of_very_many_words_scores_as_a_search_does(tmp_path: Path) -> None:
    texts = [" ".join(f"w{n}x{place % n}" for n in range(2, 60)) for place in range(9)]
    shelf = Shelf(tmp_path, chunks_of(*texts))

    scored = shelf.index.scores_of(shelf.index.query(texts[4]), range(1, 10))

    known = shelf.scores(texts[4])
    assert len(known) > 1
    assert {hit.chunk: hit.score for hit in scored if hit.score} == pytest.approx(known)


@pytest.mark.parametrize(
    ("literal", "held", "not_held"),
    [
        ("CVE-2024-3094", "hit by CVE-2024-3094 of late", "hit by CVE-3094-2024 of late"),
        ("BRK.B", "shares of BRK.B fell", "shares of B in BRK fell"),
        ("v2.13.0", "with v2.13.0 it works", "with 13.0 on v2 it works"),
        ("ISO 8601", "dates as ISO 8601 has them", "dates as 8601 of ISO has them"),
        ("the end of it", "of all this is the end of it", "it is of all this the end of"),
        ("3.2 %", "rose by 3.2 % a year", "rose by 2.3 % a year"),
    ],
)
def test_a_passage_that_holds_a_literal_in_a_row_is_lifted(
    tmp_path: Path, literal: str, held: str, not_held: str
) -> None:
    shelf = Shelf(tmp_path, chunks_of(not_held, held, "nothing of the kind"))

    plain, lifted = shelf.scores(literal), shelf.scores(literal, [literal])

    assert lifted[2] > plain[2]
    assert lifted[1] == plain[1]


def test_a_literal_that_stands_nowhere_hides_nothing(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path, chunks_of("wheat rye", "rye oats"))

    assert shelf.ask("rye wheat", literals=["rye wheat"]) == [1, 2]
    assert shelf.scores("rye wheat", ["rye wheat"]) == shelf.scores("rye wheat")


def test_a_literal_of_one_word_or_none_adds_nothing(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path, chunks_of("wheat rye"))

    assert shelf.scores("wheat", ["wheat", "?!", ""]) == shelf.scores("wheat")


def test_any_chunk_is_scored_with_the_literals(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path, chunks_of("wheat rye", "rye wheat"))

    scored = shelf.index.scores_of(shelf.index.query("wheat rye", {"wheat rye": 1.0}), [1, 2])

    known = shelf.scores("wheat rye", ["wheat rye"])
    assert {hit.chunk: hit.score for hit in scored} == pytest.approx(known)


def test_literals_beyond_the_eighth_are_left_out(tmp_path: Path) -> None:
    literals = [f"word{n} other{n}" for n in range(40)]
    shelf = Shelf(tmp_path, chunks_of(*literals))
    question = "word0 other0 word39 other39"

    plain, lifted = shelf.scores(question), shelf.scores(question, literals)

    assert [chunk for chunk in plain if lifted[chunk] > plain[chunk]] == [1]


@given(literals=st.lists(st.text(), max_size=40))
def test_anything_can_be_a_literal(
    literals: list[str], tmp_path_factory: pytest.TempPathFactory
) -> None:
    shelf = Shelf(tmp_path_factory.mktemp("any"), chunks_of("wheat and barley"))

    assert shelf.ask("wheat", literals=literals) == [1]
