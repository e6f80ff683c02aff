"""Rows that come one after the other, read by a mapping: documents, or values of series.

    row ─▶ Rows.take ─▶ Rows.batch

Where `mapped` sees a whole reply at once, this never holds more than one batch.
"""

from collections.abc import Mapping, Sequence
from typing import Self

from pydantic import model_validator

from connectors.endpoints.expressions import PLAIN_PATH, Expression, as_text, evaluate, is_absent
from connectors.endpoints.items import (
    DocumentMapping,
    ObservationMappings,
    document_of,
    key_of,
    values_of,
)
from connectors.endpoints.quantity import distinct
from connectors.errors import ItemFailed, SourceBroken
from connectors.location import Zone
from connectors.protocol import Options
from connectors.records import Batch, Cursor, Document, Failure, Observation, Series

NAMES_SHOWN = 20
_NOT_SO = frozenset({"", "0", "false", "f", "no", "n"})


class RowMapping(Options):
    """Exactly one of `documents` and `observations`.

    deleted: an expression that is true of a row that says its document is gone.
    zone: of times that name none.
    """

    documents: DocumentMapping | None = None
    observations: ObservationMappings = ()
    deleted: Expression | None = None
    zone: Zone | None = None

    @model_validator(mode="after")
    def _has_one_kind_of_mapping(self) -> Self:
        if bool(self.documents) == bool(self.observations):
            raise ValueError("give exactly one of documents and observations")
        if self.deleted and self.observations:
            raise ValueError("deleted goes with documents; a value is revised, never removed")
        return self

    def require_names(self, names: Sequence[str]) -> list[str]:
        """Return remarks on what the mapping looks up and no row can have.

        Raises:
            SourceBroken: what is required is among it.
        """
        required, optional = self._lookups()
        for field, expressions in required.items():
            if expressions and all(_is_no_name(each, names) for each in expressions):
                looked_for = " and ".join(repr(each) for each in expressions)
                known = ", ".join(name[:40] for name in names[:NAMES_SHOWN])
                raise SourceBroken(f"{field}: {looked_for} is no column; there are: {known}")
        return [
            f"{field}: {expression!r} is no column"
            for field, expression in optional.items()
            if _is_no_name(expression, names)
        ]

    def _lookups(self) -> tuple[dict[str, Sequence[str]], dict[str, str]]:
        if self.documents is not None:
            texts = self.documents.text_lookups()
            deleted = [] if self.deleted is None else [self.deleted]
            required = {"key": [self.documents.key], "text": texts, "deleted": deleted}
            return {**required}, self.documents.optional_lookups()
        required, optional = {}, dict[str, str]()
        for mapping in self.observations:
            required |= {"valid_from": [mapping.valid_from], "value": [mapping.value]}
            optional |= mapping.optional_lookups()
        return {**required}, optional


class Rows:
    """What was read since the last batch.

    prefix: goes before every key, where rows of several tables share one source.
    """

    def __init__(self, mapping: RowMapping, *, prefix: str = "") -> None:
        self._mapping = mapping
        self._prefix = prefix
        self._clear()

    def _clear(self) -> None:
        self._documents: dict[str, Document] = {}
        self._removed: dict[str, None] = {}
        self._series: dict[str, Series] = {}
        self._values: list[tuple[str, Observation]] = []
        self._failures: list[Failure] = []

    def __len__(self) -> int:
        items = (self._documents, self._removed, self._values, self._failures)
        return sum(len(each) for each in items)

    def key(self, row: Mapping[str, object]) -> str:
        """Return what identifies the row's document.

        Raises:
            ItemFailed: it has no key.
        """
        assert self._mapping.documents is not None  # noqa: S101 - asked of documents only
        return self._prefix + key_of(row, self._mapping.documents)

    def is_deleted(self, row: Mapping[str, object]) -> bool:
        """Say whether the row only tells that its document is gone.

        Raises:
            ItemFailed: the expression cannot be applied to it.
        """
        if self._mapping.deleted is None:
            return False
        return as_text(evaluate(self._mapping.deleted, row)).lower() not in _NOT_SO

    def take(self, row: Mapping[str, object], *, place: str, is_gone: bool = False) -> bool:
        """Read a row; return whether it could be. Of two with one key the later counts.

        is_gone: known from elsewhere than the mapping to say that its document is gone.
        """
        key = None
        try:
            if self._mapping.documents is None:
                self._take_values(row, place)
                return True
            key = self.key(row)
            self._take_document(key, row, is_gone=is_gone or self.is_deleted(row))
        except ItemFailed as error:
            self.fail(key, f"{place}: {error}")
            return False
        return True

    def fail(self, key: str | None, reason: str) -> None:
        self._failures.append(Failure(key, reason))

    def batch(self, cursor: Cursor) -> Batch:
        """Return what was taken, and begin anew."""
        values, contradicted = distinct(self._values)
        batch = Batch(
            cursor,
            documents=tuple(self._documents.values()),
            series=tuple(self._series.values()),
            observations=tuple(values),
            removed=tuple(self._removed),
            failures=(*self._failures, *contradicted),
        )
        self._clear()
        return batch

    def _take_document(self, key: str, row: Mapping[str, object], *, is_gone: bool) -> None:
        assert self._mapping.documents is not None  # noqa: S101 - asked of documents only
        if is_gone:
            self._documents.pop(key, None)
            self._removed[key] = None
            return
        zone = self._mapping.zone
        document = document_of(row, self._mapping.documents, key=key, address="", zone=zone)
        self._removed.pop(key, None)
        self._documents[key] = document

    def _take_values(self, row: Mapping[str, object], place: str) -> None:
        for mapping in self._mapping.observations:
            for series, observation in values_of(row, mapping, zone=self._mapping.zone):
                self._series[series.key] = series
                self._values.append((place, observation))


def _is_no_name(expression: str, names: Sequence[str]) -> bool:
    first = expression.partition(".")[0]
    return bool(PLAIN_PATH.fullmatch(expression)) and is_absent(first, dict.fromkeys(names))
