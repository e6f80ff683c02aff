"""What the embedder read when the passages of a source were stored, told from the database."""

import sqlite3
from pathlib import Path

from indexer.chunk import ChunkLimits, split
from indexer.embed import Embedder
from indexer.vectors import digest


def embedded_texts(database: Path, source: str, embedder: Embedder) -> list[str]:
    """Return the texts, each proved to be what was embedded by the digest that is kept of it.

    Raises:
        RuntimeError: a passage was made of something else.
    """
    documents = (
        "SELECT document.id, document.title, document.text FROM document"
        " JOIN source ON source.id = document.source_id WHERE source.name = ? ORDER BY document.id"
    )
    connection = sqlite3.connect(f"file:{database}?mode=ro", uri=True)
    try:
        texts = [
            passage.embedded_text
            for _, title, text in connection.execute(documents, (source,))
            for passage in split(
                text,
                title=title,
                token_spans=embedder.token_spans,
                limits=ChunkLimits.within(embedder.max_tokens),
            )
        ]
        kept = connection.execute(
            "SELECT embedded_hash FROM chunk JOIN document ON document.id = chunk.document_id"
            " JOIN source ON source.id = document.source_id WHERE source.name = ?",
            (source,),
        ).fetchall()
    finally:
        connection.close()
    if sorted(digest(text) for text in texts) != sorted(each for (each,) in kept):
        raise RuntimeError(f"source {source}: its passages were made of other texts")
    return texts
