"""The command `grounding`: its options, its commands, and how it ends.

Exit codes: 0 done · 1 a bug · 2 wrong usage · 3 wrong settings · 4 database, embedder or index
unusable · 5 the service refused or cannot be reached · 6 it ran, and found something wrong.
"""

import logging
import sys
from importlib import metadata
from pathlib import Path
from typing import Annotated

import typer

from connectors.errors import ConnectorError
from grounding.cli import (
    database,
    dead_letters,
    doctor,
    documents,
    embedders,
    first,
    opml,
    query,
    run,
    series,
    sources,
    trial,
    tuning,
)
from grounding.cli.options import AsJson, Context
from grounding.cli.output import errors
from grounding.client.errors import GroundingError
from grounding.errors import InvalidSettings, ServiceError
from indexer.errors import IndexerError, TuningRefused

app = typer.Typer(
    name="grounding",
    help="Fresh, time-stamped evidence for language models.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
sources.app.command("test")(trial.test)
sources.app.command("import")(opml.import_feeds)
sources.app.command("export")(opml.export_feeds)
app.add_typer(sources.app, name="sources")
app.add_typer(dead_letters.app, name="dead-letters")
app.add_typer(documents.app, name="documents")
app.add_typer(series.app, name="series")
app.add_typer(embedders.app, name="embedder")
app.add_typer(database.app, name="db")
for _module in (first, run, query, doctor, tuning):
    _module.register(app)


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


@app.command()
def demo(
    keep: Annotated[bool, typer.Option("--keep", help="Leave the service running.")] = False,
    as_json: AsJson = False,
) -> None:
    """See it work, offline: a small changing world, three questions, and four changes."""
    from grounding.demo import run_demo

    raise typer.Exit(run_demo(keep=keep, as_json=as_json))


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
    except (GroundingError, ServiceError, ConnectorError) as error:
        _end(error, 5)
    except KeyboardInterrupt:
        sys.exit(130)


def _end(error: Exception, code: int) -> None:
    errors.print(f"grounding: {error}", markup=False, soft_wrap=True)
    sys.exit(code)


if __name__ == "__main__":
    main()
