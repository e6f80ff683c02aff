"""`init`: write a first `grounding.toml` with real public sources."""

from importlib import resources
from pathlib import Path
from typing import Annotated

import typer

from grounding.cli.options import AsJson
from grounding.cli.output import print_json, say


def register(app: typer.Typer) -> None:
    app.command()(init)


def init(
    path: Annotated[Path, typer.Argument(help="Where to write.")] = Path("grounding.toml"),
    force: Annotated[bool, typer.Option(help="Replace a file that is there.")] = False,
    as_json: AsJson = False,
) -> None:
    """Write a commented grounding.toml with real public sources."""
    if path.exists() and not force:
        raise typer.BadParameter(f"{path} is there already; --force replaces it")
    text = (resources.files("grounding") / "first.toml").read_text(encoding="utf-8")
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise typer.BadParameter(f"{path}: cannot be written: {error.strerror}") from error
    if as_json:
        print_json({"written": str(path)})
    else:
        say(f"{path} written; look it over, then run `grounding up`")
