"""Bring the tables to this program's version, by Alembic."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from indexer.errors import SchemaMismatch


def upgrade_tables(connection: Connection) -> None:
    """Carry out what migrations are missing.

    Raises:
        SchemaMismatch: the tables are those of a newer program.
    """
    config = migrations()
    _refuse_newer(connection, config)
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def migrations() -> Config:
    """Return Alembic's configuration for the migrations shipped with this program."""
    here = Path(__file__).resolve().parent
    shipped, checkout = here / "migrations", here.parent / "alembic"
    config = Config()
    config.set_main_option("script_location", str(shipped if shipped.is_dir() else checkout))
    return config


def _refuse_newer(connection: Connection, config: Config) -> None:
    found = MigrationContext.configure(connection).get_current_revision()
    known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
    if found is not None and found not in known:
        raise SchemaMismatch(
            f"database tables are at {found}, which this program does not know: "
            "install the newer program that wrote them"
        )
