"""`search` and `ask`: evidence for a question, and the prompt it makes."""

from datetime import datetime
from typing import Annotated

import typer
from rich.panel import Panel
from rich.text import Text

from grounding.cli.connection import client
from grounding.cli.judged import doubt, print_explanation
from grounding.cli.options import AsJson, context_of
from grounding.cli.output import age, console, errors, print_json, printable, say
from grounding.client.options import Dialect, Filters
from grounding.client.records import Evidence, Interpretation

Question = Annotated[str, typer.Argument(help="The question, in quotes.")]
AsOf = Annotated[str | None, typer.Option(help="Instant in the world: 2026-11-23T08:00:00Z.")]
KnownAt = Annotated[str | None, typer.Option(help="Only what had been received by then.")]
MaxAge = Annotated[str | None, typer.Option(help="Published within: 15m, 2h, P1D.")]
History = Annotated[
    bool, typer.Option("--include-history", help="Also what was superseded, removed or expired.")
]
Fresh = Annotated[
    bool, typer.Option("--require-fresh", help="Refuse to answer from a stale source.")
]
Within = Annotated[
    str | None,
    typer.Option(help="With --require-fresh: first read stale sources, for 1m at most."),
]
Interpret = Annotated[
    bool,
    typer.Option(
        "--interpret/--no-interpret", help="Let names, numbers and times in the question count."
    ),
]
Exact = Annotated[
    bool, typer.Option("--exact", help="Compare with every vector, which takes longer.")
]
Tokenizer = Annotated[
    str | None,
    typer.Option(help="Whose tokens to count: gpt-4o, hf:ORG/NAME, embedder."),
]
Form = Annotated[Dialect, typer.Option(help="Whose form the prompt has.")]
PerSource = Annotated[
    int | None, typer.Option("--max-per-source", help="Pieces of evidence of any one source.")
]
Diversity = Annotated[
    float | None, typer.Option(help="0 to 1: how much evidence is to be unlike the rest of it.")
]
Explain = Annotated[
    bool, typer.Option("--explain", help="Also list all candidates, and what became of them.")
]
Sources = Annotated[list[str] | None, typer.Option("--source", help="Only this source; repeat.")]


def register(app: typer.Typer) -> None:
    app.command()(search)
    app.command()(ask)


def search(
    ctx: typer.Context,
    question: Question,
    as_of: AsOf = None,
    known_at: KnownAt = None,
    max_age: MaxAge = None,
    source: Sources = None,
    include_history: History = False,
    require_fresh: Fresh = False,
    refresh_within: Within = None,
    interpret: Interpret = True,
    exact: Exact = False,
    timezone: Annotated[str, typer.Option(help="Zone of the times in the question.")] = "UTC",
    max_results: Annotated[int, typer.Option("--max-results", "-n")] = 5,
    max_per_source: PerSource = None,
    diversity: Diversity = None,
    explain: Explain = False,
    as_json: AsJson = False,
) -> None:
    """Find evidence for a question."""
    filters = _filters(as_of, known_at, max_age, source)
    filters |= _standing(include_history, require_fresh, refresh_within)
    filters |= {"interpret": interpret, "timezone": timezone, "exact": exact}
    with client(context_of(ctx)) as service:
        found = service.search(
            question,
            max_results=max_results,
            max_per_source=max_per_source,
            diversity=diversity,
            explain=explain,
            **filters,
        )
    if as_json:
        print_json(found)
        return
    if not found.results:
        say("nothing found")
    for number, each in enumerate(found.results, start=1):
        console.print(_panel(number, each))
    if found.results and (doubted := doubt(found.sufficiency)):
        say(doubted)
    print_explanation(found.explanation, console)
    _say_read(found.interpretation)
    _warn(found.warnings)


def ask(
    ctx: typer.Context,
    question: Question,
    as_of: AsOf = None,
    known_at: KnownAt = None,
    max_age: MaxAge = None,
    source: Sources = None,
    include_history: History = False,
    require_fresh: Fresh = False,
    refresh_within: Within = None,
    interpret: Interpret = True,
    exact: Exact = False,
    timezone: Annotated[str, typer.Option(help="Zone of the prompt's clock.")] = "UTC",
    token_budget: Annotated[int, typer.Option(help="Tokens to spend on evidence.")] = 2_000,
    tokenizer: Tokenizer = None,
    dialect: Form = "openai",
    max_per_source: PerSource = None,
    diversity: Diversity = None,
    explain: Explain = False,
    as_json: AsJson = False,
) -> None:
    """Print the prompt to send to a model: the question with its evidence."""
    filters = _filters(as_of, known_at, max_age, source)
    filters |= _standing(include_history, require_fresh, refresh_within)
    filters |= {"interpret": interpret, "timezone": timezone, "exact": exact}
    with client(context_of(ctx)) as service:
        made = service.augment(
            question,
            token_budget=token_budget,
            tokenizer=tokenizer,
            dialect=dialect,
            max_per_source=max_per_source,
            diversity=diversity,
            explain=explain,
            **filters,
        )
    if as_json:
        print_json(made)
        return
    say(made.text)
    print_explanation(made.explanation, errors)
    if doubted := doubt(made.sufficiency):
        errors.print(doubted, style="yellow")
    _say_read(made.interpretation)
    counted = f"{made.token_count} tokens of context by {made.tokenizer}"
    errors.print(f"receipt {made.receipt_id}, {counted}", markup=False, style="dim")
    _warn(made.warnings)


def _filters(
    as_of: str | None, known_at: str | None, max_age: str | None, source: list[str] | None
) -> Filters:
    given: Filters = {}
    if as_of is not None:
        given["as_of"] = instant(as_of, "--as-of")
    if known_at is not None:
        given["known_at"] = instant(known_at, "--known-at")
    if max_age is not None:
        given["max_age"] = max_age
    if source:
        given["sources"] = source
    return given


def _standing(include_history: bool, require_fresh: bool, refresh_within: str | None) -> Filters:
    given: Filters = {"include_history": include_history, "require_fresh": require_fresh}
    if refresh_within is not None:
        given["refresh_within"] = refresh_within
    return given


def instant(text: str, option: str) -> datetime:
    """Read an instant that was given on the command line."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError as error:
        raise typer.BadParameter(f"{option}: expected 2026-11-23T08:00:00Z") from error
    if found.utcoffset() is None:
        raise typer.BadParameter(f"{option}: no offset; expected 2026-11-23T08:00:00Z")
    return found


def _panel(number: int, each: Evidence) -> Panel:
    published = each.published_at.isoformat() if each.published_at else "unknown"
    facts = (
        f"{each.source} · published {published} · age {age(each.age_seconds, unknown='unknown')}"
    )
    if each.state != "current":
        facts += f" · {each.state}"
    title = Text(printable(f"{number}. {each.title or each.id}"))
    body = Text(printable(each.text.strip()))
    origin = printable(each.url or each.id)
    body.append(f"\n{facts}\n{origin} · score {each.score:.2f}", style="dim")
    return Panel(body, title=title, title_align="left")


def _say_read(read: Interpretation | None) -> None:
    """Say what the words of the question did to its search."""
    if read is None:
        return
    if read.terms:
        terms = " · ".join(each.text for each in read.terms)
        errors.print(printable(f"as written: {terms}"), markup=False, style="dim")
    for each in read.times:
        said = f"{each.used}: {each.text}: {each.reason}"
        errors.print(printable(said), markup=False, style="dim")


def _warn(warnings: tuple[str, ...]) -> None:
    for warning in warnings:
        errors.print(f"warning: {printable(warning)}", markup=False, style="yellow")
