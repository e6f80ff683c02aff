"""Keys and receipts on the command line, from the first key to a verified export."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.grounding.cli.command import Command
from tests.grounding.serving import Plan, document, serving


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A folder with settings and a signing key, whose service made two prompts."""
    (tmp_path / "grounding.toml").write_text(
        f'[database]\nurl = "sqlite:///{tmp_path}/grounding.db"\n[receipts]\nkeys = "keys"\n'
    )
    return tmp_path


def run(home: Path, command: Command, *arguments: str) -> Any:
    return command("--config", str(home / "grounding.toml"), *arguments)


def made(home: Path) -> None:
    with serving(Plan(home, receipts={"keys": home / "keys"})) as running:
        seq = running.push(document("oak", "The Oak Fire has burned 500 acres."))
        for question in ("How large is the Oak Fire?", "Where is it?"):
            running.client.augment(question, min_seq=seq)


def test_export_is_verified_with_the_public_key(home: Path, command: Command) -> None:
    key = run(home, command, "keys", "new", "--json").json["key"]
    made(home)
    file, public = home / "out.jsonl", home / "keys" / f"{key}.pub.pem"

    exported = run(home, command, "receipts", "export", str(file), "--json").json
    verified = run(home, command, "receipts", "verify", str(file), "--key", str(public), "--json")

    assert verified.code == 0
    assert verified.json["valid"] is True
    assert verified.json["is_independent"] is True
    assert (verified.json["entries"], verified.json["head"]) == (3, exported["head"])


def test_tampered_export_ends_with_6_and_names_the_entry(home: Path, command: Command) -> None:
    run(home, command, "keys", "new")
    made(home)
    file = home / "out.jsonl"
    run(home, command, "receipts", "export", str(file))
    file.write_bytes(file.read_bytes().replace(b"How large", b"How small"))

    done = run(home, command, "receipts", "verify", str(file))

    assert done.code == 6
    assert "is not what it was" in done.err


def test_keys_are_rotated_and_listed(home: Path, command: Command) -> None:
    first = run(home, command, "keys", "new", "--json").json["key"]
    made(home)

    rotated = run(home, command, "keys", "rotate", "--json").json
    listed = run(home, command, "keys", "list", "--json").json["keys"]

    assert rotated["before"] == first
    assert {each["key"]: each["signs"] for each in listed} == {
        first: False,
        rotated["key"]: True,
    }
    verified = run(home, command, "receipts", "verify", "--json").json
    assert (verified["valid"], verified["signed"]) == (True, 4)


def test_second_new_key_is_refused(home: Path, command: Command) -> None:
    run(home, command, "keys", "new")

    done = run(home, command, "keys", "new")

    assert done.code == 5
    assert "keys rotate" in done.err


def test_service_without_its_key_says_what_to_do(home: Path, command: Command) -> None:
    done = run(home, command, "receipts", "verify")

    assert done.code == 5
    assert "grounding keys new" in done.err


def test_old_receipts_are_deleted_and_the_chain_stays_valid(home: Path, command: Command) -> None:
    run(home, command, "keys", "new")
    made(home)

    done = run(home, command, "receipts", "prune", "--before", "2030-01-01T00:00:00Z", "--json")

    assert done.json == {"deleted": 2}
    assert run(home, command, "receipts", "verify", "--json").json["deleted"] == 2


def test_existing_file_is_not_overwritten(home: Path, command: Command) -> None:
    run(home, command, "keys", "new")
    file = home / "out.jsonl"
    file.write_text("mine")

    assert run(home, command, "receipts", "export", str(file)).code == 2
    assert file.read_text() == "mine"


def test_what_is_no_export_is_refused(home: Path, command: Command) -> None:
    (home / "out.jsonl").write_text(json.dumps({"a": 1}))

    done = run(home, command, "receipts", "verify", str(home / "out.jsonl"))

    assert done.code == 5
    assert "no export of receipts" in done.err
