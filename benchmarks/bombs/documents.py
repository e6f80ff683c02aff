"""Bombs in what a body says: entities, nesting, numbers, lines, and far too much of everything."""

from collections.abc import Mapping

from benchmarks.bombs.bomb import CSV, FEED, JSON, NUMBERS, SITEMAP, XML, Bomb, body_of
from benchmarks.config import Setting

MEGA = 1_000_000


def document_bombs() -> list[Bomb]:
    return [
        *_xml("feed", FEED),
        *_xml("xml", XML),
        *_xml("sitemap", SITEMAP),
        *_feeds(),
        *_json(),
        *_csv(),
    ]


def _xml(kind: str, options: Mapping[str, Setting]) -> list[Bomb]:
    laughs = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 12))
    bodies = {
        "billion laughs": _rss("&l11;", f'[<!ENTITY l0 "lol">{laughs}]'),
        "billion laughs by lines": _rss(
            "&l11;", '[\n<!ENTITY l0 "lol">\n' + laughs.replace("><", ">\n<") + "\n]"
        ),
        "quadratic blowup": _rss("&a;" * 50_000, f'[<!ENTITY a "{"x" * 50_000}">]'),
        "many small entities": _rss("&a;" * MEGA, f'[\n<!ENTITY a "{"x" * 250}">\n]'),
        "parameter entities": _rss(
            "&c;", '[<!ENTITY % a "x"><!ENTITY % b "%a;%a;"><!ENTITY c "d">]'
        ),
        "external entity": _rss("&a;", '[<!ENTITY a SYSTEM "file:///etc/passwd">]'),
        "external DTD": _rss("x", 'SYSTEM "http://127.0.0.1:9/x.dtd"'),
        "nested": _rss("<b>" * 100_000 + "x" + "</b>" * 100_000),
        "nested and never closed": _rss("<b>" * 3 * MEGA),
        "200,000 attributes": _rss("<b " + "".join(f'a{n}="" ' for n in range(200_000)) + "/>"),
        "many namespaces": _rss("".join(f"<b xmlns:n{n}='u{n}'>" for n in range(100_000))),
        "5 million elements": _rss("<b/>" * (19 * MEGA // 4)),
    }
    return [
        _bomb(f"{kind}: {name}", body, "application/xml", options) for name, body in bodies.items()
    ]


def _rss(content: str, doctype: str = "") -> bytes:
    declared = f"<!DOCTYPE rss {doctype}>" if doctype else ""
    return (
        f"<?xml version='1.0'?>{declared}<rss version='2.0'><channel><title>t</title>"
        f"<item><title>{content}</title></item></channel></rss>"
    ).encode()


def _feeds() -> list[Bomb]:
    item = "<item><title>a</title><description>b</description></item>"
    bodies = {
        "300,000 items": _rss("x</title></item>" + item * 300_000 + "<item><title>"),
        "a million ampersands": _rss("&" * MEGA),
        "19 MB of open angle brackets": _rss("<" * 19 * MEGA),
        "19 MB of spaces in a tag": _rss("<b" + " " * 19 * MEGA),
        "a million open comments": _rss("<!--" * MEGA),
        "a million open CDATA": _rss("<![CDATA[" * MEGA),
    }
    return [_bomb(f"feed: {name}", body, "text/xml", FEED) for name, body in bodies.items()]


def _json() -> list[Bomb]:
    def document(value: str) -> bytes:
        return f'{{"items": [{{"id": "a", "text": {value}}}]}}'.encode()

    def number(value: str) -> bytes:
        return f'{{"items": [{{"at": "2026-01-01", "x": "a", "value": {value}}}]}}'.encode()

    bodies = {
        "nested lists": document("[" * 9 * MEGA),
        "nested objects": document('{"a":' * 3 * MEGA),
        "nested, well-formed": document("[" * MEGA + "]" * MEGA),
        "endless string": document('"' + "x" * 18 * MEGA),
        "number of 10 MB as text": document("9" * 10 * MEGA),
    }
    numbers = {
        "number of 10 MB": number("9" * 10 * MEGA),
        "fraction of 10 MB": number("0." + "9" * 10 * MEGA),
        "ten to the 999999999": number("1e999999999"),
        "ten to the minus 999999999": number("1e-999999999"),
        "exponent of 1 MB": number("1e" + "9" * MEGA),
    }
    feeds = {
        "nested": b'{"version": "https://jsonfeed.org/version/1.1", "items": ' + b"[" * 9 * MEGA
    }
    kind = "application/json"
    return [
        *(_bomb(f"json: {name}", body, kind, JSON) for name, body in bodies.items()),
        *(_bomb(f"json: {name}", body, kind, NUMBERS) for name, body in numbers.items()),
        *(_bomb(f"JSON Feed: {name}", body, kind, FEED) for name, body in feeds.items()),
    ]


def _csv() -> list[Bomb]:
    header = b"date,value\n"
    bodies = {
        "one line of 19 MB": header + b"2026-01-01," + b"9" * 19 * MEGA,
        "header of 19 MB": b"date,value," + b"x," * (9 * MEGA),
        "one quoted field of 19 MB": header + b'2026-01-01,"' + b"x\n" * (9 * MEGA),
        "9 million empty lines": header + b"\n" * 9 * MEGA,
        "a number of 100 kB": header + b"2026-01-01," + b"9" * 100_000 + b"\n",
    }
    return [_bomb(f"csv: {name}", body, "text/csv", CSV) for name, body in bodies.items()]


def _bomb(name: str, body: bytes, media_type: str, options: Mapping[str, Setting]) -> Bomb:
    answer = body_of(body, f"Content-Type: {media_type}")
    return Bomb(name, answer, options, is_large=len(body) >= MEGA)
