"""What the items of a reply mean: one document each, or values of series.

Fields hold JMESPath expressions on the item; templates hold text with such expressions in `{…}`.
"""

from collections.abc import Iterator
from typing import Annotated, Literal, Self

from pydantic import BeforeValidator, Field, model_validator

from connectors.dates import parse_instant
from connectors.doubts import date_as_given, time_flags
from connectors.endpoints.expressions import (
    PLACEHOLDER,
    Expression,
    Template,
    as_json,
    as_text,
    evaluate,
    fill,
    template_compiles,
)
from connectors.endpoints.item_times import binding, stated
from connectors.endpoints.periods import Period, PeriodMapping, periods_of, with_periods
from connectors.endpoints.quantity import SeriesTexts, parse_start, parse_value
from connectors.errors import ItemFailed
from connectors.protocol import Options
from connectors.records import Document, JsonValue, Observation, Series
from connectors.text.fields import bounded_key, cut_at_sentence, one_line, web_link
from connectors.text.language import language_of
from connectors.text.markup import fragment_to_text, markdown_to_text

MOST_TEXT_CHARS = 200_000
"""Longer texts are cut after a sentence."""


class DocumentMapping(Options):
    """One item, one document; its text is `text`, one expression or several, or `template`.

    periods: parts of the item that each hold for a time of their own, appended to the text.
    volatile: names in `metadata` whose values count as no change, such as a number of views.
    """

    key: Expression
    text: tuple[Expression, ...] = ()
    template: Template = ""
    periods: PeriodMapping | None = None
    format: Literal["plain", "html", "markdown"] = "plain"
    title: Expression | None = None
    url: Expression | None = None
    author: Expression | None = None
    language: Expression | None = None
    published_at: Expression | None = None
    updated_at: Expression | None = None
    valid_from: Expression | None = None
    valid_until: Expression | None = None
    metadata: dict[str, Expression] = Field(default_factory=dict)
    volatile: tuple[str, ...] = ()

    @model_validator(mode="before")
    @classmethod
    def _one_text_is_a_list(cls, given: object) -> object:
        if isinstance(given, dict) and isinstance(given.get("text"), str):
            return {**given, "text": (given["text"],)}
        return given

    @model_validator(mode="after")
    def _has_one_text(self) -> Self:
        if (self.text and self.template) or not (self.text or self.template or self.periods):
            raise ValueError("give exactly one of text and template, or periods")
        return self

    @model_validator(mode="after")
    def _volatile_is_in_metadata(self) -> Self:
        for name in self.volatile:
            if name not in self.metadata:
                raise ValueError(f"volatile: {name!r} is no name in metadata")
        return self

    def text_lookups(self) -> list[str]:
        periods = [] if self.periods is None else [self.periods.items]
        return [*self.text, *PLACEHOLDER.findall(self.template), *periods]

    def optional_lookups(self) -> dict[str, str]:
        """Return what the fields look up that an item may do without, by the field's name."""
        required = {"key", "text", "template", "periods", "format", "metadata", "volatile"}
        fields = self.model_dump(exclude=required)
        fields["periods.items"] = None if self.periods is None else self.periods.items
        fields |= {f"metadata.{name}": each for name, each in self.metadata.items()}
        return {name: each for name, each in fields.items() if each is not None}


class ItemSeries(SeriesTexts):
    """The series that an item's value belongs to; every text is a template on the item."""

    @model_validator(mode="after")
    def _placeholders_compile(self) -> Self:
        texts = self.model_dump(exclude={"aliases"}).values()
        for template in (*texts, *self.aliases):
            template_compiles(template)
        return self


class ObservationMapping(Options):
    """One item, one value; where the expressions find lists, one value per place in them."""

    series: ItemSeries
    valid_from: Expression
    value: Expression
    valid_until: Expression | None = None
    published_at: Expression | None = None

    def optional_lookups(self) -> dict[str, str]:
        fields = {"valid_until": self.valid_until, "published_at": self.published_at}
        return {name: each for name, each in fields.items() if each is not None}


def _one_is_a_list(given: object) -> object:
    return (given,) if isinstance(given, dict) else given


ObservationMappings = Annotated[tuple[ObservationMapping, ...], BeforeValidator(_one_is_a_list)]
"""Several, or one written without a list."""


def key_of(item: object, mapping: DocumentMapping) -> str:
    """Return what identifies the item.

    Raises:
        ItemFailed: it has no key.
    """
    key = bounded_key(one_line(_text(mapping.key, item)))
    if not key:
        raise ItemFailed(f"key: {mapping.key!r} finds nothing")
    return key


