from pathlib import Path

from benchmarks.traces import text_needles, traces

SECRET = "The combination of the safe is 31-08-77 — nobody knows."


def test_files_that_hold_a_needle_are_named_by_its_kind(tmp_path: Path) -> None:
    (tmp_path / "inside").mkdir()
    (tmp_path / "inside" / "a.db").write_bytes(b"\0" * 5_000_000 + SECRET.encode() + b"\0")
    (tmp_path / "b.log").write_bytes(b"all is well")
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / "c.md").write_bytes(SECRET.encode())

    found = traces(
        tmp_path,
        {"text": text_needles(SECRET), "word": [b"well"]},
        leave_out=[tmp_path / "own"],
    )

    assert found.files("text") == ["inside/a.db"]
    assert found.files("word") == ["b.log"]
    assert found.files() == ["b.log", "inside/a.db"]


def test_a_needle_across_two_blocks_is_found(tmp_path: Path) -> None:
    needle = b"0123456789abcdef"
    (tmp_path / "a").write_bytes(b"." * ((1 << 22) - 7) + needle + b".")

    assert traces(tmp_path, {"text": [needle]}).files() == ["a"]


def test_needles_are_stretches_of_all_of_a_text() -> None:
    assert text_needles("x" * 40) == [b"x" * 16] * 2
    assert text_needles("short") == [b"short"]
