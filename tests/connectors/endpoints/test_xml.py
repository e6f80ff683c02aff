from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from connectors.endpoints.xml import DEEPEST, MOST_MARKS
from connectors.errors import SourceBroken
from tests.connectors.reading import Read, connector, read

ALERTS = """<?xml version="1.0" encoding="utf-8"?>
<list xmlns="urn:alerts" xmlns:g="urn:geo" updated="2026-03-01">
  <alert id="7" g:zone="A"><title>Flood &amp; storm</title><g:level>3</g:level>
    <area>North</area><area>South</area><ends>2026-03-02T00:00:00Z</ends><empty/></alert>
  <alert id="8"><title>Wind</title><g:level unit="m">4</g:level><area>West</area></alert>
</list>"""


def read_xml(tmp_path: Path, text: str | bytes, **options: Any) -> Read:
    path = tmp_path / "reply.xml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return read(connector("xml", path=path, **options))


def found(tmp_path: Path, text: str | bytes, expression: str, **options: Any) -> object:
    """Return what an expression finds in the document."""
    mapping = {"key": "'1'", "text": "'x'", "metadata": {"found": expression}}
    result = read_xml(tmp_path, text, documents=mapping, items="[@]", **options)
    return result.document.metadata.get("found")


def test_elements_become_documents_as_mapped(tmp_path: Path) -> None:
    mapping = {
        "key": "id",
        "title": "title",
        "template": "{title} in {join(', ', to_array(area))}",
        "valid_until": "ends",
        "metadata": {"level": "g_level.text || g_level", "zone": "g_zone"},
    }

    first, second = read_xml(tmp_path, ALERTS, items="alert", documents=mapping).documents

    assert (first.key, first.title) == ("7", "Flood & storm")
    assert first.text == "Flood & storm in North, South"
    assert first.valid_until == datetime(2026, 3, 2, tzinfo=UTC)
    assert first.metadata == {"level": "3", "zone": "A"}
    assert (second.text, second.metadata) == ("Wind in West", {"level": "4"})


def test_values_of_series_are_read_with_all_their_digits(tmp_path: Path) -> None:
    text = '<r><v at="2026-03-01">1.50</v><v at="2026-03-02">2</v></r>'
    mapping = {"series": {"key": "s", "title": "S"}, "valid_from": "at", "value": "text"}

    result = read_xml(tmp_path, text, items="v", observations=mapping)

    assert list(result.values.values()) == ["1.50", "2"]


@pytest.mark.parametrize(
    ("text", "expression", "expected"),
    [
        ("<r><a/></r>", "a", None),
        ("<r><a> x </a></r>", "a", "x"),
        ("<r><a>1</a><a>2</a></r>", "a", ["1", "2"]),
        ('<r><a b="1">x</a></r>', "a", {"b": "1", "text": "x"}),
        ('<r><a b="1"><b>2</b></a></r>', "a.b", ["1", "2"]),
        ("<r><a>x<b>y</b>z</a></r>", "a", {"b": "y", "text": "x z"}),
        ("<r><a>x<!-- no -->y<?php no ?></a></r>", "a", "xy"),
        ("<r><a><![CDATA[<b>]]></a></r>", "a", "<b>"),
        ('<r xml:lang="de"><a/></r>', "xml_lang", "de"),
        ('<p:r xmlns:p="urn:p" p:x="1"><p:a>2</p:a></p:r>', "[p_x, p_a]", ["1", "2"]),
    ],
)
def test_document_becomes_plain_data(
    tmp_path: Path, text: str, expression: str, expected: object
) -> None:
    assert found(tmp_path, text, expression) == expected


def test_prefixes_of_ones_own_hold_whatever_the_document_calls_them(tmp_path: Path) -> None:
    text = '<r xmlns:other="urn:geo" other:zone="A"><other:level>3</other:level></r>'

    assert found(tmp_path, text, "[geo_zone, geo_level]", namespaces={"geo": "urn:geo"}) == [
        "A",
        "3",
    ]


def test_charset_is_what_the_document_says(tmp_path: Path) -> None:
    text = '<?xml version="1.0" encoding="iso-8859-15"?><r><a>5 €</a></r>'.encode("iso-8859-15")

    assert found(tmp_path, text, "a") == "5 €"


BOMB = (
    '<!DOCTYPE r [<!ENTITY a "aaaaaaaaaa">'
    + "".join(
        f'<!ENTITY {b} "{f"&{a};" * 10}">' for a, b in zip("abcdefgh", "bcdefghi", strict=True)
    )
    + "]><r><a>{}</a></r>"
)


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", "not XML"),
        ("<r><a></r>", "not XML"),
        ('{"a": 1}', "not XML"),
        (BOMB.replace("{}", "&i;"), "entit"),
        (BOMB.replace("<a>{}</a>", '<a b="&i;"/>'), "entit"),
        ('<!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/hostname">]><r><a>&x;</a></r>', "entities"),
        ('<!DOCTYPE r [<!ENTITY % x SYSTEM "http://127.0.0.1:9/x"> %x;]><r/>', "entities|not XML"),
        ("<a>" * (DEEPEST + 1) + "</a>" * (DEEPEST + 1), "nested deeper|not XML"),
        ("<a>" * 5_000 + "</a>" * 5_000, "nested deeper|not XML"),
        (f"<r>{'<a/>' * MOST_MARKS}</r>", "more than"),
        (f"<r>{'<a/>' * MOST_MARKS}</r>".encode("utf-16"), "more than"),
        ("<r><a>no list</a></r>", "finds no list"),
    ],
)
def test_what_is_no_xml_or_built_to_exhaust_breaks_the_source(
    tmp_path: Path, text: str | bytes, complaint: str
) -> None:
    with pytest.raises(SourceBroken, match=f"source here: .*({complaint})"):
        read_xml(tmp_path, text, items="a", documents={"key": "id", "text": "t"})


def test_document_type_without_entities_is_harmless(tmp_path: Path) -> None:
    text = '<!DOCTYPE r SYSTEM "http://127.0.0.1:9/r.dtd"><r><a>x</a></r>'

    assert found(tmp_path, text, "a") == "x"
