import hashlib
import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from grounding.query.packing.pack import pack
from grounding.query.question import Limits
from grounding.query.receipt import build_receipt, receipt_bytes, receipt_id, rendered_sha256
from grounding.query.records import Candidate, Context, Elsewhere, Evidence
from grounding.query.render import POLICY_VERSION, context_text, render
from grounding.query.replay import replay
from tests.grounding.query.items import (
    NOW,
    brent_card,
    brent_evidence,
    candidate,
    evidence,
    frame,
)

GOLDEN = Path(__file__).parent / "golden"
ASKED: tuple[dict[str, Any], ...] = (
    {"role": "system", "content": "Be brief."},
    {"role": "user", "content": [{"type": "text", "text": "What does Brent cost?"}]},
)
RADIO = Elsewhere(f"{'b' * 24}@1#0", "b" * 24, "radio", "Rain", None, NOW, NOW)
RAIN = evidence(updated_at=NOW, corroborated_by=("radio",), also_in=(RADIO,), document_id="a" * 24)


def made_context(*items: Evidence, **changes: Any) -> Context:
    usual = frame(timezone="Europe/Berlin", known_at=NOW - timedelta(hours=1), **changes)
    packed = pack(
        [Candidate(i, item) for i, item in enumerate(items)],
        frame=usual,
        count_tokens=len,
        limits=Limits(100_000, 10),
    )
    shown = [c.evidence for c in packed.candidates]
    return Context(ASKED, usual, packed, render(shown, frame=usual, messages=ASKED))


def receipt_of(context: Context) -> dict[str, Any]:
    return build_receipt(context, seq=7, created_at=NOW, options={"token_budget": 100_000})


def stored_versions() -> dict[str, Evidence]:
    """What a database knows: texts and times, but not what else was found or asked."""
    rain = replace(RAIN, corroborated_by=(), also_in=(), checked_at=NOW + timedelta(days=30))
    return {item.id: item for item in (rain, brent_card())}


def test_a_stored_receipt_replays_byte_for_byte() -> None:
    context = made_context(RAIN, brent_evidence())
    receipt = json.loads(receipt_bytes(receipt_of(context)))

    again = replay(receipt, stored_versions())

    assert again.messages == context.rendered.messages
    assert again.text == context.rendered.text
    assert rendered_sha256(again) == receipt["rendered_sha256"]


def test_a_receipt_names_the_passages_that_an_item_stands_for() -> None:
    receipt = receipt_of(made_context(RAIN))

    (entry,) = receipt["evidence"]
    assert entry["also_in"] == [
        {"id": RADIO.id, "source": "radio", "published_at": "2026-11-21T06:30:00+00:00"}
    ]


def test_a_receipt_from_before_they_were_named_replays_too() -> None:
    receipt = receipt_of(made_context(RAIN))
    for entry in receipt["evidence"]:
        del entry["also_in"]

    again = replay(receipt, stored_versions())

    assert rendered_sha256(again) == receipt["rendered_sha256"]


def test_a_receipt_of_format_1_whose_items_are_whole_passages_replays_too() -> None:
    receipt = receipt_of(made_context(RAIN)) | {"format": 1}
    for entry in receipt["evidence"]:
        del entry["start"], entry["end"], entry["passages"]

    again = replay(receipt, stored_versions())

    assert rendered_sha256(again) == receipt["rendered_sha256"]


def test_a_receipt_of_format_2_that_names_no_dialect_replays_as_it_was_sent() -> None:
    receipt = json.loads((GOLDEN / "receipt_format_2.json").read_bytes())

    again = replay(receipt, stored_versions())

    assert (receipt["format"], "dialect" in receipt) == (2, False)
    assert again == made_context(RAIN, brent_evidence()).rendered
    assert rendered_sha256(again) == receipt["rendered_sha256"]


def test_a_stretch_of_several_passages_is_cut_from_the_text_of_its_version() -> None:
    text = "Wind is expected. Rain is expected."
    shown = replace(RAIN, text=text, start=0, end=len(text), passages=(0, 1))
    receipt = json.loads(receipt_bytes(receipt_of(made_context(shown))))

    again = replay(receipt, stored_versions(), {(RAIN.document_id, RAIN.version): text})

    assert receipt["format"] == 3
    assert rendered_sha256(again) == receipt["rendered_sha256"]
    with pytest.raises(ValueError, match="the text of its document is not given"):
        replay(receipt, stored_versions())


