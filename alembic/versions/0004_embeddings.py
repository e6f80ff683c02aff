"""embeddings beside each other

Reason: a second embedder is tried and switched to while the first goes on answering, so a chunk
may have a vector by each. Those in the chunks' own rows stay where they are.
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

ROW = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "embedding",
        sa.Column("chunk_id", ROW, nullable=False),
        sa.Column("embedder", sa.String(length=200), nullable=False),
        sa.Column("embedded_hash", sa.String(length=64), nullable=False),
        sa.Column("vector", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["chunk_id"],
            ["chunk.id"],
            name=op.f("fk_embedding_chunk_id_chunk"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("chunk_id", "embedder", name=op.f("pk_embedding")),
    )


def downgrade() -> None:
    op.drop_table("embedding")
