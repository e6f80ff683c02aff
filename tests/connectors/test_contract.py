"""What every kind of connector promises, asked of all of them."""

import json
import os
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connectors import registry
from connectors.errors import SourceBroken
from connectors.http.fetch import Fetcher
from connectors.protocol import Connector, Options
from connectors.records import Semantics
from tests.connectors.reading import Read, connector, read
from tests.web import Answer, WebServer

FIRST, SECOND = 1_772_000_000, 1_772_000_100


@dataclass(frozen=True)
class Kind:
    """A kind, its options, and a place with one readable and one unreadable item."""

    name: str
    options: dict[str, Any]
    path: str
    good: str
    good_and_bad: str


RSS = '<rss version="2.0"><channel><title>F</title>{}</channel></rss>'
RSS_ITEM = (
    "<item><guid>1</guid><title>T</title><pubDate>Sun, 01 Mar 2026 10:00:00 +0100</pubDate></item>"
)

KINDS = [
    Kind(
        "feed",
        {},
        "feed.xml",
        RSS.format(RSS_ITEM),
        RSS.format(RSS_ITEM + "<item><category/></item>"),
    ),
    Kind("files", {}, "files", "Text.", ""),
    Kind(
        "json",
        {"documents": {"key": "id", "text": "t", "published_at": "on"}},
        "reply.json",
        '[{"id": 1, "t": "Text.", "on": "2026-03-01T10:00:00+01:00"}]',
        '[{"id": 1, "t": "Text.", "on": "2026-03-01T10:00:00+01:00"}, {"t": "no key"}]',
    ),
    Kind(
        "json",
        {
            "observations": {
                "series": {"key": "s", "title": "S"},
                "valid_from": "at",
                "value": "v",
            }
        },
        "values.json",
        '[{"at": "2026-03-01T10:00:00+01:00", "v": 1}]',
        '[{"at": "2026-03-01T10:00:00+01:00", "v": 1}, {"at": "soon", "v": 1}]',
    ),
    Kind(
        "xml",
        {"items": "i", "documents": {"key": "id", "text": "t", "published_at": "on"}},
        "reply.xml",
        '<r><i id="1" on="2026-03-01T10:00:00+01:00"><t>Text.</t></i></r>',
        '<r><i id="1" on="2026-03-01T10:00:00+01:00"><t>Text.</t></i><i><t>no key</t></i></r>',
    ),
    Kind(
        "metar",
        {"stations": ["KAAA", "KBBB"], "reports": "taf"},
        "reports.txt",
        "TAF KAAA 010900Z 0109/0209 27007KT P6SM",
        "TAF KAAA 010900Z 0109/0209 27007KT P6SM\nTAF KBBB 010900Z NIL",
    ),
    Kind(
        "csv",
        {"time": "at", "wide": {"title": "{column}"}},
        "table.csv",
        "at,v\n2026-03-01T10:00:00+01:00,1\n",
        "at,v\n2026-03-01T10:00:00+01:00,1\nsoon,1\n",
    ),
]

Place = Callable[[str, int], Connector]


def case(kind: Kind) -> str:
    return f"{kind.name}-{kind.path.partition('.')[0]}"


@pytest.fixture(params=KINDS, ids=case)
def kind(request: pytest.FixtureRequest) -> Kind:
    chosen: Kind = request.param
    return chosen


@pytest.fixture
def place(kind: Kind, tmp_path: Path) -> Place:
    """Put content where the kind reads it, modified at a given second."""

    def filled(content: str, modified: int = FIRST) -> Connector:
        path = tmp_path / kind.path
        if kind.name == "files":
            path.mkdir(exist_ok=True)
            items = {"good.txt": kind.good, "item.txt": content}
        else:
            items = {"": content}
        for name, text in items.items():
            (path / name).write_text(text)
            os.utime(path / name, (modified, modified))
        return connector(kind.name, path=path, **kind.options)

    return filled


def content_of(result: Read) -> tuple[object, ...]:
    return (result.documents, result.series, result.observations, result.failures)


def test_kind_is_registered_with_options_that_refuse_unknown_ones(kind: Kind) -> None:
    assert kind.name in registry.kinds()
    options = registry.validated(kind.name, {"path": "x", **kind.options})
    assert isinstance(options, Options)


