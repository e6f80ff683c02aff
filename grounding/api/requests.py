"""What callers send."""

from datetime import timedelta
from typing import Annotated, Self

from pydantic import (
    AfterValidator,
    Field,
    StringConstraints,
    ValidationInfo,
    field_validator,
    model_validator,
)

from connectors.records import Document, Observation, Series, Span
from grounding.api.wire import (
    DayOrInstant,
    Duration,
    ExactNumber,
    HalfLifeSeconds,
    Instant,
    JsonIn,
    Text,
    Wire,
)
from grounding.query.question import Filters, Limits, Share
from grounding.query.records import DialectName
from grounding.query.times import zone


def _not_blank(text: str) -> str:
    if not text.strip():
        raise ValueError("expected a question, got only white space")
    return text


def _known_zone(name: str) -> str:
    return zone(name).key


LONGEST_REFRESH = timedelta(minutes=1)

Query = Annotated[Text, Field(min_length=1, max_length=4_000), AfterValidator(_not_blank)]
Name = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9._-]{0,99}$")]
ZoneName = Annotated[str, AfterValidator(_known_zone)]
Domain = Annotated[str, StringConstraints(to_lower=True, min_length=1, max_length=253)]


class FilterFields(Wire):
    """What search and augment share; `start_date` and `end_date` are second names.

    interpret: let names, numbers and times that the question says itself count.
    timezone: IANA name of the zone in which its times are meant, and a prompt's clock is shown.
    exact: compare with every vector in scope, which takes ten times as long.
    """

    as_of: Instant | None = None
    known_at: Instant | None = None
    published_after: Instant | None = None
    published_before: Instant | None = None
    start_date: DayOrInstant | None = None
    end_date: DayOrInstant | None = None
    max_age: Duration | None = None
    sources: Annotated[list[str], Field(max_length=1_000)] | None = None
    collections: Annotated[list[str], Field(max_length=1_000)] | None = None
    include_domains: Annotated[list[Domain], Field(max_length=100)] | None = None
    include_history: bool = False
    require_fresh: bool = False
    refresh_within: Duration | None = None
    min_seq: Annotated[int, Field(ge=0, le=2**62)] | None = None
    interpret: bool = True
    timezone: str = "UTC"
    exact: bool = False

    @field_validator("refresh_within")
    @classmethod
    def _can_be_waited_for(cls, within: timedelta | None, info: ValidationInfo) -> timedelta | None:
        if within is not None and not info.data.get("require_fresh", True):
            raise ValueError("goes with require_fresh")
        if within is not None and within > LONGEST_REFRESH:
            raise ValueError("at most 1m")
        return within

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.published_after is not None and self.start_date is not None:
            raise ValueError("start_date is another name of published_after: give one of them")
        if self.published_before is not None and self.end_date is not None:
            raise ValueError("end_date is another name of published_before: give one of them")
        return self

    def filters(self) -> Filters:
        return Filters(
            as_of=self.as_of,
            known_at=self.known_at,
            published_after=self.published_after or self.start_date,
            published_before=self.published_before or self.end_date,
            max_age=self.max_age,
            sources=_set(self.sources),
            collections=_set(self.collections),
            include_domains=_set(self.include_domains),
            min_seq=self.min_seq,
            include_history=self.include_history,
            require_fresh=self.require_fresh,
            refresh_within=self.refresh_within,
            interpret=self.interpret,
            exact=self.exact,
        )


class ChoiceFields(FilterFields):
    """How search and augment choose of what they find, and whether they explain it."""

    diversity: Annotated[float, Field(ge=0, le=1)] = 0.0
    explain: bool = False


class SearchIn(ChoiceFields):
    query: Query
    max_results: Annotated[int, Field(ge=1, le=100)] = 10
    max_per_source: Annotated[int, Field(ge=1, le=100)] | None = None


class ShareIn(Wire):
    """How many pieces of evidence are to be of one source, if it has them, and may be."""

    min: Annotated[int, Field(ge=0, le=50)] = 0
    max: Annotated[int, Field(ge=0, le=50)] | None = None

    def share(self) -> Share:
        return Share(least=self.min, most=self.max)


