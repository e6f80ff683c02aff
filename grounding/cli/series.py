"""`series`: what is measured, and its values at any instant, as they were known at any."""

from datetime import datetime
from typing import Annotated

import typer

from grounding.cli.connection import client
from grounding.cli.options import AsJson, context_of
from grounding.cli.output import print_json, print_table
from grounding.cli.query import AsOf, History, KnownAt, instant
from grounding.client.records import Series

app = typer.Typer(help="Series: list them with their values, and show a series' values.")

OfSource = Annotated[str | None, typer.Option("--source", help="Only of this source.")]
Limit = Annotated[int, typer.Option("--limit", "-n")]


def register(commands: typer.Typer) -> None:
    commands.add_typer(app, name="series")


@app.command("list")
def list_series(
    ctx: typer.Context,
    as_of: AsOf = None,
    known_at: KnownAt = None,
    source: OfSource = None,
    limit: Limit = 50,
    as_json: AsJson = False,
) -> None:
    """List series, each with the value that held then."""
    with client(context_of(ctx)) as service:
        found = service.series(
            source=source,
            limit=limit,
            as_of=_given(as_of, "--as-of"),
            known_at=_given(known_at, "--known-at"),
        )
    if as_json:
        print_json(found)
        return
    columns = ("source", "key", "title", "value", "unit", "from")
    print_table("", columns, (_row(each) for each in found))


@app.command()
def values(
    ctx: typer.Context,
    key: Annotated[str, typer.Argument(help="The series' key.")],
    start: Annotated[str | None, typer.Option(help="Values that begin then or later.")] = None,
    end: Annotated[str | None, typer.Option(help="Values that begin earlier.")] = None,
    as_of: AsOf = None,
    known_at: KnownAt = None,
    source: OfSource = None,
    include_history: History = False,
    limit: Limit = 20,
    as_json: AsJson = False,
) -> None:
    """Show the values of a series, the newest first."""
    with client(context_of(ctx)) as service:
        found = service.observations(
            key,
            source=source,
            start=_given(start, "--start"),
            end=_given(end, "--end"),
            as_of=_given(as_of, "--as-of"),
            known_at=_given(known_at, "--known-at"),
            include_history=include_history,
            limit=limit,
        )
    if as_json:
        print_json(found)
        return
    columns = ("from", "value", "received", "superseded")
    print_table(
        f"{found.title} ({found.unit or 'no unit'})",
        columns,
        (
            (each.valid_from, each.value, each.observed_at, each.superseded_at)
            for each in found.observations
        ),
    )


def _given(text: str | None, option: str) -> datetime | None:
    return None if text is None else instant(text, option)


def _row(each: Series) -> tuple[object, ...]:
    value = each.value
    return (
        each.source,
        each.key,
        each.title,
        value.value if value else "none",
        each.unit,
        value.valid_from if value else None,
    )
