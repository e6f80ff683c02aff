"""`db upgrade` and `db reembed`: keep what is stored fit for this program."""

import typer

from grounding.cli.options import AsJson, context_of
from grounding.cli.output import console, print_json, say

app = typer.Typer(help="The database: bring its tables, or its vectors, up to date.")


@app.callback()
def _group() -> None:
    """The database: bring its tables, or its vectors, up to date."""


@app.command()
def upgrade(ctx: typer.Context, as_json: AsJson = False) -> None:
    """Bring the tables to this program's version; `up` does so by itself."""
    from indexer.database import current_revision, open_database

    database = open_database(context_of(ctx).settings().database.url)
    revision = current_revision(database)
    database.close()
    if as_json:
        print_json({"revision": revision})
    else:
        say(f"the tables are at revision {revision}")


@app.command()
def reembed(ctx: typer.Context, as_json: AsJson = False) -> None:
    """Embed everything again that another embedder embedded; may be interrupted and repeated."""
    from connectors.clock import utc_now
    from indexer.catalogue import changes
    from indexer.database import open_database
    from indexer.embed import load
    from indexer.reembed import reembed as embed_again

    settings = context_of(ctx).settings()
    database = open_database(settings.database.url)
    embedder = load(settings.embedder.name, device=settings.embedder.device)
    with database.reading() as session:
        total = changes.chunk_count(session)
    with console.status("") as status:
        done = embed_again(
            database,
            embedder,
            clock=utc_now,
            progress=lambda count: status.update(f"{count} of at most {total} chunks"),
        )
    database.close()
    if as_json:
        print_json({"embedder": embedder.identity, "chunks": done})
    else:
        say(f"{done} chunks embedded with {embedder.identity}")