class AugmentIn(ChoiceFields):
    """dialect: the form of the prompt; `messages` are taken in that of OpenAI whatever it is.

    datamark: mark quoted prose word by word; null as the service's settings say.
    """

    query: Query | None = None
    messages: Annotated[list[JsonIn], Field(min_length=1, max_length=1_000)] | None = None
    max_items: Annotated[int, Field(ge=1, le=50)] = 15
    token_budget: Annotated[int, Field(ge=64, le=100_000)] = 2_000
    tokenizer: Annotated[Text, Field(min_length=1, max_length=200)] | None = None
    max_per_source: Annotated[int, Field(ge=1, le=50)] | None = None
    per_source: Annotated[dict[Text, ShareIn], Field(max_length=50)] = {}
    dialect: DialectName = DialectName.OPENAI
    datamark: bool | None = None

    @model_validator(mode="after")
    def _one_question(self) -> Self:
        if (self.query is None) == (self.messages is None):
            raise ValueError("give exactly one of query and messages")
        return self

    def limits(self) -> Limits:
        return Limits(
            token_budget=self.token_budget,
            max_items=self.max_items,
            max_per_source=self.max_per_source,
            diversity=self.diversity,
            per_source={name: given.share() for name, given in self.per_source.items()},
        )


class SpanIn(Wire):
    """A stretch of the text, in code points, that holds for a time of its own."""

    start: Annotated[int, Field(ge=0)]
    end: Annotated[int, Field(ge=1)]
    valid_from: Instant | None = None
    valid_until: Instant | None = None


class DocumentIn(Wire):
    key: Annotated[Text, Field(min_length=1, max_length=4_000)]
    text: Text
    title: Text = ""
    url: Text | None = None
    author: Text | None = None
    language: Text | None = None
    published_at: Instant | None = None
    updated_at: Instant | None = None
    valid_from: Instant | None = None
    valid_until: Instant | None = None
    spans: Annotated[list[SpanIn], Field(max_length=1_000)] = []
    metadata: JsonIn = {}

    def document(self) -> Document:
        fields = {name: getattr(self, name) for name in type(self).model_fields}
        spans = tuple(Span(**dict(span)) for span in self.spans)
        return Document(**fields | {"spans": spans})


class DocumentsIn(Wire):
    source: Name = "push"
    collection: Name = "default"
    documents: Annotated[list[DocumentIn], Field(max_length=1_000)] = []
    removed: Annotated[list[Text], Field(max_length=10_000)] = []

    @model_validator(mode="after")
    def _something(self) -> Self:
        if not self.documents and not self.removed:
            raise ValueError("give documents, removed, or both")
        return self


class SeriesIn(Wire):
    key: Annotated[Text, Field(min_length=1, max_length=500)]
    title: Annotated[Text, Field(min_length=1, max_length=1_000)]
    unit: Text | None = None
    currency: Text | None = None
    cadence: Text | None = None
    zone: ZoneName | None = None
    venue: Text | None = None
    description: Text = ""
    url: Text | None = None
    aliases: Annotated[list[Text], Field(max_length=100)] = []

    def series(self) -> Series:
        fields = {name: getattr(self, name) for name in type(self).model_fields}
        return Series(**fields | {"aliases": tuple(self.aliases)})


class ObservationIn(Wire):
    series: Annotated[Text, Field(min_length=1, max_length=500)]
    valid_from: Instant
    value: ExactNumber
    valid_until: Instant | None = None
    published_at: Instant | None = None

    def observation(self) -> Observation:
        return Observation(**{name: getattr(self, name) for name in type(self).model_fields})


class ObservationsIn(Wire):
    source: Name = "push-series"
    collection: Name = "default"
    series: Annotated[list[SeriesIn], Field(max_length=1_000)] = []
    observations: Annotated[list[ObservationIn], Field(max_length=10_000)]


class SourceFields(Wire):
    """What of a source can be changed later."""

    options: JsonIn | None = None
    collection: Name | None = None
    schedule: str | None = None
    jitter: Duration | None = None
    warn_after: Duration | None = None
    error_after: Duration | None = None
    ttl: Duration | None = None
    half_life: HalfLifeSeconds | None = None
    enabled: bool | None = None


class SourceIn(SourceFields):
    name: Name
    kind: str


def seconds(duration: timedelta | None) -> float | None:
    return None if duration is None else duration.total_seconds()


def _set(values: list[str] | None) -> frozenset[str] | None:
    return None if values is None else frozenset(values)
