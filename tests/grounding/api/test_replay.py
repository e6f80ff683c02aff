"""Prompts are made again from their receipts and from what is stored, whatever was stored since."""

from collections.abc import Iterator
from typing import Any

import pytest

from grounding.client.records import Augmented
from grounding.query.receipt import receipt_bytes, receipt_id, rendered_sha256
from grounding.query.replay import replay
from indexer.catalogue import evidence
from tests.fakes import FakeClock
from tests.grounding.api.stored import stored_evidence
from tests.grounding.serving import HOUR, Plan, Running, serving

PARTS = [f"# Part {n} 🌊\n\n" + f"Gold “numéro {n}” is here. " * 60 for n in range(3)]
TEXT = "\n\n".join(PARTS)
CUT = 300
"""Tokens that a part of a passage fits into, and no more."""


@pytest.fixture(scope="module")
def long(
    tmp_path_factory: pytest.TempPathFactory, module_url: str | None
) -> Iterator[tuple[Running, FakeClock]]:
    """A service that holds a document of several passages."""
    clock = FakeClock()
    plan = Plan(tmp_path_factory.mktemp("long"), clock=clock, database_url=module_url)
    with serving(plan) as running:
        yield running, clock


def asked(running: Running, key: str, **options: Any) -> tuple[Augmented, dict[str, Any]]:
    """Push the long document under this key, ask for it, and return the answer with its receipt."""
    seq = running.push({"key": key, "title": "Long", "text": TEXT}, source=key)
    made = running.client.augment("gold numéro", min_seq=seq, sources=[key], **options)
    return made, running.client.receipt(made.receipt_id)


def texts(running: Running, receipt: dict[str, Any]) -> dict[tuple[str, int], str]:
    names = [entry["id"].split("#")[0].split("@") for entry in receipt["evidence"]]
    with running.service.parts.database.reading() as session:
        return evidence.texts(session, {(uid, int(version)) for uid, version in names})


def is_as_it_was(running: Running, made: Augmented, receipt: dict[str, Any]) -> bool:
    again = replay(receipt, stored_evidence(running), texts(running, receipt))
    return (
        list(again.messages) == list(made.messages)
        and again.text == made.text
        and rendered_sha256(again) == receipt["rendered_sha256"]
        and receipt_id(receipt_bytes(receipt)) == made.receipt_id
    )


def test_items_of_several_passages_replay_byte_for_byte(long: tuple[Running, FakeClock]) -> None:
    running, _ = long

    made, receipt = asked(running, "merged", token_budget=3_000)

    assert receipt["format"] == 3
    (entry,) = receipt["evidence"]
    assert len(entry["passages"]) > 1
    assert made.evidence[0].text == TEXT[entry["start"] : entry["end"]]
    assert is_as_it_was(running, made, receipt)


def test_they_need_the_whole_text(long: tuple[Running, FakeClock]) -> None:
    running, _ = long
    _, receipt = asked(running, "whole", token_budget=3_000)

    with pytest.raises(ValueError, match="the text of its document is not given"):
        replay(receipt, stored_evidence(running))


def test_items_that_were_cut_replay_byte_for_byte(long: tuple[Running, FakeClock]) -> None:
    running, _ = long

    made, receipt = asked(running, "cut", token_budget=CUT)

    (entry,) = receipt["evidence"]
    passage = stored_evidence(running)[entry["id"]]
    assert 0 < entry["end"] - entry["start"] < passage.end - passage.start
    assert is_as_it_was(running, made, receipt)


@pytest.mark.parametrize("budget", [CUT, 3_000])
def test_a_newer_version_changes_nothing_of_what_was_shown(
    long: tuple[Running, FakeClock], budget: int
) -> None:
    running, clock = long
    key = f"superseded-{budget}"
    made, receipt = asked(running, key, token_budget=budget)
    clock.advance(HOUR)

    edited = {"key": key, "title": "Longer", "text": f"Silver, too. {TEXT}".replace("gold", "tin")}
    seq = running.push(edited, source=key)

    (now,) = running.client.augment("gold numéro", min_seq=seq, sources=[key]).evidence
    (before,) = made.evidence
    assert (now.document_id, now.version) == (before.document_id, 2)
    assert is_as_it_was(running, made, receipt)


def test_a_text_that_was_altered_is_told(long: tuple[Running, FakeClock]) -> None:
    running, _ = long
    _, receipt = asked(running, "altered", token_budget=3_000)
    altered = {name: text.replace("here", "gone") for name, text in texts(running, receipt).items()}

    with pytest.raises(ValueError, match="is not the one that was shown"):
        replay(receipt, stored_evidence(running), altered)
