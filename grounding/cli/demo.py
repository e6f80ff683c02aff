"""`demo`: see it work, offline."""

from typing import Annotated

import typer

from grounding.cli.options import AsJson


def register(app: typer.Typer) -> None:
    app.command()(demo)


def demo(
    keep: Annotated[bool, typer.Option("--keep", help="Leave the service running.")] = False,
    llm: Annotated[
        bool, typer.Option("--llm", help="Have a small llm answer, with and without evidence.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """See it work, offline: a small changing world, three questions, and four changes."""
    from grounding.demo import run_demo

    raise typer.Exit(run_demo(keep=keep, llm=llm, as_json=as_json))
