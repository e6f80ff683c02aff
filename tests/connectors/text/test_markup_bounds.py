import pytest

from connectors.text.markup_bounds import MOST_MARKS, excess, has_oversized_entities


def rss(content: str, doctype: str = "") -> bytes:
    return f"{doctype}<rss><channel><item><title>{content}</title></item></channel></rss>".encode()


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        ("<b>" * 1_100, "nested deeper than 1000"),
        ("<b>" * 2_000 + "</b>" * 2_000, "nested deeper than 1000"),
        ("<b " + 'a="" ' * 300 + "/>", "a tag with more than 200 attributes"),
        ("<b " + "a = '' " * 300 + "/>", "a tag with more than 200 attributes"),
        ("<b/>" * (MOST_MARKS + 1), "more than 400000 tags"),
        ("&" * (MOST_MARKS + 1), "more than 400000 tags"),
    ],
)
def test_markup_that_exhausts_its_parser_is_known(content: str, complaint: str) -> None:
    assert complaint in excess(rss(content))


@pytest.mark.parametrize(
    "content",
    [
        "plain",
        "<b>x</b>" * 5_000,
        "<b/>" * 5_000,
        "<br>" * 5_000,
        "<![CDATA[" + "<div>" * 5_000 + "]]>",
        "<!--" + "<div>" * 5_000 + "-->",
        "&lt;div&gt;" * 5_000,
        "<![CDATA[never closed",
        '<a href="https://example.org/?' + "&amp;a=1" * 300 + '">x</a>',
    ],
)
def test_markup_as_people_write_it_is_not_too_much(content: str) -> None:
    assert excess(rss(content)) == ""


@pytest.mark.parametrize(
    ("content", "declared"),
    [
        ("&b;", '<!ENTITY a "xxxxxxxxxx"><!ENTITY b "' + "&a;" * 20_000 + '">'),
        ("&a;" * 20_000, '<!ENTITY a "' + "x" * 100 + '">'),
        ("&a;", '<!ENTITY a "&b;"><!ENTITY b "&a;">'),
        ("&a;", "<!ENTITY a '&#120;&a;'>"),
        ("x", "".join(f'<!ENTITY e{n} "x">' for n in range(400))),
    ],
)
def test_entities_that_multiply_are_known(content: str, declared: str) -> None:
    assert has_oversized_entities(rss(content, f"<!DOCTYPE rss [{declared}]>"))


@pytest.mark.parametrize(
    "declared",
    [
        '<!ENTITY euro "&#8364;">',
        '<!ENTITY name "Example &euro; Company"><!ENTITY euro "&#8364;">',
        '<!ENTITY % HTMLlat1 PUBLIC "-//W3C//ENTITIES Latin 1//EN" "http://a.example/x.ent">',
        '<!ENTITY secret SYSTEM "file:///etc/passwd">',
    ],
)
def test_entities_for_characters_and_names_are_not_oversized(declared: str) -> None:
    assert not has_oversized_entities(rss("&euro; &name;" * 99, f"<!DOCTYPE rss [{declared}]>"))