def document_of(
    item: object, mapping: DocumentMapping, *, key: str, address: str, zone: str | None
) -> Document:
    """Read one item; without text its title is its text.

    Raises:
        ItemFailed: it has neither text nor title, or an unreadable validity.
    """
    title = one_line(_text(mapping.title, item))
    periods = _periods(item, mapping, zone)
    text, spans = with_periods(cut_at_sentence(_body(item, mapping), MOST_TEXT_CHARS), periods)
    if not (text or title):
        raise ItemFailed("no text")
    published, updated = (
        stated(each, item, zone=zone) for each in (mapping.published_at, mapping.updated_at)
    )
    valid_from, valid_until = (
        binding(each, item, zone=zone) for each in (mapping.valid_from, mapping.valid_until)
    )
    flags = time_flags(
        published_at=published, updated_at=updated, valid_from=valid_from, valid_until=valid_until
    )
    language = language_of(text or title, _text(mapping.language, item))
    return Document(
        key=key,
        text=text or title,
        title=title,
        url=web_link(_text(mapping.url, item), base=address),
        author=one_line(_text(mapping.author, item)) or None,
        language=language.tag,
        published_at=published.instant,
        updated_at=updated.instant,
        valid_from=valid_from.instant,
        valid_until=valid_until.instant,
        metadata={
            **_metadata(mapping, item, unread=date_as_given(published, updated)),
            **language.metadata,
        },
        time_flags=tuple(dict.fromkeys([*flags, *(f for p in periods for f in p.time_flags)])),
        spans=spans,
        volatile=mapping.volatile,
    )


def _body(item: object, mapping: DocumentMapping) -> str:
    """Return the item's text as plain text, "" when the mapping finds none."""
    if mapping.template:
        body = fill(mapping.template, lambda expression: _text(expression, item))
    else:
        body = "\n\n".join(filter(None, (_text(each, item) for each in mapping.text)))
    return _plain(body, mapping)


def _periods(item: object, mapping: DocumentMapping, zone: str | None) -> list[Period]:
    if mapping.periods is None:
        return []
    return periods_of(item, mapping.periods, zone=zone, plain=lambda text: _plain(text, mapping))


def _plain(text: str, mapping: DocumentMapping) -> str:
    if mapping.format == "html":
        return fragment_to_text(text)
    return markdown_to_text(text).text if mapping.format == "markdown" else text


def values_of(
    item: object, mapping: ObservationMapping, *, zone: str | None
) -> Iterator[tuple[Series, Observation]]:
    """Read the item's value, or its column of values; places without a value are skipped.

    Raises:
        ItemFailed: a time or a value is unreadable, or two columns differ in length.
    """
    starts, values = evaluate(mapping.valid_from, item), evaluate(mapping.value, item)
    is_column = isinstance(starts, list) or isinstance(values, list)
    starts, values = (starts, values) if is_column else ([starts], [values])
    if not isinstance(starts, list) or not isinstance(values, list) or len(starts) != len(values):
        raise ItemFailed("valid_from and value find columns of different length")
    ends = _column(mapping.valid_until, item, len(starts))
    published = _column(mapping.published_at, item, len(starts))
    series = mapping.series.filled(lambda text: fill(text, lambda name: _text(name, item)))
    for start, value, end, date in zip(starts, values, ends, published, strict=True):
        number = parse_value(value)
        if number is None:
            continue
        yield (
            series,
            Observation(
                series.key,
                parse_start(start, zone=zone),
                number,
                valid_until=None if end is None else parse_start(end, zone=zone),
                published_at=parse_instant(date, assumed_zone=zone),
            ),
        )


def _column(expression: str | None, item: object, length: int) -> list[object]:
    found = None if expression is None else evaluate(expression, item)
    column = found if isinstance(found, list) else [found] * length
    if len(column) != length:
        raise ItemFailed(f"{expression!r} finds {len(column)} values where {length} were expected")
    return column


def _text(expression: str | None, item: object) -> str:
    return "" if expression is None else as_text(evaluate(expression, item))


def _metadata(mapping: DocumentMapping, item: object, *, unread: str) -> dict[str, JsonValue]:
    found = {name: as_json(evaluate(each, item)) for name, each in mapping.metadata.items()}
    if unread:
        found.setdefault("date_as_given", unread)
    return {name: value for name, value in found.items() if value is not None}
