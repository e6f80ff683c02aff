"""`embedder`: try another embedder beside the one that answers, switch to it, and go back.

These commands work on the database; services that run on it follow by themselves.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

import typer

from grounding.cli.options import AsJson, context_of
from grounding.cli.output import errors, print_json, print_table, say

if TYPE_CHECKING:
    from grounding.settings import Settings
    from indexer.database import Database
    from indexer.embedders import Load
    from indexer.records import KnownEmbedder
    from indexer.switch import Switched

Name = Annotated[
    str, typer.Argument(help="As in `[embedder] name`: minilm, a folder, a Hugging Face name.")
]

app = typer.Typer(help="The embedder: add another, switch to it, go back.", no_args_is_help=True)


def register(commands: typer.Typer) -> None:
    commands.add_typer(app, name="embedder")


@app.command("list")
def list_all(ctx: typer.Context, as_json: AsJson = False) -> None:
    """Show every embedder that the database holds vectors of, and which one is active."""
    from indexer.catalogue import changes
    from indexer.switch import standings

    with _opened(ctx) as opened:
        found = standings(opened.database, first=_named_so_far(opened.settings))
        with opened.database.reading() as session:
            total = changes.chunk_count(session)
    if as_json:
        print_json({"embedders": found, "chunks": total})
        return
    rows = [
        (each.name, each.identity, _state(each.is_active, each.is_before), f"{each.chunks}/{total}")
        for each in found
    ]
    print_table("", ("name", "identity", "state", "chunks"), rows)


@app.command()
def add(ctx: typer.Context, name: Name, as_json: AsJson = False) -> None:
    """Embed everything with another embedder too; answers do not change. May be repeated."""
    from indexer import switch
    from indexer.catalogue import embeddings
    from indexer.embed import lasting_name

    with _opened(ctx) as opened:
        embedder = opened.load(name)
        with opened.database.reading() as session:
            longest = embeddings.longest(session)
        if embedder.max_tokens < longest:
            errors.print(
                f"{name} reads {embedder.max_tokens} tokens, the longest chunk has {longest}: "
                "it will not read the ends of such chunks",
                style="yellow",
                markup=False,
                soft_wrap=True,
            )
        with opened.telling("embedded") as progress:
            done = switch.add(opened.database, lasting_name(name), embedder, progress=progress)
    if as_json:
        print_json({"name": name, "identity": embedder.identity, "embedded": done})
    else:
        say(f"{done} chunks embedded; make it active with `grounding embedder switch {name}`")


@app.command("switch")
def switch_to(ctx: typer.Context, name: Name, as_json: AsJson = False) -> None:
    """Answer with another embedder from now on; `grounding embedder rollback` goes back."""
    from indexer import switch
    from indexer.embed import lasting_name

    with _opened(ctx) as opened:
        known = switch.named(opened.database, lasting_name(name))
        done = opened.switch(known, most=switch.FEW)
    _tell_switched(known, done, as_json=as_json)


@app.command()
def rollback(ctx: typer.Context, as_json: AsJson = False) -> None:
    """Go back to the embedder before the last switch, with what came since embedded by it."""
    from indexer.switch import previous

    with _opened(ctx) as opened:
        known = previous(opened.database)
        done = opened.switch(known, most=None)
    _tell_switched(known, done, as_json=as_json)


@app.command()
def remove(ctx: typer.Context, name: Name, as_json: AsJson = False) -> None:
    """Delete the vectors of an embedder that is not the active one. May be repeated."""
    from indexer import switch
    from indexer.embed import lasting_name

    with _opened(ctx) as opened:
        known = switch.named(opened.database, lasting_name(name))
        with opened.telling("removed") as progress:
            done = switch.remove(opened.database, known, progress=progress)
    if as_json:
        print_json({"name": known.name, "identity": known.identity, "removed": done})
    else:
        say(f"{done} vectors of {known.identity} removed")


@dataclass(frozen=True, slots=True)
class _Opened:
    """The database and how embedders are loaded, as the settings say."""

    settings: "Settings"
    database: "Database"
    load: "Load"

    def switch(self, known: "KnownEmbedder", *, most: int | None) -> "Switched":
        from connectors.clock import utc_now
        from indexer.embedders import load_known
        from indexer.switch import switch

        embedder = load_known(known, self.load)
        with self.telling("embedded") as progress:
            return switch(
                self.database,
                known,
                embedder,
                first=_named_so_far(self.settings),
                clock=utc_now,
                progress=progress,
                most=most,
            )

    @contextmanager
    def telling(self, what: str) -> Iterator[Callable[[int], None]]:
        """Yield what shows how many of all chunks are done."""
        from indexer.catalogue import changes

        with self.database.reading() as session:
            total = changes.chunk_count(session)
        with errors.status("") as status:
            yield lambda count: status.update(f"{count} of at most {total} chunks {what}")


@contextmanager
def _opened(ctx: typer.Context) -> Iterator[_Opened]:
    """Yield the database; one that is busy for too long, or away, is told in one sentence."""
    from sqlalchemy.exc import OperationalError

    from grounding.loading import embedder_loader
    from indexer.database import open_database
    from indexer.errors import DatabaseUnusable

    settings = context_of(ctx).settings()
    database = open_database(settings.database.url)
    try:
        yield _Opened(settings, database, embedder_loader(settings.embedder))
    except OperationalError as error:
        reason = str(error.orig).splitlines()[0]
        raise DatabaseUnusable(f"database: {reason}; run the command again to go on") from error
    finally:
        database.close()


def _named_so_far(settings: "Settings") -> list["KnownEmbedder"]:
    """Return the embedders that may have made the vectors of a database without any switch."""
    from indexer.embed import SHIPPED, identity_of, lasting_name
    from indexer.errors import EmbedderUnusable
    from indexer.records import KnownEmbedder

    found = []
    for name in dict.fromkeys([lasting_name(settings.embedder.name), *SHIPPED]):
        try:
            found.append(KnownEmbedder(name, identity_of(name)))
        except EmbedderUnusable:
            continue
    return found


def _tell_switched(known: "KnownEmbedder", done: "Switched", *, as_json: bool) -> None:
    if as_json:
        print_json({"name": known.name, "identity": known.identity} | {"seq": done.seq})
    else:
        say(
            f"{known.identity} is active since change {done.seq}; "
            f"services follow as soon as their index is built"
        )


def _state(is_active: bool, is_before: bool) -> str:
    if is_active:
        return "active"
    return "kept for rollback" if is_before else "beside"
