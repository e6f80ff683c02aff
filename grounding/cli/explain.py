"""`explain`: what a prompt was made of, what was answered, and what has changed since."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from grounding.cli.connection import client
from grounding.cli.options import AsJson, context_of
from grounding.cli.output import console, print_json, say

Receipt = Annotated[str, typer.Argument(help="The receipt of the prompt.")]
Answer = Annotated[
    str | None, typer.Option(help="An answer to it, checked now; - reads it from the input.")
]
Html = Annotated[Path | None, typer.Option("--html", help="Write the page to this file.")]


def register(app: typer.Typer) -> None:
    app.command()(explain)


def explain(
    ctx: typer.Context,
    receipt: Receipt,
    answer: Answer = None,
    html: Html = None,
    as_json: AsJson = False,
) -> None:
    """Tell what a prompt was made of, and what has changed since."""
    text = sys.stdin.read() if answer == "-" else answer
    with client(context_of(ctx)) as service:
        found = service.report(receipt, text)
    if as_json:
        print_json(found)
    from grounding.report.wire import read

    if html is not None:
        from grounding.report.page import page

        try:
            html.write_text(page(read(found)), encoding="utf-8")
        except OSError as error:
            raise typer.BadParameter(f"--html: {error}") from error
    if not as_json:
        if html is not None:
            say(f"written to {html}")
            return
        from grounding.report.terminal import show

        show(read(found), console)
