"""Where the one-body kinds read from: a URL asked politely, or a local file.

    options, cursor ─ read_content ─▶ Content ─ in_batches ─▶ Batch … Batch + the new cursor

The cursor holds the server's validators, a digest of the body and one of the options: once the
options change, everything is read anew. Only the last batch of a read carries the new cursor,
so a read that was cut short is repeated as a whole.
"""

import hashlib
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Self, TypeVar
from urllib.parse import urlencode, urlsplit
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, Field, model_validator

from connectors.errors import RetryLater, SourceBroken
from connectors.http.fetch import Fetcher, Link, Reply, Validators
from connectors.http.hub import offered_hub
from connectors.http.urls import web_url
from connectors.protocol import Options
from connectors.records import (
    Batch,
    Cursor,
    Document,
    Failure,
    Hub,
    JsonValue,
    Observation,
    Series,
)
from connectors.secrets import address_without_credentials, revealed, without_credentials

DOCUMENTS_PER_BATCH = 100
OBSERVATIONS_PER_BATCH = 5_000
FAILURES_REPORTED = 100
LONGEST_CACHE_REST_SECONDS = 3_600.0
"""What caches are told is a hint: a year, as files behind a CDN often say, silences no source."""

T = TypeVar("T")


def _known_zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError) as error:
        raise ValueError(f"{name!r} is not an IANA time zone such as Europe/Berlin") from error
    return name


def _web_address(url: str) -> str:
    try:
        web_url(url)
    except SourceBroken as error:
        raise ValueError("expected an address that starts with http:// or https://") from error
    address_without_credentials(url)
    return url


def _by_reference(values: dict[str, str]) -> dict[str, str]:
    without_credentials(values)
    return values


Zone = Annotated[str, AfterValidator(_known_zone)]
WebAddress = Annotated[str, AfterValidator(_web_address)]
SecretValues = Annotated[dict[str, str], AfterValidator(_by_reference)]
"""Headers or parameters: credentials among them must be references."""


class Location(Options):
    """Exactly one of `url` and `path`; `headers` and `params` may name secrets."""

    url: WebAddress | None = None
    path: Path | None = None
    headers: SecretValues = Field(default_factory=dict)
    params: SecretValues = Field(default_factory=dict)
    max_bytes: int = Field(default=50_000_000, gt=0)

    @model_validator(mode="after")
    def _is_one_place(self) -> Self:
        if (self.url is None) == (self.path is None):
            raise ValueError("give exactly one of url and path")
        if self.path is not None and (self.headers or self.params):
            raise ValueError("headers and params go with url, not with path")
        return self


@dataclass(frozen=True, slots=True)
class Content:
    """One body, and the cursor to store once all of it is; no body when nothing changed.

    previous: the cursor the read began with, as far as it was written under the same options.
    address: what links in the body are relative to, "" for a local file.
    rest_seconds: for how long the server says that a copy of this is good enough.
    links: of the Link headers.
    hub: where those say that changes are pushed.
    """

    previous: Cursor
    cursor: dict[str, JsonValue]
    body: bytes = b""
    address: str = ""
    charset: str | None = None
    bytes_read: int = 0
    is_unmodified: bool = False
    rest_seconds: float | None = None
    links: tuple[Link, ...] = ()
    hub: Hub | None = None

    def unmodified(self) -> Batch:
        return Batch(
            self.cursor,
            is_unmodified=True,
            bytes_read=self.bytes_read,
            rest_seconds=self.rest_seconds,
            hub=self.hub,
        )

    def in_batches(
        self,
        *,
        documents: Sequence[Document] = (),
        series: Sequence[Series] = (),
        observations: Sequence[Observation] = (),
        removed: Sequence[str] = (),
        failures: Sequence[Failure] = (),
        remarks: Sequence[str] = (),
        is_complete: bool = False,
    ) -> Iterator[Batch]:
        """Cut what was read into at least one batch; what is not cut goes into the first."""
        steps = max(
            1,
            math.ceil(len(documents) / DOCUMENTS_PER_BATCH),
            math.ceil(len(observations) / OBSERVATIONS_PER_BATCH),
        )
        for step in range(steps):
            is_first, is_last = step == 0, step == steps - 1
            yield Batch(
                self.cursor if is_last else self.previous,
                documents=_part(documents, step, DOCUMENTS_PER_BATCH),
                series=tuple(series) if is_first else (),
                observations=_part(observations, step, OBSERVATIONS_PER_BATCH),
                removed=tuple(removed) if is_first else (),
                failures=_reported(failures) if is_first else (),
                remarks=tuple(remarks) if is_first else (),
                is_complete=is_complete and is_last,
                bytes_read=self.bytes_read if is_first else 0,
                rest_seconds=self.rest_seconds,
                hub=self.hub,
            )


