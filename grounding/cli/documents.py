"""`documents`: what is stored, as it was at any instant; its versions; and taking it away."""

from typing import Annotated

import typer

from grounding.cli.connection import client
from grounding.cli.options import AsJson, context_of
from grounding.cli.output import print_json, print_table, say
from grounding.cli.query import AsOf, History, KnownAt, instant
from grounding.client.options import Instants
from grounding.client.records import DocumentVersion

app = typer.Typer(help="Documents: list, show, compare versions, remove, erase.")

_DECLINED = 130

Id = Annotated[str, typer.Argument(help="The document's id, as answers name it.")]


def register(commands: typer.Typer) -> None:
    commands.add_typer(app, name="documents")


@app.command("list")
def list_documents(
    ctx: typer.Context,
    as_of: AsOf = None,
    known_at: KnownAt = None,
    source: Annotated[str | None, typer.Option(help="Only of this source.")] = None,
    include_history: History = False,
    limit: Annotated[int, typer.Option("--limit", "-n")] = 20,
    as_json: AsJson = False,
) -> None:
    """List documents, the newest received first."""
    with client(context_of(ctx)) as service:
        found = service.documents(
            source=source,
            include_history=include_history,
            limit=limit,
            **_instants(as_of, known_at),
        )
    if as_json:
        print_json(found)
        return
    columns = ("id", "version", "source", "title", "published", "received")
    print_table("", columns, (_row(each) for each in found))


@app.command()
def show(
    ctx: typer.Context,
    document_id: Id,
    as_of: AsOf = None,
    known_at: KnownAt = None,
    as_json: AsJson = False,
) -> None:
    """Print a document: its newest version, or the one of then."""
    with client(context_of(ctx)) as service:
        found = service.document(document_id, **_instants(as_of, known_at))
    if as_json:
        print_json(found)
        return
    say(f"{found.title or found.key}\n{found.state}, version {found.version}\n\n{found.text}")


@app.command()
def versions(ctx: typer.Context, document_id: Id, as_json: AsJson = False) -> None:
    """Show every version of a document and what it changed."""
    with client(context_of(ctx)) as service:
        found = service.versions(document_id)
    if as_json:
        print_json(found)
        return
    for each in found:
        say(f"version {each.version} · {each.state} · received {each.observed_at.isoformat()}")
        for change in each.changes:
            say(f"  {change.field}: {change.before} -> {change.after}")
        if each.diff:
            say(each.diff)


@app.command()
def remove(ctx: typer.Context, document_id: Id, as_json: AsJson = False) -> None:
    """Take a document away; questions about the past still find it."""
    with client(context_of(ctx)) as service:
        found = service.remove_document(document_id)
    if as_json:
        print_json(found)
    else:
        done = "removed" if found.was_current else "was removed before"
        say(f"document {document_id} {done}")


@app.command()
def erase(
    ctx: typer.Context,
    document_id: Id,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    as_json: AsJson = False,
) -> None:
    """Erase a document for good: every version, also from the past, from every file."""
    if not yes and not typer.confirm(f"Erase document {document_id} for good?"):
        say("nothing was erased")
        raise typer.Exit(_DECLINED)
    with client(context_of(ctx)) as service:
        found = service.erase_document(document_id)
    if as_json:
        print_json(found)
        return
    left = "" if found.completed_at else "; files in use are cleared within a minute or so"
    say(
        f"document {document_id} erased: {found.versions} versions, {found.chunks} passages, "
        f"{found.receipts} receipts redacted{left}"
    )


@app.command("lift-erasure")
def lift_erasure(ctx: typer.Context, document_id: Id, as_json: AsJson = False) -> None:
    """Let an erased document be stored again."""
    with client(context_of(ctx)) as service:
        service.lift_erasure(document_id)
    if as_json:
        print_json({"lifted": document_id})
    else:
        say(f"document {document_id} may be stored again")


def _instants(as_of: str | None, known_at: str | None) -> Instants:
    return {
        "as_of": None if as_of is None else instant(as_of, "--as-of"),
        "known_at": None if known_at is None else instant(known_at, "--known-at"),
    }


def _row(each: DocumentVersion) -> tuple[object, ...]:
    published = each.published_at.isoformat() if each.published_at else "unknown"
    return (
        each.document_id,
        each.version,
        each.source,
        each.title or each.key,
        published,
        each.observed_at.isoformat(timespec="seconds"),
    )
