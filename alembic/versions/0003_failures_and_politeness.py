"""failures and politeness

Reason: a source that fails says what to do about it and is asked less and less often, items that
cannot be read are kept in a list, hubs are subscribed to, and near-duplicates are told by their
signatures.
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)
ROW = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    with op.batch_alter_table("source", schema=None) as batch_op:
        batch_op.add_column(sa.Column("failing_since", INSTANT, nullable=True))
        batch_op.add_column(sa.Column("remedy", sa.String(length=20), nullable=True))
        batch_op.add_column(sa.Column("interval_seconds", sa.Float(), nullable=True))
    with op.batch_alter_table("chunk", schema=None) as batch_op:
        batch_op.add_column(sa.Column("signature", sa.LargeBinary(), nullable=True))
    with op.batch_alter_table("run", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("remarks", sa.JSON(), server_default=sa.text("'[]'"), nullable=False)
        )
    op.create_table(
        "dead_letter",
        _source_id("dead_letter"),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("first_failed_at", INSTANT, nullable=False),
        sa.Column("last_failed_at", INSTANT, nullable=False),
        sa.Column("times", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("source_id", "key", name=op.f("pk_dead_letter")),
    )
    op.create_table(
        "subscription",
        _source_id("subscription"),
        sa.Column("hub", sa.Text(), nullable=False),
        sa.Column("topic", sa.Text(), nullable=False),
        sa.Column("callback", sa.String(length=64), nullable=False),
        sa.Column("secret", sa.String(length=64), nullable=False),
        sa.Column("ask_at", INSTANT, nullable=False),
        sa.Column("asked_at", INSTANT, nullable=True),
        sa.Column("asked_under", sa.Text(), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("lease_until", INSTANT, nullable=True),
        sa.Column("is_ending", sa.Boolean(), nullable=False),
        sa.Column("delivered_at", INSTANT, nullable=True),
        sa.Column("last_error", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("source_id", name=op.f("pk_subscription")),
        sa.UniqueConstraint("callback", name=op.f("uq_subscription_callback")),
    )


def _source_id(table: str) -> sa.Column[int]:
    reference = sa.ForeignKey(
        "source.id", name=op.f(f"fk_{table}_source_id_source"), ondelete="CASCADE"
    )
    return sa.Column("source_id", ROW, reference, nullable=False)


def downgrade() -> None:
    op.drop_table("subscription")
    op.drop_table("dead_letter")
    with op.batch_alter_table("run", schema=None) as batch_op:
        batch_op.drop_column("remarks")
    with op.batch_alter_table("chunk", schema=None) as batch_op:
        batch_op.drop_column("signature")
    with op.batch_alter_table("source", schema=None) as batch_op:
        batch_op.drop_column("interval_seconds")
        batch_op.drop_column("remedy")
        batch_op.drop_column("failing_since")
