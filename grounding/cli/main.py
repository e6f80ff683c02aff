"""The command `grounding`: its options, its commands, and how it ends.

Exit codes: 0 done · 1 a bug · 2 wrong usage · 3 wrong settings · 4 database, embedder or index
unusable · 5 the service refused or cannot be reached · 6 it ran, and found something wrong.
"""

import logging
import sys
from collections.abc import Mapping
from importlib import import_module, metadata
from pathlib import Path
from typing import Annotated, Any, Final

import typer
from typer.core import TyperGroup

from connectors.errors import ConnectorError
from grounding.cli.options import Context
from grounding.errors import InvalidSettings, ServiceError
from indexer.errors import IndexerError, TuningRefused

_MODULES: Final[Mapping[str, str]] = {
    "init": "first",
    "up": "run",
    "serve": "run",
    "work": "run",
    "search": "query",
    "ask": "query",
    "check": "check",
    "explain": "explain",
    "doctor": "doctor",
    "tune": "tuning",
    "distill": "tuning",
    "demo": "demo",
    "mcp": "mcp",
    "sources": "sources",
    "dead-letters": "dead_letters",
    "documents": "documents",
    "series": "series",
    "embedder": "embedders",
    "receipts": "receipts",
    "keys": "keys",
    "db": "database",
}
"""Where each command is; a module is imported for its own commands, and for help on all."""


class Commands(TyperGroup):
    """The commands, those of a module looked up when one of them is asked for."""

    def list_commands(self, ctx: Any) -> list[str]:  # Any: Typer's own click.Context
        del ctx
        return list(_MODULES)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:  # Any: as above
        del ctx
        module = _MODULES.get(cmd_name)
        return None if module is None else _commands_of(module)[cmd_name]


def _commands_of(module: str) -> Mapping[str, Any]:  # Any: as above
    part = typer.Typer(add_completion=False)
    import_module(f"grounding.cli.{module}").register(part)
    part.callback()(lambda: None)  # a group, also of one command
    return typer.main.get_group(part).commands


app = typer.Typer(
    name="grounding",
    cls=Commands,
    help="Fresh, time-stamped evidence for language models.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"grounding {metadata.version('grounding')}")
        raise typer.Exit


@app.callback()
def options(
    ctx: typer.Context,
    config: Annotated[
        Path | None, typer.Option("--config", "-c", help="Settings file [grounding.toml].")
    ] = None,
    url: Annotated[
        str | None,
        typer.Option("--url", envvar="GROUNDING_URL", help="Ask the service at this address."),
    ] = None,
    version: Annotated[  # noqa: ARG001 - typer calls `_version` for it
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print and exit.")
    ] = False,
) -> None:
    """Fresh, time-stamped evidence for language models."""
    ctx.obj = Context(config=config, url=url)
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(message)s")


def main() -> None:
    """Run the command line; expected failures end in one sentence and their own exit code."""
    try:
        app()
    except InvalidSettings as error:
        _end(error, 3)
    except TuningRefused as error:
        _end(error, 6)
    except IndexerError as error:
        _end(error, 4)
    except (ServiceError, ConnectorError) as error:
        _end(error, 5)
    except KeyboardInterrupt:
        sys.exit(130)
    except Exception as error:
        from grounding.client.errors import GroundingError

        if not isinstance(error, GroundingError):
            raise
        _end(error, 5)


def _end(error: Exception, code: int) -> None:
    from grounding.cli.output import errors

    errors.print(f"grounding: {error}", markup=False, soft_wrap=True)
    sys.exit(code)


if __name__ == "__main__":
    main()
