"""ids used once

Reason: SQLite gives the id of an erased last row to the next one, and whoever still knows the old
row by its id, an index view that cannot follow at present, or the change log, would take the new
one for it. Erasing is the one thing that deletes rows others know by their ids, and it deletes
documents and chunks. Both tables are written anew; PostgreSQL never gives an id twice.
"""

from alembic import op
from sqlalchemy import text

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

TABLES = ("document", "chunk")


def upgrade() -> None:
    _rewrite(autoincrement=True)


def downgrade() -> None:
    _rewrite(autoincrement=False)


def _rewrite(*, autoincrement: bool) -> None:
    connection = op.get_bind()
    if connection.dialect.name != "sqlite":
        return
    if connection.scalar(text("PRAGMA foreign_keys")):
        raise RuntimeError("dropping a table would delete what refers to it: foreign_keys is on")
    for table in TABLES:
        with op.batch_alter_table(
            table, recreate="always", table_kwargs={"sqlite_autoincrement": autoincrement}
        ):
            pass
    if connection.execute(text("PRAGMA foreign_key_check")).first() is not None:
        raise RuntimeError("a row refers to one that is not there")
