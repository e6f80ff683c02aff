import pytest

from tests.fakes import START, FakeClock
from tests.grounding.api.problem import fields_of, problem_of
from tests.grounding.serving import DAY, HOUR, Running, document

NOWHERE = "0" * 24


def test_document_is_returned_whole_with_all_its_times(running: Running) -> None:
    text = "# Oil\n\n" + "Oil costs more. " * 300
    published = START - DAY
    seq = running.push(
        document("opec", text, url="https://example.org/a", author="Ann", published_at=published)
    )
    (passage, *_) = running.client.search("oil", min_seq=seq).results

    stored = running.client.document(passage.document_id)

    assert stored.text == text
    assert stored.text[passage.start : passage.end] == passage.text
    assert (stored.key, stored.author, stored.url) == ("opec", "Ann", "https://example.org/a")
    assert (stored.published_at, stored.valid_from) == (published, published)
    assert (stored.observed_at, stored.superseded_at, stored.checked_at) == (START, None, START)


def test_versions_are_listed_newest_first_and_returned_by_number(
    running: Running, clock: FakeClock
) -> None:
    running.push(document("opec", "first"))
    clock.advance(HOUR)
    running.push(document("opec", "second"))
    (listed,) = running.http.get("/v1/documents").json()["documents"]

    versions = running.client.versions(listed["document_id"])
    first = running.client.document(listed["document_id"], version=1)

    assert [each.text for each in versions] == ["second", "first"]
    assert (first.text, first.superseded_at) == ("first", START + HOUR)


def test_listing_has_current_documents_of_the_source_newest_first(
    running: Running, clock: FakeClock
) -> None:
    running.push(document("a", "one"), source="wiki")
    clock.advance(HOUR)
    running.push(document("b", "two"), source="wiki")
    running.push(document("c", "three"), source="blog")
    running.push(removed=["a"], source="wiki")
    running.push(document("d", "four"), source="wiki")

    listed = running.http.get("/v1/documents", params={"source": "wiki"}).json()["documents"]
    newest = running.http.get("/v1/documents", params={"limit": 1}).json()["documents"]

    assert [each["key"] for each in listed] == ["d", "b"]
    assert [each["key"] for each in newest] == ["d"]


def test_unknown_documents_are_not_found(shared: Running) -> None:
    for path in (NOWHERE, f"{NOWHERE}/versions", "%00", "%F0%9F%A6%86", "a" * 2_000):
        problem_of(shared.http.get(f"/v1/documents/{path}"), 404)


def test_unknown_version_is_not_found(running: Running) -> None:
    running.push(document("opec", "first"))
    (listed,) = running.http.get("/v1/documents").json()["documents"]

    problem_of(running.http.get(f"/v1/documents/{listed['document_id']}?version=2"), 404)


def test_wrong_parameters_are_named(shared: Running) -> None:
    wrong = {
        f"/v1/documents/{NOWHERE}?version=0": "version",
        f"/v1/documents/{NOWHERE}?version=99999999999": "version",
        "/v1/documents?limit=0": "limit",
        "/v1/documents?limit=1001": "limit",
        "/v1/series/oil/observations?limit=x": "limit",
    }

    assert {path: fields_of(shared.http.get(path)) for path in wrong} == {
        path: [field] for path, field in wrong.items()
    }


def test_series_are_listed_with_what_is_known_of_them(running: Running) -> None:
    series = {"key": "gold/spot", "title": "Gold", "unit": "oz", "aliases": ["XAU"], "zone": "UTC"}
    running.client.push_observations([], series=[series])

    (listed,) = running.http.get("/v1/series").json()["series"]

    assert listed == {
        "source": "push-series",
        "key": "gold/spot",
        "title": "Gold",
        "unit": "oz",
        "currency": None,
        "cadence": None,
        "zone": "UTC",
        "venue": None,
        "description": "",
        "url": None,
        "aliases": ["XAU"],
        "value": None,
    }


def test_observations_are_the_current_ones_newest_first(running: Running) -> None:
    def push(*values: tuple[int, str]) -> None:
        running.client.push_observations(
            [{"series": "a/b c", "valid_from": START - DAY * d, "value": v} for d, v in values],
            series=[{"key": "a/b c", "title": "Odd key"}],
        )

    push((3, "1"), (2, "2"), (1, "3"))
    push((2, "2.5"))

    reply = running.http.get("/v1/series/a/b%20c/observations", params={"limit": 2})

    assert reply.json()["series"] == "a/b c"
    assert [each["value"] for each in reply.json()["observations"]] == ["3", "2.5"]


def test_unknown_series_are_named_as_the_wrong_key(running: Running) -> None:
    running.client.push_observations([], series=[{"key": "gold", "title": "Gold"}])

    for asked in ("silver/observations", "%00/observations"):
        assert fields_of(running.http.get(f"/v1/series/{asked}")) == ["key"]


@pytest.mark.parametrize("path", ["documents", "series", "series/gold/observations", "runs"])
def test_unknown_sources_and_parameters_are_named(shared: Running, path: str) -> None:
    assert fields_of(shared.http.get(f"/v1/{path}?source=nobody")) == ["source"]
    assert fields_of(shared.http.get(f"/v1/{path}?knownat=2026-01-01T00:00:00Z")) == ["knownat"]
