"""`doctor`: check database, embedder, index, GPU, disk and every source."""

from typing import Annotated

import typer

from grounding.cli.options import AsJson, context_of
from grounding.cli.output import console, print_json

_FOUND_WRONG = 6
_STYLES = {"ok": "green", "warning": "yellow", "broken": "red"}


def register(app: typer.Typer) -> None:
    app.command()(doctor)


def doctor(
    ctx: typer.Context,
    sources: Annotated[
        bool, typer.Option("--sources/--no-sources", help="Read each source once.")
    ] = True,
    as_json: AsJson = False,
) -> None:
    """Check everything the service stands on and say what to do about what is broken."""
    from grounding.doctor import Check, Verdict, examine

    found: list[Check] = []
    for check in examine(context_of(ctx).settings(), with_sources=sources):
        found.append(check)
        if not as_json:
            console.print(f"{check.verdict.value:8}", style=_STYLES[check.verdict], end="")
            console.print(f"{check.name}: {check.detail}", markup=False, soft_wrap=True)
    if as_json:
        print_json({"checks": found})
    if any(check.verdict is Verdict.BROKEN for check in found):
        raise typer.Exit(_FOUND_WRONG)
