"""Reading one damaged file by its connector, the wire replaced, under a watch on processor time."""

import signal
import time
import traceback
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import partial
from types import FrameType

from benchmarks.corpus.mutants import Mutant
from benchmarks.corpus.reading import now_of
from benchmarks.corpus.records import Recording
from benchmarks.corpus.robots_files import ROBOTS, rules_as_batches
from connectors import registry
from connectors.errors import ConnectorError
from connectors.http.reply import NO_VALIDATORS, Reply
from connectors.protocol import Connector
from connectors.records import Batch, Document
from connectors.text.fields import storable

HANG_SECONDS = 1.0
ADDRESS = "http://site.invalid/file"
LONGEST_KEY = 400
LONGEST_SUFFIX = 30


class Outcome(StrEnum):
    """How reading one mutant ended; all but the first two are errors of ours."""

    READ = "read"
    REFUSED = "refused"
    CRASHED = "crashed"
    HUNG = "hung"
    UNFIT = "unfit"


@dataclass(frozen=True, slots=True)
class Trial:
    """What came of one mutant; detail: the traceback, or what is wrong with what was read."""

    outcome: Outcome
    cpu_seconds: float
    detail: str = ""


class Hung(BaseException):
    """Raised within whatever is running; no Exception, so that nobody takes it for a bad file."""


class Canned:
    """Answers every request with the body of one mutant, as a `Fetcher` would."""

    def __init__(self) -> None:
        self.mutant: Mutant | None = None

    def fetch(self, url: str, **asked: object) -> Reply:
        del asked
        assert self.mutant is not None
        return Reply(
            url=url,
            status=200,
            body=self.mutant.body,
            media_type=self.mutant.media_type,
            charset=self.mutant.charset,
            validators=NO_VALIDATORS,
            bytes_received=len(self.mutant.body),
            is_unmodified=False,
        )

    def sitemaps(self, url: str) -> tuple[str, ...]:
        return (url,)


class Bench:
    """One process's connectors, one for all mutants of files that are read alike."""

    def __init__(self) -> None:
        self._wire = Canned()
        self._connectors: dict[str, Connector] = {}

    def tried(self, mutant: Mutant) -> Trial:
        """Read it once; what was read must be such that it can be stored."""
        self._wire.mutant = mutant
        started = time.thread_time()
        try:
            with watched(HANG_SECONDS):
                faults = [fault for batch in self._batches(mutant) for fault in faults_of(batch)]
        except ConnectorError:
            outcome, detail = Outcome.REFUSED, ""
        except Hung as hang:
            outcome, detail = Outcome.HUNG, str(hang)
        except Exception:  # noqa: BLE001 - what this benchmark is looking for
            outcome, detail = Outcome.CRASHED, traceback.format_exc()
        else:
            outcome, detail = (Outcome.UNFIT, faults[0]) if faults else (Outcome.READ, "")
        seconds = time.thread_time() - started
        if seconds > HANG_SECONDS and outcome in {Outcome.READ, Outcome.REFUSED}:
            outcome = Outcome.HUNG  # within code that no signal interrupts
        return Trial(outcome, seconds, detail)

    def _batches(self, mutant: Mutant) -> Iterable[Batch]:
        if mutant.recording.kind == ROBOTS:
            return rules_as_batches(mutant.body, mutant.recording)
        return self._connector(mutant.recording).read({})

    def _connector(self, recording: Recording) -> Connector:
        name = f"{recording.kind} {recording.options} {recording.now}"
        if name not in self._connectors:
            self._connectors[name] = registry.build(
                recording.kind,
                {"url": ADDRESS, **recording.options},
                source="mutant",
                fetcher=self._wire,  # type: ignore[arg-type]
                clock=partial(now_of, recording),
            )
        return self._connectors[name]


@contextmanager
def watched(seconds: float) -> Iterator[None]:
    """Raise `Hung` within the block once it has used so much processor time."""

    def stop(_: int, frame: FrameType | None) -> None:
        raise Hung("".join(traceback.format_stack(frame)[-6:]))

    before = signal.signal(signal.SIGVTALRM, stop)
    signal.setitimer(signal.ITIMER_VIRTUAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)


def faults_of(batch: Batch) -> Iterator[str]:
    """Say what no store would take: an empty or long key, lone surrogates, times without zone."""
    for document in batch.documents:
        if not 0 < len(document.key) <= LONGEST_KEY + LONGEST_SUFFIX:
            yield f"key of {len(document.key)} characters"
        if not document.text.strip():
            yield f"{document.key}: no text"
        yield from _unfit_texts(document)
    if any(at is not None and at.utcoffset() is None for at in _times(batch)):
        yield "a time without a zone"
    if any(not each.value.is_finite() for each in batch.observations):
        yield "a value that is no number"


def _unfit_texts(document: Document) -> Iterator[str]:
    texts: Mapping[str, object] = {
        "key": document.key,
        "text": document.text,
        "title": document.title,
        "url": document.url,
        "author": document.author,
    }
    for name, text in texts.items():
        if isinstance(text, str) and text != storable(text):
            yield f"{name} of {document.key!r} cannot be stored"


def _times(batch: Batch) -> Iterator[datetime | None]:
    for each in batch.documents:
        yield from (each.published_at, each.updated_at, each.valid_from, each.valid_until)
    for value in batch.observations:
        yield from (value.valid_from, value.valid_until, value.published_at)
