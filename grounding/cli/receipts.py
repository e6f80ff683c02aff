"""`receipts`: show, verify, make again, compare, export and delete them."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from grounding.cli.connection import client
from grounding.cli.options import AsJson, context_of
from grounding.cli.output import errors, print_json, print_table, printable, say
from grounding.cli.query import instant

if TYPE_CHECKING:
    from grounding.receipts.service import Receipts
    from grounding.receipts.verify import Report

app = typer.Typer(
    help="Receipts of prompts: show, verify, replay, compare, export, delete.",
    no_args_is_help=True,
)

Id = Annotated[str, typer.Argument(help="The receipt's id, as answers name it.")]
Key = Annotated[
    list[Path] | None, typer.Option("--key", help="A public key that you trust; repeat.")
]
Head = Annotated[str | None, typer.Option(help="A digest of the chain that you wrote down.")]

_FOUND_WRONG = 6


def register(commands: typer.Typer) -> None:
    commands.add_typer(app, name="receipts")


@app.command()
def show(ctx: typer.Context, receipt_id: Id) -> None:
    """Print a receipt as JSON."""
    with client(context_of(ctx)) as service:
        print_json(service.receipt(receipt_id))


@app.command()
def verify(
    ctx: typer.Context,
    file: Annotated[
        Path | None, typer.Argument(help="An export; without one, the database is verified.")
    ] = None,
    key: Key = None,
    head: Head = None,
    as_json: AsJson = False,
) -> None:
    """Verify a chain of receipts, a file without service or network; ends with 6 for a fault."""
    from grounding.receipts.export import verify_export
    from grounding.receipts.keys import name_of, read_public

    public = [read_public(path) for path in key or []]
    trusted = {name_of(each): each for each in public}
    if file is not None:
        report = verify_export(file, trusted=trusted, must_contain=head)
    else:
        with _opened(ctx) as receipts:
            report = receipts.all_verified(trusted, head)
    if as_json:
        print_json({"valid": report.is_valid, **_told(report)})
    else:
        _show(report)
    if not report.is_valid:
        raise typer.Exit(_FOUND_WRONG)


@app.command()
def replay(ctx: typer.Context, receipt_id: Id, as_json: AsJson = False) -> None:
    """Make a prompt again from what is stored, and print it; ends with 6 if it is not the same."""
    with client(context_of(ctx)) as service:
        found = service.replay_receipt(receipt_id)
    if as_json:
        print_json(found)
    elif found.matches:
        say(found.text or "")
    if not found.matches:
        errors.print(printable(f"not the same: {found.reason}"), markup=False, style="yellow")
        raise typer.Exit(_FOUND_WRONG)


@app.command()
def diff(ctx: typer.Context, receipt_id: Id, as_json: AsJson = False) -> None:
    """Ask the question of a receipt again, now, and show what differs."""
    with client(context_of(ctx)) as service:
        found = service.diff_receipt(receipt_id)
    if as_json:
        print_json(found)
        return
    rows = [
        (each.change, each.title, each.was, each.now, each.value_was, each.value_now)
        for each in found.items
    ]
    columns = ("change", "title", "then", "now", "value then", "value now")
    print_table("nothing differs" if found.is_same else "", columns, rows)


@app.command()
def export(
    ctx: typer.Context,
    file: Annotated[Path, typer.Argument(help="Where to write; must not exist.")],
    as_json: AsJson = False,
) -> None:
    """Write the whole chain with its receipts into a file that anybody can verify."""
    from grounding.receipts.export import write_export
    from grounding.receipts.service import links

    try:
        with (
            _opened(ctx) as receipts,
            file.open("xb") as out,
            receipts.database.reading() as session,
        ):
            count, head = write_export(out, links(session))
    except OSError as error:
        raise typer.BadParameter(f"{file}: {error.strerror}") from error
    if as_json:
        print_json({"entries": count, "head": head})
    else:
        say(f"{count} entries, the last one is {head}")


@app.command()
def prune(
    ctx: typer.Context,
    before: Annotated[str, typer.Option(help="Receipts made before: 2026-11-23T08:00:00Z.")],
    as_json: AsJson = False,
) -> None:
    """Delete the bodies of old receipts; the chain stays, and says that it was done."""
    at: datetime = instant(before, "--before")
    with _opened(ctx) as receipts:
        count = receipts.prune_before(at)
    if as_json:
        print_json({"deleted": count})
    else:
        say(f"{count} receipts deleted")


@contextmanager
def _opened(ctx: typer.Context) -> Iterator["Receipts"]:
    """Yield the receipts of the settings' database."""
    from connectors.clock import utc_now
    from grounding.receipts.service import Receipts
    from grounding.wiring import build_chain
    from indexer.database import open_database

    settings = context_of(ctx).settings()
    chain = build_chain(settings.receipts)
    database = open_database(settings.database.url)
    try:
        yield Receipts(database, chain, utc_now)
    finally:
        database.close()


def _told(report: "Report") -> dict[str, object]:
    return {
        "entries": report.entries,
        "signed": report.signed,
        "receipts": report.receipts,
        "redacted": report.redacted,
        "deleted": report.deleted,
        "unchained": report.unchained,
        "head": report.head,
        "keys": report.keys,
        "is_independent": report.is_independent,
        "faults": report.faults,
    }


def _show(report: "Report") -> None:
    for fault in report.faults:
        errors.print(printable(fault), markup=False, style="red")
    signed = f"{report.signed} signed" if report.signed else "none signed"
    say(
        f"{report.entries} entries, {signed}; {report.receipts} receipts, {report.redacted} "
        f"redactions, {report.deleted} deleted by retention; the last entry is {report.head}"
    )
    if report.unchained:
        say(f"{report.unchained} receipts are from before there was a chain, and not proven")
    if report.signed and not report.is_independent:
        say("the keys are those that the chain itself names: give --key to trust none but yours")
