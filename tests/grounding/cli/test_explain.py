from pathlib import Path

from tests.grounding.cli.command import Command
from tests.grounding.serving import Running, document

FIRE = "The Oak Fire has burned 500 acres."


def receipt(running: Running) -> str:
    seq = running.push(document("oak", FIRE))
    return running.client.augment("How large is the Oak Fire?", min_seq=seq).receipt_id


def test_report_is_printed(running: Running, remote: Command) -> None:
    done = remote("explain", receipt(running))

    assert done.code == 0
    assert "How large is the Oak Fire?" in done.out
    assert "still current" in done.out


def test_claims_of_an_answer_are_marked_with_signs(running: Running, remote: Command) -> None:
    done = remote("explain", receipt(running), "--answer", "Wombats dig burrows.")

    assert "Wombats dig burrows. ∅1" in done.out


def test_report_is_one_json_value(running: Running, remote: Command) -> None:
    done = remote("explain", receipt(running), "--json")

    assert done.json["evidence"][0]["text"] == FIRE


def test_page_is_written_to_a_file(running: Running, remote: Command, tmp_path: Path) -> None:
    done = remote("explain", receipt(running), "--html", str(tmp_path / "report.html"))

    assert done.code == 0
    assert FIRE in (tmp_path / "report.html").read_text(encoding="utf-8")


def test_file_that_cannot_be_written_is_named(
    running: Running, remote: Command, tmp_path: Path
) -> None:
    done = remote("explain", receipt(running), "--html", str(tmp_path / "none" / "report.html"))

    assert done.code == 2
    assert "--html" in done.err


def test_unknown_receipt_ends_with_5(remote: Command) -> None:
    assert remote("explain", "rcpt_none").code == 5
