"""Cut a batch into parts small enough to embed and commit one by one."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from connectors.records import Batch, Document, Observation, Series
from indexer.catalogue import slices

MOST_CHARACTERS = 40_000
MOST_DOCUMENTS = 64
MOST_OBSERVATIONS = 5_000


def parts(batch: Batch) -> Iterator[Batch]:
    """Cut a batch into pieces small enough to embed and commit; the last keeps the cursor.

    Every piece but the last has an empty cursor mapping, which is never stored. Of equal items
    only the last is kept, and a key both given and removed is given: spread over pieces, each
    repetition of the batch would store them anew.
    """
    documents = {document.key: document for document in batch.documents}
    values = {(one.series, one.valid_from): one for one in batch.observations}
    removed = tuple(key for key in batch.removed if key not in documents)
    rest = replace(batch, documents=(), observations=(), removed=removed)
    pieces = [replace(_piece(), documents=tuple(some)) for some in _by_size(documents.values())]
    pieces += [
        replace(_piece(), observations=tuple(some), series=_named_in(some, batch.series))
        for some in slices(list(values.values()), MOST_OBSERVATIONS)
    ]
    yield from pieces
    yield rest


def _piece() -> Batch:
    return Batch(cursor={})


def _by_size(given: Iterable[Document]) -> Iterator[list[Document]]:
    some: list[Document] = []
    size = 0
    for document in given:
        if some and (size + len(document.text) > MOST_CHARACTERS or len(some) >= MOST_DOCUMENTS):
            yield some
            some, size = [], 0
        some.append(document)
        size += len(document.text)
    if some:
        yield some


def _named_in(given: Sequence[Observation], series: Sequence[Series]) -> tuple[Series, ...]:
    names = {one.series for one in given}
    return tuple(one for one in series if one.key in names)