def test_a_part_of_a_passage_is_cut_from_the_passage() -> None:
    stored = replace(RAIN, text="Wind. Rain.", start=10, end=21)
    shown = replace(stored, text="Rain.", start=16, end=21)
    receipt = receipt_of(made_context(shown))

    again = replay(receipt, {stored.id: stored})

    assert rendered_sha256(again) == receipt["rendered_sha256"]


def test_a_context_without_evidence_replays_too() -> None:
    context = made_context()
    receipt = json.loads(receipt_bytes(receipt_of(context)))

    assert rendered_sha256(replay(receipt, {})) == receipt["rendered_sha256"]


def test_digests_are_of_the_bytes_that_were_sent() -> None:
    context = made_context(RAIN)
    receipt = receipt_of(context)

    shown = context_text([RAIN], context.frame)
    assert receipt["context_sha256"] == hashlib.sha256(shown.encode()).hexdigest()
    canonical = json.dumps(
        list(context.rendered.messages), sort_keys=True, separators=(",", ":"), ensure_ascii=False
    )
    assert receipt["rendered_sha256"] == hashlib.sha256(canonical.encode()).hexdigest()


def test_items_are_named_with_digest_times_and_exact_values() -> None:
    (item,) = receipt_of(made_context(brent_evidence()))["evidence"]

    assert item["id"] == brent_card().id
    assert item["digest"] == brent_evidence().digest
    assert (item["cite"], item["freshness"]) == ("1", "warn")
    assert item["observation"]["value"] == "84.12"
    assert item["observation"]["previous"]["value"] == "83.90"
    assert item["valid_from"] == "2026-11-20T00:00:00+00:00"
    assert item["published_at"] is None


def test_equal_receipts_are_equal_bytes_and_one_id() -> None:
    one = receipt_of(made_context(RAIN))
    same = dict(reversed(receipt_of(made_context(RAIN)).items()))
    other = receipt_of(made_context(RAIN, nonce="0" * 16))

    ids = [receipt_id(receipt_bytes(receipt)) for receipt in (one, same, other)]

    assert ids[0] == ids[1] != ids[2]
    assert ids[0] == "rcpt_" + hashlib.sha256(receipt_bytes(one)).hexdigest()[:24]


def test_a_stored_text_that_is_not_the_one_shown_is_reported() -> None:
    receipt = receipt_of(made_context(RAIN))
    tampered = {RAIN.id: replace(RAIN, text="Sun is expected.")}

    with pytest.raises(ValueError, match=f"evidence {RAIN.id}: the stored text"):
        replay(receipt, tampered)


def test_a_version_that_is_gone_is_reported() -> None:
    receipt = receipt_of(made_context(RAIN))

    with pytest.raises(ValueError, match=f"evidence {RAIN.id}: not stored"):
        replay(receipt, {})


def test_a_receipt_of_another_policy_is_not_replayed_in_the_wrong_words() -> None:
    receipt = receipt_of(made_context()) | {"policy_version": "0"}

    assert POLICY_VERSION != "0"
    with pytest.raises(ValueError, match="policy version 0"):
        replay(receipt, {})


@pytest.mark.parametrize("content", ["lone \ud800 surrogate", float("nan"), 2**60])
def test_messages_without_a_canonical_form_are_refused(content: Any) -> None:
    context = replace(made_context(), asked=({"role": "user", "content": content},))

    with pytest.raises(ValueError, match="receipt: no canonical form"):
        receipt_of(context)


def test_what_was_not_shown_is_not_in_it() -> None:
    usual = frame()
    packed = pack(
        [candidate("word " * 99), candidate("Small.")],
        frame=usual,
        count_tokens=len,
        limits=Limits(600, 10),
    )
    shown = [c.evidence for c in packed.candidates]
    context = Context(ASKED, usual, packed, render(shown, frame=usual, messages=ASKED))

    entries = receipt_of(context)["evidence"]

    assert [entry["id"] for entry in entries] == [item.id for item in shown]
    assert len(shown) == 1
