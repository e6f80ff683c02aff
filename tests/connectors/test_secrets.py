from pathlib import Path

import pytest

from connectors.errors import InvalidOptions
from connectors.secrets import reveal


def test_plain_value_is_itself() -> None:
    assert reveal("text/csv", option="headers.Accept") == "text/csv"


def test_reference_is_followed_anew_each_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RIVER_KEY", "first")
    before = reveal("env:RIVER_KEY", option="key")
    monkeypatch.setenv("RIVER_KEY", "second")

    assert (before, reveal("env:RIVER_KEY", option="key")) == ("first", "second")


def test_secret_file_is_read_without_its_line_end(tmp_path: Path) -> None:
    (tmp_path / "key").write_text("swordfish\n")

    assert reveal(f"file:{tmp_path}/key", option="key") == "swordfish"


@pytest.mark.parametrize("content", [None, b"", b" \n", b"\xff\xfe"])
def test_unreadable_secret_file_is_named(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "key"
    if content is not None:
        path.write_bytes(content)

    with pytest.raises(InvalidOptions, match=f"headers.X: .*{path}"):
        reveal(f"file:{path}", option="headers.X")
