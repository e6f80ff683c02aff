"""Every call the client can make, as data."""

from collections.abc import Callable, Iterable, Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import quote

from connectors.records import JsonValue
from grounding.client.call import Call
from grounding.client.checks import Checked, facts_of
from grounding.client.options import (
    AugmentOptions,
    CheckOptions,
    DocumentsOptions,
    Filters,
    Instants,
    ObservationsOptions,
    SearchOptions,
    SeriesOptions,
    SourceSettings,
    Time,
)
from grounding.client.proofs import ReceiptDifference, ReceiptStanding, ReplayedPrompt
from grounding.client.records import (
    Augmented,
    DeadLetter,
    Dismissed,
    DocumentVersion,
    Erasure,
    Freshness,
    Health,
    Observations,
    Pushed,
    Readiness,
    Removed,
    Run,
    SearchReply,
    Series,
    Source,
    SourceRemoved,
)
from grounding.client.wire import body, full_body, query, record

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

R = TypeVar("R", bound="DataclassInstance")

_LONGEST_REFRESH_SECONDS = 60.0
_ERASING_SECONDS = 600.0
"""Erasing writes the database anew, which takes as long as copying it."""


def search(query: str, options: SearchOptions) -> Call[SearchReply]:
    values = {"query": query, **options}
    return _post("/v1/search", values, _one(SearchReply), extra_seconds=_reading(options))


def augment(
    query_or_messages: str | Iterable[Mapping[str, object]], options: AugmentOptions
) -> Call[Augmented]:
    name = "query" if isinstance(query_or_messages, str) else "messages"
    values = {name: query_or_messages, **options}
    return _post("/v1/augment", values, _one(Augmented), extra_seconds=_reading(options))


def check(
    answer: str,
    *,
    receipt_id: str | None,
    facts: Iterable[str | Mapping[str, object]] | None,
    options: CheckOptions,
) -> Call[Checked]:
    threshold = options.get("citation_threshold")
    values = {
        "answer_candidate": answer,
        "receipt_id": receipt_id,
        "facts": facts_of(facts),
        "grounding_spec": None if threshold is None else {"citation_threshold": threshold},
        "question": options.get("question"),
        "as_of": options.get("as_of"),
        "timezone": options.get("timezone"),
        "keep": options.get("keep"),
    }
    return _post("/v1/grounding/check", values, _one(Checked))


def push_documents(
    documents: Iterable[Mapping[str, object]],
    *,
    removed: Iterable[str],
    source: str | None,
    collection: str | None,
) -> Call[Pushed]:
    values = {
        "source": source,
        "collection": collection,
        "documents": documents,
        "removed": [*removed] or None,
    }
    return _post("/v1/documents", values, _one(Pushed))


def push_observations(
    observations: Iterable[Mapping[str, object]],
    *,
    series: Iterable[Mapping[str, object]],
    source: str | None,
    collection: str | None,
) -> Call[Pushed]:
    values = {
        "source": source,
        "collection": collection,
        "series": [*series] or None,
        "observations": observations,
    }
    return _post("/v1/observations", values, _one(Pushed))


def documents(options: DocumentsOptions) -> Call[tuple[DocumentVersion, ...]]:
    return _get("/v1/documents", _many(DocumentVersion, "documents"), **options)


def document(document_id: str, version: int | None, at: Instants) -> Call[DocumentVersion]:
    path = _path("documents", document_id)
    return _get(path, _one(DocumentVersion), version=version, **at)


def versions(
    document_id: str, known_at: Time | None, limit: int | None
) -> Call[tuple[DocumentVersion, ...]]:
    path = f"{_path('documents', document_id)}/versions"
    return _get(path, _many(DocumentVersion, "versions"), known_at=known_at, limit=limit)


def remove_document(document_id: str) -> Call[Removed]:
    return Call("DELETE", _path("documents", document_id), _one(Removed))


def erase_document(document_id: str) -> Call[Erasure]:
    path = _path("documents", document_id)
    params = {"erase": "true"}
    return Call("DELETE", path, _one(Erasure), params=params, extra_seconds=_ERASING_SECONDS)


def erasures(limit: int | None) -> Call[tuple[Erasure, ...]]:
    return _get("/v1/erasures", _many(Erasure, "erasures"), limit=limit)


def lift_erasure(document_id: str) -> Call[None]:
    return Call("DELETE", _path("erasures", document_id), _nothing, is_repeatable=False)


def series(options: SeriesOptions) -> Call[tuple[Series, ...]]:
    return _get("/v1/series", _many(Series, "series"), **options)


def observations(key: str, options: ObservationsOptions) -> Call[Observations]:
    return _get(f"{_path('series', key)}/observations", _one(Observations), **options)


def sources() -> Call[tuple[Source, ...]]:
    return _get("/v1/sources", _many(Source, "sources"))


def source(name: str) -> Call[Source]:
    return _get(_path("sources", name), _one(Source))


def freshness(name: str) -> Call[Freshness]:
    return _get(f"{_path('sources', name)}/freshness", _one(Freshness))


