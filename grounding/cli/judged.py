"""Whether the evidence is enough, and what became of each candidate, for a person to read."""

from rich.console import Console

from grounding.cli.output import print_table
from grounding.client.records import Explained, Explanation, Scores, Sufficiency


def doubt(said: Sufficiency | None) -> str | None:
    """Return one line where the evidence may not be enough; None where it is, or nobody judged."""
    if said is None or said.is_enough:
        return None
    return f"the evidence may not answer this ({said.probability:.2f})"


def print_explanation(explanation: Explanation | None, to: Console) -> None:
    if explanation is None:
        return
    told = explanation.candidates
    title = f"{explanation.looked_at} candidates"
    if len(told) < explanation.looked_at:
        title += f", of which {len(told)} are listed"
    columns = ("rank", "score", "of", "candidate", "what became of it")
    print_table(title, columns, map(_row, told), to=to)


def _row(each: Explained) -> tuple[object, ...]:
    item = f"{each.source}: {each.title or each.url or ''}\n{each.id}"
    return each.rank, f"{each.score:.2f}", _parts(each.scores), item, each.reason or "shown"


def _parts(scores: Scores) -> str:
    """Name the stages that said something."""
    said = {name: getattr(scores, name) for name in scores.__slots__}
    return ", ".join(f"{name} {value:.2f}" for name, value in said.items() if value)