def read_content(location: Location, cursor: Cursor, *, source: str, fetcher: Fetcher) -> Content:
    """Read the body, unless server, file system or digest say that it is the one already read.

    Raises:
        RetryLater: the server is busy or unreachable, or the file cannot be read.
        SourceBroken: the server refused, the body is too large, or a secret is missing.
    """
    options = _digest(location.model_dump_json().encode())
    known = cursor if cursor.get("options") == options else {}
    if location.url is not None:
        content = _fetched(location, known, source=source, fetcher=fetcher)
    else:
        content = _from_file(location, known, source=source)
    if content.is_unmodified:
        return content
    if len(content.body) > location.max_bytes:
        raise SourceBroken(f"source {source}: larger than max_bytes = {location.max_bytes}")
    digest = _digest(content.body)
    is_unmodified = digest == known.get("digest")
    return replace(
        content,
        # Kinds keep facts of their own in the cursor; they still hold for the same body.
        cursor={
            **(known if is_unmodified else {}),
            **content.cursor,
            "digest": digest,
            "options": options,
        },
        is_unmodified=is_unmodified,
    )


def _fetched(location: Location, known: Cursor, *, source: str, fetcher: Fetcher) -> Content:
    params = revealed(location.params, option=f"source {source}: params")
    headers = revealed(location.headers, option=f"source {source}: headers")
    url = _with_params(location.url or "", params)
    reply = fetcher.fetch(url, validators=Validators.from_cursor(known), headers=headers)
    return Content(
        known,
        {**known} if reply.is_unmodified else {**reply.validators.as_cursor()},
        body=reply.body,
        address=_without_secrets(reply.url),
        charset=reply.charset,
        bytes_read=reply.bytes_received,
        is_unmodified=reply.is_unmodified,
        rest_seconds=rest_seconds(reply),
        links=reply.links,
        hub=_hub(reply),
    )


def rest_seconds(reply: Reply) -> float | None:
    """Return how long to leave a source alone because its reply still holds; None if no time."""
    fresh = reply.fresh_for_seconds
    return min(fresh, LONGEST_CACHE_REST_SECONDS) if fresh else None


def _hub(reply: Reply) -> Hub | None:
    topic = next(iter(reply.linked("self")), "")
    return offered_hub(reply.linked("hub"), topic)


def _from_file(location: Location, known: Cursor, *, source: str) -> Content:
    path = location.path or Path()
    try:
        status = path.stat()
        stamp: dict[str, JsonValue] = {"modified_ns": status.st_mtime_ns, "size": status.st_size}
        if stamp.items() <= known.items():
            return Content(known, {**known}, is_unmodified=True)
        with path.open("rb") as file:
            body = file.read(location.max_bytes + 1)
    except OSError as error:
        reason = error.strerror or "unreadable"
        raise RetryLater(f"source {source}: cannot read {path}: {reason}") from error
    return Content(known, stamp, body=body, bytes_read=len(body))


def _with_params(url: str, params: dict[str, str]) -> str:
    if not params:
        return url
    parts = urlsplit(url)
    query = "&".join(filter(None, [parts.query, urlencode(params)]))
    return parts._replace(query=query).geturl()


def _without_secrets(url: str) -> str:
    """Drop the parts that may be secret: links in the body are resolved against this."""
    parts = urlsplit(url)
    return parts._replace(netloc=parts.netloc.rpartition("@")[2], query="", fragment="").geturl()


def _part(items: Sequence[T], step: int, size: int) -> tuple[T, ...]:
    return tuple(items[step * size : (step + 1) * size])


def _reported(failures: Sequence[Failure]) -> tuple[Failure, ...]:
    if len(failures) <= FAILURES_REPORTED:
        return tuple(failures)
    rest = len(failures) - FAILURES_REPORTED
    return (*failures[:FAILURES_REPORTED], Failure(None, f"{rest} more items failed"))


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
