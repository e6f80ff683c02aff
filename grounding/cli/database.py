"""`db upgrade`: keep what is stored fit for this program."""

import typer

from grounding.cli.options import AsJson, context_of
from grounding.cli.output import print_json, say

app = typer.Typer(help="The database: bring its tables up to date.")


def register(commands: typer.Typer) -> None:
    commands.add_typer(app, name="db")


@app.callback()
def _group() -> None:
    """The database: bring its tables up to date."""


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
