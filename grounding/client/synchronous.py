"""The client for ordinary code."""

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from types import TracebackType
from typing import Self, TypeVar, Unpack

from connectors.records import JsonValue
from grounding.client import calls, chats
from grounding.client.call import Call, failure
from grounding.client.chats import ChatAnswer, ChatStream
from grounding.client.checks import Checked
from grounding.client.errors import GroundingError
from grounding.client.options import (
    AugmentOptions,
    ChatOptions,
    CheckOptions,
    DocumentsOptions,
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
from grounding.client.retry import Course, Patience

T = TypeVar("T")


class Client:
    """A connection to the service; may be shared by threads.

    Every method raises GroundingError (see `grounding.client.errors`), or ValueError for an
    argument that can be seen to be wrong. Calls that can be repeated without harm are repeated, up
    to `attempts` times within `timeout_seconds`, while the service is busy or out of reach.
    """

    def __init__(
        self,
        base_url: str = "http://127.0.0.1:8080",
        *,
        api_key: str | None = None,
        timeout_seconds: float = 10.0,
        attempts: int = 3,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        from grounding.client import transport  # loads httpx, which is slow to import

        self._patience = Patience(timeout_seconds, attempts)
        self._transport = transport
        self._http = transport.sync_client(base_url, api_key)
        self._base_url = base_url
        self._sleep = sleep

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections; the client is of no use afterwards."""
        self._http.close()

    @property
    def base_url(self) -> str:
        """The address of the service."""
        return self._base_url

    def search(self, query: str, **options: Unpack[SearchOptions]) -> SearchReply:
        """Find evidence."""
        return self._answer(calls.search(query, options))

    def augment(
        self,
        query_or_messages: str | Iterable[Mapping[str, object]],
        **options: Unpack[AugmentOptions],
    ) -> Augmented:
        """Put evidence into a prompt: for a question, or for a chat whose last turn asks it."""
        return self._answer(calls.augment(query_or_messages, options))

    def chat(
        self,
        query_or_messages: str | Iterable[Mapping[str, object]],
        *,
        model: str = "auto",
        params: Mapping[str, object] | None = None,
        **options: Unpack[ChatOptions],
    ) -> ChatAnswer:
        """Have an llm behind the service answer, with evidence.

        model: an upstream, or a name that one serves. params: for the llm, such as temperature.
        """
        return self._answer(chats.chat(query_or_messages, model, params or {}, options))

    @contextmanager
    def stream_chat(
        self,
        query_or_messages: str | Iterable[Mapping[str, object]],
        *,
        model: str = "auto",
        params: Mapping[str, object] | None = None,
        **options: Unpack[ChatOptions],
    ) -> Iterator[ChatStream]:
        """Have an llm answer, and read the answer as it is written: iterate over its pieces."""
        call = chats.chat(query_or_messages, model, {**(params or {}), "stream": True}, options)
        request = self._transport.request(self._http, call, chats.LONGEST_SECONDS)
        try:
            response = self._http.send(request, stream=True)
            try:
                if response.status_code != 200:
                    response.read()
                    raise failure(self._transport.reply(response))
                yield ChatStream(response.iter_lines())
            finally:
                response.close()
        except self._transport.RequestError as error:
            raise self._transport.failure(error, self._base_url) from error

    def check(
        self,
        answer: str,
        receipt_id: str | None = None,
        *,
        facts: Iterable[str | Mapping[str, object]] | None = None,
        **options: Unpack[CheckOptions],
    ) -> Checked:
        """Hold an answer against what a receipt's prompt showed, or against facts."""
        call = calls.check(answer, receipt_id=receipt_id, facts=facts, options=options)
        return self._answer(call)

    def push_documents(
        self,
        documents: Iterable[Mapping[str, object]],
        *,
        source: str | None = None,
        collection: str | None = None,
        removed: Iterable[str] = (),
    ) -> Pushed:
        """Add or change documents (`key`, `text`, ...) and remove the keys in `removed`."""
        call = calls.push_documents(
            documents, removed=removed, source=source, collection=collection
        )
        return self._answer(call)

    def push_observations(
        self,
        observations: Iterable[Mapping[str, object]],
        *,
        series: Iterable[Mapping[str, object]] = (),
        source: str | None = None,
        collection: str | None = None,
    ) -> Pushed:
        """Add or revise values (`series`, `valid_from`, `value`: exact as a Decimal)."""
        call = calls.push_observations(
            observations, series=series, source=source, collection=collection
        )
        return self._answer(call)

    def documents(self, **options: Unpack[DocumentsOptions]) -> tuple[DocumentVersion, ...]:
        """Documents as they were at the instants given, the newest received first."""
        return self._answer(calls.documents(options))

    def document(
        self, document_id: str, *, version: int | None = None, **at: Unpack[Instants]
    ) -> DocumentVersion:
        """A document with its text: the newest version, the one asked for, or the one of then."""
        return self._answer(calls.document(document_id, version, at))

    def versions(
        self, document_id: str, *, known_at: Time | None = None, limit: int | None = None
    ) -> tuple[DocumentVersion, ...]:
        """The versions of a document, the newest first, each with what it changed."""
        return self._answer(calls.versions(document_id, known_at, limit))

    def remove_document(self, document_id: str) -> Removed:
        """Take a document away; questions about the past still find it."""
        return self._answer(calls.remove_document(document_id))

    def erase_document(self, document_id: str) -> Erasure:
        """Erase a document for good: every version, from everywhere, also from the past."""
        return self._answer(calls.erase_document(document_id))

    def erasures(self, *, limit: int | None = None) -> tuple[Erasure, ...]:
        """What was erased, the latest first."""
        return self._answer(calls.erasures(limit))

    def lift_erasure(self, document_id: str) -> None:
        """Let an erased document be stored again."""
        self._answer(calls.lift_erasure(document_id))

    def series(self, **options: Unpack[SeriesOptions]) -> tuple[Series, ...]:
        """Series, each with the value that held at the instants given."""
        return self._answer(calls.series(options))

    def observations(self, key: str, **options: Unpack[ObservationsOptions]) -> Observations:
        """Values of a series, the newest first, as they were known at the instants given."""
        return self._answer(calls.observations(key, options))

    def sources(self) -> tuple[Source, ...]:
        """All sources and how they stand."""
        return self._answer(calls.sources())

    def source(self, name: str) -> Source:
        """One source and how it stands."""
        return self._answer(calls.source(name))

    def freshness(self, name: str) -> Freshness:
        """How a source stands against its promise."""
        return self._answer(calls.freshness(name))

    def add_source(self, name: str, kind: str, **settings: Unpack[SourceSettings]) -> Source:
        """Add a source; `kind` names the connector that reads it."""
        return self._answer(calls.add_source(name, kind, settings))

    def update_source(self, name: str, **settings: Unpack[SourceSettings]) -> Source:
        """Change the settings given; None takes one away."""
        return self._answer(calls.update_source(name, settings))

    def remove_source(self, name: str) -> SourceRemoved:
        """Remove a source; questions about the past still find what it said."""
        return self._answer(calls.remove_source(name))

    def sync(self, name: str, *, wait_seconds: float = 30.0) -> Run:
        """Read a source now. After `wait_seconds` the run may still be going; see its status."""
        return self._answer(calls.sync(name, wait_seconds))

    def dead_letters(
        self, *, source: str | None = None, limit: int | None = None
    ) -> tuple[DeadLetter, ...]:
        """Items that could not be read, the newest failure first."""
        return self._answer(calls.dead_letters(source, limit))

    def retry_dead_letters(self, source: str, *, wait_seconds: float = 30.0) -> Run:
        """Read a source now, and with it the items that failed."""
        return self._answer(calls.retry_dead_letters(source, wait_seconds))

    def dismiss_dead_letters(self, source: str, *, key: str | None = None) -> Dismissed:
        """Forget one dead letter of a source, or all."""
        return self._answer(calls.dismiss_dead_letters(source, key))

    def runs(self, *, source: str | None = None, limit: int | None = None) -> tuple[Run, ...]:
        """The latest runs, newest first."""
        return self._answer(calls.runs(source, limit))

    def run(self, run_id: int) -> Run:
        """One run."""
        return self._answer(calls.run(run_id))

    def report(self, receipt_id: str, answer: str | None = None) -> dict[str, JsonValue]:
        """Return what became of a prompt; an answer to it is checked claim by claim."""
        return self._answer(calls.report(receipt_id, answer))

    def receipt(self, receipt_id: str) -> dict[str, JsonValue]:
        """The record of what a model was shown."""
        return self._answer(calls.receipt(receipt_id))

    def verify_receipt(self, receipt_id: str) -> ReceiptStanding:
        """Say whether a receipt is what it was when it was made, as far as the chain tells."""
        return self._answer(calls.verify_receipt(receipt_id))

    def replay_receipt(self, receipt_id: str) -> ReplayedPrompt:
        """Make a prompt again from the stored versions that its receipt names."""
        return self._answer(calls.replay_receipt(receipt_id))

    def diff_receipt(self, receipt_id: str) -> ReceiptDifference:
        """Ask the question of a receipt again, now, and say what is shown instead."""
        return self._answer(calls.diff_receipt(receipt_id))

    def health(self) -> Health:
        """Whether the service runs."""
        return self._answer(calls.health())

    def ready(self) -> Readiness:
        """Whether the service can answer; not being ready is an answer here, not an error."""
        return self._answer(calls.ready())

    def _answer(self, call: Call[T]) -> T:
        course = Course(call, self._patience)
        while True:
            try:
                return self._attempt(call, course.seconds_left())
            except GroundingError as error:
                pause = course.pause_after(error)
            self._sleep(pause)

    def _attempt(self, call: Call[T], timeout_seconds: float) -> T:
        request = self._transport.request(self._http, call, timeout_seconds)
        try:
            response = self._http.send(request)
        except self._transport.RequestError as error:
            raise self._transport.failure(error, self._base_url) from error
        return call.result(self._transport.reply(response))
