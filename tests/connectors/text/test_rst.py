from hypothesis import given
from hypothesis import strategies as st

from connectors.text.rst import rst_to_text


def test_sections_are_levelled_in_order_of_appearance() -> None:
    rst = "=====\nGuide\n=====\n\nIntro.\n\nFirst\n-----\n\nDeep\n~~~~\n\nSecond\n------\nText.\n"

    found = rst_to_text(rst)

    assert found.title == "Guide"
    assert [line for line in found.text.split("\n") if line.startswith("#")] == [
        "# Guide",
        "## First",
        "### Deep",
        "## Second",
    ]


def test_tables_and_transitions_are_no_sections() -> None:
    rst = "Text.\n\n-----\n\n===  ===\na    b\n===  ===\n1    2\n===  ===\n"

    assert "#" not in rst_to_text(rst).text


def test_inline_markup_becomes_its_words() -> None:
    rst = "See :ref:`the guide <guide>`, :pep:`8`, ``code``, `Site <https://s.example>`_, `x`_."

    assert rst_to_text(rst).text == "See the guide, PEP 8, code, Site, x."


def test_targets_are_dropped_and_directives_keep_their_words() -> None:
    rst = ".. _label:\n\n.. note:: Careful.\n\n.. image:: a.png\n\n.. code-block:: c\n\n   x = 1\n"

    assert rst_to_text(rst).text.split() == ["Careful.", "c", "x", "=", "1"]


def test_headers_at_the_top_are_fields_and_stay_text() -> None:
    found = rst_to_text("PEP: 8\nTitle: Style\nAuthor: A,\n        B\n\nWhy\n===\n")

    assert found.fields == {"pep": "8", "title": "Style", "author": "A, B"}
    assert found.text.startswith("PEP: 8\n")


def test_field_list_below_the_title_is_fields() -> None:
    assert rst_to_text("Title\n=====\n\n:Date: 2026-03-01\n\nText.").fields == {
        "date": "2026-03-01"
    }


@given(st.text(alphabet="=-~ab :.`_<>\n|", max_size=200))
def test_any_text_is_read(text: str) -> None:
    rst_to_text(text)
