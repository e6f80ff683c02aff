"""The demonstration for a person on an 80-column screen."""

import time
from collections.abc import Mapping, Sequence
from datetime import datetime
from statistics import median

from rich.console import Console
from rich.markup import escape
from rich.panel import Panel
from rich.text import Text

from grounding.client.chats import ChatAnswer
from grounding.client.records import Augmented, Evidence, Source
from grounding.demo.measure import Reflection
from grounding.demo.process import ServiceProcess

WIDTH = 80


class ScreenReport:
    """Tells a person, step by step."""

    def __init__(self, console: Console | None = None) -> None:
        self.has_ended = False
        self._console = console or Console(width=min(WIDTH, Console().width), highlight=False)
        self._began = time.monotonic()
        self._instructions: str | None = None
        self._reflections: list[Reflection] = []

    def begin(self) -> None:
        self._console.print(
            "[bold]grounding demo[/bold]: the invented town of Halden publishes news, an\n"
            "electricity price, a handbook and weather bulletins on this machine.\n"
            "Starting the service; it loads its embedder first …"
        )

    def started(self, service: ServiceProcess, *, seconds: float) -> None:
        self._console.print(f"Service ready at {service.url} after {seconds:.1f} s.\n")

    def read(self, sources: Sequence[Source]) -> None:
        for source in sources:
            amount = f"{source.documents or 0} documents, {source.observations or 0} values"
            self._console.print(f"  {source.name:<12} {source.kind:<6} {source.schedule}: {amount}")

    def asked(self, question: str, grounded: Augmented) -> None:
        self._console.rule(f"[bold]{question}[/bold]")
        if self._instructions is None:
            self._instructions = _content(grounded.messages[0])
            self._panel("what every prompt begins with", self._instructions, style="dim")
        self._panel("before: the prompt without grounding", question, style="red")
        self._panel("after: the prompt with grounding", _content(grounded.messages[-1]), "green")

    def answered(self, question: str, without: ChatAnswer, grounded: ChatAnswer) -> None:
        self._console.rule(f"[bold]A small llm answers: {question}[/bold]")
        self._panel("before: without grounding", without.text.strip(), style="red")
        cited = "\n".join(f"{each.title}: {each.url}" for each in grounded.citations)
        self._panel("after: with grounding", f"{grounded.text.strip()}\n\n{cited}", style="green")

    def changed(self, reflection: Reflection) -> None:
        if not self._reflections:
            self._console.rule("[bold]The world changes[/bold]")
        self._reflections.append(reflection)
        change, evidence = reflection.change, reflection.evidence
        self._console.print(f"[bold]{change.name}[/bold] in {change.source}: {change.question}")
        if evidence is not None:
            label = "now found first" if change.is_withdrawal else "new evidence"
            self._panel(label, _cited(evidence), style="green")
        elif change.is_withdrawal:
            self._console.print("  no longer found")
        self._console.print(f"  {_timing(reflection)}\n")

    def end(self, *, kept: ServiceProcess | None) -> None:
        self.has_ended = True
        times = [r.milliseconds for r in self._reflections]
        self._console.print(
            f"[bold green]{len(times)} of {len(times)} changes reflected[/bold green], in the "
            f"median {median(times):.0f} ms after publication;\n"
            f"the whole demonstration took {time.monotonic() - self._began:.0f} s."
        )
        if kept is not None:
            self._console.print(
                f"\nLeft running; press Ctrl-C to stop it.\n  service  {kept.url}\n"
                f"  API      {kept.url}/docs\n  settings {kept.config}\n  log      {kept.log}"
            )

    def fail(self, reason: str) -> None:
        self.has_ended = True
        Console(stderr=True).print(f"[bold red]demo failed:[/bold red] {escape(reason)}")

    def _panel(self, title: str, content: str, style: str) -> None:
        # Text, not markup: evidence may hold square brackets.
        self._console.print(
            Panel(Text(content), title=title, title_align="left", border_style=style)
        )


def _content(message: Mapping[str, object]) -> str:
    return str(message["content"])


def _cited(evidence: Evidence) -> str:
    return f"{evidence.title}\n{evidence.text}\n({_when(evidence)})"


def _when(evidence: Evidence) -> str:
    if evidence.published_at is not None:
        return f"published {_clock(evidence.published_at)}"
    return f"valid from {_clock(evidence.valid_from)}, received {_clock(evidence.observed_at)}"


def _clock(instant: datetime) -> str:
    return instant.isoformat(sep=" ", timespec="seconds")


def _timing(reflection: Reflection) -> str:
    total, waited = reflection.milliseconds, reflection.waited_milliseconds
    effect = "gone" if reflection.change.is_withdrawal else "retrievable"
    if waited is None:
        return f"{effect} {total:.0f} ms after publication"
    return (
        f"{effect} {total:.0f} ms after publication: {waited:.0f} ms until the schedule's\n"
        f"  {_decisive(reflection)} reading, {total - waited:.0f} ms from there"
    )


def _decisive(reflection: Reflection) -> str:
    """A thing that is missing once may be an accident: the second reading removes it."""
    return "second" if reflection.change.is_withdrawal else "next"
