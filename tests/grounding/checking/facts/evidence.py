"""Evidence and the present of these tests, and findings in a short form."""

from datetime import UTC, datetime
from typing import Any

from grounding.checking.claims import claims
from grounding.checking.facts.findings import findings
from grounding.checking.records import Finding, Shown, When

NOW = When(datetime(2024, 11, 21, 12, tzinfo=UTC), "Europe/Paris")


def shown(*texts: str, **of_each: Any) -> list[Shown]:
    return [Shown(i, f"e{i}", text, **of_each) for i, text in enumerate(texts, start=1)]


def found(answer: str, *texts: str, **of_each: Any) -> list[Finding]:
    """Return the findings of all claims of an answer against some texts."""
    items = shown(*texts, **of_each)
    return [each for claim in claims(answer) for each in findings(answer, claim, items, NOW)]


def alarms(answer: str, *texts: str, **of_each: Any) -> list[tuple[str, str, str]]:
    """Return kind, match and text of what the evidence lacks or has otherwise."""
    return [
        (str(each.kind), str(each.match), each.text)
        for each in found(answer, *texts, **of_each)
        if each.match != "matched"
    ]
