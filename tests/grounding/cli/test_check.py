from pathlib import Path

from tests.grounding.cli.command import Command
from tests.grounding.serving import Running, document

FIRE = "The Oak Fire has burned 500 acres."


def test_claims_are_shown_with_what_is_wrong(running: Running, remote: Command) -> None:
    done = remote("check", f"{FIRE} Wombats dig burrows in Tasmania.", "--fact", FIRE)

    assert done.code == 6
    assert "supported" in done.out
    assert "no evidence is about it" in done.out


def test_answer_that_holds_ends_with_0(running: Running, remote: Command) -> None:
    seq = running.push(document("oak", FIRE))
    made = running.client.augment("How large is the Oak Fire?", min_seq=seq)

    done = remote("check", f"{FIRE[:-1]} [1].", "--receipt", made.receipt_id, "--json")

    assert done.code == 0
    assert done.json["claims"][0]["still_true"] is True


def test_facts_are_read_from_files(running: Running, remote: Command, tmp_path: Path) -> None:
    (tmp_path / "fire.txt").write_text(FIRE)

    done = remote("check", FIRE, "--fact", f"@{tmp_path / 'fire.txt'}")

    assert done.code == 0


def test_either_receipt_or_facts_are_wanted(remote: Command) -> None:
    assert remote("check", FIRE).code == 2
