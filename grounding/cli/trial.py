"""`sources test`: show what a source would give, without storing anything."""

from typing import TYPE_CHECKING, Annotated

import typer

from grounding.cli.options import AsJson, Context, context_of
from grounding.cli.output import instant, print_json, say
from grounding.cli.sources import FOUND_WRONG, options_of
from grounding.errors import InvalidSettings, NotFound

if TYPE_CHECKING:
    from grounding.settings import SourceSettings
    from grounding.trial import Example, Trial, Value

_MOST_SHOWN = 5


def test(
    ctx: typer.Context,
    source: Annotated[
        str, typer.Argument(help="A source of grounding.toml, or a kind with its options.")
    ],
    url: Annotated[str | None, typer.Option(help="Short for --option url=...")] = None,
    option: Annotated[
        list[str] | None, typer.Option("--option", "-o", help="name=value; JSON where it is JSON.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Read a source of grounding.toml, or a kind with options, without storing anything."""
    from grounding.trial import trial

    context = context_of(ctx)
    given = [*([] if url is None else [f"url={url}"]), *(option or [])]
    settings = _of_kind(source, given) or _configured(context, source)
    found = trial(settings, context.settings().fetch)
    if as_json:
        print_json(found)
    else:
        _show(found)
    if found.error is not None:
        raise typer.Exit(FOUND_WRONG)


def _of_kind(kind: str, given: list[str]) -> "SourceSettings | None":
    """Return a source of that kind if options are given, or no source could be meant."""
    from pydantic import ValidationError

    from connectors import registry
    from grounding.settings import SourceSettings

    if not given and kind not in registry.kinds():
        return None
    try:
        return SourceSettings.model_validate({"name": kind, "kind": kind, **options_of(given)})
    except ValidationError as error:
        reasons = [each["msg"].removeprefix("Value error, ") for each in error.errors()]
        raise InvalidSettings("; ".join(reasons)) from error


def _configured(context: Context, name: str) -> "SourceSettings":
    for source in context.settings().sources:
        if source.name == name:
            return source
    raise NotFound(
        f"grounding.toml has no source named {name}; to try a kind, give its options, such as "
        f"`grounding sources test feed --url https://...`"
    )


def _show(found: "Trial") -> None:
    if found.error is not None:
        say(f"{found.source} ({found.remedy}): {found.error}")
        return
    more = "" if found.is_whole else ", and more to read"
    say(
        f"{found.source}: {found.documents} documents, {found.observations} values, "
        f"{len(found.failures)} items unreadable; {found.semantics}, {found.bytes_read} bytes{more}"
    )
    for document in found.examples:
        _show_document(document)
    for value in found.values:
        _show_value(value)
    for line in (*found.failures[:_MOST_SHOWN], *found.remarks[:_MOST_SHOWN]):
        say(f"! {line}")
    if found.rest_seconds:
        say(f"it asks not to be read again for {found.rest_seconds:.0f} s")
    if found.hub:
        say(f"it offers to push its changes: {found.hub}")


def _show_document(document: "Example") -> None:
    say(f"\n{document.title or document.key}")
    facts = {
        "key": document.key,
        "url": document.url,
        "author": document.author,
        "language": document.language,
        "published": instant(document.published_at),
        "updated": instant(document.updated_at),
        "valid from": instant(document.valid_from),
        "valid until": instant(document.valid_until),
        "doubts": "; ".join(document.time_flags),
        **document.metadata,
    }
    for name, fact in facts.items():
        if fact not in (None, ""):
            say(f"  {name}: {fact}")
    say("  " + document.text.replace("\n", "\n  "))


def _show_value(value: "Value") -> None:
    until = "" if value.valid_until is None else f" until {instant(value.valid_until)}"
    unit = f" {value.unit}" if value.unit else ""
    told = f"{value.title} ({value.series}): {value.value}{unit}"
    say(f"\n{told}, from {instant(value.valid_from)}{until}")
