"""The page of a report as text: nothing that it is made of can act on who reads it."""

import io
import re
from dataclasses import replace

import pytest
from rich.console import Console

from grounding.report.page import cut, link, page, visible
from grounding.report.terminal import show
from grounding.report.wire import read
from tests.grounding.report.conftest import ANSWER, HOSTILE, Asked


class TestCut:
    def test_pieces_join_to_the_text_and_name_their_claims(self) -> None:
        pieces = cut("abcdefgh", [(1, 4, 1), (3, 6, 2)])

        assert [(each.text, each.claims) for each in pieces] == [
            ("a", ()),
            ("bc", (1,)),
            ("d", (1, 2)),
            ("ef", (2,)),
            ("gh", ()),
        ]
        assert [each.start for each in pieces] == [0, 1, 3, 4, 6]

    def test_what_reaches_beyond_the_text_or_is_empty_is_left_out(self) -> None:
        pieces = cut("abc", [(2, 9, 1), (5, 7, 2), (1, 1, 3)])

        assert [(each.text, each.claims) for each in pieces] == [("ab", ()), ("c", (1,))]

    def test_places_that_meet_belong_to_one_claim_each(self) -> None:
        assert [each.claims for each in cut("ab", [(0, 1, 1), (1, 2, 2)])] == [(1,), (2,)]

    def test_of_no_text_there_are_no_pieces(self) -> None:
        assert cut("", [(0, 3, 1)]) == []


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        "data:text/html,x",
        " javascript:x",
        "//host/x",
        "http://",
        "http://[",
        None,
    ],
)
def test_only_addresses_of_the_web_become_links(url: str | None) -> None:
    assert link(url) is None
    assert link("https://fires.example/oak") == "https://fires.example/oak"


def test_what_turns_text_around_is_written_out_and_the_rest_escaped() -> None:
    assert visible("<b>\u202e\0") == (
        '&lt;b&gt;<span class="hidden">U+202E</span><span class="hidden">U+0000</span>'
    )


def test_joiners_of_other_scripts_and_line_breaks_stay() -> None:
    assert visible("می\u200cخواهم\n\t") == "می\u200cخواهم\n\t"


def test_no_markup_of_a_text_reaches_the_page(asked: Asked) -> None:
    report = read(asked.running.client.report(asked.receipt, ANSWER))
    item = replace(report.evidence[0], title=HOSTILE, text=HOSTILE, url="javascript:x")
    written = page(replace(report, question=HOSTILE, evidence=(item,)))

    assert re.search(r"<(script|img|svg|iframe|form)\b", written) is None
    assert 'href="javascript' not in written
    assert written.count("</style>") == 1
    assert "{{ 7 * 7 }}" in written


def test_answer_of_100000_words_is_written(asked: Asked) -> None:
    report = read(asked.running.client.report(asked.receipt, ANSWER))
    assert report.answer is not None
    long = replace(report.answer, text=ANSWER + " word" * 100_000)

    assert " word word" in page(replace(report, answer=long))


def test_answer_that_was_not_checked_is_shown_and_said_to_be_so(asked: Asked) -> None:
    report = read(asked.running.client.report(asked.receipt, ANSWER))
    assert report.answer is not None
    written = page(replace(report, answer=replace(report.answer, checked=None)))

    assert "This answer was not checked." in written
    assert "Wombats dig burrows in Tasmania." in written
    assert 'class="claim ' not in written


def test_evidence_is_counted_by_how_it_stands(grown: Asked) -> None:
    assert "Of what was shown: 1 still current, 1 superseded." in grown.page()


def test_terminal_obeys_nothing_that_it_prints(asked: Asked) -> None:
    report = read(asked.running.client.report(asked.receipt, ANSWER))
    item = replace(report.evidence[0], title="\x1b[2J[bold]t", text="\x1b]0;taken\x07 \u202ex")
    to = Console(file=io.StringIO(), width=100)

    show(replace(report, question="[red]\x1b[31m?", evidence=(item,)), to)

    printed = to.file.getvalue()  # type: ignore[attr-defined]
    assert not {"\x1b", "\x07", "\u202e"} & set(printed)
    assert "[red]" in printed
    assert "[bold]t" in printed
