from datetime import UTC, datetime
from decimal import Decimal

import pytest

from grounding.cli.output import age, print_json, print_json_line, print_table, say
from indexer.records import Counts


@pytest.mark.parametrize(
    ("seconds", "word"),
    [(None, "never"), (0, "0s"), (59.9, "59s"), (60, "1m"), (3_600, "1h"), (172_799, "1d")],
)
def test_age_is_one_short_word(seconds: float | None, word: str) -> None:
    assert age(seconds) == word


def test_json_holds_records_times_and_exact_numbers(capsys: pytest.CaptureFixture[str]) -> None:
    print_json({"at": datetime(2026, 1, 1, tzinfo=UTC), "value": Decimal("1.10"), "ü": (Counts(),)})

    out = capsys.readouterr().out
    assert '"at": "2026-01-01T00:00:00+00:00"' in out
    assert '"value": "1.10"' in out
    assert '"ü"' in out


def test_json_line_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    print_json_line({"a": {"b": [1, 2]}})

    assert capsys.readouterr().out == '{"a": {"b": [1, 2]}}\n'


def test_text_from_anywhere_is_neither_markup_nor_control(
    capsys: pytest.CaptureFixture[str],
) -> None:
    say("[red]a[/red]\x1b[2J\u202eb\x07\n[link=x]c")

    assert capsys.readouterr().out == "[red]a[/red][2Jb\n[link=x]c\n"


def test_words_between_colons_are_no_pictures(capsys: pytest.CaptureFixture[str]) -> None:
    say("at 10:100:30 :smile:")

    assert capsys.readouterr().out == "at 10:100:30 :smile:\n"


def test_table_is_neither_markup_nor_control(capsys: pytest.CaptureFixture[str]) -> None:
    print_table("[/x]\x1b[2J:smile:", ["name"], [("[/y]\x1b[2J:100:",)])

    out = capsys.readouterr().out
    assert "[/x][2J:smile:" in out
    assert "[/y][2J:100:" in out
