"""spending

Reason: what llms may cost in a day is bounded for all processes together, and a restart must not
begin the day anew. One row for each day and upstream.
"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "spending",
        sa.Column("day", sa.String(length=10), nullable=False),
        sa.Column("upstream", sa.String(length=100), nullable=False),
        sa.Column("calls", sa.BigInteger(), nullable=False),
        sa.Column("prompt_tokens", sa.BigInteger(), nullable=False),
        sa.Column("output_tokens", sa.BigInteger(), nullable=False),
        sa.Column("cost", sa.String(length=80), nullable=False),
        sa.PrimaryKeyConstraint("day", "upstream", name=op.f("pk_spending")),
    )


def downgrade() -> None:
    op.drop_table("spending")
