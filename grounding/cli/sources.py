"""`sources`: what is read, how it stands, and reading it now."""

import json
import textwrap
from typing import Annotated, Any

import typer

from grounding.cli.connection import client
from grounding.cli.options import AsJson, context_of
from grounding.cli.output import age, instant, print_json, print_table, say
from grounding.client.options import SourceSettings
from grounding.client.records import Run, Source

app = typer.Typer(help="Sources: how they stand; list, add, remove, test, and read now.")

Name = Annotated[str, typer.Argument(help="The source's name.")]
Wait = Annotated[float, typer.Option("--wait", help="Seconds to wait.")]
FOUND_WRONG = 6
_MOST_ERROR = 200


def register(commands: typer.Typer) -> None:
    from grounding.cli import opml, trial  # they build on this module

    app.command("test")(trial.test)
    app.command("import")(opml.import_feeds)
    app.command("export")(opml.export_feeds)
    commands.add_typer(app, name="sources")


@app.callback(invoke_without_command=True)
def glance(ctx: typer.Context, as_json: AsJson = False) -> None:
    """Show how every source stands against its promise, the worst first."""
    if ctx.invoked_subcommand is not None:
        return
    with client(context_of(ctx)) as service:
        found = sorted(service.sources(), key=_badness)
    if as_json:
        print_json(found)
        return
    columns = ("", "name", "age", "promise", "next read", "failures", "error")
    print_table("", columns, (_glance_row(source) for source in found))


@app.command("list")
def list_sources(ctx: typer.Context, as_json: AsJson = False) -> None:
    """Show every source, its freshness and what it holds."""
    with client(context_of(ctx)) as service:
        found = service.sources()
    if as_json:
        print_json(found)
        return
    columns = (
        "name", "kind", "schedule", "freshness", "age", "half-life", "documents", "values", "error"
    )  # fmt: skip
    print_table("", columns, (_row(source) for source in found))


@app.command()
def add(
    ctx: typer.Context,
    name: Name,
    kind: Annotated[str, typer.Argument(help="feed, files, json, csv, push, or a kind of yours.")],
    option: Annotated[
        list[str] | None, typer.Option("--option", "-o", help="name=value; JSON where it is JSON.")
    ] = None,
    schedule: Annotated[str | None, typer.Option(help='"every 15m" or "cron 0 7 * * *".')] = None,
    collection: str = "default",
    warn_after: Annotated[str | None, typer.Option(help="Promise: 1h, P1D.")] = None,
    error_after: str | None = None,
    ttl: Annotated[
        str | None, typer.Option(help="How long items hold that do not say so: 15m.")
    ] = None,
    half_life: Annotated[
        str | None, typer.Option(help="After how long items count half as new: 2d, timeless.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Add a source to the database; those of grounding.toml are added by `up`."""
    settings: SourceSettings = {"options": options_of(option or []), "collection": collection}
    if schedule is not None:
        settings["schedule"] = schedule
    if warn_after is not None:
        settings["warn_after"] = warn_after
    if error_after is not None:
        settings["error_after"] = error_after
    if ttl is not None:
        settings["ttl"] = ttl
    if half_life is not None:
        settings["half_life"] = half_life
    with client(context_of(ctx)) as service:
        added = service.add_source(name, kind, **settings)
    if as_json:
        print_json(added)
    else:
        say(f"source {added.name} added; read it now with `grounding sources sync {added.name}`")


@app.command()
def remove(ctx: typer.Context, name: Name, as_json: AsJson = False) -> None:
    """Stop reading a source; questions about the past still find what it said."""
    with client(context_of(ctx)) as service:
        service.remove_source(name)
    if as_json:
        print_json({"removed": name})
    else:
        say(f"source {name} removed")


@app.command()
def sync(
    ctx: typer.Context,
    name: Name,
    wait_seconds: Wait = 300.0,
    as_json: AsJson = False,
) -> None:
    """Read a source now and show what came of it."""
    with client(context_of(ctx)) as service:
        run = service.sync(name, wait_seconds=wait_seconds)
    if as_json:
        print_json(run)
    else:
        show_run(run)
    if run.status != "ok":
        raise typer.Exit(FOUND_WRONG)


def options_of(given: list[str]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for each in given:
        name, is_given, value = each.partition("=")
        if not is_given:
            raise typer.BadParameter(f"--option {each}: expected name=value")
        try:
            found[name] = json.loads(value)
        except ValueError:
            found[name] = value
    return found


def _badness(source: Source) -> tuple[int, str]:
    status = source.freshness.status if source.freshness else "unknown"
    return (("error", "warn", "unknown", "pass").index(status), source.name)


def _glance_row(source: Source) -> tuple[object, ...]:
    fresh = source.freshness
    if fresh is None:
        return ("unknown", source.name, "never", "none", "", source.failures_in_row, "")
    promise = [
        f"{word} {age(seconds)}"
        for word, seconds in (
            ("warn", fresh.warn_after_seconds),
            ("error", fresh.error_after_seconds),
        )
        if seconds is not None
    ]
    return (
        fresh.status,
        source.name,
        age(fresh.age_seconds),
        ", ".join(promise) or "none",
        instant(fresh.next_read_at),
        source.failures_in_row or None,
        _reason(source),
    )


def _row(source: Source) -> tuple[object, ...]:
    fresh = source.freshness
    return (
        source.name,
        source.kind,
        source.schedule,
        fresh.status if fresh else "unknown",
        age(fresh.age_seconds if fresh else None),
        age(source.half_life_seconds, unknown="timeless"),
        source.documents,
        source.observations,
        _reason(source),
    )


def _reason(source: Source) -> str:
    """Return why the last read failed, without the name that the row begins with."""
    reason = (source.last_error or "").removeprefix(f"source {source.name}: ")
    if source.remedy in ("fix", "give up"):
        reason = f"{source.remedy}: {reason}"
    return textwrap.shorten(reason, _MOST_ERROR, placeholder="…")


def show_run(run: Run) -> None:
    say(
        f"{run.source}: {run.status}; new {run.new}, changed {run.changed}, "
        f"unchanged {run.unchanged}, removed {run.removed}, values {run.observations_new}+"
        f"{run.observations_changed}, unreadable {run.failed_items}"
    )
    if run.error:
        say(run.error)
    for failure in run.failures[:10]:
        say(f"  {failure.key}: {failure.reason}")
    for remark in run.remarks[:10]:
        say(f"  {remark}")
