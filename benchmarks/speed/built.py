"""Databases of a corpus with their index, built once through the real store and then kept.

    recipe ─▶ blocks ─▶ pipeline.push ─▶ grounding.db ─▶ LiveViews ─▶ index/snapshot-…
                                              └──── copied into the folder of a run

A database is kept for each recipe, embedder and schema; its index for each state of the code that
makes one. Whatever a run does to its copy, the kept one stays as it is.
"""

import hashlib
import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import indexer.views
from benchmarks.data import CHECKOUT, cache_folder, environment
from benchmarks.records import Context
from benchmarks.speed.corpus import BEGIN, Block, PreparedEmbedder, Recipe, blocks
from benchmarks.speed.prose import prose
from connectors.records import Semantics
from grounding.service import Service
from grounding.settings import Settings
from grounding.wiring import build
from indexer import pipeline, sources
from indexer.catalogue import changes
from indexer.catalogue.sources import named
from indexer.database import open_database
from indexer.embed import Embedder
from indexer.embedders import open_active
from indexer.reading import Tools
from indexer.records import PUSH, Counts, SourceRecord
from indexer.sources import SourceSpec

DATABASE, _INDEX, _MADE_BY = "grounding.db", "index", "index-made-by"
_SAID_EVERY = 20


def built(context: Context, recipe: Recipe, embedder: Embedder) -> Path:
    """Return the folder that keeps database and index of a recipe, made now or by an earlier run.

    Raises:
        Skipped: the passages that it is made of are not there.
    """
    kept = stored(context, recipe, embedder)
    maker = _digest([embedder.identity, *_code_of_views()])
    made_by = kept / _MADE_BY
    if not made_by.exists() or made_by.read_text() != maker:
        context.say(f"indexing {recipe.chunks:,} chunks, once for this state of the code")
        shutil.rmtree(kept / _INDEX, ignore_errors=True)
        write_index(kept, embedder)
        made_by.write_text(maker)
    return kept


def stored(context: Context, recipe: Recipe, embedder: Embedder) -> Path:
    """As `built`, but its index may be missing, or be that of other code."""
    made_for = _digest([_schema(), embedder.identity])
    kept = cache_folder(environment()) / f"speed-{recipe.name}-{made_for}"
    if not kept.is_dir():
        _once(kept, lambda folder: _store(context, recipe, embedder, folder))
    return kept


def copied(kept: Path, folder: Path) -> Path:
    """Copy a built database with its index, for one run of the service in `folder`."""
    folder.mkdir(parents=True)
    shutil.copyfile(kept / DATABASE, folder / DATABASE)
    shutil.copytree(kept / _INDEX, folder / _INDEX)
    return folder


def write_index(folder: Path, embedder: Embedder) -> None:
    """Let the service index what is in the database of `folder`, and snapshot it."""
    service = opened(folder, embedder)
    service.start(serves=True, reads=False)
    service.parts.views.tidy()
    service.stop()


def opened(folder: Path, embedder: Embedder) -> Service:
    """Build the service on `folder`, in this process; it is not started."""
    settings = Settings.model_validate(
        {
            "database": {"url": f"sqlite:///{folder / DATABASE}"},
            "index": {"directory": folder / _INDEX, "device": "cpu"},
        }
    )
    return build(settings, embedder=embedder)


def write(folder: Path, given: Iterable[Block], embedder: PreparedEmbedder) -> Counts:
    """Push blocks into the database of `folder`, each as its source would have at its moment.

    A service may be running on it: this is another process's writer to it.

    Raises:
        RuntimeError: an item was refused.
    """
    at = BEGIN
    database = open_database(f"sqlite:///{folder / DATABASE}")
    tools = Tools(
        database=database,
        embedder=open_active(database, "minilm", lambda _: embedder),
        clock=lambda: at,
        notify=lambda: None,
    )
    counts = Counts()
    try:
        for block in given:
            at = block.at
            embedder.prepare(block)
            outcome = pipeline.push(_push_source(tools, block.source), block.batch, tools)
            if outcome.error or outcome.failures:
                raise RuntimeError(f"{block.source}: {outcome.error or outcome.failures[0]}")
            counts += outcome.counts
    finally:
        database.close()
    return counts


def _store(context: Context, recipe: Recipe, embedder: Embedder, folder: Path) -> None:
    source = prose(context, embedder)

    def said() -> Iterator[Block]:
        for number, block in enumerate(blocks(recipe, source)):
            if number % _SAID_EVERY == 0:
                done = number * 100 // recipe.blocks
                context.say(f"storing {recipe.chunks:,} chunks, once: {done} %")
            yield block

    write(folder, said(), PreparedEmbedder(embedder))
    database = open_database(f"sqlite:///{folder / DATABASE}")
    with database.reading() as session:
        chunks = changes.chunk_count(session)
    database.close()
    if chunks != recipe.chunks:
        raise RuntimeError(f"{chunks} chunks of {recipe.chunks} documents")


def _push_source(tools: Tools, name: str) -> SourceRecord:
    with tools.database.reading() as session:
        known = named(session, name)
    if known is not None:
        return known
    spec = SourceSpec(
        name=name, kind=PUSH, semantics=Semantics.KEYED_LATEST, origin="push", collection="default"
    )
    with tools.database.writing() as session:
        return sources.add(session, spec, now=tools.clock())


def _once(target: Path, make: Callable[[Path], None]) -> None:
    """Let `make` fill a folder beside `target` and rename it, so that it is whole if it exists."""
    target.parent.mkdir(parents=True, exist_ok=True)
    scratch = Path(tempfile.mkdtemp(prefix=".building-", dir=target.parent))
    try:
        make(scratch)
        scratch.rename(target)
    except OSError:
        if not target.is_dir():  # otherwise another run was faster
            raise
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def _schema() -> str:
    """Name the newest migration."""
    return max(file.stem for file in (CHECKOUT / "alembic" / "versions").glob("*.py"))


def _code_of_views() -> list[str]:
    return [file.read_text() for file in sorted(Path(indexer.views.__path__[0]).glob("*.py"))]


def _digest(parts: Iterable[str]) -> str:
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:12]
