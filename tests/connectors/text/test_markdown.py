from time import monotonic

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.text.markdown import plain_text, split_front_matter


def text_of(markdown: str) -> str:
    return plain_text(markdown, html_to_text=lambda html: f"<{len(html)} of html>").strip("\n")


@pytest.mark.parametrize(
    ("markdown", "text"),
    [
        ("# One\n## Two ##\n###### Six", "# One\n\n## Two\n\n###### Six"),
        ("One\n===\nTwo\n---", "# One\n\n## Two"),
        ("**bold** _it_ ~~no~~ `x_y`", "bold it no x_y"),
        ("[text](http://a.org 'title') ![alt *x*](i.png)", "text alt x"),
        ("see [ref]\n\n[ref]: http://a.org", "see ref"),
        ("<http://a.org> &amp; &copy; \\*", "http://a.org & © *"),
        ("one\ntwo\\\nthree", "one two\nthree"),
        ("a <b>b</b> <!-- c -->", "a b"),
        ("- a\n- b\n\ntext", "- a\n- b\n\ntext"),
        ("text\n\n1. a\n2. b", "text\n\n1. a\n2. b"),
        ("- a\n\n  more\n- b", "- a\n\nmore\n- b"),
        ("> quoted\n> text", "quoted text"),
        ("```sh\n# no heading\nrun\n```", "    # no heading\n    run"),
        ("    # code", "    # code"),
        ("| A | B |\n|---|---|\n| 1 | *2* |\n\nend", "A | B\n1 | 2\n\nend"),
        ("text\n\n<div>x</div>\n", "text\n\n<13 of html>"),
        ("snake_case 5 * 3 * 2", "snake_case 5 * 3 * 2"),
        ("a\n\n---\n\nb", "a\n\nb"),
        ("", ""),
    ],
)
def test_markup_is_dropped_and_structure_kept(markdown: str, text: str) -> None:
    assert text_of(markdown) == text


def test_deep_lists_keep_their_text() -> None:
    markdown = "".join("  " * depth + f"- level{depth}\n" for depth in range(25))

    assert text_of(markdown).count("level") == 25


@pytest.mark.parametrize(
    ("markdown", "fields", "rest"),
    [
        ("---\na: 1\nB-c: 'x: y'\n---\ntext", {"a": "1", "b-c": "x: y"}, "text"),
        ("---\na: b # note\n\nlist:\n  - x\n---\n", {"a": "b", "list": ""}, ""),
        ("+++\na = 1\n+++\ntext", {"a": 1}, "text"),
        ("+++\nnot toml\n+++\ntext", {}, "+++\nnot toml\n+++\ntext"),
        ("---\n\n---\ntext", {}, "---\n\n---\ntext"),
        ("---\nnever closed: x\n", {}, "---\nnever closed: x\n"),
        ("text\n---\na: b\n---\n", {}, "text\n---\na: b\n---\n"),
    ],
)
def test_front_matter_is_told_from_text(
    markdown: str, fields: dict[str, object], rest: str
) -> None:
    assert split_front_matter(markdown) == (fields, rest)


@pytest.mark.parametrize(
    "markdown",
    [
        "[" * 20_000,
        "![" * 20_000,
        "*a " * 30_000,
        "_a*" * 20_000,
        ">" * 50_000,
        "- " * 50_000,
        "<a " * 30_000,
        "[a](" * 20_000,
        "&#" * 50_000,
        "---\n" + "a: b\n" * 50_000,
        "".join("`" * length + " " for length in range(500)),
        "x" * 3_000_000,
    ],
)
def test_hostile_markdown_neither_fails_nor_hangs(markdown: str) -> None:
    started = monotonic()

    text_of(markdown)
    split_front_matter(markdown)

    assert monotonic() - started < 20


@given(st.text("ab \n\t#*_`[]()!<>|-=+:~&;\\1."))
def test_no_text_fails_as_markdown(markdown: str) -> None:
    text_of(markdown)
    split_front_matter(markdown)
