"""What both clients send to look at what is stored, at any instant, and to take it away."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from grounding import AsyncClient, Client, InvalidRequest, NotFresh, Unreachable
from tests.grounding.client import replies
from tests.grounding.client.service import Answer, Service

AT = datetime(2026, 11, 20, 1, tzinfo=UTC)
WRITTEN = "2026-11-20T01:00:00+00:00"
ID = "0123456789abcdef01234567"

ERASURE: dict[str, Any] = {
    "document_id": ID,
    "source": "eia",
    "requested_at": "2026-11-20T01:00:00Z",
    "completed_at": None,
    "seq": 9,
    "versions": 2,
    "chunks": 3,
    "receipts": 1,
}
SERIES: dict[str, Any] = {
    "source": "eia",
    "key": "brent",
    "title": "Brent",
    "aliases": ["BRN"],
    "value": {**replies.VALUE, "cadence": "daily", "zone": "UTC", "venue": "ICE"},
}
OBSERVATION: dict[str, Any] = {
    "value": "84.10",
    "valid_from": "2026-11-20T00:00:00Z",
    "observed_at": "2026-11-20T18:00:00Z",
    "superseded_at": "2026-11-21T18:00:00Z",
}
OBSERVATIONS: dict[str, Any] = {
    "source": "eia",
    "series": "brent",
    "title": "Brent",
    "observations": [OBSERVATION],
}
PROBLEM: dict[str, Any] = {
    "title": "not fresh",
    "detail": "source a is stale; source b is stale",
    "errors": [
        {"field": "require_fresh", "message": "source a is stale"},
        {"field": "require_fresh", "message": "source b is stale"},
    ],
}

Use = Callable[[Any], Any]
Ask = Callable[[Service, Use], Any]


def sync_answer(service: Service, use: Use) -> Any:
    with Client(service.base_url, attempts=1) as client:
        return use(client)


def async_answer(service: Service, use: Use) -> Any:
    async def main() -> Any:
        async with AsyncClient(service.base_url, attempts=1) as client:
            return await use(client)

    return asyncio.run(main())


@pytest.fixture(params=[sync_answer, async_answer], ids=["sync", "async"])
def ask(request: pytest.FixtureRequest) -> Ask:
    found: Ask = request.param
    return found


@pytest.mark.parametrize(
    ("use", "reply", "method", "path", "params"),
    [
        (
            lambda client: client.documents(),
            {"documents": []},
            "GET",
            "/v1/documents",
            {},
        ),
        (
            lambda client: client.documents(
                as_of=AT, known_at="2026-11-20", source="eia", include_history=True, limit=5
            ),
            {"documents": [replies.VERSION]},
            "GET",
            "/v1/documents",
            {
                "as_of": WRITTEN,
                "known_at": "2026-11-20",
                "source": "eia",
                "include_history": "true",
                "limit": "5",
            },
        ),
        (
            lambda client: client.document("a/b", as_of=AT, known_at=None),
            replies.VERSION,
            "GET",
            "/v1/documents/a%2Fb",
            {"as_of": WRITTEN},
        ),
        (
            lambda client: client.versions(ID, known_at=AT, limit=3),
            {"versions": [replies.VERSION]},
            "GET",
            f"/v1/documents/{ID}/versions",
            {"known_at": WRITTEN, "limit": "3"},
        ),
        (
            lambda client: client.remove_document(ID),
            {"document_id": ID, "seq": 9, "was_current": True},
            "DELETE",
            f"/v1/documents/{ID}",
            {},
        ),
        (
            lambda client: client.erase_document(ID),
            ERASURE,
            "DELETE",
            f"/v1/documents/{ID}",
            {"erase": "true"},
        ),
        (
            lambda client: client.erasures(limit=2),
            {"erasures": [ERASURE]},
            "GET",
            "/v1/erasures",
            {"limit": "2"},
        ),
        (
            lambda client: client.lift_erasure(ID),
            Answer(204, raw=b""),
            "DELETE",
            f"/v1/erasures/{ID}",
            {},
        ),
        (
            lambda client: client.series(as_of=AT, known_at=AT, source="eia", key="a/b", limit=7),
            {"series": [SERIES]},
            "GET",
            "/v1/series",
            {"as_of": WRITTEN, "known_at": WRITTEN, "source": "eia", "key": "a/b", "limit": "7"},
        ),
        (
            lambda client: client.observations(
                "a/b c", start=AT, end=AT, known_at=AT, include_history=False, source="eia"
            ),
            OBSERVATIONS,
            "GET",
            "/v1/series/a%2Fb%20c/observations",
            {
                "start": WRITTEN,
                "end": WRITTEN,
                "known_at": WRITTEN,
                "include_history": "false",
                "source": "eia",
            },
        ),
    ],
)
def test_request_is_what_the_service_reads(
    service: Service,
    ask: Ask,
    use: Use,
    reply: object,
    method: str,
    path: str,
    params: dict[str, str],
) -> None:
    service.answers(reply)

    ask(service, use)

    (asked,) = service.asked
    assert (asked.method, asked.path, asked.params, asked.body) == (method, path, params, None)


@pytest.mark.parametrize(
    "use",
    [
        lambda client: client.search(
            "x", include_history=True, require_fresh=True, refresh_within=timedelta(seconds=2.5)
        ),
        lambda client: client.augment(
            "x", include_history=True, require_fresh=True, refresh_within=timedelta(seconds=2.5)
        ),
    ],
)
def test_history_and_freshness_are_asked_for(service: Service, ask: Ask, use: Use) -> None:
    service.answers({**replies.SEARCH, **replies.AUGMENT})

    ask(service, use)

    assert service.asked[0].body == {
        "query": "x",
        "include_history": True,
        "require_fresh": True,
        "refresh_within": "PT2.5S",
    }


def test_stale_sources_are_an_error_with_a_reason_for_each(service: Service, ask: Ask) -> None:
    service.answers(Answer(412, PROBLEM, headers={"Retry-After": "5"}))

    with pytest.raises(NotFresh) as raised:
        ask(service, lambda client: client.search("x", require_fresh=True))

    assert raised.value.reasons == ("source a is stale", "source b is stale")
    assert str(raised.value) == "412: source a is stale; source b is stale"
    assert len(service.asked) == 1


def test_erasure_that_is_not_complete_is_an_answer(service: Service, ask: Ask) -> None:
    service.answers(Answer(202, ERASURE))

    erasure = ask(service, lambda client: client.erase_document(ID))

    assert (erasure.completed_at, erasure.versions, erasure.chunks, erasure.receipts) == (
        None,
        2,
        3,
        1,
    )
    assert erasure.requested_at == AT


def test_removal_is_read(service: Service, client: Client) -> None:
    service.answers({"document_id": ID, "seq": 9, "was_current": False})

    removed = client.remove_document(ID)

    assert (removed.document_id, removed.seq, removed.was_current) == (ID, 9, False)


def test_version_is_read_with_its_standing_and_its_changes(
    service: Service, client: Client
) -> None:
    change = {"field": "metadata.pages", "before": None, "after": [1, {"a": 2}]}
    more = {"state": "superseded", "time_flags": ["?"], "changes": [change], "diff": "-a\n+b"}
    service.answers({"versions": [replies.VERSION | more]})

    (version,) = client.versions(ID)

    assert (version.state, version.time_flags, version.diff) == ("superseded", ("?",), "-a\n+b")
    assert [(each.field, each.before, each.after) for each in version.changes] == [
        ("metadata.pages", None, [1, {"a": 2}])
    ]


def test_series_are_read_with_exact_values(service: Service, client: Client) -> None:
    service.answers(
        {"series": [SERIES, SERIES | {"value": None}]},
        OBSERVATIONS,
    )

    with_value, without = client.series()
    (observation,) = client.observations("brent").observations

    assert with_value.value is not None
    assert (with_value.value.value, with_value.value.change) == (Decimal("84.12"), Decimal("0.22"))
    assert (with_value.value.cadence, with_value.value.venue) == ("daily", "ICE")
    assert (with_value.aliases, without.value) == (("BRN",), None)
    assert (str(observation.value), observation.superseded_at) == (
        "84.10",
        datetime(2026, 11, 21, 18, tzinfo=UTC),
    )


@pytest.mark.parametrize(
    ("use", "name"),
    [
        (lambda client: client.documents(as_of=datetime(2026, 1, 1)), "as_of"),
        (lambda client: client.document(ID, known_at=datetime(2026, 1, 1)), "known_at"),
        (lambda client: client.versions(ID, known_at=datetime(2026, 1, 1)), "known_at"),
        (lambda client: client.series(as_of=datetime(2026, 1, 1)), "as_of"),
        (lambda client: client.observations("x", start=datetime(2026, 1, 1)), "start"),
        (lambda client: client.search("x", refresh_within=timedelta(0)), "refresh_within"),
        (lambda client: client.add_source("x", "push", ttl=timedelta(0)), "ttl"),
        (lambda client: client.document(""), "documents"),
        (lambda client: client.erase_document(""), "documents"),
        (lambda client: client.lift_erasure(""), "erasures"),
        (lambda client: client.observations(""), "series"),
    ],
)
def test_senseless_argument_is_refused_before_anything_is_sent(
    service: Service, ask: Ask, use: Use, name: str
) -> None:
    with pytest.raises(ValueError, match=name):
        ask(service, use)

    assert service.asked == []


def test_refused_field_of_a_url_is_named(service: Service, client: Client) -> None:
    problem = {"detail": "as_of: no", "errors": [{"field": "as_of", "message": "no"}]}
    service.answers(Answer(422, problem))

    with pytest.raises(InvalidRequest) as raised:
        client.series(as_of="yesterday")

    assert raised.value.fields == {"as_of": "no"}


@pytest.mark.parametrize(
    ("use", "times"),
    [
        (lambda client: client.remove_document(ID), 2),
        (lambda client: client.erase_document(ID), 2),
        (lambda client: client.lift_erasure(ID), 1),
        (lambda client: client.documents(), 2),
    ],
)
def test_only_what_can_be_repeated_without_harm_is(
    service: Service, pauses: list[float], use: Use, times: int
) -> None:
    service.answers(Answer(is_dropped=True))

    with (
        Client(service.base_url, attempts=2, sleep=pauses.append) as client,
        pytest.raises(Unreachable),
    ):
        use(client)

    assert len(service.asked) == times


def test_reading_sources_for_an_answer_may_take_its_time(service: Service) -> None:
    service.answers(replies.SEARCH)

    with Client(service.base_url, timeout_seconds=0.000_001, attempts=1) as client:
        found = client.search("x", require_fresh=True, refresh_within="30s")

    assert found.seq == 7
