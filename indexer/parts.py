"""Cut a batch into parts small enough to embed and commit one by one."""

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Final

from connectors.records import Batch, Document, Observation, Series
from indexer.catalogue import slices

MOST_CHARACTERS = 40_000
MOST_DOCUMENTS = 64
MOST_OBSERVATIONS = 5_000
FIRST_CHARACTERS = 20_000
LEAST_CHARACTERS = 4_000
_SECONDS: Final = 3.0


class Size:
    """How many characters a part has, so that one takes about three seconds.

    So what a source says is found as it is read, also where others leave little of the machine.
    """

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self.characters = FIRST_CHARACTERS
        self.monotonic = monotonic

    def learn(self, characters: int, seconds: float) -> None:
        """Follow the pace of a part that took so long; a faster one is believed by halves."""
        wanted = characters * _SECONDS / max(seconds, 1e-6)
        most = min(self.characters * 2, MOST_CHARACTERS)
        self.characters = int(max(LEAST_CHARACTERS, min(wanted, most)))


def parts(batch: Batch, size: Size | None = None) -> Iterator[Batch]:
    """Cut a batch into pieces small enough to embed and commit; the last keeps the cursor.

    Every piece but the last has an empty cursor mapping, which is never stored. Of equal items
    only the last is kept, and a key both given and removed is given: spread over pieces, each
    repetition of the batch would store them anew.

    With `size` parts follow the pace at which they are taken, where one is embedded while the
    next is asked for; without, they are as large as they may be.
    """
    documents = {document.key: document for document in batch.documents}
    values = {(one.series, one.valid_from): one for one in batch.observations}
    removed = tuple(key for key in batch.removed if key not in documents)
    rest = replace(batch, documents=(), observations=(), removed=removed)
    for some in _timed(documents.values(), size) if size else _by_size(documents.values()):
        yield replace(_piece(), documents=tuple(some))
    for read in slices(list(values.values()), MOST_OBSERVATIONS):
        yield replace(_piece(), observations=tuple(read), series=_named_in(read, batch.series))
    yield rest


def _piece() -> Batch:
    return Batch(cursor={})


def _timed(given: Iterable[Document], size: Size) -> Iterator[list[Document]]:
    """Yield parts; each returns when the one before it is stored, and so tells its pace."""
    before = 0
    for some in _by_size(given, lambda: size.characters):
        began = size.monotonic()
        yield some
        if before:
            size.learn(before, size.monotonic() - began)
        before = sum(len(document.text) for document in some)


def _by_size(
    given: Iterable[Document], most_characters: Callable[[], int] = lambda: MOST_CHARACTERS
) -> Iterator[list[Document]]:
    some: list[Document] = []
    size = 0
    for document in given:
        is_full = size + len(document.text) > most_characters() or len(some) >= MOST_DOCUMENTS
        if some and is_full:
            yield some
            some, size = [], 0
        some.append(document)
        size += len(document.text)
    if some:
        yield some


def _named_in(given: Sequence[Observation], series: Sequence[Series]) -> tuple[Series, ...]:
    names = {one.series for one in given}
    return tuple(one for one in series if one.key in names)
