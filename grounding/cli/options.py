"""What every command knows: where the settings are, and how to answer."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from grounding.settings import Settings, load


@dataclass(slots=True)
class Context:
    """The options given before the command."""

    config: Path | None = None
    url: str | None = None

    def settings(self) -> Settings:
        return load(self.config)


AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON value.")]


def context_of(ctx: typer.Context) -> Context:
    found = ctx.find_object(Context)
    return found or Context()
