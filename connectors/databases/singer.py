"""A Singer tap: a program that writes SCHEMA, RECORD and STATE messages, one JSON object a line.

    command ─ run ─▶ messages ─ RECORDs of chosen streams ─ Rows ─▶ documents, values
                              └ STATE ─▶ the cursor, handed back at the next run

See https://hub.meltano.com/singer/spec. What a tap wrote before it failed is kept.
"""

import json
import logging
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar

from pydantic import Field
from pydantic import JsonValue as Json

from connectors.clock import Clock
from connectors.databases.tap import Ended, Limits, private_folder, run, write_private
from connectors.endpoints.expressions import as_json, decoded
from connectors.endpoints.rows import RowMapping, Rows
from connectors.errors import ConnectorError, RetryLater, SourceBroken
from connectors.http.fetch import Fetcher
from connectors.protocol import Options as BaseOptions
from connectors.records import Batch, Cursor, JsonValue, Semantics
from connectors.secrets import reveal, revealed
from connectors.text.fields import digest_of

logger = logging.getLogger(__name__)

ITEMS_PER_BATCH = 500
LARGEST_STATE = 1_000_000
FAULTS_REPORTED = 100
DELETED_AT = "_sdc_deleted_at"
"""Set by taps that read a database's log, on a record whose row is gone."""


class SingerConnector:
    kind: ClassVar[str] = "singer"
    semantics: Semantics

    class Options(BaseOptions):
        """command: the tap and its arguments. streams: what the records of each mean.

        config: handed over as `--config`, in a file that is gone afterwards; its texts, and those
        of environment, may name secrets. catalog: handed over as `--catalog`.
        """

        command: tuple[str, ...] = Field(min_length=1)
        streams: dict[str, RowMapping] = Field(min_length=1)
        config: dict[str, Json] = Field(default_factory=dict)
        catalog: Path | None = None
        environment: dict[str, str] = Field(default_factory=dict)
        timeout_seconds: float = Field(default=600, gt=0)
        max_bytes: int = Field(default=500_000_000, gt=0)

    def __init__(self, options: Options, *, source: str, fetcher: Fetcher, clock: Clock) -> None:
        del fetcher, clock  # the tap reads, and dates what it reads
        self._options = options
        self._source = source
        has_documents = any(each.documents for each in options.streams.values())
        self.semantics = Semantics.KEYED_LATEST if has_documents else Semantics.SERIES

    def read(self, cursor: Cursor) -> Iterator[Batch]:
        options = digest_of(self._options.model_dump_json())
        known = cursor if cursor.get("options") == options else {}
        try:
            with private_folder() as folder:
                ended = self._run(folder, known.get("state"))
                for batch in _Messages(self._options.streams, known.get("state")).read(ended):
                    moved = batch.cursor.get("state")
                    new = {"options": options, "state": moved} if moved is not None else known
                    yield replace(batch, cursor=new)
                self._require_good_end(ended)
        except ConnectorError as error:
            raise type(error)(f"source {self._source}: {error}") from error

    def _run(self, folder: Path, state: JsonValue) -> Ended:
        options = self._options
        command = list(options.command)
        if options.config:
            config = json.dumps(_revealed(options.config, "config"))
            command += ["--config", str(write_private(folder / "config.json", config))]
        if options.catalog is not None:
            command += ["--catalog", str(options.catalog)]
        if state is not None:
            path = write_private(folder / "state.json", json.dumps(state))
            command += ["--state", str(path)]
        ended = run(
            command,
            folder=folder,
            environment=revealed(options.environment, option="environment"),
            limits=Limits(options.timeout_seconds, options.max_bytes),
        )
        for line in ended.log_lines():
            logger.debug("tap said", extra={"source": self._source, "line": line})
        return ended

    def _require_good_end(self, ended: Ended) -> None:
        if not ended.fault:
            return
        last = (ended.log_lines() or ["it said nothing"])[-1]
        for secret in self._secrets():
            last = last.replace(secret, "…")
        raise RetryLater(f"{Path(self._options.command[0]).name} {ended.fault}: {last[:200]}")

    def _secrets(self) -> list[str]:
        """Return every text that was handed to the tap by reference."""
        given = revealed(self._options.environment, option="environment")
        pairs = [(self._options.environment[name], value) for name, value in given.items()]
        pairs += _texts(self._options.config, _revealed(self._options.config, "config"))
        return [value for reference, value in pairs if value != reference]


