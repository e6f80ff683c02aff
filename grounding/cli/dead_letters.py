"""`dead-letters`: items that could not be read; read them again, or forget them."""

from typing import Annotated

import typer

from grounding.cli.connection import client
from grounding.cli.options import AsJson, context_of
from grounding.cli.output import print_json, print_table, say
from grounding.cli.sources import FOUND_WRONG, Name, Wait, show_run

app = typer.Typer(help="Items that could not be read: list, retry, dismiss.")


def register(commands: typer.Typer) -> None:
    commands.add_typer(app, name="dead-letters")


@app.command("list")
def list_letters(
    ctx: typer.Context,
    source: Annotated[str | None, typer.Option(help="Only of this source.")] = None,
    limit: Annotated[int, typer.Option("--limit", "-n")] = 100,
    as_json: AsJson = False,
) -> None:
    """List items that could not be read, the newest failure first."""
    with client(context_of(ctx)) as service:
        found = service.dead_letters(source=source, limit=limit)
    if as_json:
        print_json(found)
        return
    rows = (
        (each.source, each.key, each.times, f"{each.last_failed_at:%Y-%m-%d %H:%M}Z", each.reason)
        for each in found
    )
    print_table("", ("source", "item", "times", "last failed", "reason"), rows)


@app.command()
def retry(
    ctx: typer.Context,
    source: Name,
    wait_seconds: Wait = 300.0,
    as_json: AsJson = False,
) -> None:
    """Read a source now, and with it the items that failed."""
    with client(context_of(ctx)) as service:
        run = service.retry_dead_letters(source, wait_seconds=wait_seconds)
        left = len(service.dead_letters(source=source, limit=1_000))
    if as_json:
        print_json({"run": run, "left": left})
    else:
        show_run(run)
        say(f"{left} items of {source} cannot be read")
    if run.status != "ok" or left:
        raise typer.Exit(FOUND_WRONG)


@app.command()
def dismiss(
    ctx: typer.Context,
    source: Name,
    key: Annotated[str | None, typer.Argument(help="One item, as the list names it.")] = None,
    as_json: AsJson = False,
) -> None:
    """Forget one item that could not be read, or all of a source."""
    with client(context_of(ctx)) as service:
        gone = service.dismiss_dead_letters(source, key=key)
    if as_json:
        print_json(gone)
    else:
        say(f"{gone.dismissed} dismissed; what fails again is listed again")
