from time import monotonic

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.text.decoding import decode, tidied

RUSSIAN = "Гавань снова открыта для всех паромов, сообщили власти города. " * 5
FRENCH = "Le café du port a rouvert à midi, après l’été. "


@pytest.mark.parametrize("charset", ["utf-8-sig", "utf-16", "utf-32"])
def test_byte_order_mark_wins(charset: str) -> None:
    assert decode(FRENCH.encode(charset), "iso-8859-1") == FRENCH


@pytest.mark.parametrize("charset", ["utf-8", "cp1251", "koi8-r", "UTF-16LE"])
def test_declared_charset_is_used(charset: str) -> None:
    assert decode(RUSSIAN.encode(charset), charset) == RUSSIAN


@pytest.mark.parametrize(
    "declaration",
    [
        '<meta charset="windows-1251">',
        '<META http-equiv="Content-Type" content="text/html; charset=windows-1251">',
        '<?xml version="1.0" encoding="windows-1251"?>',
    ],
)
def test_declaration_inside_is_used(declaration: str) -> None:
    body = (declaration + RUSSIAN).encode("cp1251")

    assert RUSSIAN in decode(body)


@pytest.mark.parametrize("declared", ["iso-8859-1", "us-ascii", "windows-1252"])
def test_utf8_wins_over_what_servers_say_of_anything(declared: str) -> None:
    assert decode(RUSSIAN.encode(), declared) == RUSSIAN


def test_latin_1_is_read_as_the_web_does() -> None:
    assert decode("l’été €".encode("cp1252"), "iso-8859-1") == "l’été €"


@pytest.mark.parametrize(
    "declared",
    [
        "no-such-charset",
        "",
        "hex",
        "idna",
        "unicode_escape",
        "utf-7",
        "\x00",
        "shift_jis",
        "utf-16",
    ],
)
def test_wrong_declaration_never_loses_the_document(declared: str) -> None:
    body = FRENCH.encode() + b"!" * (len(FRENCH.encode()) % 2 == 0)

    assert FRENCH in decode(body, declared)


def test_undeclared_charset_is_guessed() -> None:
    assert decode(RUSSIAN.encode("cp1251")) == RUSSIAN


def test_a_few_damaged_bytes_do_not_change_the_charset() -> None:
    body = RUSSIAN.encode()

    assert decode(body[:100] + b"\xff" + body[100:]).replace("\ufffd", "") == RUSSIAN


@given(st.binary(), st.one_of(st.none(), st.text()))
def test_nothing_fails_to_decode(body: bytes, declared: str | None) -> None:
    assert isinstance(decode(body, declared), str)


@pytest.mark.parametrize(
    ("text", "tidy"),
    [
        ("a\r\nb\rc\u2028d\x0be", "a\nb\nc\nd\ne"),
        ("a\x00b\x1b[31mc\x7f\x9fd\ud800", "ab[31mcd"),
        ("a  \n\n\n\n\nb\t\n", "a\n\nb"),
        ("\n    code\n\ttab", "    code\n\ttab"),
        ("zero\u200bwidth \u202eleft", "zerowidth left"),
        ("می\u200cخواهم", "می\u200cخواهم"),
    ],
)
def test_text_is_tidied(text: str, tidy: str) -> None:
    assert tidied(text) == tidy


def test_long_blank_space_takes_no_time_by_its_square() -> None:
    started = monotonic()

    assert tidied("a" + " " * 500_000 + "b").endswith("b")

    assert monotonic() - started < 2


@pytest.mark.parametrize(
    ("text", "charset"),
    [
        ("A eleição não está decidida: apuração de segundo turno começa às três.", "cp1252"),
        ("Über die Brücke führt eine schöne Straße, größer als früher.", "cp1252"),
        ("Příliš žluťoučký kůň úpěl ďábelské ódy v noci.", "cp1250"),
        ("Река поднялась на два метра за ночь, мост закрыт.", "cp1251"),
        ("Το ποτάμι ανέβηκε δύο μέτρα τη νύχτα.", "cp1253"),
    ],
)
def test_what_declares_no_encoding_is_guessed(text: str, charset: str) -> None:
    body = f"<rss><title>News</title>{text * 4}</rss>"

    assert decode(body.encode(charset)) == body