class _Messages:
    """The messages of one run, and what the chosen streams have come to so far."""

    def __init__(self, streams: Mapping[str, RowMapping], state: JsonValue) -> None:
        self._rows = {
            name: Rows(mapping, prefix=f"{name}/" if mapping.documents else "")
            for name, mapping in streams.items()
        }
        self._state = state
        self._offered: set[str] = set()
        self._versioned: set[str] = set()
        self._unread = 0
        self._understood = 0

    def read(self, ended: Ended) -> Iterator[Batch]:
        for number, line in enumerate(ended.lines(), 1):
            if line.strip() or not line:
                self._take(line, f"line {number}")
            if sum(map(len, self._rows.values())) >= ITEMS_PER_BATCH:
                yield self._batch()
        if self._unread and not self._understood and not ended.fault:
            raise SourceBroken("command: what it writes are no Singer messages")
        size = ended.output.stat().st_size
        yield replace(self._batch(), bytes_read=size, remarks=tuple(self._remarks()))

    def _take(self, line: bytes, place: str) -> None:
        try:
            message = decoded(line.decode("utf-8"))
        except (ValueError, RecursionError):
            message = None
        if not isinstance(message, dict) or not isinstance(message.get("type"), str):
            self._unread += 1
            return
        self._understood += 1
        match message["type"]:
            case "SCHEMA":
                self._offered.add(str(message.get("stream")))
            case "RECORD":
                self._take_record(message, place)
            case "STATE":
                self._take_state(line)
            case "ACTIVATE_VERSION":
                self._versioned.add(str(message.get("stream")))

    def _take_record(self, message: Mapping[str, Any], place: str) -> None:
        stream, record = str(message.get("stream")), message.get("record")
        self._offered.add(stream)
        rows = self._rows.get(stream)
        if rows is None:
            return
        if not isinstance(record, dict):
            rows.fail(None, f"{stream} {place}: the record is no object")
        else:
            rows.take(record, place=f"{stream} {place}", is_gone=bool(record.get(DELETED_AT)))

    def _take_state(self, line: bytes) -> None:
        # Not as `decoded` has it: the tap is to get its own numbers back.
        state = as_json(json.loads(line, parse_constant=lambda _: None).get("value"))
        if len(json.dumps(state)) > LARGEST_STATE:
            raise SourceBroken(f"command: its state is larger than {LARGEST_STATE} bytes")
        self._state = state

    def _batch(self) -> Batch:
        """Return what was taken, with the last state: it covers no record that is to come."""
        cursor: Cursor = {} if self._state is None else {"state": self._state}
        parts = [rows.batch(cursor) for rows in self._rows.values()]
        return Batch(
            cursor,
            documents=tuple(each for part in parts for each in part.documents),
            series=tuple(each for part in parts for each in part.series),
            observations=tuple(each for part in parts for each in part.observations),
            removed=tuple(each for part in parts for each in part.removed),
            failures=tuple(each for part in parts for each in part.failures),
        )

    def _remarks(self) -> Iterator[str]:
        for name in self._rows.keys() - self._offered:
            offered = ", ".join(sorted(self._offered)) or "none"
            yield f"stream {name!r} did not come; there were: {offered}"
        for name in sorted(self._versioned & self._rows.keys()):
            yield f"stream {name!r} comes whole each time; what it no longer has is kept"
        if self._unread:
            yield f"{self._unread} lines are no Singer messages"


def _revealed(value: Json, option: str) -> Json:
    if isinstance(value, dict):
        return {name: _revealed(each, f"{option}.{name}") for name, each in value.items()}
    if isinstance(value, list):
        return [_revealed(each, option) for each in value]
    return reveal(value, option=option) if isinstance(value, str) else value


def _texts(given: Json, found: Json) -> list[tuple[str, str]]:
    """Return every text of one value with what it is in the other of the same shape."""
    if isinstance(given, dict) and isinstance(found, dict):
        return [pair for name in given for pair in _texts(given[name], found[name])]
    if isinstance(given, list) and isinstance(found, list):
        return [pair for each in zip(given, found, strict=True) for pair in _texts(*each)]
    return [(given, found)] if isinstance(given, str) and isinstance(found, str) else []
