"""A report on a terminal; texts that come from anywhere are printed, never obeyed."""

from rich.console import Console, Group, RenderableType
from rich.panel import Panel
from rich.text import Text

from grounding.cli.output import instant, printable
from grounding.report.records import Answer, Item, Marked, Report
from grounding.report.words import OUTCOMES, SEALS, STANDINGS, Word, ago, changed

_STYLES = {"good": "green", "warn": "yellow", "bad": "red", "plain": "dim"}
_MOST_SHOWN = 600


def show(report: Report, to: Console) -> None:
    """Print a report."""
    asked = f"asked {instant(report.created_at)}, seen from {instant(report.made_at)}"
    to.print(_plain(report.question or "the question is not stored", "bold"))
    to.print(_plain(asked, "dim"))
    for note in report.notes:
        to.print(_plain(note, "yellow"))
    if report.answer is not None:
        _show_answer(report.answer, to)
    to.print(_plain(changed(report.evidence), "bold"))
    for item in report.evidence:
        to.print(_panel(item))
    seal = _badge(SEALS[report.seal.is_whole])
    to.print(Text.assemble(f"receipt {report.receipt_id}: ", seal, f". {report.seal.reason}"))


def _show_answer(answer: Answer, to: Console) -> None:
    to.print(Panel(_marked_text(answer), title="Answer", title_align="left"))
    if answer.checked is None:
        to.print(_plain("This answer was not checked.", "yellow"))
        return
    to.print(_badge(OUTCOMES[answer.checked.outcome]))
    for number, claim in enumerate(answer.checked.claims, start=1):
        if claim.outcome is not None:
            to.print(_claim(number, claim, OUTCOMES[claim.outcome]))
    for flag in answer.checked.outward:
        to.print(_plain(f"leads outward ({flag.kind}): {flag.reason}", "red"))


def _marked_text(answer: Answer) -> Text:
    """Return the answer with a sign and a number after each claim that was checked."""
    text, at = Text(), 0
    claims = answer.checked.claims if answer.checked else ()
    for number, claim in enumerate(claims, start=1):
        if claim.outcome is None or claim.start < at:
            continue
        word = OUTCOMES[claim.outcome]
        text.append(printable(answer.text[at : claim.start]))
        text.append(printable(answer.text[claim.start : claim.end]), _STYLES[word.tone])
        text.append(f" {word.sign}{number}", f"bold {_STYLES[word.tone]}")
        at = claim.end
    return text.append(printable(answer.text[at:]))


def _claim(number: int, claim: Marked, word: Word) -> Text:
    said = Text.assemble(f"{number}. ", _badge(word), f"  {printable(claim.text)}")
    if claim.supported_by:
        said.append("  " + "".join(f"[{each}]" for each in claim.supported_by), "dim")
    for reason in claim.reasons:
        said.append(f"\n   {printable(reason)}", "dim")
    for clash in claim.conflicts:
        said.append(f"\n   conflict: {printable(clash.reason)}", "red")
    return said


def _panel(item: Item) -> Panel:
    shown = item.gone if item.text is None else item.text
    rows: list[RenderableType] = [_plain(_short(shown), "dim italic" if item.gone else "")]
    times = (
        f"{item.source} · published {instant(item.published_at) or 'unknown'} · "
        f"observed {instant(item.observed_at)} · valid from {instant(item.valid_from)} "
        f"until {instant(item.valid_until) or 'no end known'} · "
        f"age then {ago(item.age_seconds)} · freshness then {item.freshness}"
    )
    rows.append(_plain(times, "dim"))
    rows += [_plain(f"doubtful time: {flag}", "red") for flag in item.flags]
    now = item.now
    rows.append(Text.assemble("now: ", _badge(STANDINGS[now.status]), f"  {printable(now.reason)}"))
    if now.newer is not None:
        rows.append(_plain(f"now it says: {_short(now.newer.text)}", ""))
    title = Text(printable(f"[{item.number}] {item.title or item.id}"))
    return Panel(Group(*rows), title=title, title_align="left")


def _badge(word: Word) -> Text:
    return Text(f"{word.sign} {word.said}", _STYLES[word.tone])


def _plain(text: str, style: str) -> Text:
    return Text(printable(text), style)


def _short(text: str) -> str:
    return text if len(text) <= _MOST_SHOWN else f"{text[:_MOST_SHOWN]} …"
