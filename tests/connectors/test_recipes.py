"""Every recipe, against small replies in the shape of its endpoint: `recipes/*.toml` beside this.

A file there holds a reply, what is asked for it, and all that is read from it.
"""

import json
import tomllib
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

from connectors import registry
from connectors.errors import InvalidOptions
from connectors.http.fetch import Fetcher
from connectors.records import Document, Observation, Series, Span
from indexer.durations import parse_duration
from tests.connectors.reading import connector, read, zipped
from tests.web import Answer, WebServer

CASES = {
    file.stem: tomllib.loads(file.read_text(encoding="utf-8"))
    for file in sorted((Path(__file__).parent / "recipes").glob("*.toml"))
}
Case = dict[str, Any]


@pytest.fixture(params=CASES, ids=str)
def case(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Case:
    monkeypatch.setenv("RECIPE_KEY", "k-123")
    chosen: Case = CASES[request.param]
    return chosen


@pytest.fixture
def options(case: Case, web: WebServer) -> dict[str, Any]:
    """Serve the case's reply and point the recipe at it."""
    member = case.get("zipped_as")
    body = zipped({member: case["reply"]}) if member else case["reply"].encode()
    headers = {"Content-Type": case["content_type"], "ETag": '"v1"'}
    web.route(case["asked"].partition("?")[0], Answer(body=body, headers=headers))
    return {**case["options"], "base_url": web.url("").rstrip("/")}


def expected(record: type, given: list[Case]) -> list[Any]:
    return [record(**{name: _typed(name, value) for name, value in each.items()}) for each in given]


def _typed(name: str, value: object) -> object:
    if name == "spans" and isinstance(value, list):
        return tuple(Span(**each) for each in value)
    return tuple(value) if isinstance(value, list) else value


def test_reply_becomes_exactly_what_is_expected(
    case: Case, options: dict[str, Any], fetcher: Fetcher
) -> None:
    source = connector(case["kind"], fetcher, **options)

    result = read(source)

    assert result.documents == expected(Document, case.get("documents", []))
    assert result.series == expected(Series, case.get("series", []))
    values = [{**asdict(each), "value": str(each.value)} for each in result.observations]
    assert values == [
        {**asdict(each)} for each in expected(Observation, case.get("observations", []))
    ]
    assert result.failures == []
    assert [remark for batch in result.batches for remark in batch.remarks] == []
    assert (source.kind, source.semantics.value) == (case["kind"], case["semantics"])


def test_endpoint_is_asked_as_documented(
    case: Case, options: dict[str, Any], web: WebServer, fetcher: Fetcher
) -> None:
    read(connector(case["kind"], fetcher, **options))

    asked = web.requests[-1]
    assert asked.path == case["asked"]
    wanted = case.get("headers", {})
    assert {name: asked.headers.get(name) for name in wanted} == wanted


def test_unmodified_reply_costs_nothing(
    case: Case, options: dict[str, Any], web: WebServer, fetcher: Fetcher
) -> None:
    source = connector(case["kind"], fetcher, **options)
    cursor = json.loads(json.dumps(read(source).cursor))

    again = read(source, cursor)

    assert web.requests[-1].headers["if-none-match"] == '"v1"'
    assert again.is_unmodified
    assert again.cursor == cursor


def test_exact_address_is_read_in_place_of_the_endpoint(
    case: Case, options: dict[str, Any], web: WebServer, fetcher: Fetcher
) -> None:
    mirror = web.route("/mirror", Answer(body=b"nothing of use"))
    del options["base_url"]

    with pytest.raises(Exception, match="source here"):
        read(connector(case["kind"], fetcher, **options, url=mirror))

    assert web.count("/mirror") == 1


@pytest.mark.parametrize("kind", registry.recipes())
def test_unknown_option_is_refused(kind: str) -> None:
    with pytest.raises(InvalidOptions, match="unknown option 'colour'"):
        registry.validated(kind, {"colour": "red"})


def test_every_recipe_and_every_variant_of_it_has_a_reply() -> None:
    read_from = {case["kind"] for case in CASES.values()}
    recipes = registry.recipes()
    variants = {
        (kind, option, value)
        for kind, recipe in recipes.items()
        for option, values in recipe.when.items()
        for value, source in values.items()
        if "observations" in source or "documents" in source or "engine" in source
    }
    read_so = {
        (case["kind"], option, str(value))
        for case in CASES.values()
        for option, value in dict(registry.validated(case["kind"], case["options"])).items()
    }

    assert read_from == recipes.keys()
    assert variants <= read_so


@pytest.mark.parametrize("kind", registry.recipes())
def test_recipe_suggests_a_promise_that_can_be_kept(kind: str) -> None:
    suggested = registry.recipes()[kind].suggested

    assert parse_duration(suggested.warn_after) < parse_duration(suggested.error_after)
