import html_text
import pytest

from connectors.text.page_facts import PageFacts, drop_selected, page_facts, path_of, wishes_of

URL = "https://pier.example/news/harbour"


def facts_of(html: str) -> PageFacts:
    return page_facts(html_text.parse_html(html), url=URL)


@pytest.mark.parametrize(
    ("html", "language"),
    [
        ("<html lang='en-GB'><body>x</body></html>", "en-GB"),
        ("<html lang=' '><meta http-equiv='Content-Language' content='de, en'></html>", "de"),
        ("<html lang='the language'><meta property='og:locale' content='pt_BR'></html>", "pt-BR"),
        ("<html><body lang='fr'>x</body></html>", None),
    ],
)
def test_declared_language_is_found(html: str, language: str | None) -> None:
    assert facts_of(html).language == language


@pytest.mark.parametrize(
    ("html", "canonical"),
    [
        ("<link rel='canonical' href='/a'>", "https://pier.example/a"),
        ("<link rel='CANONICAL nofollow' href='b'>", "https://pier.example/news/b"),
        ("<meta property='og:url' content='https://pier.example/c?utm_id=1'>",
         "https://pier.example/c"),
        ("<link rel='canonical'><meta property='og:url' content='/d'>", "https://pier.example/d"),
        ("<link rel='canonical' href='javascript:x()'>", None),
        ("<link rel='stylesheet' href='/a'>", None),
    ],
)  # fmt: skip
def test_own_address_is_found(html: str, canonical: str | None) -> None:
    assert facts_of(html).canonical == canonical


@pytest.mark.parametrize(
    ("value", "wishes"),
    [
        ("noindex", {"noindex"}),
        ("NOINDEX,NoFollow", {"noindex", "nofollow"}),
        ("none", {"none", "noindex", "nofollow"}),
        ("all", {"all"}),
        ("grounding: noindex", {"noindex"}),
        ("otherbot: noindex", set()),
        ("max-snippet:-1", set()),
        ("", set()),
    ],
)
def test_wishes_to_robots_are_read(value: str, wishes: set[str]) -> None:
    assert wishes_of([value]) == wishes


def test_wishes_of_both_names_count() -> None:
    html = "<meta name='robots' content='noarchive'><meta name='grounding' content='noindex'>"

    assert facts_of(html).wishes == {"noarchive", "noindex"}


def test_selected_parts_go_and_the_text_after_them_stays() -> None:
    tree = html_text.parse_html("<p>a<i class='n x'>b</i>c</p><p id='d'>d<b>e</b></p>f")

    drop_selected(tree, [".n", "#d", "#d b", "html"])

    assert tree.text_content() == "acf"


@pytest.mark.parametrize("selector", ["p[", "", "::", "p >"])
def test_what_is_no_selector_is_refused(selector: str) -> None:
    with pytest.raises(ValueError, match="no CSS selector"):
        path_of(selector)