def test_connector_says_its_kind_and_semantics(kind: Kind, place: Place) -> None:
    source = place(kind.good, FIRST)

    assert source.kind == kind.name
    assert isinstance(source.semantics, Semantics)


def test_cursor_survives_json(kind: Kind, place: Place) -> None:
    source = place(kind.good, FIRST)

    for batch in source.read({}):
        assert json.loads(json.dumps(batch.cursor)) == batch.cursor


def test_reading_twice_from_one_cursor_gives_the_same(kind: Kind, place: Place) -> None:
    source = place(kind.good, FIRST)

    assert content_of(read(source)) == content_of(read(source))


def test_unmodified_source_says_so_and_gives_nothing(kind: Kind, place: Place) -> None:
    source = place(kind.good, FIRST)
    cursor = json.loads(json.dumps(read(source).cursor))

    again = read(source, cursor)

    assert again.is_unmodified
    assert content_of(again) == ([], [], [], [])
    assert read(source, again.cursor).is_unmodified


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind.name != "files"], ids=case)
def test_server_is_told_what_is_known_and_believed(
    kind: Kind, web: WebServer, fetcher: Fetcher
) -> None:
    url = web.route("/data", Answer(body=kind.good.encode(), headers={"ETag": '"v1"'}))
    source = connector(kind.name, fetcher, url=url, **kind.options)
    first = read(source)

    again = read(source, json.loads(json.dumps(first.cursor)))

    assert first.batches[0].bytes_read == len(kind.good.encode())
    assert web.requests[1].headers["if-none-match"] == '"v1"'
    assert again.is_unmodified
    assert content_of(again) == ([], [], [], [])
    assert again.cursor == first.cursor


@given(content=st.binary(max_size=300) | st.text(max_size=300).map(str.encode))
@settings(max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_bytes_are_read_or_refused_and_nothing_else(
    kind: Kind, tmp_path: Path, content: bytes
) -> None:
    path = tmp_path / kind.path
    (path if kind.name == "files" else tmp_path).mkdir(exist_ok=True)
    for name in ("a.txt", "a.pdf", "a.html", "a.md", "a.rst") if kind.name == "files" else ("",):
        (path / name).write_bytes(content)

    with suppress(SourceBroken):
        read(connector(kind.name, path=path, **kind.options))


def test_same_content_written_again_is_harmless(kind: Kind, place: Place) -> None:
    first = read(place(kind.good, FIRST))

    second = read(place(kind.good, SECOND), first.cursor)

    assert {each.key for each in second.documents} <= {each.key for each in first.documents}
    assert second.observations in ([], first.observations)
    assert second.failures == []


def test_changed_content_is_read(kind: Kind, place: Place) -> None:
    changes = {
        "Text.": "Changed.",
        "<title>T": "<title>Changed",
        ",1\n": ",2\n",
        '"v": 1': '"v": 2',
        "27007KT": "18007KT",
    }
    first = read(place(kind.good, FIRST))
    changed = kind.good
    for old, new in changes.items():
        changed = changed.replace(old, new)

    second = read(place(changed, SECOND), first.cursor)

    assert not second.is_unmodified
    assert second.documents or second.observations


def test_unreadable_item_is_a_failure_and_the_rest_is_read(kind: Kind, place: Place) -> None:
    result = read(place(kind.good_and_bad, FIRST))

    assert result.documents or result.observations
    assert len(result.failures) == 1
    assert result.failures[0].reason


def test_every_time_is_utc(kind: Kind, place: Place) -> None:
    result = read(place(kind.good, FIRST))

    times = [each.published_at for each in result.documents]
    times += [each.updated_at for each in result.documents]
    times += [each.valid_from for each in result.observations]
    known = [time for time in times if time is not None]
    assert known
    assert all(time.tzinfo is UTC for time in known)
    if kind.name != "files":
        assert datetime(2026, 3, 1, 9, tzinfo=UTC) in known


def test_only_snapshots_are_complete(kind: Kind, place: Place) -> None:
    source = place(kind.good, FIRST)

    assert read(source).is_complete is (source.semantics is Semantics.SNAPSHOT)