def add_source(name: str, kind: str, settings: SourceSettings) -> Call[Source]:
    content = body({"name": name, "kind": kind, **settings})
    return Call("POST", "/v1/sources", _one(Source), content=content, is_repeatable=False)


def update_source(name: str, settings: SourceSettings) -> Call[Source]:
    """None is sent: it takes a setting away."""
    return Call("PATCH", _path("sources", name), _one(Source), content=full_body({**settings}))


def remove_source(name: str) -> Call[SourceRemoved]:
    return Call("DELETE", _path("sources", name), _one(SourceRemoved), is_repeatable=False)


def sync(name: str, wait_seconds: float) -> Call[Run]:
    return _reading_now(f"{_path('sources', name)}/sync", wait_seconds)


def dead_letters(source_name: str | None, limit: int | None) -> Call[tuple[DeadLetter, ...]]:
    many = _many(DeadLetter, "dead_letters")
    return _get("/v1/dead-letters", many, source=source_name, limit=limit)


def retry_dead_letters(name: str, wait_seconds: float) -> Call[Run]:
    return _reading_now(f"{_path('sources', name)}/dead-letters/retry", wait_seconds)


def dismiss_dead_letters(name: str, key: str | None) -> Call[Dismissed]:
    path = f"{_path('sources', name)}/dead-letters"
    return Call("DELETE", path, _one(Dismissed), params=query({"key": key}))


def runs(source_name: str | None, limit: int | None) -> Call[tuple[Run, ...]]:
    return _get("/v1/runs", _many(Run, "runs"), source=source_name, limit=limit)


def run(run_id: int) -> Call[Run]:
    return _get(_path("runs", str(run_id)), _one(Run))


def report(receipt_id: str, answer: str | None) -> Call[dict[str, JsonValue]]:
    path = f"{_path('receipts', receipt_id)}/report"
    if answer is None:
        return _get(path, _object, format="json")
    return Call(
        "POST",
        path,
        _object,
        params=query({"format": "json"}),
        content=body({"answer_candidate": answer}),
    )


def receipt(receipt_id: str) -> Call[dict[str, JsonValue]]:
    return _get(_path("receipts", receipt_id), _object)


def verify_receipt(receipt_id: str) -> Call[ReceiptStanding]:
    return Call("POST", f"{_path('receipts', receipt_id)}/verify", _one(ReceiptStanding))


def replay_receipt(receipt_id: str) -> Call[ReplayedPrompt]:
    return Call("POST", f"{_path('receipts', receipt_id)}/replay", _one(ReplayedPrompt))


def diff_receipt(receipt_id: str) -> Call[ReceiptDifference]:
    return Call("POST", f"{_path('receipts', receipt_id)}/diff", _one(ReceiptDifference))


def health() -> Call[Health]:
    return _get("/healthz", _one(Health))


def ready() -> Call[Readiness]:
    return Call("GET", "/readyz", _readiness, accepted=frozenset({503}))


T = TypeVar("T")


def _reading_now(path: str, wait_seconds: float) -> Call[Run]:
    return Call(
        "POST",
        path,
        _one(Run),
        params={"wait_seconds": f"{wait_seconds:g}"},
        is_repeatable=False,
        extra_seconds=wait_seconds,
    )


def _post(
    path: str,
    values: Mapping[str, object],
    read: Callable[[int, object], T],
    *,
    extra_seconds: float = 0.0,
) -> Call[T]:
    return Call("POST", path, read, content=body(values), extra_seconds=extra_seconds)


def _reading(options: Filters) -> float:
    """Return how much longer an answer may take because sources are read for it."""
    within = options.get("refresh_within")
    if within is None:
        return 0.0
    return within.total_seconds() if isinstance(within, timedelta) else _LONGEST_REFRESH_SECONDS


def _get(path: str, read: Callable[[int, object], T], **params: object) -> Call[T]:
    return Call("GET", path, read, params=query(params))


def _path(collection: str, name: str) -> str:
    if not name:
        raise ValueError(f"{collection}: expected a name that is not empty")
    return f"/v1/{collection}/{quote(name, safe='')}"


def _one(kind: type[R]) -> Callable[[int, object], R]:
    return lambda _, reply: record(kind, reply)


def _many(kind: type[R], name: str) -> Callable[[int, object], tuple[R, ...]]:
    def read(_: int, reply: object) -> tuple[R, ...]:
        items = _object(_, reply).get(name)
        if not isinstance(items, list):
            raise ValueError(f"{name}: expected a list")  # noqa: TRY004 - bad data, no bug
        return tuple(record(kind, item) for item in items)

    return read


def _object(_: int, reply: object) -> dict[str, Any]:  # Any: JSON, passed on as it is
    if not isinstance(reply, dict):
        raise ValueError("expected an object")  # noqa: TRY004 - bad data, no bug
    return reply


def _nothing(_: int, reply: object) -> None:
    """Nothing more than that it happened is of use here."""


def _readiness(status: int, reply: object) -> Readiness:
    return record(Readiness, {**_object(status, reply), "is_ready": status == 200})
