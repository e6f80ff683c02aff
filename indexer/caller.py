"""Who waits for an answer, and whether they still do.

    connection ends ─▶ leave() ─▶ before its next stage: require_caller() raises CallerLeft

A caller travels with the context, into threads too. Without one somebody is there for good, such
as the command line.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from indexer.errors import CallerLeft


class Caller:
    """One who asked. Every method may be called from any thread."""

    def __init__(self) -> None:
        self._has_left = False

    @property
    def has_left(self) -> bool:
        return self._has_left

    def leave(self) -> None:
        """Note that nobody waits for the answer any more."""
        self._has_left = True


_CALLER = ContextVar("caller", default=Caller())  # noqa: B039 - the default never leaves


def present_caller() -> Caller:
    """Return who waits for what is being done."""
    return _CALLER.get()


def require_caller() -> None:
    """Go on only for somebody who waits; cheap enough to ask before every stage.

    Raises:
        CallerLeft: nobody does.
    """
    if _CALLER.get().has_left:
        raise CallerLeft("nobody waits for the answer any more")


@contextmanager
def asked_by(caller: Caller) -> Iterator[None]:
    """Do what is in the block for this caller."""
    token = _CALLER.set(caller)
    try:
        yield
    finally:
        _CALLER.reset(token)
