"""An export is verified without service, database or network, and any change of it is found."""

import io
import json
import random
from pathlib import Path

import pytest

from grounding.receipts.errors import ExportUnreadable
from grounding.receipts.export import verify_export, write_export
from grounding.receipts.keys import KeyRing, new_key
from grounding.receipts.service import links
from indexer.database import Database
from tests.grounding.receipts.test_chain import filled

FLIPS = 400


@pytest.fixture
def keys(tmp_path: Path) -> KeyRing:
    new_key(tmp_path / "keys")
    return KeyRing(tmp_path / "keys")


def exported(database: Database, keys: KeyRing | None) -> bytes:
    receipts, file = filled(database, keys, 3), io.BytesIO()
    with receipts.database.reading() as session:
        write_export(file, links(session))
    return file.getvalue()


def verified(content: bytes, tmp_path: Path, **more: object) -> tuple[str, ...]:
    path = tmp_path / "receipts.jsonl"
    path.write_bytes(content)
    return verify_export(path, **more).faults  # type: ignore[arg-type]  # keywords of it


def test_export_is_valid(database: Database, keys: KeyRing, tmp_path: Path) -> None:
    key = keys.current()

    assert verified(exported(database, keys), tmp_path, trusted={key.name: key.public}) == ()


def test_lines_are_json_that_anybody_can_read(database: Database, keys: KeyRing) -> None:
    lines = [json.loads(line) for line in exported(database, keys).splitlines()]

    assert lines[0]["grounding_receipts"] == 1
    assert json.loads(lines[2]["entry"])["receipt"] == "rcpt_0"
    assert lines[-1] == {"count": 4, "head": lines[-2]["digest"]}


@pytest.mark.parametrize("signs", [True, False])
def test_any_flipped_byte_is_found(
    database: Database, keys: KeyRing, tmp_path: Path, signs: bool
) -> None:
    content = exported(database, keys if signs else None)
    draw = random.Random(1)

    for place in draw.sample(range(len(content)), FLIPS):
        flipped = bytearray(content)
        flipped[place] ^= 1 << draw.randrange(8)
        try:
            faults = verified(bytes(flipped), tmp_path)
        except ExportUnreadable:
            continue
        assert faults, (place, content[place : place + 20])


def test_cut_off_file_is_found(database: Database, keys: KeyRing, tmp_path: Path) -> None:
    lines = exported(database, keys).splitlines(keepends=True)

    assert verified(b"".join(lines[:-1]), tmp_path) == (
        "the file ends after 4 entries, without its last line: it was cut off",
    )
    assert verified(b"".join([*lines[:-2], lines[-1]]), tmp_path)
    assert verified(b"".join(lines)[:-1], tmp_path)


@pytest.mark.parametrize("content", [b"", b"{}\n", b"\xff\xfe\n", b"[" * 100_000, b"no json\n"])
def test_what_is_no_export_is_refused(content: bytes, tmp_path: Path) -> None:
    with pytest.raises(ExportUnreadable, match="no export of receipts"):
        verified(content, tmp_path)


def test_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ExportUnreadable, match="cannot be read"):
        verify_export(tmp_path / "none")
