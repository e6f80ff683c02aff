"""The tables that are the truth; every index is a view of their change log.

    source 1─* document 1─* chunk 1─* embedding      source 1─* run
       └──1─* series 1─* observation       change (the log)  receipt  erasure  property  spending

A document row is one *version* of an item; at most one row per (source, key) is current
(`superseded_at` null). A series has one *card*: a document whose `series_id` names it.

An id is used once: index views and the change log know documents and chunks by theirs, and those
rows can be erased. (SQLite would reuse the last one's without `sqlite_autoincrement`; the other
tables either keep every row, or at least the one with the highest id.)
"""

from datetime import datetime
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import (
    JSON,
    BigInteger,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Text,
    UniqueConstraint,
    false,
)
from sqlalchemy import (
    text as sql,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from indexer.columns import ExactDecimal, Instant

# SQLite only numbers rows by itself for INTEGER keys.
RowId = BigInteger().with_variant(Integer(), "sqlite")


REVISION: Final = "0008"
"""The last migration in `alembic/versions`: the one after which tables are as they are here."""


class Base(DeclarativeBase):
    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {  # noqa: RUF012 - SQLAlchemy reads this class attribute
        datetime: Instant(),
        Decimal: ExactDecimal(),
        dict[str, Any]: JSON(),
        list[Any]: JSON(),
        str: Text(),
        float: Float(),
    }


class PropertyRow(Base):
    """A fact about the database itself, such as its identity."""

    __tablename__ = "property"

    name: Mapped[str] = mapped_column(String(80), primary_key=True)
    value: Mapped[str]


class SourceRow(Base):
    """A place we read. A removed one keeps its row, so that its history can be asked for.

    `ttl_seconds`: how long its items hold that do not say so. `half_life_seconds`: after that they
    count half as new; infinity is never, null as its kind. `listed_at`: when the last read began
    that listed items; at `confirmed_at` that still stood. `was_listing_whole`: it named everything.
    `remedy`: what to do about `last_error`. Read each `interval_seconds`, never before `resume_at`.
    """

    __tablename__ = "source"

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    name: Mapped[str] = mapped_column(String(120), unique=True)
    kind: Mapped[str] = mapped_column(String(40))
    semantics: Mapped[str] = mapped_column(String(20))
    options: Mapped[dict[str, Any]]
    collection: Mapped[str] = mapped_column(String(120), index=True)
    origin: Mapped[str] = mapped_column(String(20))
    schedule: Mapped[str | None]
    jitter_seconds: Mapped[float] = mapped_column(default=0.0)
    warn_after_seconds: Mapped[float | None]
    error_after_seconds: Mapped[float | None]
    ttl_seconds: Mapped[float | None]
    half_life_seconds: Mapped[float | None]
    is_enabled: Mapped[bool] = mapped_column(default=True)
    cursor: Mapped[dict[str, Any]]
    created_at: Mapped[datetime]
    removed_at: Mapped[datetime | None]
    last_attempt_at: Mapped[datetime | None]
    last_success_at: Mapped[datetime | None]
    last_changed_at: Mapped[datetime | None]
    listed_at: Mapped[datetime | None]
    was_listing_whole: Mapped[bool | None]
    confirmed_at: Mapped[datetime | None]
    next_read_at: Mapped[datetime | None]
    resume_at: Mapped[datetime | None]
    failures_in_row: Mapped[int] = mapped_column(default=0)
    failing_since: Mapped[datetime | None]
    last_error: Mapped[str | None]
    remedy: Mapped[str | None] = mapped_column(String(20))
    interval_seconds: Mapped[float | None]


class SeriesRow(Base):
    __tablename__ = "series"
    __table_args__ = (UniqueConstraint("source_id", "key"),)

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    source_id: Mapped[int] = mapped_column(ForeignKey("source.id", ondelete="CASCADE"))
    key: Mapped[str]
    title: Mapped[str]
    unit: Mapped[str | None]
    currency: Mapped[str | None]
    cadence: Mapped[str | None]
    zone: Mapped[str | None]
    venue: Mapped[str | None]
    description: Mapped[str] = mapped_column(default="")
    url: Mapped[str | None]
    aliases: Mapped[list[Any]]
    details: Mapped[dict[str, Any]] = mapped_column("metadata")
    created_at: Mapped[datetime]


class DocumentRow(Base):
    """One version of one item. `uid` is the item's public identity, shared by its versions.

    `valid_from` is what the source says, else the earlier of publication and observation.
    `was_removed` says that nothing replaced it at `superseded_at`. `absent_reads` counts complete
    snapshot reads in a row that did not list the item. `time_flags` name what is doubtful about
    the times that the source gave.
    """

    __tablename__ = "document"
    __table_args__ = (
        UniqueConstraint("source_id", "key", "version"),
        Index(
            "uq_document_current",
            "source_id",
            "key",
            unique=True,
            sqlite_where=sql("superseded_at IS NULL"),
            postgresql_where=sql("superseded_at IS NULL"),
        ),
        Index("ix_document_uid_version", "uid", "version", unique=True),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    source_id: Mapped[int] = mapped_column(ForeignKey("source.id", ondelete="CASCADE"))
    series_id: Mapped[int | None] = mapped_column(
        ForeignKey("series.id", ondelete="CASCADE"), index=True
    )
    uid: Mapped[str] = mapped_column(String(24))
    key: Mapped[str]
    version: Mapped[int]
    content_hash: Mapped[str] = mapped_column(String(64))
    title: Mapped[str]
    text: Mapped[str]
    url: Mapped[str | None]
    author: Mapped[str | None]
    language: Mapped[str | None] = mapped_column(String(40))
    media_type: Mapped[str | None] = mapped_column(String(120))
    details: Mapped[dict[str, Any]] = mapped_column("metadata")
    published_at: Mapped[datetime | None]
    updated_at: Mapped[datetime | None]
    valid_from: Mapped[datetime]
    valid_until: Mapped[datetime | None]
    observed_at: Mapped[datetime]
    superseded_at: Mapped[datetime | None]
    checked_at: Mapped[datetime]
    was_removed: Mapped[bool] = mapped_column(default=False, server_default=false())
    absent_reads: Mapped[int] = mapped_column(default=0)
    time_flags: Mapped[list[Any]] = mapped_column(default=list, server_default=sql("'[]'"))


class ChunkRow(Base):
    """What is indexed: a stretch of a document's text, its offsets in code points.

    vector: [d] float16 in little-endian order, from `embedder` applied to the text whose
    digest is `embedded_hash`. Where another embedder is the active one, its vector is an
    `EmbeddingRow`. `valid_from` and `valid_until` are null where the document's own
    hold; a passage with times of its own has both or either. `signature` tells near-duplicates;
    null where the text is too short to tell, or was stored before there were signatures.
    """

    __tablename__ = "chunk"
    __table_args__ = (UniqueConstraint("document_id", "ordinal"), {"sqlite_autoincrement": True})

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    document_id: Mapped[int] = mapped_column(ForeignKey("document.id", ondelete="CASCADE"))
    ordinal: Mapped[int]
    text: Mapped[str]
    section: Mapped[str]
    start_offset: Mapped[int]
    end_offset: Mapped[int]
    token_count: Mapped[int]
    embedded_hash: Mapped[str] = mapped_column(String(64))
    embedder: Mapped[str] = mapped_column(String(200), index=True)
    vector: Mapped[bytes] = mapped_column(LargeBinary)
    valid_from: Mapped[datetime | None]
    valid_until: Mapped[datetime | None]
    signature: Mapped[bytes | None] = mapped_column(LargeBinary)


class EmbeddingRow(Base):
    """The vector of a chunk by another embedder than the one in the chunk's own row.

    vector, embedded_hash: as in `ChunkRow`.
    """

    __tablename__ = "embedding"

    chunk_id: Mapped[int] = mapped_column(
        ForeignKey("chunk.id", ondelete="CASCADE"), primary_key=True
    )
    embedder: Mapped[str] = mapped_column(String(200), primary_key=True)
    embedded_hash: Mapped[str] = mapped_column(String(64))
    vector: Mapped[bytes] = mapped_column(LargeBinary)


class ObservationRow(Base):
    """One version of the value of a series that holds from `valid_from`."""

    __tablename__ = "observation"
    __table_args__ = (
        Index(
            "uq_observation_current",
            "series_id",
            "valid_from",
            unique=True,
            sqlite_where=sql("superseded_at IS NULL"),
            postgresql_where=sql("superseded_at IS NULL"),
        ),
        UniqueConstraint("series_id", "valid_from", "observed_at"),
    )

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    series_id: Mapped[int] = mapped_column(ForeignKey("series.id", ondelete="CASCADE"))
    value: Mapped[Decimal]
    valid_from: Mapped[datetime]
    valid_until: Mapped[datetime | None]
    published_at: Mapped[datetime | None]
    observed_at: Mapped[datetime]
    superseded_at: Mapped[datetime | None]


class ChangeRow(Base):
    """An entry of the change log: `seq` order is commit order, `at` never decreases along it.

    Rows carry no foreign keys, so that the log outlives what it speaks of.
    """

    __tablename__ = "change"

    seq: Mapped[int] = mapped_column(RowId, primary_key=True, autoincrement=False)
    kind: Mapped[str] = mapped_column(String(20))
    at: Mapped[datetime]
    source_id: Mapped[int | None] = mapped_column(RowId)
    document_id: Mapped[int | None] = mapped_column(RowId)
    series_id: Mapped[int | None] = mapped_column(RowId)


class RunRow(Base):
    """One reading of one source; (`source_id`, `slot`) is unique, so no slot runs twice."""

    __tablename__ = "run"
    __table_args__ = (
        UniqueConstraint("source_id", "slot"),
        Index("ix_run_status_queued_at", "status", "queued_at"),
    )

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    source_id: Mapped[int] = mapped_column(ForeignKey("source.id", ondelete="CASCADE"))
    slot: Mapped[str] = mapped_column(String(80))
    trigger: Mapped[str] = mapped_column(String(20))
    status: Mapped[str] = mapped_column(String(20))
    queued_at: Mapped[datetime]
    started_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
    owner: Mapped[str | None] = mapped_column(String(200))
    lease_until: Mapped[datetime | None]
    counts: Mapped[dict[str, Any]]
    failures: Mapped[list[Any]]
    remarks: Mapped[list[Any]] = mapped_column(default=list, server_default=sql("'[]'"))
    error: Mapped[str | None]


class DeadLetterRow(Base):
    """An item that could not be read, until it is read or somebody dismisses it."""

    __tablename__ = "dead_letter"

    source_id: Mapped[int] = mapped_column(
        ForeignKey("source.id", ondelete="CASCADE"), primary_key=True
    )
    key: Mapped[str] = mapped_column(primary_key=True)
    reason: Mapped[str]
    first_failed_at: Mapped[datetime]
    last_failed_at: Mapped[datetime]
    times: Mapped[int]


class SubscriptionRow(Base):
    """A WebSub subscription that a source offers; `callback` and `secret` are told to its hub.

    The hub was last asked at `asked_at`, as a service reached under `asked_under`, and is asked
    next at `ask_at`: to subscribe, or to unsubscribe where `is_ending`. `attempts` counts since it
    last confirmed anything. `lease_until` is null until it has. It last pushed at `delivered_at`.
    """

    __tablename__ = "subscription"

    source_id: Mapped[int] = mapped_column(
        ForeignKey("source.id", ondelete="CASCADE"), primary_key=True
    )
    hub: Mapped[str]
    topic: Mapped[str]
    callback: Mapped[str] = mapped_column(String(64), unique=True)
    secret: Mapped[str] = mapped_column(String(64))
    ask_at: Mapped[datetime]
    asked_at: Mapped[datetime | None]
    asked_under: Mapped[str | None]
    attempts: Mapped[int] = mapped_column(default=0)
    lease_until: Mapped[datetime | None]
    is_ending: Mapped[bool] = mapped_column(default=False)
    delivered_at: Mapped[datetime | None]
    last_error: Mapped[str | None]


class ReceiptRow(Base):
    """What a prompt was made of, or as `of` it, an answer; `body` is canonical JSON (RFC 8785)."""

    __tablename__ = "receipt"

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    created_at: Mapped[datetime] = mapped_column(index=True)
    seq: Mapped[int] = mapped_column(RowId)
    body: Mapped[bytes] = mapped_column(LargeBinary)
    of: Mapped[str | None] = mapped_column(String(64), index=True)


class ReceiptEntryRow(Base):
    """A link of the chain of receipts: canonical JSON, its SHA-256, and who signed that."""

    __tablename__ = "receipt_entry"

    position: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    receipt_id: Mapped[str | None] = mapped_column(String(64), index=True)
    content: Mapped[bytes] = mapped_column(LargeBinary)
    digest: Mapped[str] = mapped_column(String(64))
    key: Mapped[str | None] = mapped_column(String(16))
    signature: Mapped[bytes | None] = mapped_column(LargeBinary)


class ErasureRow(Base):
    """The record that a document was erased, and the reason why it is not stored again.

    It says nothing of the content. `completed_at` is null until no byte of it is left in the
    database's files, the index and its snapshots.
    """

    __tablename__ = "erasure"

    document_id: Mapped[str] = mapped_column(String(24), primary_key=True)
    source: Mapped[str] = mapped_column(String(120))
    requested_at: Mapped[datetime]
    completed_at: Mapped[datetime | None]
    seq: Mapped[int] = mapped_column(BigInteger)
    versions: Mapped[int]
    chunks: Mapped[int]
    receipts: Mapped[int]


class SpendingRow(Base):
    """What one upstream's answers of one day (UTC, as 2026-11-23) came to, in all processes."""

    __tablename__ = "spending"

    day: Mapped[str] = mapped_column(String(10), primary_key=True)
    upstream: Mapped[str] = mapped_column(String(100), primary_key=True)
    calls: Mapped[int] = mapped_column(BigInteger)
    prompt_tokens: Mapped[int] = mapped_column(BigInteger)
    output_tokens: Mapped[int] = mapped_column(BigInteger)
    cost: Mapped[Decimal]
