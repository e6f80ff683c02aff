import sqlite3
from pathlib import Path

import numpy as np
import pytest

from benchmarks.speed.built import DATABASE, write
from benchmarks.speed.corpus import BLOCK, REVISED, SOURCES, PreparedEmbedder, Recipe, block, blocks
from benchmarks.speed.prose import MOST_TOKENS, TOKEN, Prose, put_together
from benchmarks.speed.rows import rows_of
from tests.fakes import HashEmbedder


@pytest.fixture(scope="module")
def embedder() -> HashEmbedder:
    return HashEmbedder()


@pytest.fixture(scope="module")
def source(embedder: HashEmbedder) -> Prose:
    said = [
        tuple(
            (f"Sentence {place} of passage {number} is about {number * place}.", 10)
            for place in range(8)
        )
        for number in range(20)
    ]
    titles = tuple(f"Passage {number}" for number in range(20))
    return Prose(titles, tuple(said), embedder.embed_passages(titles))


def test_a_passage_holds_sentences_of_both_it_is_made_of_and_has_a_vector_of_length_one(
    source: Prose,
) -> None:
    made = put_together(source, ["0-0"], tokens=120, random=np.random.default_rng(1))

    [text], [title], [vector] = made.texts, made.titles, made.vectors
    sentences = {sentence for said in source.sentences for sentence, _ in said}
    assert all(f"{each}." in sentences for each in text.rstrip(".").split(". "))
    assert title.startswith("0-0: Passage ")
    assert len(TOKEN.findall(text)) <= MOST_TOKENS
    assert np.linalg.norm(vector.astype(np.float32)) == pytest.approx(1, abs=1e-3)


def test_the_same_recipe_gives_the_same_documents(source: Prose) -> None:
    one, other = (block(Recipe(30), source, 0) for _ in range(2))

    assert one.batch == other.batch
    assert (one.vectors == other.vectors).all()
    assert len({document.text for document in one.batch.documents}) == 30


def test_blocks_revise_what_the_same_source_brought_before(source: Prose) -> None:
    recipe = Recipe((SOURCES + 1) * BLOCK)
    first, later = block(recipe, source, 0), block(recipe, source, SOURCES)

    shared = {d.key for d in first.batch.documents} & {d.key for d in later.batch.documents}

    assert first.source == later.source
    assert first.at < later.at
    assert len(shared) == REVISED


def test_what_is_written_is_stored_with_its_own_vector(
    source: Prose, embedder: HashEmbedder, tmp_path: Path
) -> None:
    [only] = blocks(Recipe(40), source)

    counts = write(tmp_path, [only], PreparedEmbedder(embedder))

    rows = rows_of(tmp_path)
    with sqlite3.connect(tmp_path / DATABASE) as connection:
        texts = [text for (text,) in connection.execute("SELECT text FROM chunk ORDER BY id")]
    assert counts.new == 40
    assert texts == [document.text for document in only.batch.documents]
    assert (rows.vectors == only.vectors).all()
    published = [document.published_at for document in only.batch.documents]
    assert rows.column("published_at").tolist() == [
        round(each.timestamp() * 1e6) for each in published if each is not None
    ]


def test_what_is_written_again_ends_what_it_replaces(
    source: Prose, embedder: HashEmbedder, tmp_path: Path
) -> None:
    write(tmp_path, blocks(Recipe(40), source), PreparedEmbedder(embedder))

    write(tmp_path, blocks(Recipe(10, seed=2), source), PreparedEmbedder(embedder))

    rows = rows_of(tmp_path)
    assert len(rows) == 50
    assert rows.is_current.tolist() == [False] * 10 + [True] * 40
