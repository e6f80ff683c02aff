"""The seam every kind of source is read through.

A connector knows neither database nor index: it maps (options, cursor) to batches. Third
parties register a class with this shape under the entry-point group `grounding.connectors`.
"""

from collections.abc import Collection, Iterator
from typing import TYPE_CHECKING, Any, ClassVar, Protocol, runtime_checkable

from pydantic import BaseModel, ConfigDict

from connectors.records import Batch, Cursor, Semantics

if TYPE_CHECKING:
    from connectors.clock import Clock
    from connectors.http.fetch import Fetcher


class Options(BaseModel):
    """Base of every kind's options: frozen, and an unknown option is an error, not ignored."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Connector(Protocol):
    """One configured source, readable.

    Callers may assume: `read` starts where `cursor` left off, `{}` means from the beginning;
    batches come in order, each with the cursor to store beside it; reading twice from the same
    cursor is harmless; an item that cannot be read is a `Failure` in its batch.
    Callers may not assume: that keys are new, that a read is short, that a second iterator can
    run at the same time.
    Callers must catch `RetryLater` and `SourceBroken`, from `read` and from every `next`.
    """

    kind: ClassVar[str]
    semantics: Semantics

    def read(self, cursor: Cursor) -> Iterator[Batch]: ...


@runtime_checkable
class Forgetful(Protocol):
    """A connector that can read single items again."""

    def forget(self, cursor: Cursor, keys: Collection[str]) -> Cursor:
        """Return the cursor from which the next read reads these items whatever they say."""
        ...


def forgotten(connector: Connector, cursor: Cursor, keys: Collection[str]) -> Cursor:
    """Return where to read on so that these items are read again: at worst from the beginning."""
    return connector.forget(cursor, keys) if isinstance(connector, Forgetful) else {}


class ConnectorClass(Protocol):
    """What the registry holds: validates options and builds a `Connector`."""

    kind: ClassVar[str]
    Options: ClassVar[type[Options]]

    def __call__(
        self,
        options: Any,  # Any: an instance of the class's own Options
        *,
        source: str,
        fetcher: "Fetcher",
        clock: "Clock",
    ) -> Connector: ...
