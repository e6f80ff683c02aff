"""`check`: an answer held against its evidence, claim by claim."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from grounding.cli.connection import client
from grounding.cli.options import AsJson, context_of
from grounding.cli.output import errors, print_json, print_table, printable, say
from grounding.client.checks import Checked, CheckedClaim

Answer = Annotated[str, typer.Argument(help="The answer, in quotes; - reads it from the input.")]
Receipt = Annotated[str | None, typer.Option(help="The receipt of the prompt that it answers.")]
Facts = Annotated[
    list[str] | None, typer.Option("--fact", help="Evidence: a text, or @FILE; repeat.")
]
Keep = Annotated[
    bool, typer.Option("--keep/--no-keep", help="Keep answer and verdict beside the receipt.")
]

_HOLDS = "supported"
_FOUND_WRONG = 6


def register(app: typer.Typer) -> None:
    app.command()(check)


def check(
    ctx: typer.Context,
    answer: Answer,
    receipt: Receipt = None,
    fact: Facts = None,
    keep: Keep = True,
    as_json: AsJson = False,
) -> None:
    """Say of each claim of an answer whether its evidence bears it out; exit with 6 if not all."""
    if (receipt is None) == (fact is None):
        raise typer.BadParameter("give either --receipt or --fact")
    text = sys.stdin.read() if answer == "-" else answer
    facts = None if fact is None else [_fact(each) for each in fact]
    with client(context_of(ctx)) as service:
        checked = service.check(text, receipt, facts=facts, keep=keep if receipt else None)
    if as_json:
        print_json(checked)
    else:
        _show(checked)
    if checked.outcome != _HOLDS:
        raise typer.Exit(_FOUND_WRONG)


def _fact(given: str) -> str:
    if not given.startswith("@"):
        return given
    try:
        return Path(given[1:]).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise typer.BadParameter(f"--fact: {given[1:]}: {error}") from error


def _show(checked: Checked) -> None:
    score = "" if checked.support_score is None else f", {checked.support_score:.2f}"
    rows = [_row(claim) for claim in checked.claims if claim.outcome is not None]
    print_table(f"{checked.outcome}{score}", ("outcome", "score", "claim", "why"), rows)
    if not rows:
        say("; ".join(checked.reasons))
    for flag in checked.flags:
        errors.print(printable(f"{flag.kind}: {flag.reason}"), markup=False, style="yellow")


def _row(claim: CheckedClaim) -> tuple[object, ...]:
    score = None if claim.score is None else f"{claim.score:.2f}"
    holds = "" if claim.still_true is not True else "still true"
    return claim.outcome, score, claim.claim_text, "; ".join(claim.reasons) or holds
