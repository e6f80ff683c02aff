"""exact times

Reason: what answers at any instant needs besides the first tables: whether a version was replaced
or removed, what is doubtful about its times, validity of single passages, a lifetime by source,
where a series is measured, and the record of erasures.
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)
SERIES_TEXTS = ("key", "title", "unit", "currency", "cadence", "zone", "description", "url")


def upgrade() -> None:
    op.create_table(
        "erasure",
        sa.Column("document_id", sa.String(length=24), nullable=False),
        sa.Column("source", sa.String(length=120), nullable=False),
        sa.Column("requested_at", INSTANT, nullable=False),
        sa.Column("completed_at", INSTANT, nullable=True),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("versions", sa.Integer(), nullable=False),
        sa.Column("chunks", sa.Integer(), nullable=False),
        sa.Column("receipts", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("document_id", name=op.f("pk_erasure")),
    )
    with op.batch_alter_table("document", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("was_removed", sa.Boolean(), server_default=sa.false(), nullable=False)
        )
        batch_op.add_column(
            sa.Column("time_flags", sa.JSON(), server_default=sa.text("'[]'"), nullable=False)
        )
    with op.batch_alter_table("chunk", schema=None) as batch_op:
        batch_op.add_column(sa.Column("valid_from", INSTANT, nullable=True))
        batch_op.add_column(sa.Column("valid_until", INSTANT, nullable=True))
    with op.batch_alter_table("source", schema=None) as batch_op:
        batch_op.add_column(sa.Column("ttl_seconds", sa.Float(), nullable=True))
        batch_op.add_column(sa.Column("listed_at", INSTANT, nullable=True))
        batch_op.add_column(sa.Column("was_listing_whole", sa.Boolean(), nullable=True))
        batch_op.add_column(sa.Column("confirmed_at", INSTANT, nullable=True))
    with op.batch_alter_table("series", schema=None) as batch_op:
        batch_op.add_column(sa.Column("venue", sa.Text(), nullable=True))
    _describe_series_on_their_cards()


def _describe_series_on_their_cards() -> None:
    """Give cards the description of their series, which versions of a card now carry."""
    series = sa.table(
        "series", *map(sa.column, ("id", *SERIES_TEXTS)), sa.column("aliases", sa.JSON)
    )
    document = sa.table(
        "document", sa.column("id"), sa.column("series_id"), sa.column("metadata", sa.JSON)
    )
    connection = op.get_bind()
    cards = connection.execute(
        sa.select(document.c.id.label("card"), series).join(
            series, series.c.id == document.c.series_id
        )
    ).mappings()
    for card in cards.all():
        described = {name: card[name] for name in (*SERIES_TEXTS, "aliases")} | {"venue": None}
        connection.execute(
            document.update().where(document.c.id == card["card"]).values(metadata=described)
        )


def downgrade() -> None:
    with op.batch_alter_table("series", schema=None) as batch_op:
        batch_op.drop_column("venue")
    with op.batch_alter_table("source", schema=None) as batch_op:
        batch_op.drop_column("confirmed_at")
        batch_op.drop_column("was_listing_whole")
        batch_op.drop_column("listed_at")
        batch_op.drop_column("ttl_seconds")
    with op.batch_alter_table("chunk", schema=None) as batch_op:
        batch_op.drop_column("valid_until")
        batch_op.drop_column("valid_from")
    with op.batch_alter_table("document", schema=None) as batch_op:
        batch_op.drop_column("time_flags")
        batch_op.drop_column("was_removed")
    op.drop_table("erasure")
