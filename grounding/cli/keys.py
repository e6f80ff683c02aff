"""`keys`: the key that signs receipts."""

from pathlib import Path

import typer

from grounding.cli.options import AsJson, context_of
from grounding.cli.output import print_json, print_table, say

app = typer.Typer(help="Keys that sign receipts: new, rotate, list.", no_args_is_help=True)


def register(commands: typer.Typer) -> None:
    commands.add_typer(app, name="keys")


@app.command()
def new(ctx: typer.Context, as_json: AsJson = False) -> None:
    """Make a signing key: the first one, or the one after a lost key, which none vouches for."""
    from grounding.receipts.keys import new_key

    directory = _directory(ctx)
    key = new_key(directory)
    if as_json:
        print_json({"key": key.name, "public": key.public, "directory": str(directory)})
    else:
        say(f"key {key.name} signs receipts from now on; back {directory} up")


@app.command()
def rotate(ctx: typer.Context, as_json: AsJson = False) -> None:
    """Let a new key sign, vouched for by the one before; a running service takes it over."""
    from connectors.clock import utc_now
    from grounding.receipts.chain import Chain
    from grounding.receipts.keys import KeyRing
    from grounding.receipts.service import Receipts
    from indexer.database import open_database

    directory = _directory(ctx)
    database = open_database(context_of(ctx).settings().database.url)
    try:
        old, key = Receipts(database, Chain(KeyRing(directory)), utc_now).rotate()
    finally:
        database.close()
    if as_json:
        print_json({"key": key, "before": old})
    else:
        say(f"key {key} signs from now on, vouched for by {old}")


@app.command("list")
def list_keys(ctx: typer.Context, as_json: AsJson = False) -> None:
    """Show the keys of this directory, and where their public keys lie."""
    from grounding.receipts.errors import KeyUnusable
    from grounding.receipts.keys import KeyRing, public_keys

    directory = _directory(ctx)
    try:
        current = KeyRing(directory).current().name
    except KeyUnusable:
        current = None
    found = [
        {"key": name, "public": str(path), "signs": name == current}
        for name, path in public_keys(directory)
    ]
    if as_json:
        print_json({"keys": found})
        return
    rows = [(each["key"], each["public"], "yes" if each["signs"] else "") for each in found]
    print_table("", ("key", "public key", "signs"), rows)


def _directory(ctx: typer.Context) -> Path:
    """Return the directory of the settings."""
    from grounding.errors import InvalidSettings

    found = context_of(ctx).settings().receipts.keys
    if found is None:
        raise InvalidSettings(
            'receipts.keys: no directory for keys; set `keys = "data/keys"` under [receipts]'
        )
    return found
