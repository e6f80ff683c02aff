"""receipt chain

Reason: receipts are to prove what a model was shown, so each is chained to the one before it, and
signed where there is a key. Answers are kept beside the prompts that they answer: `of` names those.
Receipts from before have no entry and count as not in the chain.
"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "receipt_entry",
        sa.Column("position", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("receipt_id", sa.String(length=64), nullable=True),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("key", sa.String(length=16), nullable=True),
        sa.Column("signature", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("position", name=op.f("pk_receipt_entry")),
    )
    op.create_index(op.f("ix_receipt_entry_receipt_id"), "receipt_entry", ["receipt_id"])
    op.add_column("receipt", sa.Column("of", sa.String(length=64), nullable=True))
    op.create_index(op.f("ix_receipt_of"), "receipt", ["of"])


def downgrade() -> None:
    op.drop_index(op.f("ix_receipt_of"), table_name="receipt")
    op.drop_column("receipt", "of")
    op.drop_index(op.f("ix_receipt_entry_receipt_id"), table_name="receipt_entry")
    op.drop_table("receipt_entry")
